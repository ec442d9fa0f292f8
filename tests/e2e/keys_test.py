#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Who may speak and sign, changed in the field, with the device's core as a process against the real server: revocation,
signers, server CA."""
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

from harness import bundle  # noqa: E402
from harness.case import Case, main  # noqa: E402
from harness.process import wait_until  # noqa: E402

BYE_REVOKED = 2
SIGNER_UNKNOWN = 3


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

    def cli(self, *words, code=0):
        """What `outrigger --json WORDS` prints, or its complaint when it is to end with another code."""
        argv = [os.path.join(self.build, "bin", "outrigger"), "--url", self.srv.url, "--credentials",
                os.path.join(self.srv.data, "admin.json"), "--json", *words]
        r = subprocess.run(argv, capture_output=True, text=True, timeout=60)
        self.assertEqual(r.returncode, code, r.stdout + r.stderr)
        return json.loads(r.stdout) if code == 0 and r.stdout else r.stderr


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


class Signers(KeysCase):
    """A developer's own key joins, the managed key goes, and each side draws the line at the same place."""

    def setUp(self):
        super().setUp()
        self.key = os.path.join(self.folder, "alice.pem")
        self.alice = self.cli("keys", "generate", self.key)["signer_id"]
        self.managed = self.cli("signers", "list")["signers"][0]["id"]

    def wait_sequence(self, sequence):
        return self.srv.wait_device(self.sid, lambda d: d["status"]["keys"]["sequence"] == sequence, 30,
                                    f"the device to have applied key update {sequence}")

    def bundle(self, name, *options):
        return bundle.script(self.build, self.folder, name, f"log {name}\nloop\nsleep 200\nrepeat\n", *options)

    def install(self, path):
        app = bundle.upload(self.srv, path)
        self.srv.target(self.sid, app)
        self.srv.wait_running(self.sid, app)
        return app

    def refused(self, path):
        status, answer = self.srv.rest.upload(path)
        self.assertEqual(status, 400, answer)
        return answer["message"]

    def test_a_signer_joins_and_the_managed_one_goes(self):
        self.assertIn("do not accept", self.refused(self.bundle("early", "--sign", self.key)))
        update = self.cli("signers", "add", self.key)
        self.assertEqual((update["sequence"], update["signer_id"]), (1, self.managed))
        keys = self.wait_sequence(1)["status"]["keys"]  # at once: the device is connected
        self.assertEqual(keys["error"], "none")
        old = bundle.upload(self.srv, self.bundle("old"))
        running = self.install(self.bundle("alice", "--sign", self.key))
        self.assertEqual(self.cli("signers", "list")["devices"], {"total": 1, "current": 1, "refused": 0})

        self.srv.target(self.sid, old)
        self.srv.wait_running(self.sid, old)
        self.assertIn(old, self.cli("signers", "remove", self.managed, "--key", self.key, code=1))
        self.srv.target(self.sid, running)
        self.srv.wait_running(self.sid, running)
        self.dev.kill()  # it learns of it at its next check-in
        self.assertEqual(self.cli("signers", "remove", self.managed)["sequence"], 2)
        self.dev.start()
        self.wait_sequence(2)
        self.assertIn("managed signer was withdrawn", self.refused(self.bundle("late")))
        self.srv.target(self.sid, old)  # signed while it was allowed; the device does not take it any more
        device = self.srv.wait_device(self.sid, lambda d: d["app"]["update_error_code"] == SIGNER_UNKNOWN, 30,
                                      "the device to refuse what a withdrawn signer has signed")
        self.assertEqual((device["app"]["reported_sid"], device["status"]["app_state"]), (running, "running"))

    def test_messages_are_signed_away_from_the_server(self):
        self.cli("signers", "add", self.key)
        self.wait_sequence(1)
        message = os.path.join(self.folder, "update.keys")
        self.cli("signers", "remove", self.managed, "--key", self.key, "--out", message)
        self.assertEqual(self.cli("signers", "list")["sequence"], 1)  # it was only written down
        update = self.cli("keys", "upload", message)
        self.assertEqual((update["sequence"], update["signer_id"]), (2, self.alice))
        self.wait_sequence(2)
        self.assertIn("must be signed anew", self.cli("keys", "upload", message, code=1))
        self.assertIn("no signer would be left", self.cli("signers", "remove", self.alice, "--key", self.key, code=1))
        self.assertEqual([u["sequence"] for u in self.cli("keys", "list")], [2, 1])
        other = self.host_device("second")  # is made with the ring as it is now
        sid = other.provision(self.srv)
        self.srv.wait_device(sid, lambda d: d["status"]["keys"]["sequence"] == 2, 30, "the new device's key ring")


