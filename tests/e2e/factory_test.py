#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The factory, with real tools and the emulated board: images, the test application and what follows from its word, enrolment."""
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

from harness import bundle  # noqa: E402
from harness.board import FactoryBoard  # noqa: E402
from harness.case import Case, main  # noqa: E402


class FactoryCase(Case):
    def setUp(self):
        super().setUp()
        self.key = self.path("signer.pem")
        subprocess.run(["openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", self.key], check=True,
                       capture_output=True)

    def path(self, name):
        return os.path.join(self.folder, name)

    def cli(self, *arguments, code=0):
        """Runs the tool; its standard output as JSON when it is some, else its words."""
        r = subprocess.run([os.path.join(self.build, "bin", "outrigger"), *arguments], capture_output=True, text=True,
                           timeout=120)
        self.assertEqual(r.returncode, code, r.stderr)
        return json.loads(r.stdout) if r.stdout.startswith("{") else r.stdout + r.stderr

    def image(self, app=None, test_app=None, *options):
        """A factory image of sample applications, signed by a developer's key."""
        out = self.path("factory.bin")
        argv = ["--json", "factory", "image", "--out", out, "--microvisor", self.path_of("fw", "microvisor.img"), "--boot0",
                self.path_of("fw", "boot0.elf")]
        for option, name in (("--app", app), ("--test-app", test_app)):
            if name:
                argv += [option, bundle.app(self.build, self.folder, name, "--sign", self.key)]
        self.facts = self.cli(*argv, *(options or ("--signers", self.key)))
        return out

    def path_of(self, *names):
        return os.path.join(self.build, *names)

    def board(self, image):
        return self.track(FactoryBoard(self.build, self.folder, image)).start()


class TestFlow(FactoryCase):
    def test_production_follows_a_test_that_passes_for_good(self):
        board = self.board(self.image("hello-v1", "tester"))
        board.talk.expect(r"^OTR1 TEST pending\r?$")
        board.talk.expect(r"^test: tester device=(UV[0-9a-f]{32})\r?$")
        board.talk.expect(r"^test: tester clock ok\r?$")
        board.talk.expect(r"^test: tester memory ok\r?$")
        board.talk.expect(r"^OTR1 TEST passed\r?$")
        board.talk.expect(r"^application started wake_reason=9\r?$", 30)
        board.power_cycle()
        board.talk.expect(r"^OTR1 TEST passed\r?$")
        board.talk.expect(r"^application started ", 30)
        board.talk.send("OTR1 TEST")
        board.talk.expect(r"^OTR1 TEST passed\r?$")
        self.assertNotIn("test: ", board.talk.text)
        board.talk.send("OTR1 HELLO")
        board.talk.expect(r"^OTR1 STATE mps2_an505 \S+ blank\r?$")

    def test_a_test_that_fails_runs_again_at_the_next_start(self):
        board = self.board(self.image("hello-v1", "tester-fail"))
        for _ in range(2):
            board.talk.expect(r"^OTR1 TEST pending\r?$")
            board.talk.expect(r"^test: tester memory FAILED\r?$")
            board.talk.expect(r"^OTR1 TEST failed 2\r?$")
            board.talk.expect(r"^application stopped ")
            board.talk.send("OTR1 TEST")
            board.talk.expect(r"^OTR1 TEST failed 2\r?$")
            self.assertEqual(board.talk.text.count("application started"), 1)
            board.power_cycle()

    def test_production_alone_runs_at_once(self):
        board = self.board(self.image("hello-v1"))
        board.talk.expect(r"^application started ", 30)
        board.talk.send("OTR1 TEST")
        board.talk.expect(r"^OTR1 TEST none\r?$")


class ServerCase(FactoryCase):
    def setUp(self):
        super().setUp()
        self.srv = self.server()

    def admin(self, *arguments, code=0):
        return self.cli("--url", self.srv.url, "--credentials", os.path.join(self.srv.data, "admin.json"), "--json", *arguments,
                        code=code)


