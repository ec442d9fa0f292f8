#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the benchmarks, prints their tables, writes BUILD/bench.json. Figures are ratios to peers in the same run; nothing here
fails because a machine is slow."""
import argparse
import json
import os
import shutil
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, ".."), HERE]

import board  # noqa: E402
import gateway  # noqa: E402
import rest  # noqa: E402
import sizes  # noqa: E402
from harness.server import Server  # noqa: E402
from measure import table  # noqa: E402

PARTS = ("sizes", "board", "gateway", "rest")


def progress(text):
    print(text, file=sys.stderr, flush=True)


def with_server(build, parts):
    """The parts that need a running server, on one and the same."""
    rows = []
    folder = tempfile.mkdtemp(prefix="outrigger-bench-")
    server = Server(build, folder, heartbeat_ms=10000, log_level="info")
    try:
        server.start()
        if "board" in parts:
            progress("board: updates of the emulated device")
            rows += board.measure(build, folder, server, progress)
        if "gateway" in parts:
            progress(f"gateway: {gateway.IDENTITIES} devices")
            rows += gateway.measure(build, folder, server, progress)
        if "rest" in parts:
            progress("rest: reads")
            rows += rest.measure(build, server, progress)
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default="build")
    parser.add_argument("--only", choices=PARTS, action="append", help="one part; may be repeated")
    options = parser.parse_args()
    parts = options.only or PARTS
    build = os.path.abspath(options.build)
    rows = sizes.measure(build) if "sizes" in parts else []
    if set(parts) - {"sizes"}:
        rows += with_server(build, parts)
    print(table(rows))
    with open(os.path.join(build, "bench.json"), "w") as f:
        json.dump(rows, f, indent=1)
        f.write("\n")


if __name__ == "__main__":
    main()
