#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The microvisor's own update on the emulated board through the real server: there and back under an application, trial and
confirmation, microvisors that do not check in, hang or crash, the security ratchet and a server that lies about it, power cuts."""
import hashlib
import os
import random
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

from harness import bundle, gate  # noqa: E402
from harness.case import BoardCase, main  # noqa: E402
from harness.process import wait_until  # noqa: E402
from harness.rest import RestError  # noqa: E402
from harness.slots import SLOT_BYTES, Slots  # noqa: E402

SEED = int(os.environ.get("E2E_SEED", "1"))
POWER_CUTS = int(os.environ.get("E2E_SELF_POWER_CUTS", "8"))
UPDATE_WINDOW_S = 4  # on an idle machine an update, its trial included, is over after this
DONE_S = 60
RATCHET, TRIAL_FAILED = 13, 16
FALLS_MAX = 4  # BOOT_FALLS_MAX
STREAM_OPEN, MICROVISOR_STATUS = 4, 8  # DeviceMessage
SLOT_B = 2  # ImageSlot
VERSIONS = {"next": "0.2.0", "newer": "0.3.0", "ratchet": "0.4.0", "mute": "0.5.0", "hang": "0.6.0", "crash": "0.7.0"}


class SelfUpdateCase(BoardCase):
    """A board, and microvisors for it."""

    def setUp(self):
        self.sids = {}
        super().setUp()

    def bundle(self, name):
        """Path of the bundle of a microvisor of mk/rooms/microvisors.mk."""
        path = os.path.join(self.folder, name + ".zip")
        if not os.path.exists(path):  # a second one would have another signature, and be another one
            bundle.microvisor(self.build, os.path.join(self.build, "fw", "microvisors", name + ".img"), path, VERSIONS[name])
        return path

    def microvisor(self, name):
        """SID of a microvisor, which is uploaded if it was not yet."""
        if name not in self.sids:
            self.sids[name] = bundle.upload(self.srv, self.bundle(name), name, "/v1/Microvisors")
        return self.sids[name]

    def cli(self, *words):
        r = subprocess.run([os.path.join(self.build, "bin", "outrigger"), "--url", self.srv.url, "--credentials",
                            os.path.join(self.srv.data, "admin.json"), *words], capture_output=True, text=True, timeout=300)
        self.assertEqual(r.returncode, 0, r.stdout + r.stderr)

    def want(self, name, now=True):
        self.srv.rest("POST", f"/v1/Devices/{self.sid}",
                      {"TargetMicrovisor": self.microvisor(name) if name else "", "MicrovisorNow": "true" if now else "false"})

    def wait(self, condition, what, timeout_s=DONE_S):
        """Until condition(the device's microvisor) holds of a device that is online; the device."""
        return self.srv.wait_device(self.sid, lambda d: d["status"]["online"] and condition(d["microvisor"]), timeout_s, what)

    def wait_running(self, name, timeout_s=DONE_S):
        def runs(m):
            return m["reported_sid"] == self.microvisor(name) and m["confirmed"] and m["update_status"] == "up-to-date"
        m = self.wait(runs, f"{name} to run and be confirmed", timeout_s)["microvisor"]
        self.assertEqual(m["version"], VERSIONS[name])
        return m

    def wait_given_up(self, name, timeout_s=DONE_S):
        def given_up(m):
            return m["update_status"] == "error" and m["update_error_code"] == TRIAL_FAILED and m["confirmed"]
        m = self.wait(given_up, f"{name} to be given up", timeout_s)["microvisor"]
        self.assertEqual(m["target_sid"], self.microvisor(name))
        self.assertEqual(m["ratchet"], 0, "one that was never confirmed has raised the ratchet")
        return m

    def lines(self, mark):
        return [x["text"] for x in self.srv.lines(self.sid, after=mark) if x["text"].startswith("microvisor ")]

    def console_says(self, text, after=0):
        """Where in the console's text this stands, as soon as it does."""
        wait_until(lambda: text in self.board.console_log.text()[after:], DONE_S, f"the console to say {text!r}")
        return self.board.console_log.text().index(text, after)

    def power_cycle(self):
        self.board.kill()
        self.board.start()

    def starts(self):
        """What boot0 has started so far."""
        return [line for line in self.board.console_log.text().splitlines() if line.startswith("boot started")]

    def refusals(self):
        return [line for line in self.board.console_log.text().splitlines() if line.startswith("boot refused")]


class SelfUpdate(SelfUpdateCase):
    def test_there_and_back_under_an_application(self):
        app = self.install("hello-v1")
        first = self.srv.device(self.sid)["microvisor"]
        self.assertEqual((first["slot"], first["confirmed"], first["ratchet"], first["reported_sid"]), ("A", True, 0, None))
        mark = self.srv.last_line(self.sid)
        self.want("next")
        self.assertEqual(self.wait_running("next")["slot"], "B")
        self.srv.wait_line(self.sid, "v1", after=self.srv.last_line(self.sid), kind="app_logging")
        self.assertEqual(self.srv.device(self.sid)["app"]["reported_sid"], app)
        self.assertEqual(self.srv.lines(self.sid, after=mark, kind="ota_update"), [])  # nothing of it was fetched again
        self.srv.wait_line(self.sid, "has checked in and is confirmed", after=mark)
        self.assertEqual(self.lines(mark), [
            "microvisor 0.2.0 is fetched into slot B", "microvisor 0.2.0 is verified and waits to be started in slot B",
            "microvisor 0.2.0 is started on trial in slot B", "microvisor 0.2.0 runs on trial in slot B",
            "microvisor 0.2.0 has checked in and is confirmed in slot B"])
        self.want("newer")
        self.assertEqual(self.wait_running("newer")["slot"], "A")
        self.want("next")  # it is still in slot B
        self.assertEqual(self.wait_running("next")["slot"], "B")
        self.srv.wait_line(self.sid, "v1", after=self.srv.last_line(self.sid), kind="app_logging")

    def test_the_default_of_the_board_by_the_tools(self):
        self.cli("microvisors", "upload", self.bundle("next"), "--name", "next")
        self.sids["next"] = self.srv.rest("GET", "/v1/Microvisors/next")["sid"]
        self.cli("microvisors", "update", "next", "--default", "on")
        self.power_cycle()  # at its next check-in, or within a minute, it learns of it
        self.wait_running("next")
        self.microvisor("newer")
        self.cli("devices", "update", self.sid, "--target-microvisor", "newer", "--now", "--wait")
        self.wait_running("newer")
        self.want(None)  # the default again
        self.wait_running("next")

    def test_both_updates_at_once(self):
        self.install("hello64k-v1")
        app, mark = self.upload("hello64k-v2"), self.srv.last_line(self.sid)
        self.srv.rest("POST", f"/v1/Devices/{self.sid}",
                      {"TargetApp": app, "TargetMicrovisor": self.microvisor("next"), "MicrovisorNow": "true"})
        self.wait_running("next")
        self.srv.wait_running(self.sid, app, DONE_S)
        self.srv.wait_line(self.sid, "v2", after=mark, kind="app_logging")

    def test_an_application_that_asked_is_asked(self):
        self.install("polite")
        self.srv.wait_line(self.sid, "^polite: at work$", kind="app_logging")
        mark = self.srv.last_line(self.sid)
        self.want("next", now=False)
        self.srv.wait_line(self.sid, "^polite: update waits", after=mark, kind="app_logging")
        self.wait_running("next")
        texts = [x["text"] for x in self.srv.lines(self.sid, after=mark)]
        order = [texts.index(t) for t in ("polite: done, go ahead", "microvisor 0.2.0 is started on trial in slot B")]
        self.assertEqual(order, sorted(order), texts)

    def test_one_that_is_wanted_now_does_not_wait(self):
        self.install("polite-deaf", "--maximum-politeness-time", "3600")
        self.srv.wait_line(self.sid, "^polite: at work$", kind="app_logging")
        self.want("next", now=False)
        self.wait(lambda m: m["update"]["phase"] == "ready", "the update to wait")
        self.want("next", now=True)
        self.wait_running("next")

    def test_one_that_never_checks_in_is_given_up(self):
        self.install("hello-v1")
        self.want("mute")
        self.wait_given_up("mute", 120)
        self.srv.wait_line(self.sid, "v1", after=self.srv.last_line(self.sid), kind="app_logging")
        count = len(self.starts())
        self.power_cycle()
        wait_until(lambda: len(self.starts()) > count, DONE_S, "another start")
        self.wait_given_up("mute")  # remembered
        self.assertIn("slot=a", self.starts()[-1])
        self.want("next")
        self.wait_running("next")

    def test_one_that_crashes_is_given_up(self):
        self.want("crash")
        self.wait_given_up("crash", 120)
        trials = [s for s in self.starts() if "slot=b role=trial" in s]
        self.assertEqual(len(trials), 3, self.starts())
        self.want("next")
        self.wait_running("next")

    def test_one_that_hangs_is_given_up(self):
        self.want("hang")
        self.wait_given_up("hang", 240)  # three bites of the watchdog
        self.want("next")
        self.wait_running("next")

    def test_the_ratchet_lets_nothing_old_back(self):
        self.want("ratchet")
        self.assertEqual(self.wait_running("ratchet")["ratchet"], 1)
        with self.assertRaises(RestError) as refused:
            self.want("next")
        self.assertEqual(refused.exception.status, 409)
        count = len(self.starts())
        Slots(self.board.flash).damage("b")  # the older one in slot A must not take its place
        self.power_cycle()
        wait_until(lambda: len(self.refusals()) == 2, DONE_S, "boot0 to refuse both")
        self.assertIn("slot=a why=\"security ratchet too low", "".join(self.refusals()))
        self.assertEqual(len(self.starts()), count)

    def fallen(self, image, ratchet=0):
        """Installs an image that was confirmed in slot B, as if it had gone bad since."""
        self.board.kill()
        self.want(image)
        with open(os.path.join(self.build, "fw", "microvisors", image + ".img"), "rb") as f:
            data = f.read()
        manifest = hashlib.sha256(bundle.entries(self.bundle(image))["manifest"]).digest()
        flash = Slots(self.board.flash)
        flash.image("b", data)
        flash.trailer("b", 1, ("emptied", "pending", "confirmed"), manifest=manifest)
        if ratchet:
            flash.ratchet(ratchet)
        self.board.start()
        return flash

    def test_one_that_falls_after_it_was_confirmed_is_set_aside(self):
        self.install("hello-v1")
        count, bad = len(self.starts()), self.microvisor("crash")
        flash = self.fallen("crash")
        m = self.wait(lambda m: m["update_error_code"] == TRIAL_FAILED, "it to be given up", 120)["microvisor"]
        self.assertEqual((m["slot"], m["confirmed"], m["target_sid"]), ("A", True, bad))
        self.assertEqual(["slot=b" in s for s in self.starts()[count:]], [True] * FALLS_MAX + [False])
        self.assertIn("refused", flash.marks("b"))
        self.srv.wait_line(self.sid, "v1", after=self.srv.last_line(self.sid), kind="app_logging")
        self.power_cycle()
        wait_until(lambda: len(self.starts()) == count + FALLS_MAX + 2, DONE_S, "another start")
        self.assertIn("slot=a", self.starts()[-1])
        self.want("next")
        self.wait_running("next")

    def test_falls_are_no_way_below_the_ratchet(self):
        count = len(self.starts())
        self.fallen("crash", ratchet=1)
        wait_until(lambda: len(self.starts()) > count + 3 * FALLS_MAX, DONE_S, "it to fall again and again")
        self.assertEqual([s for s in self.starts()[count:] if "slot=a" in s], [])
        self.assertIn('slot=a why="security ratchet too low', "".join(self.refusals()))

    def test_power_cuts_at_seeded_moments(self):
        self.install("hello-v1")
        rng = random.Random(SEED)
        for cut in range(POWER_CUTS):
            name = ("next", "newer")[cut % 2]
            self.want(name)
            moment = rng.uniform(0, UPDATE_WINDOW_S)
            with self.assertRaises(subprocess.TimeoutExpired, msg="the board ended by itself"):
                self.board.process.wait_exit(moment)
            self.power_cycle()
            with self.subTest(cut=cut, moment_ms=round(moment * 1000)):
                self.wait_running(name)
                self.srv.wait_line(self.sid, "v1", after=self.srv.last_line(self.sid), kind="app_logging")

    def test_power_cuts_in_the_transfer_and_in_the_trial(self):
        self.install("hello-v1")
        self.want("next")
        mark = self.console_says("microvisor 0.2.0 is fetched into slot B")
        self.power_cycle()
        for _ in range(2):  # the third try must be the last
            mark = self.console_says("microvisor 0.2.0 runs on trial in slot B", mark)
            self.power_cycle()
        self.wait_running("next")
        self.srv.wait_line(self.sid, "v1", after=self.srv.last_line(self.sid), kind="app_logging")

    def test_server_killed_during_an_update(self):
        self.want("next")
        self.srv.kill()
        self.srv.start()
        self.wait_running("next", 120)


class LyingGateway(SelfUpdateCase):
    """A gateway with the right certificate offers what the device must not have."""

    def setUp(self):
        super().setUp()
        self.want("ratchet")
        self.wait_running("ratchet")

    def provision(self):
        self.gate = gate.Gate(self.srv)
        self.addCleanup(self.gate.stop)
        real, self.srv.gateway_port = self.srv.gateway_port, self.gate.port
        try:
            return self.board.provision(self.srv)
        finally:
            self.srv.gateway_port = real

    def offer(self, blobs, manifest):
        """The status that the device reports when it was offered a manifest and whatever blob it asks for, honestly."""
        seen = []

        def play(peer):
            digest = hashlib.sha256(manifest).digest()
            peer.send(gate.welcome(int(time.time() * 1e6), body=gate.field(6, digest) + gate.field(7, len(manifest)) + gate.field(8, 1)))
            while True:
                stream, payload = peer.receive()
                message = gate.fields(payload) if stream == 0 else {}
                if STREAM_OPEN in message:
                    serve(peer, gate.fields(message[STREAM_OPEN]))
                status = gate.fields(message.get(MICROVISOR_STATUS, b""))
                if status.get(5) == digest and status.get(6):
                    seen.append(status)
                    return

        def serve(peer, opened):
            wanted = gate.fields(opened[3])
            data = blobs[wanted[1].hex()][wanted.get(2, 0):][:wanted.get(3, 0)]
            peer.send(gate.field(3, gate.field(1, opened[1]) + gate.field(3, len(blobs[wanted[1].hex()]))))
            peer.send(data, opened[1])
            peer.send(gate.field(4, gate.field(1, opened[1])))

        self.gate.switch(play)
        wait_until(lambda: seen, DONE_S, "the device to refuse what it was offered")
        self.gate.switch(None)
        self.assertEqual(self.gate.problems, [])
        return seen[0]

    def test_an_older_ratchet_is_refused_by_the_device(self):
        old = bundle.entries(self.bundle("next"))
        blobs = {hashlib.sha256(data).hexdigest(): data for data in old.values()}
        before, count = self.board_slots(), len(self.starts())
        status = self.offer(blobs, old["manifest"])
        self.assertEqual((status[1], status[3], status[6]), (SLOT_B, 1, RATCHET))
        self.wait(lambda m: m["version"] == VERSIONS["ratchet"] and m["confirmed"], "the device to be back")
        self.assertEqual(self.board_slots(), before)  # nothing was erased for it
        self.assertEqual(len(self.starts()), count)

    def board_slots(self):
        with open(self.board.flash, "rb") as f:
            return hashlib.sha256(f.read(2 * SLOT_BYTES)).hexdigest()


if __name__ == "__main__":
    main()
