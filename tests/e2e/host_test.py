#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The device's core as a Linux process against the real server: install, update, crash, watchdog, power cut, server gone."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

from harness import bundle, slots  # noqa: E402
from harness.case import Case, main  # noqa: E402

PING = "log {0} hello %d\nloop\nlog {0} ping %n\nsleep 200\nrepeat\n"


class Host(Case):
    def setUp(self):
        super().setUp()
        self.srv = self.server()
        self.dev = self.host_device()
        self.sid = self.dev.provision(self.srv)
        self.srv.wait_device(self.sid, lambda d: d["status"]["online"], 20, "the device to check in")
        self.srv.rest("POST", f"/v1/Devices/{self.sid}", {"LoggingEnabled": "true"})

    def install(self, name, text, *options):
        app = bundle.upload(self.srv, bundle.script(self.build, self.folder, name, text, *options))
        self.srv.target(self.sid, app)
        self.srv.wait_running(self.sid, app)
        return app

    def test_install_and_update_in_one_session(self):
        self.install("one", PING.format("one"))
        self.srv.wait_line(self.sid, f"one hello {self.sid}", kind="app_logging")
        sessions = len(self.srv.lines(self.sid, kind="connection"))
        mark = self.srv.last_line(self.sid)
        padding = "".join(f"# {i:062d}\n" for i in range(4000))  # 256 KiB: more than one window of credit
        self.install("two", PING.format("two") + padding)
        self.srv.wait_line(self.sid, f"two hello {self.sid}", kind="app_logging", after=mark)
        self.assertEqual(len(self.srv.lines(self.sid, kind="connection")), sessions)

    def microvisor(self, word, number):
        """SID of a microvisor that is a word (device_fw/boot/host)."""
        image = os.path.join(self.folder, f"{number}.img")
        with open(image, "wb") as f:
            code = slots.body(word.encode(), address=slots.HOST_CODE)
            f.write(slots.sign(self.build, self.folder, code, number, address=slots.HOST_CODE))
        path = bundle.microvisor(self.build, image, os.path.join(self.folder, f"{number}.zip"), f"0.0.{number}", None,
                                 "--board", "host")
        return bundle.upload(self.srv, path, None, "/v1/Microvisors")

    def want_microvisor(self, sid):
        self.srv.rest("POST", f"/v1/Devices/{self.sid}", {"TargetMicrovisor": sid})

    def test_microvisors_that_are_no_good_are_given_up(self):
        self.install("one", PING.format("one"))
        good = self.microvisor("good", 10)
        self.want_microvisor(good)
        m = self.srv.wait_device(self.sid, lambda d: d["microvisor"]["reported_sid"] == good and d["microvisor"]["confirmed"], 60,
                                 "a good one to run")["microvisor"]
        self.assertEqual((m["slot"], m["number"]), ("B", 10))
        for number, word in enumerate(("crash", "hang", "mute 1000"), 11):
            bad = self.microvisor(word, number)
            self.want_microvisor(bad)
            m = self.srv.wait_device(self.sid, lambda d: d["status"]["online"] and d["microvisor"]["target_sid"] == bad and
                                     d["microvisor"]["update_error_code"] == 16, 60, f"{word} to be given up")["microvisor"]
            self.assertEqual((m["slot"], m["confirmed"], m["number"]), ("B", True, 10), word)
        self.srv.wait_line(self.sid, "one ping", after=self.srv.last_line(self.sid), kind="app_logging")

    def test_a_microvisor_that_falls_once_it_is_confirmed_is_set_aside(self):
        self.install("one", PING.format("one"))
        good, bad = self.microvisor("good", 10), self.microvisor("decay", 11)
        for sid in (good, bad):
            self.want_microvisor(sid)
            self.srv.wait_device(self.sid, lambda d: d["microvisor"]["reported_sid"] == sid and d["microvisor"]["confirmed"], 60,
                                 "it to run")
        self.dev.kill()
        self.dev.start()
        m = self.srv.wait_device(self.sid, lambda d: d["status"]["online"] and d["microvisor"]["update_error_code"] == 16, 60,
                                 "it to be given up")["microvisor"]
        self.assertEqual((m["reported_sid"], m["target_sid"], m["confirmed"]), (good, bad, True))
        self.srv.wait_line(self.sid, "one ping", after=self.srv.last_line(self.sid), kind="app_logging")

    def test_crash_is_reported_and_restarted(self):
        self.install("crash", "log up\nsleep 50\ncrash 1\n", "--minimum-restart-ms", "50")
        first = self.srv.wait_line(self.sid, "cause=secure_violation", kind="app_crash")
        self.srv.wait_line(self.sid, "cause=secure_violation", kind="app_crash", after=first["id"])
        self.install("good", PING.format("good"))
        self.srv.wait_line(self.sid, "good ping", kind="app_logging")

    def test_watchdog_ends_an_application_without_progress(self):
        self.install("spin", "log up\nspin\n", "--watchdog-ms", "300", "--minimum-restart-ms", "50")
        self.srv.wait_line(self.sid, "cause=watchdog", kind="app_crash")

    def test_image_that_is_no_script_is_a_bad_image(self):
        image = os.path.join(self.folder, "noise.bin")
        with open(image, "wb") as f:
            f.write(bytes(range(256)) * 8)
        path = bundle.make(self.build, image, os.path.join(self.folder, "noise.zip"))
        self.srv.target(self.sid, bundle.upload(self.srv, path))
        self.srv.wait_line(self.sid, "cause=bad_image", kind="app_crash")

    def test_power_cut_keeps_identity_and_application(self):
        app = self.install("one", PING.format("one"))
        self.dev.kill()
        mark = self.srv.last_line(self.sid)
        self.dev.start()
        self.srv.wait_line(self.sid, f"one hello {self.sid}", kind="app_logging", after=mark)
        self.srv.wait_running(self.sid, app)

    def test_server_killed_and_started_again(self):
        self.install("one", PING.format("one"))
        self.srv.kill()
        self.srv.start()
        self.srv.wait_device(self.sid, lambda d: d["status"]["online"], 30, "the device to come back")
        mark = self.srv.last_line(self.sid)
        self.srv.wait_line(self.sid, "one ping", kind="app_logging", after=mark)


if __name__ == "__main__":
    main()
