#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""boot0 on the emulated board: starts what the root key signed, and says why it refuses anything else."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

from harness.board import Board  # noqa: E402
from harness.case import Case, main  # noqa: E402
from harness.slots import HEADER_BYTES, sign  # noqa: E402

SIGNATURE_OFFSET = 192
BODY_BYTES_MAX = 160 * 1024


class BootTest(Case):
    def setUp(self):
        super().setUp()
        self.image = os.path.join(self.build, "fw", "boardtest", "selftest.img")
        self.tool = os.path.join(self.build, "bin", "outrigger-image")
        self.count = 0

    def boot(self, slot):
        """Starts a board whose slot A begins with these bytes."""
        self.count += 1
        board = Board(self.build, self.folder, self.image, f"board{self.count}")
        with open(board.flash, "r+b") as f:
            f.write(slot)
        return self.track(board).start()

    def slot(self):
        with open(self.image, "rb") as f:
            return bytearray(f.read())

    def refused(self, slot, why):
        board = self.boot(bytes(slot))
        line = board.talk.expect(r"^boot .*\n").group(0)
        self.assertIn(f'boot refused slot=a why="{why}', line)
        board.stop()

    def sign(self, body, key=None):
        return sign(self.build, self.folder, body, key=key)

    def test_a_signed_image_starts(self):
        board = self.boot(b"")
        board.talk.expect(r"^boot started slot=a role=confirmed image_number=\d+\r?\n")
        board.talk.expect("^selftest ready")

    def test_altered_bytes_are_refused(self):
        good = self.slot()
        for offset in (20, 100, SIGNATURE_OFFSET, SIGNATURE_OFFSET + 63, HEADER_BYTES, HEADER_BYTES + 4096, len(good) - 1):
            with self.subTest(offset):
                bad = bytearray(good)
                bad[offset] ^= 1
                self.refused(bad, "signature is wrong")

    def test_headers_that_lie_are_refused(self):
        def with_word(offset, value):
            bad = self.slot()
            bad[offset:offset + 4] = value.to_bytes(4, "little")
            return bad
        self.refused(with_word(0, 0x12345678), "the slot holds no image")
        self.refused(with_word(4, 9), "unknown image format")
        self.refused(with_word(12, 0xFFFFFFF0), "body size out of range")
        self.refused(with_word(12, BODY_BYTES_MAX + 1), "body size out of range")
        self.refused(with_word(12, 64), "signature is wrong")
        self.refused(with_word(16, 0x10000000), "image is linked for another address")

    def test_an_erased_slot_is_refused(self):
        self.refused(b"\xff" * 524288, "the slot is blank")

    def test_an_image_cut_short_is_refused(self):
        good = self.slot()
        self.refused(good[:len(good) // 2] + b"\xff" * (len(good) - len(good) // 2), "signature is wrong")

    def test_another_key_is_refused(self):
        subprocess.run([self.tool, "key", "--dir", self.folder], check=True)
        body = bytes(self.slot()[HEADER_BYTES:])
        self.refused(self.sign(body, os.path.join(self.folder, "boot_root.pem")), "signature is wrong")

    def test_a_signed_image_that_cannot_run_is_refused(self):
        self.refused(self.sign(b"\0" * 1024), "vector table does not point")

    def test_the_tool_keeps_what_exists(self):
        subprocess.run([self.tool, "key", "--dir", self.folder], check=True)
        with open(os.path.join(self.folder, "boot_root.pem")) as f:
            key = f.read()
        subprocess.run([self.tool, "key", "--dir", self.folder], check=True)
        with open(os.path.join(self.folder, "boot_root.pem")) as f:
            self.assertEqual(f.read(), key)
        flash = os.path.join(self.folder, "flash.bin")
        for expected in (0, 1):
            r = subprocess.run([self.tool, "flash", "--image", self.image, "--out", flash], capture_output=True, text=True)
            self.assertEqual(r.returncode, expected, r.stderr)
        self.assertIn("File exists", r.stderr)
        self.assertEqual(os.path.getsize(flash), 16 * 1024 * 1024)

    def test_the_tool_refuses_a_body_over_budget(self):
        with self.assertRaises(subprocess.CalledProcessError):
            self.sign(b"\0" * (BODY_BYTES_MAX + 1))
        self.sign(b"\0" * BODY_BYTES_MAX)


if __name__ == "__main__":
    main()
