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


class WithServer(FactoryCase):
    def setUp(self):
        super().setUp()
        self.srv = self.server()

    def admin(self, *arguments, code=0):
        return self.cli("--url", self.srv.url, "--credentials", os.path.join(self.srv.data, "admin.json"), "--json", *arguments,
                        code=code)

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


if __name__ == "__main__":
    main()
