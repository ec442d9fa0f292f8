#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Recovery over the serial port: a board with nothing to start, `outrigger recover`, good and bad images, a bad line, power cuts."""
import hashlib
import json
import os
import random
import re
import socket
import subprocess
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

from harness.case import Case, main  # noqa: E402
from harness.device import QemuDevice  # noqa: E402
from harness import slots  # noqa: E402
from harness.slots import Slots, body, sign  # noqa: E402

CONFIRMED = {"emptied", "confirmed"}


class Noise:
    """A serial line between a tool and a board's console that alters, drops and repeats characters, seeded."""

    def __init__(self, path, console, seed, every):
        self.path, self.console, self.every = path, console, every
        self.random = random.Random(seed)
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        self.listener.listen(1)
        self.hits = 0
        self.ends = []
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _spoil(self, data):
        out = bytearray()
        for byte in data:
            fate = self.random.randrange(self.every * 3)
            self.hits += fate < 3
            if fate == 0:
                out.append(byte ^ 1 << self.random.randrange(8))
            elif fate == 1:
                out += bytes([byte, byte])
            elif fate != 2:
                out.append(byte)
        return bytes(out)

    def _pump(self, source, sink):
        try:
            while data := source.recv(4096):
                sink.sendall(self._spoil(data))
        except OSError:
            pass  # one of the ends was closed

    def _run(self):
        try:
            tool, _ = self.listener.accept()
        except OSError:
            return  # stopped before anybody came
        board = socket.socket(socket.AF_UNIX)
        board.connect(self.console)
        self.ends = [tool, board]
        threading.Thread(target=self._pump, args=(board, tool), daemon=True).start()
        self._pump(tool, board)

    def stop(self):
        for end in self.ends + [self.listener]:
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # closed already
            end.close()
        self.thread.join(10)