class WithServer(ServerCase):
    def upload(self, name):
        """SID of a sample application on the server, and the bundle as the server has signed it."""
        signed = self.path(name + "-signed.zip")
        app = self.admin("apps", "upload", bundle.app(self.build, self.folder, name), "--bundle-out", signed)
        return app["sid"], signed

    def test_what_the_image_holds_is_the_servers_own_application(self):
        app, signed = self.upload("hello-v1")
        out = self.path("factory.bin")
        self.admin("factory", "image", "--out", out, "--microvisor", self.path_of("fw", "microvisor.img"), "--app", signed)
        board = self.board(out)
        board.talk.expect(r"^application started ", 30)
        board.release()
        sid = board.provision(self.srv)
        device = self.srv.wait_device(sid, lambda d: d["app"]["reported_sid"] == app, 30, "the device to report the application")
        self.assertEqual(device["status"]["app_state"], "running")
        self.srv.target(sid, app)
        self.srv.wait_running(sid, app)
        self.assertEqual(self.srv.lines(sid, kind="ota_update"), [], "it was installed again")
        self.assertEqual(board.console_log.text().count("application started"), 1)


class Enrolment(ServerCase):
    def token(self, *limits):
        made = self.admin("factory", "tokens", "create", "line 1", *limits)
        return made["sid"], made["token"]

    def enrol(self, device, token, *options, code=0):
        """What a factory does: it has a serial line and a token."""
        return self.cli("--url", self.srv.url, "--token", token, "--json", "provision", "--serial", "unix:" + device.console,
                        "--gateway", f"{device.gateway_host}:{self.srv.gateway_port}", *options, code=code)

    def test_a_token_enrols_and_the_device_is_locked(self):
        board = self.board(self.image("hello-v1", "tester"))
        board.talk.expect(r"^OTR1 TEST passed\r?$")
        sid, token = self.token("--max-devices", "2")
        label = self.path("label.svg")
        board.release()
        made = self.enrol(board, token, "--label", label)
        self.assertRegex(made["claim_code"], r"^(....-){3}....$")
        with open(label) as f:
            self.assertIn(made["claim_code"], f.read())
        self.srv.wait_device(made["sid"], lambda d: d["status"]["online"], 30, "the board to check in")
        self.assertTrue(self.enrol(board, token, code=3)["already_provisioned"])
        board.attach()
        board.talk.send("OTR1 KEYGEN")
        board.talk.expect(r"^OTR1 ERR locked ")
        board.talk.send("OTR1 SET AAAA")
        board.talk.expect(r"^OTR1 ERR locked ")
        records = self.srv.rest("GET", f"/v1/FactoryTokens/{sid}/Enrolments")["enrolments"]
        self.assertEqual([(r["device_sid"], r["by_sid"], r["again"]) for r in records], [(made["sid"], sid, False)])
        self.assertEqual(self.srv.rest("GET", f"/v1/FactoryTokens/{sid}")["enrolled_devices"], 1)

    def test_limits_of_a_token(self):
        sid, token = self.token("--max-devices", "1")
        _, slow = self.token("--max-devices", "5", "--rate", "1")
        devices = [self.host_device(f"host{i}") for i in range(3)]
        self.enrol(devices[0], token)
        self.assertIn("all the devices", self.enrol(devices[1], token, code=1))
        self.enrol(devices[1], slow)
        self.assertIn("429", self.enrol(devices[2], slow, code=1))
        words = self.cli("--url", self.srv.url, "--token", token, "devices", "list", code=1)
        self.assertIn("nothing else", words)
        self.admin("factory", "tokens", "revoke", sid)
        self.assertEqual(self.srv.rest("GET", f"/v1/FactoryTokens/{sid}")["state"], "revoked")

    def test_a_revoked_token_enrols_nothing(self):
        sid, token = self.token("--max-devices", "5")
        self.admin("factory", "tokens", "revoke", sid)
        device = self.host_device()
        self.assertIn("401", self.enrol(device, token, code=1))
        self.assertEqual(self.srv.rest("GET", "/v1/Enrolments")["enrolments"], [])


if __name__ == "__main__":
    main()
