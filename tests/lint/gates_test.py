# SPDX-License-Identifier: Apache-2.0
"""Every gate is shown a tree that it must pass and one that it must refuse."""
import os
import shutil
import tempfile
import unittest

import includes
import text
import tools
from tree import Tree

SPDX_LINE = "/* SPDX-License-Identifier: Apache-2.0 */\n"


class GateTest(unittest.TestCase):
    def setUp(self):
        self.root = tempfile.mkdtemp(prefix="outrigger-lint-")
        self.addCleanup(shutil.rmtree, self.root)

    def tree(self, files):
        for path, content in files.items():
            full = os.path.join(self.root, path)
            os.makedirs(os.path.dirname(full), exist_ok=True)
            with open(full, "w") as f:
                f.write(content)
        return Tree(self.root)

    def findings(self, check, files):
        return list(check(self.tree(files)))

    def assert_gate(self, check, good, bad, says):
        """`check` passes `good`; with the files of `bad` laid over it, it finds exactly one thing that contains `says`."""
        self.assertEqual([], self.findings(check, good))
        found = self.findings(check, {**good, **bad})
        self.assertEqual(1, len(found), found)
        self.assertIn(says, found[0])


class IncludeGates(GateTest):
    RULES = {"tests/lint/layers.txt": "# rooms\nserver/base:\nserver/store: server/base\nserver/api: server/[bs]*\n",
             "server/base/log.h": "", "server/store/store.h": '#include "base/log.h"\n'}

    def test_layers_upward(self):
        self.assert_gate(includes.check_layers, self.RULES,
                         {"server/base/log.c": '#include "store/store.h"\n'}, "server/base may not include store/store.h")

    def test_layers_pattern_allows(self):
        self.assertEqual([], self.findings(includes.check_layers,
                                           {**self.RULES, "server/api/api.c": '#include "store/store.h"\n'}))

    def test_layers_unknown_room(self):
        self.assert_gate(includes.check_layers, self.RULES, {"server/extra/x.c": ""}, "in no room")

    def test_layers_short_name(self):
        self.assert_gate(includes.check_layers, self.RULES,
                         {"server/base/log.c": '#include "log.h"\n'}, "not written from the tree's root")

    def test_libs(self):
        good = {"tests/lint/libs.txt": "sqlite3.h server/store/sql.c\n",
                "server/store/sql.c": "#include <sqlite3.h>\n#include <stdio.h>\n#include <sys/stat.h>\n"}
        self.assert_gate(includes.check_libs, good, {"server/api/a.c": "#include <sqlite3.h>\n"}, "server/api/a.c:1")

    def test_libs_stale_line(self):
        good = {"tests/lint/libs.txt": "# none\n", "a/b.c": "#include <stdio.h>\n"}
        self.assert_gate(includes.check_libs, good, {"tests/lint/libs.txt": "uv.h a/b.c\n"}, "remove the line")

    def test_targets(self):
        good = {"device_fw/core/ota/ota.h": "#ifndef OTA_H\n#define OTA_H\n#endif\n",
                "device_fw/ports/host/x.c": "#ifdef __linux__\n#endif\n"}
        self.assert_gate(includes.check_targets, good,
                         {"device_fw/core/ota/ota.c": "#if defined(__arm__)\n#endif\n"}, "ota.c:1")


class TextGates(GateTest):
    def test_sizes(self):
        self.assert_gate(text.check_sizes, {"server/a/a.c": "\n" * 600}, {"server/a/b.c": "\n" * 601}, "601 lines")

    def test_functions(self):
        good = {"a/a.c": "int f(void)\n{\n" + "    x();\n" * 60 + "}\n"}
        self.assert_gate(text.check_functions, good,
                         {"a/b.c": "int f(void)\n{\n" + "    x();\n" * 61 + "}\n"}, "61 lines")

    def test_spdx(self):
        good = {"a/a.c": SPDX_LINE, "a/run": "#!/bin/sh\n# SPDX-License-Identifier: Apache-2.0\n"}
        self.assert_gate(text.check_spdx, good, {"a/b.c": "int x;\n"}, "a/b.c")

    def test_spdx_script(self):
        self.assert_gate(text.check_spdx, {"a/a.c": SPDX_LINE}, {"a/run": "#!/bin/sh\n"}, "a/run")

    def test_readme_missing(self):
        good = {"server/base/README.md": "x\n" * 40, "server/base/log.c": ""}
        self.assert_gate(text.check_readmes, good, {"server/store/s.c": ""}, "server/store: no README")

    def test_readme_long(self):
        self.assert_gate(text.check_readmes, {"device_fw/core/ota/README.md": "x\n"},
                         {"device_fw/core/kv/README.md": "x\n" * 41}, "41 lines")

    def test_names(self):
        self.assert_gate(text.check_names, {"a/gw_session.c": ""}, {"a/gw_util.c": ""}, "gw_util.c")

    def test_typedef(self):
        self.assert_gate(text.check_names, {"a/a.h": "struct a;\n"}, {"a/b.h": "typedef struct b b_t;\n"}, "b.h:1")

    def test_machine(self):
        for bad in ("cat /wo" "rk/x", "cd /ro" "ot", "see /ho" "me/me/x", "http://deb.deb" "ian.org/debian"):
            with self.subTest(bad):
                self.assert_gate(text.check_machine, {"a/a.sh": "a/wo" "rk/b ~/x\n", "a/b.sh": "\n"},
                                 {"a/b.sh": bad + "\n"}, "b.sh:1")


class ToolGates(GateTest):
    def test_format(self):
        good = {".clang-format": "BasedOnStyle: LLVM\n", "a/a.c": "int a;\n"}
        self.assert_gate(tools.check_format, good, {"a/b.c": "int   b ;\n"}, "a/b.c: not formatted")

    def test_cppcheck(self):
        good = {"tests/lint/cppcheck.txt": "", "server/a/a.c": "int f(void)\n{\n    return 1;\n}\n"}
        bad = "int g(void);\nint g(void)\n{\n    int a[2] = {0, 1};\n    return a[2];\n}\n"
        self.assert_gate(tools.check_cppcheck, good, {"server/a/b.c": bad}, "arrayIndexOutOfBounds")


if __name__ == "__main__":
    unittest.main()
