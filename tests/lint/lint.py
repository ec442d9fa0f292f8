#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the lint gates over the tree and prints TAP, one test per gate: lint.py [ROOT]. Exit status 1 if one fails.

The gates' own tests come first: a gate that cannot fail is worse than none."""
import os
import sys
import unittest

import includes
import text
import tools
from tree import Tree

GATES = (
    ("layers: rooms include only the rooms below them", includes.check_layers),
    ("libs: each library is included only by its named file", includes.check_libs),
    ("targets: no conditional compilation in device_fw/core", includes.check_targets),
    ("sizes: no file above 600 lines", text.check_sizes),
    ("functions: no function above 60 lines", text.check_functions),
    ("licence: every source file says its licence", text.check_spdx),
    ("rooms: each has a README of at most 40 lines", text.check_readmes),
    ("names: one noun per file, no typedefs of structs", text.check_names),
    ("machine: no paths or mirrors of one machine", text.check_machine),
    ("format: clang-format", tools.check_format),
    ("cppcheck: no errors, no warnings", tools.check_cppcheck),
)


def self_test():
    """The gates' own tests; the list of their failures."""
    suite = unittest.defaultTestLoader.discover(os.path.dirname(os.path.abspath(__file__)), pattern="*_test.py")
    result = unittest.TestResult()
    suite.run(result)
    if result.testsRun == 0:
        return ["no tests found beside lint.py"]
    return [line for _, trace in result.failures + result.errors for line in trace.splitlines()]


def main(argv):
    here = os.path.dirname(os.path.abspath(__file__))
    tree = Tree(argv[1] if len(argv) > 1 else os.path.dirname(os.path.dirname(here)))
    checks = [("self-test: each gate can fail", lambda _: self_test())] + list(GATES)
    print(f"1..{len(checks)}", flush=True)
    failed = 0
    for number, (name, check) in enumerate(checks, 1):
        findings = list(check(tree))
        failed += bool(findings)
        print(f"{'not ok' if findings else 'ok'} {number} - {name}")
        for line in findings:
            print(f"# {line}")
        sys.stdout.flush()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
