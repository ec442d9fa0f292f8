# SPDX-License-Identifier: Apache-2.0
"""Gates that run a tool over the C code: clang-format, cppcheck."""
import os
import re
import shutil
import subprocess

# One analysis per tree, with the include roots that the compiler gets.
CPPCHECK_TREES = (("server", ["server"]), ("cli", ["cli"]), ("proto", []), ("device_fw", ["device_fw"]))


def run(tree, argv):
    if not shutil.which(argv[0]):
        return None, f"{argv[0]} is not installed: ./bootstrap test installs it"
    done = subprocess.run(argv, cwd=tree.root, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.returncode, done.stdout


def check_format(tree):
    files = tree.c_files()
    if not files:
        return
    code, out = run(tree, ["clang-format", "--dry-run", "-Werror", "--style=file", *files])
    places = sorted({m.group(1) for m in re.finditer(r"^(.+?):\d+:\d+: error: code should be clang-formatted", out or "", re.M)})
    for path in places:
        yield f"{path}: not formatted; run: clang-format -i {path}"
    if code != 0 and not places:
        yield out.strip()


def check_cppcheck(tree):
    for name, roots in CPPCHECK_TREES:
        if not os.path.isdir(os.path.join(tree.root, name)):
            continue
        files = [f for f in tree.files if f.startswith(name + "/") and f.endswith(".c")]
        if not files:
            continue
        argv = ["cppcheck", "--quiet", "--std=c11", "--enable=warning,portability", "--inline-suppr", "-j2",
                "--suppressions-list=tests/lint/cppcheck.txt", "--error-exitcode=1", "--max-configs=4", "-I.",
                "--template={file}:{line}: {severity}: {message} [{id}]", "--template-location= "]
        code, out = run(tree, argv + ["-I" + r for r in roots] + files)
        if code != 0:
            yield from (line for line in out.splitlines() if line.strip())
