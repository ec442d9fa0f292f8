# SPDX-License-Identifier: Apache-2.0
"""A child process whose output goes to a log file, which tests wait on instead of sleeping."""
import os
import re
import signal
import subprocess
import time

POLL_S = 0.01


class Gone(Exception):
    """What was waited for can no longer come."""


def wait_until(condition, timeout_s, what):
    """Calls condition until it is true (its value is returned); TimeoutError names what was waited for."""
    deadline = time.monotonic() + timeout_s
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {timeout_s} s for {what}")
        time.sleep(POLL_S)


class Log:
    """A growing text file; mark() remembers its end so that a later wait sees only newer lines."""

    def __init__(self, path):
        self.path = path

    def text(self, since=0):
        try:
            with open(self.path, "rb") as f:
                f.seek(since)
                return f.read().decode("utf-8", "replace")
        except FileNotFoundError:
            return ""

    def mark(self):
        return os.path.getsize(self.path) if os.path.exists(self.path) else 0

    def wait(self, pattern, timeout_s=20, since=0, alive=None):
        """The match of a regular expression in the text after since; alive() false ends the wait early."""
        regex = re.compile(pattern, re.M)

        def found():
            running = alive is None or alive()
            match = regex.search(self.text(since))
            if not match and not running:
                raise Gone(f"the process ended before it wrote {pattern!r}")
            return match
        return wait_until(found, timeout_s, f"{pattern!r} in {os.path.basename(self.path)}")


class Process:
    """Runs argv with all output in log_path. stop() and kill() are idempotent and wait."""

    def __init__(self, argv, log_path, name, cwd=None, env=None, stdin=subprocess.DEVNULL):
        self.name, self.log = name, Log(log_path)
        with open(log_path, "ab") as out:
            self.child = subprocess.Popen(argv, stdin=stdin, stdout=out, stderr=subprocess.STDOUT, cwd=cwd, env=env)
        self.pid = self.child.pid

    def alive(self):
        return self.child.poll() is None

    def wait_log(self, pattern, timeout_s=20, since=0):
        return self.log.wait(pattern, timeout_s, since, self.alive)

    def wait_exit(self, timeout_s=20):
        return self.child.wait(timeout_s)

    def stop(self, timeout_s=15):
        """SIGTERM, and SIGKILL when that is not obeyed, which is an error the caller sees."""
        if self.alive():
            self.child.terminate()
            try:
                self.child.wait(timeout_s)
            except subprocess.TimeoutExpired:
                self.kill()
                raise
        return self.child.returncode

    def kill(self):
        if self.alive():
            self.child.send_signal(signal.SIGKILL)
        return self.child.wait()


def children(pid):
    """Process ids of the children of pid."""
    try:
        with open(f"/proc/{pid}/task/{pid}/children") as f:
            return [int(p) for p in f.read().split()]
    except FileNotFoundError:
        return []


def command_line(pid):
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as f:
            return f.read().decode("utf-8", "replace").split("\0")
    except (FileNotFoundError, ProcessLookupError):
        return []