class BootRecoveryTest(Case):
    def setUp(self):
        super().setUp()
        self.board = self.track(QemuDevice(self.build, self.folder, "board"))
        self.slots = Slots(self.board.flash)
        self.slots.damage("a")
        self.count = 0
        self.small = os.path.join(self.folder, "small.img")
        with open(self.small, "wb") as f:
            f.write(sign(self.build, self.folder, body(slots.HANG), number=70))

    def argv(self, image, line=None, *more):
        return [os.path.join(self.build, "bin", "outrigger"), "recover", "--serial", line or "unix:" + self.board.console, image,
                *more]

    def recover(self, image, line=None, *more):
        return subprocess.run(self.argv(image, line, *more), capture_output=True, text=True, timeout=120)

    def made(self, data):
        self.count += 1
        path = os.path.join(self.folder, f"made{self.count}.img")
        with open(path, "wb") as f:
            f.write(data)
        return path

    def signed(self, data, **options):
        return self.made(sign(self.build, self.folder, data, **options))

    def flash(self):
        with open(self.board.flash, "rb") as f:
            return hashlib.sha256(f.read()).digest()

    def runs(self, number):
        """The board has started what was sent, from slot A."""
        self.board.console_log.wait(rf"boot started slot=a role=confirmed image_number={number}\r?\n", 30)

    def test_a_board_with_nothing_to_start_is_recovered(self):
        self.board.start()
        self.board.console_log.wait(r'boot refused slot=a why="signature is wrong"\r?\n')
        self.board.console_log.wait(r'boot refused slot=b why="its trailer says that it holds no complete image"\r?\n')
        self.board.console_log.wait("boot recovery: no microvisor can be started")
        r = self.recover(os.path.join(self.build, "fw", "microvisor.img"), None, "--json")
        self.assertEqual(r.returncode, 0, r.stderr)
        self.assertEqual(json.loads(r.stdout), {"board": "mps2_an505", "recovered": True})
        for _ in range(2):
            self.board.console_log.wait("boot started slot=a role=confirmed")
            self.board.console_log.wait(r"OTR1 STATE mps2_an505 \S+ blank", 30)
            self.board.kill()
            self.assertEqual(self.slots.marks("a"), CONFIRMED)
            os.unlink(self.board.console_log.path)
            self.board.start()

    def test_a_slot_that_was_tried_too_often_is_named(self):
        self.slots.trailer("b", 3, ("emptied", "pending"), tries=slots.TRIES_MAX)
        self.board.start()
        self.board.console_log.wait(r'boot refused slot=b why="it has been on trial too often"')
        self.assertEqual(self.recover(self.small).returncode, 0)
        self.runs(70)

    def test_what_must_not_run_is_refused_and_nothing_is_written(self):
        subprocess.run([os.path.join(self.build, "bin", "outrigger-image"), "key", "--dir", self.folder], check=True)
        code = body(slots.HANG)
        altered = bytearray(sign(self.build, self.folder, code, ratchet=3))
        altered[700] ^= 4
        self.slots.ratchet(3)
        self.board.start()
        self.board.console_log.wait("boot recovery")
        before = self.flash()
        foreign = os.path.join(self.folder, "boot_root.pem")
        for image, words in ((self.signed(code, ratchet=2), "old security ratchet too low"),
                             (self.signed(code, ratchet=3, key=foreign), "signature signature is wrong"),
                             (self.made(altered), "signature signature is wrong"),
                             (self.signed(b"\0" * 1024, ratchet=3), "format vector table does not point"),
                             (self.made(b"OTRB" + b"\xff" * 8 + (1024).to_bytes(4, "little") + b"\xff" * 1264), "format unknown")):
            with self.subTest(words):
                r = self.recover(image)
                self.assertEqual(r.returncode, 1)
                self.assertIn("the device refused the image: " + words, r.stderr)
        huge = b"OTRB" + b"\0" * 8 + (170000).to_bytes(4, "little") + b"\0" * (170000 + 240)
        r = self.recover(self.made(huge))
        self.assertIn("the device takes at most 164096", r.stderr)
        self.assertEqual(self.flash(), before)
        r = self.recover(self.signed(code, ratchet=3, number=77))
        self.assertEqual(r.returncode, 0, r.stderr)
        self.runs(77)

    def test_what_is_no_image_is_not_even_sent(self):
        for data, words in ((b"PK\3\4", "this is a bundle"), (b"hello", "not a signed microvisor image"),
                            (b"OTRB" + b"\0" * 300, "was it cut?")):
            r = self.recover(self.made(data))
            self.assertEqual(r.returncode, 1)
            self.assertIn(words, r.stderr)
        self.assertIn("cannot open", self.recover(self.small, "/nonexistent").stderr)

    def test_a_bad_line_costs_time_only(self):
        noise = self.track(Noise(os.path.join(self.folder, "noise.sock"), self.board.console, 7, 1000))
        image = self.signed(body(slots.HANG, 20000), number=78)
        self.board.start()
        self.board.console_log.wait("boot recovery")
        r = self.recover(image, "unix:" + noise.path)
        self.assertEqual(r.returncode, 0, r.stderr)
        self.board.console_log.wait(r"boot started slot=a role=confirmed image_number=78\r?\n", 30)
        self.assertGreater(noise.hits, 10)

    def test_a_power_cut_on_the_way_is_a_new_beginning(self):
        image = self.signed(body(slots.HANG, 20000), number=79)
        self.board.start()
        self.board.console_log.wait("boot recovery")
        tool = subprocess.Popen(self.argv(image), stderr=subprocess.PIPE, text=True)
        with tool:
            while not re.search(r"sending: [1-9]", tool.stderr.readline()):
                self.assertIsNone(tool.poll())
            self.board.kill()
            self.assertNotEqual(tool.wait(30), 0)
        self.board.start()
        self.assertEqual(self.recover(image).returncode, 0)
        self.runs(79)

    def test_a_board_that_runs_needs_no_recovery(self):
        self.slots.damage("a")  # the same bit: it is good again
        self.board.start()
        self.board.console_log.wait(r"OTR1 STATE mps2_an505 \S+ blank", 30)
        r = self.recover(self.small)
        self.assertEqual(r.returncode, 1)
        self.assertIn("the device is not in recovery", r.stderr)

    def test_provisioning_says_what_a_board_in_recovery_needs(self):
        self.board.start()
        self.board.console_log.wait("boot recovery")
        r = subprocess.run([os.path.join(self.build, "bin", "outrigger"), "--account", "a", "--token", "t", "provision", "--serial",
                            "unix:" + self.board.console], capture_output=True, text=True, timeout=60)
        self.assertEqual(r.returncode, 1)
        self.assertIn("outrigger recover", r.stderr)


if __name__ == "__main__":
    main()
