# SPDX-License-Identifier: Apache-2.0
"""unittest for end-to-end tests: a temporary folder, clean-up in the right order, the logs of all parties on failure, TAP out."""
import argparse
import os
import shutil
import sys
import tempfile
import traceback
import unittest

from harness import bundle
from harness.device import HostDevice, QemuDevice
from harness.server import Server

BUILD = os.environ.get("OUTRIGGER_BUILD", "build")
LOG_TAIL_BYTES = 12000


class Case(unittest.TestCase):
    """server(), host_device() and qemu_device() start things that are ended, whatever happened."""

    def setUp(self):
        self.build = os.path.abspath(BUILD)
        self.folder = tempfile.mkdtemp(prefix="outrigger-")
        self.things = []
        self.addCleanup(self._end_all)  # not tearDown: that is not called when a test's own setUp fails

    def track(self, thing):
        self.things.append(thing)
        return thing

    def server(self, **options):
        return self.track(Server(self.build, self.folder, **options)).start()

    def host_device(self, name="host"):
        return self.track(HostDevice(self.build, self.folder, name)).start()

    def qemu_device(self, name="board"):
        return self.track(QemuDevice(self.build, self.folder, name)).start()

    def _end_all(self):
        problems = []
        for thing in reversed(self.things):
            try:
                thing.stop()
            except Exception as e:  # every other thing must still be ended
                problems.append(f"{type(thing).__name__} did not stop: {e}")
        self.failed_logs = self._logs() if self._failed() or problems else ""
        shutil.rmtree(self.folder, ignore_errors=True)
        if problems:
            self.fail("; ".join(problems))

    def _failed(self):
        result = self._outcome.result
        return any(t is self for t, _ in result.failures + result.errors) or not self._outcome.success

    def _logs(self):
        text = []
        for root, _, files in sorted(os.walk(self.folder)):
            for name in sorted(f for f in files if f.endswith(".log")):
                path = os.path.join(root, name)
                with open(path, "rb") as f:
                    f.seek(max(0, os.path.getsize(path) - LOG_TAIL_BYTES))
                    text.append(f"--- {os.path.relpath(path, self.folder)}\n{f.read().decode('utf-8', 'replace')}")
        return "\n".join(text)


class BoardCase(Case):
    """A server (srv) and an emulated board (board, sid) that has checked in and delivers its application's log."""

    def setUp(self):
        super().setUp()
        self.srv = self.server()
        self.board = self.qemu_device()
        self.sid = self.provision()
        self.srv.wait_device(self.sid, lambda d: d["status"]["online"], 30, "the board to check in")
        self.srv.rest("POST", f"/v1/Devices/{self.sid}", {"LoggingEnabled": "true"})

    def provision(self):
        return self.board.provision(self.srv)

    def upload(self, name, *options):
        """SID of the app made from a sample application."""
        return bundle.upload(self.srv, bundle.app(self.build, self.folder, name, *options))

    def install(self, name, *options):
        app = self.upload(name, *options)
        self.srv.target(self.sid, app)
        self.srv.wait_running(self.sid, app)
        return app


class TapResult(unittest.TestResult):
    def __init__(self):
        super().__init__()
        self.count = 0

    def _line(self, ok, test, note=""):
        self.count += 1
        print(f"{'ok' if ok else 'not ok'} {self.count} - {test.id().split('.', 1)[-1]}{note}", flush=True)

    def _broken(self, test, error):
        self._line(False, test)
        for line in "".join(traceback.format_exception(*error)).splitlines() + \
                getattr(test, "failed_logs", "").splitlines():
            print("# " + line)

    def addSuccess(self, test):
        self._line(True, test)

    def addFailure(self, test, error):
        super().addFailure(test, error)
        self.pending = (test, error)

    def addError(self, test, error):
        super().addError(test, error)
        self.pending = (test, error)

    def addSubTest(self, test, subtest, error):
        super().addSubTest(test, subtest, error)
        if error:
            self.pending = (test, error)

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self._line(True, test, " # SKIP " + reason)

    def stopTest(self, test):
        super().stopTest(test)
        pending, self.pending = getattr(self, "pending", None), None
        if pending:
            self._broken(*pending)


def main():
    """Runs the calling file's tests: all, or those whose name holds the argument."""
    parser = argparse.ArgumentParser()
    parser.add_argument("only", nargs="?", default="")
    only = parser.parse_args().only
    suite = unittest.TestSuite(t for group in unittest.defaultTestLoader.loadTestsFromModule(sys.modules["__main__"])
                               for t in group if only in t.id())
    result = TapResult()
    suite.run(result)
    print(f"1..{result.count}")
    sys.exit(0 if result.wasSuccessful() else 1)