class ServerCa(KeysCase):
    """The whole roll-over on the emulated board, which loses its power on the way, beside a device that sleeps through most of it."""

    def setUp(self):
        super().setUp()
        self.board = self.qemu_device()
        self.board_sid = self.board.provision(self.srv)
        self.srv.wait_device(self.board_sid, lambda d: d["status"]["online"], 60, "the board to check in")

    def wait_ca(self, which, key, count):
        def look():
            ca = self.cli("server-ca", "show")[which]
            return ca is not None and ca[key] == count
        wait_until(look, 60, f"{count} devices with {key} of the {which} server CA")

    def test_roll_over(self):
        first = self.cli("server-ca", "show")["present"]["id"]
        self.wait_ca("present", "devices_using_it", 2)
        self.assertIn("add one first", self.cli("server-ca", "switch", code=1))
        self.assertIn("no old server CA", self.cli("server-ca", "delete", code=1))
        self.dev.kill()  # sleeps until the gateway shows another certificate

        shown = self.cli("server-ca", "add")
        second = shown["next"]["id"]
        self.assertEqual((shown["state"], shown["present"]["id"]), ("added", first))
        self.assertIn("already", self.cli("server-ca", "add", code=1))
        self.wait_ca("next", "devices_having_it", 1)
        self.assertIn("1 of 2 devices", self.cli("server-ca", "switch", code=1))
        self.assertIn("switch to the next one first", self.cli("server-ca", "delete", code=1))

        shown = self.cli("server-ca", "switch", "--force")
        self.assertEqual((shown["state"], shown["present"]["id"], shown["old"]["id"]), ("switched", second, first))
        self.board.kill()  # a cut on the way to the new certificate
        self.board.start()
        self.wait_ca("present", "devices_using_it", 1)
        self.assertIn("1 of 2 devices", self.cli("server-ca", "delete", code=1))
        self.dev.start()  # has the old one only: gets in, learns of the new one, and comes back by it
        self.wait_ca("present", "devices_using_it", 2)
        late = self.host_device("late")  # made meanwhile
        late.provision(self.srv)
        self.wait_ca("present", "devices_using_it", 3)

        shown = self.cli("server-ca", "delete")
        self.assertEqual((shown["state"], shown["old"]), ("single", None))
        for sid in (self.sid, self.board_sid):
            self.srv.wait_device(sid, lambda d: d["status"]["keys"]["sequence"] == 2, 60, "the old CA to be deleted")
        self.assertEqual(self.cli("signers", "list")["server_cas"], [second])
        self.board.kill()
        self.board.start()  # only the new one is left, on both sides
        self.srv.wait_device(self.board_sid, lambda d: d["status"]["boot_count"] == 3 and d["status"]["online"], 60,
                             "the board to check in by the new server CA alone")

    def test_the_server_dies_between_the_steps(self):
        self.cli("server-ca", "add")
        self.wait_ca("next", "devices_having_it", 2)
        self.srv.kill()
        self.srv.start()
        second = self.cli("server-ca", "switch")["present"]["id"]
        self.srv.kill()
        self.srv.start()
        self.assertEqual(self.cli("server-ca", "show")["state"], "switched")
        self.wait_ca("present", "devices_using_it", 2)
        self.assertEqual(self.cli("server-ca", "delete")["present"]["id"], second)


if __name__ == "__main__":
    main()
