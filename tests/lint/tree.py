# SPDX-License-Identifier: Apache-2.0
"""The files that lint looks at: everything below the root that is not build output, cache or data."""
import os

SKIP_TOP = ("build", ".git", ".cache", "demo", "data")
C_ENDS = (".c", ".h", ".cpp", ".hpp")


class Tree:
    """A checked-out tree; paths are relative to its root, with slashes."""

    def __init__(self, root):
        self.root = root
        self.files = sorted(self._walk())
        self._text = {}

    def _walk(self):
        for folder, names, files in os.walk(self.root):
            below = os.path.relpath(folder, self.root).replace(os.sep, "/")
            if below == ".":
                names[:] = [n for n in names if not n.startswith(SKIP_TOP)]
            names[:] = [n for n in names if n != "__pycache__"]
            for name in files:
                path = name if below == "." else below + "/" + name
                if not os.path.islink(os.path.join(folder, name)) and not name.endswith((".pyc", ".orig", ".swp")):
                    yield path

    def text(self, path):
        """The file as text, or None when it is binary."""
        if path not in self._text:
            with open(os.path.join(self.root, path), "rb") as f:
                raw = f.read()
            self._text[path] = None if b"\0" in raw else raw.decode("utf-8", "replace")
        return self._text[path]

    def lines(self, path):
        return (self.text(path) or "").splitlines()

    def c_files(self):
        return [f for f in self.files if f.endswith(C_ENDS)]

    def exists(self, path):
        return os.path.isfile(os.path.join(self.root, path))
