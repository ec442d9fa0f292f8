#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Who may speak and sign, changed in the field: revocation, with the device's core as a process against the real server."""
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

from harness.case import Case, main  # noqa: E402

BYE_REVOKED = 2


class KeysCase(Case):
    def setUp(self):
        super().setUp()
        self.srv = self.server()
        self.dev = self.host_device()
        self.sid = self.dev.provision(self.srv)
        self.wait_online(True)

    def wait_online(self, online):
        self.srv.wait_device(self.sid, lambda d: d["status"]["online"] == online, 30,
                             f"the device to be {'online' if online else 'offline'}")

    def cli(self, *words):
        """What `outrigger --json WORDS` prints."""
        argv = [os.path.join(self.build, "bin", "outrigger"), "--url", self.srv.url, "--credentials",
                os.path.join(self.srv.data, "admin.json"), "--json", *words]
        r = subprocess.run(argv, capture_output=True, text=True, timeout=60)
        self.assertEqual(r.returncode, 0, r.stderr)
        return json.loads(r.stdout)


class Revocation(KeysCase):
    def test_revoked_device_is_told_and_stays_out_until_restored(self):
        self.assertTrue(self.cli("devices", "revoke", self.sid)["status"]["revoked"])
        self.dev.process.wait_log(rf"link bye reason={BYE_REVOKED} ")
        self.wait_online(False)
        mark = self.dev.process.log.mark()
        self.dev.kill()
        self.dev.start()
        self.dev.process.wait_log(rf"link bye reason={BYE_REVOKED} ", since=mark)
        self.assertFalse(self.srv.device(self.sid)["status"]["online"])
        self.assertFalse(self.cli("devices", "restore", self.sid)["status"]["revoked"])
        self.dev.kill()  # it was told to wait for minutes: a start asks at once
        self.dev.start()
        self.wait_online(True)


if __name__ == "__main__":
    main()
