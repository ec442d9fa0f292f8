#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Updates on the emulated board through the real server: first install, in place, power cuts, killed servers and roles."""
import os
import random
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

from harness.case import BoardCase, main  # noqa: E402
from harness.process import wait_until  # noqa: E402

SEED = int(os.environ.get("E2E_SEED", "1"))
POWER_CUTS = int(os.environ.get("E2E_POWER_CUTS", "20"))
UPDATE_WINDOW_S = 0.8  # an update of the 64 KiB application is over after this


class Update(BoardCase):
    def sessions(self):
        return [x for x in self.srv.lines(self.sid, kind="connection") if "established" in x["text"]]

    def test_first_install_and_update_in_place(self):
        self.install("hello-v1")
        self.srv.wait_line(self.sid, "v1", kind="app_logging")
        mark = self.srv.last_line(self.sid)
        before = len(self.sessions())
        self.install("hello-v2")
        self.srv.wait_line(self.sid, "v2", after=mark, kind="app_logging")
        states = [x["text"] for x in self.srv.lines(self.sid, after=mark, kind="ota_update")]
        self.assertEqual(states, ["INSTALLING_APP", "STARTING_NEW_APP", "COMPLETE"])
        self.assertEqual(len(self.sessions()), before, "the microvisor lost its connection during the update")

    def test_update_while_application_spins_with_interrupts_masked(self):
        self.install("rogue-spin")
        mark = self.srv.last_line(self.sid)
        self.install("hello-v1")
        self.srv.wait_line(self.sid, "v1", after=mark, kind="app_logging")

    def test_update_while_application_hangs_in_its_highest_handler(self):
        self.install("rogue-handler")
        self.install("hello-v1")

    def test_restart_app(self):
        self.install("hello-v1")
        mark = self.srv.last_line(self.sid)
        self.srv.rest("POST", f"/v1/Devices/{self.sid}", {"RestartApp": "true"})
        self.srv.wait_line(self.sid, "v1", after=mark, kind="app_logging")

    def test_same_app_again_changes_nothing(self):
        app = self.install("hello-v1")
        mark = self.srv.last_line(self.sid)
        self.srv.target(self.sid, app)
        self.srv.wait_running(self.sid, app)
        self.assertEqual(self.srv.lines(self.sid, after=mark, kind="ota_update"), [])

    def test_power_cuts_at_seeded_moments(self):
        apps = [self.upload("hello64k-v1"), self.upload("hello64k-v2")]
        rng = random.Random(SEED)
        for cut in range(POWER_CUTS):
            app = apps[cut % 2]
            self.srv.target(self.sid, app)
            moment = rng.uniform(0, UPDATE_WINDOW_S)
            with self.assertRaises(subprocess.TimeoutExpired, msg="the board ended by itself"):
                self.board.process.wait_exit(moment)
            self.board.kill()
            self.board.start()
            with self.subTest(cut=cut, moment_ms=round(moment * 1000)):
                self.srv.wait_running(self.sid, app, 40)
                mark = self.srv.last_line(self.sid)
                self.srv.wait_line(self.sid, "v" + str(cut % 2 + 1), after=max(0, mark - 50), kind="app_logging")

    def test_server_killed_and_restarted_during_update(self):
        self.install("hello64k-v1")
        app = self.upload("hello64k-v2")
        self.srv.target(self.sid, app)
        self.srv.kill()
        self.srv.start()
        self.srv.wait_running(self.sid, app, 60)

    def test_each_role_killed_during_update(self):
        apps = [self.upload("hello64k-v1"), self.upload("hello64k-v2")]
        for i, role in enumerate(("keeper", "api", "gateway", "relay")):
            with self.subTest(role=role):
                self.srv.target(self.sid, apps[i % 2])
                self.srv.kill_role(role)
                self.running_again(apps[i % 2])

    def running_again(self, app):
        """Like wait_running, but the api itself may be away for a moment."""
        def look():
            try:
                d = self.srv.device(self.sid)["app"]
            except OSError:
                return None
            return d["reported_sid"] == app and d["update_status"] == "up-to-date"
        wait_until(look, 60, "the update to finish")


if __name__ == "__main__":
    main()
