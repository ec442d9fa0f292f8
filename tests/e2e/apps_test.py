#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Sample applications on the emulated board: C++ and a preemptive kernel run unchanged beside the microvisor, one after the other
in one session, and each survives updates to the other."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

from harness.case import BoardCase, main  # noqa: E402


class Apps(BoardCase):
    def words(self, line):
        return dict(w.split("=", 1) for w in line["text"].split() if "=" in w)

    def test_cpp_with_constructors(self):
        self.install("cpp")
        self.srv.wait_line(self.sid, "^cpp started constructors=done$", kind="app_logging")

    def test_kernel_threads_share_a_counter_under_a_mutex_and_are_preempted(self):
        self.install("kernel")
        self.srv.wait_line(self.sid, "thread=a .*preempted=yes$", kind="app_logging")
        self.srv.wait_line(self.sid, "thread=b .*preempted=yes$", kind="app_logging")
        self.srv.wait_line(self.sid, "count=8 ", kind="app_logging")
        counts = [int(self.words(x)["count"]) for x in self.srv.lines(self.sid, kind="app_logging")]
        self.assertEqual(counts, list(range(1, len(counts) + 1)), "threads lost counts inside the mutex")
        self.assertEqual(self.srv.lines(self.sid, kind="app_crash"), [])

    def test_kernel_replaces_cpp_and_is_replaced_in_one_session(self):
        sessions = len(self.srv.lines(self.sid, kind="connection"))
        for name, word in (("cpp", "^cpp started"), ("kernel", "^kernel thread="), ("hello-v1", "v1"), ("kernel", "^kernel")):
            mark = self.srv.last_line(self.sid)
            self.install(name)
            self.srv.wait_line(self.sid, word, after=mark, kind="app_logging")
        self.assertEqual(len(self.srv.lines(self.sid, kind="connection")), sessions)
        self.assertEqual(self.srv.lines(self.sid, kind="app_crash"), [])

    def test_polite_application_finishes_its_work_before_it_is_replaced(self):
        self.install("polite")
        self.srv.wait_line(self.sid, "^polite: at work$", kind="app_logging")
        mark = self.srv.last_line(self.sid)
        app = self.upload("hello-v2")
        self.srv.target(self.sid, app)
        self.srv.wait_line(self.sid, "^polite: update waits", after=mark, kind="app_logging")
        self.srv.wait_device(self.sid, lambda d: d["status"]["update"]["phase"] == "ready", 30, "the update to wait")
        self.srv.wait_running(self.sid, app, 60)
        texts = [x["text"] for x in self.srv.lines(self.sid, after=mark)]
        order = [texts.index(t) for t in ("UPDATE_DOWNLOADED", "polite: done, go ahead", "INSTALLING_APP", "COMPLETE")]
        self.assertEqual(order, sorted(order), texts)

    def test_application_that_never_gives_leave_is_replaced_when_its_time_is_over(self):
        self.install("polite-deaf", "--maximum-politeness-time", "2")
        self.srv.wait_line(self.sid, "^polite: at work$", kind="app_logging")
        mark = self.srv.last_line(self.sid)
        app = self.upload("hello-v2")
        self.srv.target(self.sid, app)
        self.srv.wait_line(self.sid, "^polite: update waits", after=mark, kind="app_logging")
        self.srv.wait_running(self.sid, app, 60)
        self.assertNotIn("polite: done, go ahead", [x["text"] for x in self.srv.lines(self.sid, after=mark)])

    def test_application_without_need_for_the_network_lets_the_device_rest_between_check_ins(self):
        mark = self.srv.last_line(self.sid)
        self.install("meter", "--minimum-check-in-time", "3", "--connection-grace-time", "1")
        for _ in range(2):
            lost = self.srv.wait_line(self.sid, "^Connection lost .*closed by the device", after=mark, kind="connection")
            met = self.srv.wait_line(self.sid, "^Connection established", after=lost["id"], kind="connection")
            mark = met["id"]
        seconds = self.srv.wait_line(self.sid, "^meter seconds=", after=mark, kind="app_logging")
        lines = [int(self.words(x)["seconds"]) for x in self.srv.lines(self.sid, kind="app_logging") if "meter" in x["text"]]
        self.assertEqual(lines, list(range(1, len(lines) + 1)), "lines that were written offline are missing or out of order")
        self.assertIn("reasons=", seconds["text"])


if __name__ == "__main__":
    main()
