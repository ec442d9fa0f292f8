#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Applications that misbehave on the emulated board: each is reported with cause and place, and the microvisor stays connected."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

from harness.case import BoardCase, main  # noqa: E402

CODE_START, CODE_END = 0x00200000, 0x00300000


class Rogue(BoardCase):
    def connections(self):
        return len([x for x in self.srv.lines(self.sid, kind="connection")])

    def crashes(self, name, cause, *options, in_code=True):
        """Installs, waits for two reports of the cause (so it was restarted), and then for a good application."""
        before = self.connections()
        self.install(name, *options)
        first = self.srv.wait_line(self.sid, f"cause={cause}", kind="app_crash")
        self.srv.wait_line(self.sid, f"cause={cause}", kind="app_crash", after=first["id"])
        pc = int(dict(w.split("=", 1) for w in first["text"].split() if "=" in w)["pc"], 16)
        if in_code:
            self.assertTrue(CODE_START <= pc < CODE_END, first["text"])
        self.assertEqual(self.connections(), before, "the connection was lost")
        self.install("hello-v1")
        self.srv.wait_line(self.sid, "v1", kind="app_logging")
        self.assertEqual(self.connections(), before, "the connection was lost")

    def test_undefined_instruction(self):
        self.crashes("rogue-udf", "usage_fault|hard_fault")

    def test_writes_secure_memory(self):
        self.crashes("rogue-write", "secure_violation")

    def test_jumps_into_secure_code(self):
        self.crashes("rogue-jump", "secure_violation", in_code=False)

    def test_stack_in_secure_memory(self):
        self.crashes("rogue-stack", "secure_violation|bad_stack", in_code=False)

    def test_no_progress_with_a_watchdog(self):
        self.crashes("rogue-idle", "watchdog", "--watchdog-ms", "500")

    def test_every_system_call_with_bad_pointers(self):
        before = self.connections()
        self.install("rogue-badptr")
        self.srv.wait_line(self.sid, "bad pointers: done", kind="app_logging")
        self.assertEqual(self.srv.lines(self.sid, kind="app_crash"), [])
        self.assertEqual(self.connections(), before, "the connection was lost")

    def test_storm_of_system_calls(self):
        before = self.connections()
        self.install("rogue-storm")
        self.install("hello-v1")
        self.srv.wait_line(self.sid, "v1", kind="app_logging")
        self.assertEqual(self.connections(), before, "the connection was lost")

    def test_restart_interval_grows(self):
        self.install("rogue-udf", "--minimum-restart-ms", "50", "--maximum-restart-ms", "200")
        self.srv.wait_line(self.sid, "count=5 ", kind="app_crash")
        waits = [int(x["text"].split("restart_in_ms=")[1].split()[0])
                 for x in self.srv.lines(self.sid, kind="app_crash")[:5]]
        self.assertEqual(waits, [50, 100, 200, 200, 200])


if __name__ == "__main__":
    main()
