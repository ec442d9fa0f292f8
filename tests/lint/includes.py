# SPDX-License-Identifier: Apache-2.0
"""Gates on #include lines: which room may include which (layers.txt), which file owns a library (libs.txt)."""
import fnmatch
import re

INCLUDE = re.compile(r'^\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>)')
# Where includes may start, per tree; the root of the repository is always one of them.
ROOTS = {"server": ["server"], "cli": ["cli"], "device_fw": ["device_fw"], "proto": [],
         "tests": ["server", "cli", "device_fw", "tests"]}
# Folders that are one room without rooms inside: their files may name each other by the short name.
FLAT = ("tests/", "device_fw/sdk/", "device_fw/apps/")
GENERATED = {"wire.pb.h": "proto", "bundle.pb.h": "proto"}

# ISO C, POSIX and Linux headers: part of the platform, free to use on the host.
PLATFORM = set("""
assert.h complex.h ctype.h errno.h fenv.h float.h inttypes.h iso646.h limits.h locale.h math.h setjmp.h signal.h
stdalign.h stdarg.h stdatomic.h stdbool.h stddef.h stdint.h stdio.h stdlib.h stdnoreturn.h string.h tgmath.h time.h
dirent.h dlfcn.h endian.h fcntl.h fnmatch.h getopt.h glob.h grp.h ifaddrs.h libgen.h netdb.h ftw.h poll.h pthread.h pty.h
pwd.h regex.h sched.h semaphore.h spawn.h strings.h syslog.h termios.h unistd.h arm_cmse.h
cstddef cstdint new type_traits utility
""".split())
PLATFORM_FOLDERS = ("sys/", "netinet/", "arpa/", "net/", "linux/")


def table(tree, path):
    """Lines `a b c` of a table file as (line number, words), without comments."""
    for number, line in enumerate(tree.lines(path), 1):
        words = line.split("#")[0].replace(":", " ").split()
        if words:
            yield number, words


def includes(tree, path):
    for number, line in enumerate(tree.lines(path), 1):
        found = INCLUDE.match(line)
        if found:
            yield number, found.group(1), found.group(2)


def resolve(tree, path, name):
    """The repository's file that `#include "name"` in `path` means, or None."""
    roots = ROOTS.get(path.split("/")[0], []) + [""]
    if path.startswith(FLAT):
        roots = [path.rsplit("/", 1)[0], "device_fw/sdk"] + roots
    for root in roots:
        candidate = (root + "/" + name).lstrip("/")
        if tree.exists(candidate):
            return candidate
    return None


class Layers:
    def __init__(self, tree, path="tests/lint/layers.txt"):
        self.rules = {}
        for _, words in table(tree, path):
            self.rules.setdefault(words[0], []).extend(words[1:])

    def room(self, path):
        """The longest listed folder that holds the path."""
        folder = path
        while "/" in folder:
            folder = folder.rsplit("/", 1)[0]
            if folder in self.rules:
                return folder
        return None

    def allows(self, room, other):
        return room == other or any(fnmatch.fnmatchcase(other, pattern) for pattern in self.rules[room])


def check_layers(tree):
    layers = Layers(tree)
    for path in tree.c_files():
        room = layers.room(path)
        if room is None:
            yield f"{path}: its folder is in no room of tests/lint/layers.txt"
            continue
        for number, quoted, angled in includes(tree, path):
            target = resolve(tree, path, quoted or angled)
            other = GENERATED.get(quoted or angled) or (target and layers.room(target))
            if quoted and not other:
                beside = path.rsplit("/", 1)[0] + "/" + quoted
                if tree.exists(beside):
                    yield f'{path}:{number}: "{quoted}" is not written from the tree\'s root'
            if other and not layers.allows(room, other):
                yield f"{path}:{number}: room {room} may not include {quoted or angled} of room {other}"


def check_libs(tree):
    """Each third-party header is included only from the files that libs.txt names."""
    owners = [(words[0], words[1], number) for number, words in table(tree, "tests/lint/libs.txt")]
    used = set()
    for path in tree.c_files():
        for number, quoted, angled in includes(tree, path):
            name = quoted or angled
            if name in GENERATED or resolve(tree, path, name) or name in PLATFORM or name.startswith(PLATFORM_FOLDERS):
                continue
            hits = [o for o in owners if fnmatch.fnmatchcase(name, o[0]) and fnmatch.fnmatchcase(path, o[1])]
            used.update(hits)
            if not hits:
                yield f"{path}:{number}: <{name}> is not this file's to include (tests/lint/libs.txt)"
    for owner in owners:
        if owner not in used and (tree.exists(owner[1]) or not any(c in owner[1] for c in "*?")):
            yield f"tests/lint/libs.txt:{owner[2]}: {owner[1]} does not include {owner[0]}: remove the line"


def check_targets(tree):
    """The device's core knows no target: who answers is decided at link time."""
    for path in tree.c_files():
        if not path.startswith("device_fw/core/"):
            continue
        guard = "^\\s*#\\s*(if|ifdef|elif)\\b"
        for number, line in enumerate(tree.lines(path), 1):
            if re.match(guard, line) and "__cplusplus" not in line:
                yield f"{path}:{number}: conditional compilation in core: {line.strip()}"
