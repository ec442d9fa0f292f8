#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Encrypted applications on the emulated board, from the tool over the real server: the key goes to the device alone, the code is
nowhere readable before it, and what is known already is not fetched again."""
import base64
import json
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

from harness import bundle  # noqa: E402
from harness.case import BoardCase, main  # noqa: E402

DECRYPTER_UNKNOWN = 35
BLOCK_BYTES = 4096
PIECE_BYTES = 32
STORE = range(0x100000, 0x110000)  # the key/value store in the board's flash


def private_scalar(path):
    """The 32 bytes in a PKCS#8 file."""
    with open(path) as f:
        der = base64.b64decode("".join(line for line in f if not line.startswith("-")))
    at = der.index(bytes([4, 32])) + 2
    return der[at:at + 32]


def places(data, piece):
    at = data.find(piece)
    while at >= 0:
        yield at
        at = data.find(piece, at + 1)


class Encrypted(BoardCase):
    def setUp(self):
        super().setUp()
        self.signer, self.key, self.public = (os.path.join(self.folder, n) for n in ("alice.pem", "fleet.pem", "fleet.pub.pem"))
        self.cli("keys", "generate", self.signer)
        self.decrypter = self.cli("keys", "generate", self.key, self.public)["decrypter_id"]
        self.cli("signers", "add", self.signer)
        self.wait_sequence(1)

    def cli(self, *words, code=0):
        argv = [os.path.join(self.build, "bin", "outrigger"), "--url", self.srv.url, "--credentials",
                os.path.join(self.srv.data, "admin.json"), "--json", *words]
        r = subprocess.run(argv, capture_output=True, text=True, timeout=60)
        self.assertEqual(r.returncode, code, r.stdout + r.stderr)
        return json.loads(r.stdout) if code == 0 and r.stdout else r.stderr

    def wait_sequence(self, sequence):
        self.srv.wait_device(self.sid, lambda d: d["status"]["keys"]["sequence"] == sequence, 30,
                             f"the device to have applied key update {sequence}")

    def give_key(self):
        update = self.cli("decrypters", "add", self.key, "--key", self.signer, "--device", self.sid, "--certificate",
                          self.board.certificate)
        self.assertEqual(update["added_layer_decrypters"], [self.decrypter])
        self.wait_sequence(update["sequence"])

    def plain(self, name):
        """The layer as it would be without encryption."""
        path = bundle.app(self.build, self.folder, name)
        return next(data for file, data in bundle.entries(path).items() if file != "manifest")

    def blobs(self):
        for root, _, files in os.walk(os.path.join(self.srv.data, "blobs")):
            for name in files:
                with open(os.path.join(root, name), "rb") as f:
                    yield f.read()

    def assert_unreadable(self, code):
        """No piece of the code that is more than a filler is in the server's blobs."""
        pieces = {code[i:i + PIECE_BYTES] for i in range(0, len(code) - PIECE_BYTES, PIECE_BYTES)}
        pieces = {p for p in pieces if len(set(p)) > 4}
        self.assertGreater(len(pieces), 100)
        stored = list(self.blobs())
        self.assertGreaterEqual(len(stored), 3)  # manifest, layer, list
        for data in stored:
            for piece in pieces:
                self.assertNotIn(piece, data)

    def assert_key_in_store_only(self):
        self.board.kill()
        with open(self.board.flash, "rb") as f:
            flash = f.read()
        scalar = private_scalar(self.key)
        found = list(places(flash, scalar[:16])) + list(places(flash, scalar[16:]))
        self.assertTrue(found, "the key is not in flash at all: is this test looking for the right bytes?")
        for at in found:
            self.assertIn(at, STORE)
        self.board.start()

    def test_an_encrypted_application_runs_and_nobody_else_reads_it(self):
        self.give_key()
        app = self.install("hello64k-v1", "--encrypt-to", self.public)
        self.srv.wait_line(self.sid, "v1", kind="app_logging")
        manifest = self.srv.rest("GET", f"/v1/Apps/{app}/Manifest")
        self.assertEqual(manifest["layers"][0]["encrypted_with"], self.decrypter)
        self.assertEqual(self.srv.rest("GET", "/v1/KeyRing")["layer_decrypters"], [self.decrypter])
        self.assert_unreadable(self.plain("hello64k-v1"))
        self.assert_key_in_store_only()
        mark = self.srv.last_line(self.sid)
        self.srv.wait_line(self.sid, "v1", after=mark, kind="app_logging")  # it starts again without anything from the server

    def run_code(self, name, code):
        image = os.path.join(self.folder, name + ".bin")
        with open(image, "wb") as f:
            f.write(code)
        path = bundle.make(self.build, image, os.path.join(self.folder, name + ".zip"), "--encrypt-to", self.public)
        app = bundle.upload(self.srv, path)
        self.srv.target(self.sid, app)
        self.srv.wait_running(self.sid, app)

    def test_only_what_differs_in_the_plain_text_is_fetched(self):
        self.give_key()
        code = bytearray(self.plain("hello64k-v1"))
        self.run_code("old", code)
        code[9 * BLOCK_BYTES + 100] ^= 1  # of its filling
        self.run_code("new", code)
        with open(self.board.console_log.path, errors="replace") as f:
            fetched = [int(n) for n in re.findall(r"to=stage .*missing_bytes=(\d+)", f.read())]
        blocks = -(-len(code) // BLOCK_BYTES)
        self.assertGreater(blocks, 10)
        self.assertEqual(fetched, [blocks * BLOCK_BYTES, BLOCK_BYTES])
        files = [set(bundle.entries(os.path.join(self.folder, n + ".zip"))) for n in ("old", "new")]
        self.assertEqual(files[0] & files[1], {"manifest"})  # nothing of what is stored is the same

    def test_a_device_without_the_key_says_so_and_goes_on_when_it_comes(self):
        running = self.install("hello-v1")
        app = self.upload("hello-v2", "--encrypt-to", self.public)
        self.srv.target(self.sid, app)
        device = self.srv.wait_device(self.sid, lambda d: d["app"]["update_error_code"] == DECRYPTER_UNKNOWN, 30,
                                      "the device to say that it has no key")
        self.assertEqual((device["app"]["reported_sid"], device["status"]["app_state"]), (running, "running"))
        self.srv.wait_line(self.sid, "ERROR 35 ", kind="ota_update")
        self.give_key()
        self.srv.wait_running(self.sid, app)

    def test_keys_are_sealed_to_the_device_on_the_label_only(self):
        stranger = "UV" + "0" * 32
        complaint = self.cli("decrypters", "add", self.key, "--key", self.signer, "--device", stranger, "--certificate",
                             self.board.certificate, code=1)
        self.assertIn(f"holds the key of device {self.sid}, not of {stranger}", complaint)
        self.assertIn("say whom the key is for", self.cli("decrypters", "add", self.key, "--key", self.signer, code=2))
        self.assertIn("--no-block-list", self.cli("bundle", os.path.join(self.build, "fw", "apps", "hello-v1.elf"),
                                                  os.path.join(self.folder, "x.zip"), "--encrypt-to", self.public,
                                                  "--no-block-list", code=2))


if __name__ == "__main__":
    main()
