# SPDX-License-Identifier: Apache-2.0
"""Runs one test program, reads its TAP, and ends what it leaves behind.

Each program runs in a session of its own, so that what it started can be found, and nothing else is touched."""
import os
import re
import signal
import subprocess
import threading
import time

LINE = re.compile(r"^(ok|not ok)\b\s*(?:\d+)?\s*(?:-\s*)?(.*?)\s*(?:#\s*(SKIP|TODO)\b:?\s*(.*))?$", re.I)
PLAN = re.compile(r"^1\.\.(\d+)")
ENV = {"CMOCKA_MESSAGE_OUTPUT": "TAP", "ASAN_OPTIONS": "detect_leaks=1",
       "UBSAN_OPTIONS": "print_stacktrace=1", "LC_ALL": "C", "PYTHONDONTWRITEBYTECODE": "1"}


class Result:
    """What one program did."""

    def __init__(self, suite, name):
        self.suite, self.name = suite, name
        self.passed, self.failed, self.skipped = 0, 0, []
        self.problems, self.output, self.seconds = [], "", 0.0

    def read_tap(self, text):
        planned, seen = 0, 0
        for line in text.splitlines():
            plan, test = PLAN.match(line), LINE.match(line)
            if plan:
                planned += int(plan.group(1))
            elif test:
                seen += 1
                if test.group(3) and test.group(3).upper() == "SKIP":
                    self.skipped.append((test.group(2), test.group(4) or "no reason given"))
                elif test.group(1) == "ok":
                    self.passed += 1
                else:
                    self.failed += 1
        if seen == 0:
            self.problems.append("no test ran")
        elif seen != planned:
            self.problems.append(f"{planned} tests planned, {seen} seen")

    def good(self):
        return not self.failed and not self.problems


def left_behind(session):
    """Processes of a session that live on: [(pid, name)]."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/stat") as f:
                name, rest = f.read().split("(", 1)[1].rsplit(")", 1)
        except (OSError, IndexError):
            continue
        fields = rest.split()
        if int(fields[3]) == session and fields[0] not in "ZX":
            found.append((int(pid), name))
    return found


def end(processes):
    for pid, _ in processes:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


running = set()
running_lock = threading.Lock()


def execute(suite, name, argv, limit_s, env):
    """Runs argv with env added to the environment; the Result says what happened within limit_s."""
    result = Result(suite, name)
    began = time.monotonic()
    child = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True,
                             errors="replace", start_new_session=True,
                             env={**os.environ, **ENV, **env})
    with running_lock:
        running.add(child.pid)
    try:
        out, err = child.communicate(timeout=limit_s)
    except subprocess.TimeoutExpired:
        end(left_behind(child.pid))
        out, err = child.communicate()
        result.problems.append(f"took longer than {limit_s:.0f} s")
    with running_lock:
        running.discard(child.pid)
    result.seconds = time.monotonic() - began
    result.read_tap(out)
    if child.returncode and not result.failed:
        result.problems.append(f"ended with {child.returncode}" if child.returncode > 0 else
                               f"ended by {signal.Signals(-child.returncode).name}")
    rest = left_behind(child.pid)
    if rest:
        result.problems.append("left running: " + ", ".join(f"{n} ({p})" for p, n in rest))
        end(rest)
    result.output = out + (("--- stderr\n" + err) if err.strip() else "")
    return result


def interrupted(*_):
    """Signal handler: ends every program under way, then this process."""
    with running_lock:
        for session in running:
            end(left_behind(session))
    os._exit(130)
