# SPDX-License-Identifier: Apache-2.0
"""Gates on files as text: sizes, licence lines, READMEs of rooms, names, paths of somebody's machine."""
import re

FILE_LINES_MAX = 600
FUNCTION_LINES_MAX = 60
README_LINES_MAX = 40
SPDX = "SPDX-License-Identifier: Apache-2.0"
CODE_ENDS = (".c", ".h", ".S", ".cpp", ".hpp", ".ld", ".py", ".mk", ".proto", ".options", ".sql")
BAD_NAMES = re.compile(r"(^|[/_])(utils?|misc|common|helpers?)([._]|$)")
# Folders that hold rooms; each room has a README.
ROOM_PARENTS = ("server", "cli", "device_fw", "device_fw/core", "device_fw/ports", "proto", "tests", "db")
# Spelled in two halves, so that this file passes its own gate.
MACHINE = [re.compile(p) for p in (
    r"(^|[^\w./-])/wo" r"rk/", r"/tmp/o" r"tr\b", r"(^|[^\w./-])/ro" r"ot(/|\b)", r"(^|[^\w.-])/ho" r"me/\w",
    r"/Us" r"ers/", r"\bdeb\.deb" r"ian\.org", r"\b(snapshot|ftp)\.\w*\.?deb" r"ian\.org")]


def code_files(tree):
    for path in tree.files:
        if path.startswith("tests/fuzz/corpus/"):
            continue  # input, whatever it looks like
        if path.endswith(CODE_ENDS) or tree.text(path) is not None and tree.text(path).startswith("#!"):
            yield path


def check_sizes(tree):
    for path in code_files(tree):
        count = len(tree.lines(path))
        if count > FILE_LINES_MAX:
            yield f"{path}: {count} lines; a file has at most {FILE_LINES_MAX}"


def functions(lines):
    """(first line, lines) of each function body: in our format it is what stands between `{` and `}` in column 0."""
    start = None
    for number, line in enumerate(lines, 1):
        if line == "{":
            start = number
        elif line == "}" and start:
            yield start, number - start - 1
            start = None


def check_functions(tree):
    for path in tree.c_files():
        for start, count in functions(tree.lines(path)):
            if count > FUNCTION_LINES_MAX:
                yield f"{path}:{start}: a function of {count} lines; at most {FUNCTION_LINES_MAX}"


def check_spdx(tree):
    for path in list(code_files(tree)) + [f for f in ("Makefile", "bootstrap") if tree.exists(f)]:
        if not any(SPDX in line for line in tree.lines(path)[:2]):
            yield f"{path}: the first line (the second after #!) does not say {SPDX}"


def check_readmes(tree):
    rooms = set()
    for path in tree.files:
        parts = path.split("/")
        for depth in (2, 3):
            if len(parts) > depth and "/".join(parts[:depth - 1]) in ROOM_PARENTS:
                rooms.add("/".join(parts[:depth]))
    for room in sorted(rooms - {"device_fw/core", "device_fw/ports", "db/migrations"}):
        if not tree.exists(room + "/README.md"):
            yield f"{room}: no README.md"
        elif len(tree.lines(room + "/README.md")) > README_LINES_MAX:
            yield f"{room}/README.md: {len(tree.lines(room + '/README.md'))} lines; at most {README_LINES_MAX}"


def check_names(tree):
    for path in code_files(tree):
        if BAD_NAMES.search(path):
            yield f"{path}: a file is named after the one thing it holds, never util, misc, common or helpers"
        if path.endswith((".c", ".h")) and not path.startswith("device_fw/sdk/"):
            for number, line in enumerate(tree.lines(path), 1):
                if re.match(r"\s*typedef\s+(struct|union)\b", line):
                    yield f"{path}:{number}: no typedefs of structs: {line.strip()}"


def check_machine(tree):
    for path in tree.files:
        for number, line in enumerate(tree.lines(path), 1):
            if any(p.search(line) for p in MACHINE):
                yield f"{path}:{number}: names a path or a mirror of one machine: {line.strip()[:90]}"
