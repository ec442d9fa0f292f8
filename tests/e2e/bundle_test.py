#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Bad bundles: the server refuses each with a message that names the fault; a tampering server is refused by the device."""
import base64
import hashlib
import os
import sqlite3
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

from harness import bundle  # noqa: E402
from harness.case import BoardCase, Case, main  # noqa: E402


class ServerRefuses(Case):
    def setUp(self):
        super().setUp()
        self.srv = self.server()
        self.good = bundle.script(self.build, self.folder, "good", "log hello\n")

    def refused(self, path, *words, status=400):
        code, body = self.srv.rest.upload(path)
        self.assertEqual(code, status, body)
        for word in words:
            self.assertIn(word, body["message"].lower())
        self.assertEqual(self.srv.rest("GET", "/v1/Apps")["apps"], [])

    def changed(self, change):
        files = bundle.entries(self.good)
        change(files)
        return bundle.write(os.path.join(self.folder, "bad.zip"), files)

    def test_truncated_zip(self):
        with open(self.good, "rb") as f:
            data = f.read()
        path = os.path.join(self.folder, "short.zip")
        with open(path, "wb") as f:
            f.write(data[:len(data) // 2])
        self.refused(path, "zip")

    def test_not_a_zip(self):
        path = os.path.join(self.folder, "text.zip")
        with open(path, "wb") as f:
            f.write(b"not a zip at all")
        self.refused(path, "zip")

    def test_wrong_layer_hash(self):
        def change(files):
            name = next(n for n in files if n != "manifest")
            files[name] = files[name] + b"x"
        self.refused(self.changed(change), "sha-256")

    def test_missing_layer(self):
        def change(files):
            del files[next(n for n in files if n != "manifest")]
        self.refused(self.changed(change), "layer")

    def test_missing_manifest(self):
        def change(files):
            del files["manifest"]
        self.refused(self.changed(change), "manifest")

    def test_manifest_is_noise(self):
        def change(files):
            files["manifest"] = b"\xff" * 80
        self.refused(self.changed(change), "manifest")

    def test_oversized_layer(self):
        big = os.urandom(1 << 20) + b"x"
        digest = hashlib.sha256(big).hexdigest()

        def change(files):
            old = next(n for n in files if n != "manifest")
            files["manifest"] = files["manifest"].replace(bytes.fromhex(old), bytes.fromhex(digest))
            del files[old]
            files[digest] = big
        self.refused(self.changed(change), "layer")

    def key(self, name):
        path = os.path.join(self.folder, name)
        subprocess.run(["openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", path], check=True)
        return path

    def test_unknown_signer(self):
        path = bundle.script(self.build, self.folder, "foreign", "log hello\n", "--sign", self.key("key.pem"))
        self.refused(path, "signer")

    def test_wrong_signature(self):
        """The managed key's own signature on a manifest whose body was changed afterwards."""
        app = bundle.upload(self.srv, self.good)
        signed = bytearray(base64.b64decode(self.srv.rest("GET", f"/v1/Apps/{app}/Manifest")["encoded_bytes"]))
        self.assertEqual(self.srv.rest("DELETE", f"/v1/Apps/{app}"), b"")
        signed[-1] ^= 1

        def change(files):
            files["manifest"] = bytes(signed)
        self.refused(self.changed(change), "signature")


class DeviceRefuses(BoardCase):
    """The server is taken over: its files and rows are changed under it. The running application must be untouched."""

    def setUp(self):
        super().setUp()
        self.old = self.install("hello64k-v1")

    def blob(self, digest):
        return os.path.join(self.srv.data, "blobs", digest[:2], digest[2:])

    def refused_with(self, app, code):
        mark = self.srv.last_line(self.sid)
        self.srv.target(self.sid, app)
        d = self.srv.wait_device(self.sid, lambda d: d["app"]["update_status"] == "error", 30, "the device to refuse")
        self.assertEqual(d["app"]["update_error_code"], code)
        self.assertEqual(d["app"]["reported_sid"], self.old)
        self.srv.wait_line(self.sid, f"ERROR {code} ", after=mark, kind="ota_update")
        self.srv.wait_line(self.sid, "v1", after=mark, kind="app_logging")  # still running, not restarted from scratch
        self.assertEqual(self.srv.lines(self.sid, after=mark, kind="app_crash"), [])

    def layer_of(self, name):
        names = bundle.entries(os.path.join(self.folder, name + ".zip"))
        return next(n for n in names if n != "manifest")

    def test_layer_altered(self):
        app = self.upload("hello64k-v2")
        path = self.blob(self.layer_of("hello64k-v2"))
        os.chmod(path, 0o600)
        with open(path, "r+b") as f:
            f.seek(5000)
            byte = f.read(1)
            f.seek(5000)
            f.write(bytes([byte[0] ^ 1]))
        self.refused_with(app, 6)

    def replace_manifest(self, app, manifest):
        """Makes the server hand out these bytes as the app's manifest, with hash and row to match."""
        digest = hashlib.sha256(manifest).digest()
        path = self.blob(digest.hex())
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as f:
            f.write(manifest)
        with sqlite3.connect(os.path.join(self.srv.data, "outrigger.db"), timeout=10) as db:
            db.execute("UPDATE apps SET manifest = ?, manifest_sha256 = ? WHERE sid = ?", (manifest, digest, app))
        db.close()

    def test_signature_altered(self):
        app = self.upload("hello64k-v2")
        manifest = bytearray(self.manifest(app))
        manifest[-1] ^= 1
        self.replace_manifest(app, bytes(manifest))
        self.refused_with(app, 4)

    def test_signed_by_a_stranger(self):
        app = self.upload("hello64k-v2")
        key = os.path.join(self.folder, "stranger.pem")
        subprocess.run(["openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", key], check=True)
        path = bundle.app(self.build, self.folder, "hello64k-v2", "--sign", key)
        self.replace_manifest(app, bundle.entries(path)["manifest"])
        self.refused_with(app, 3)

    def manifest(self, app):
        return base64.b64decode(self.srv.rest("GET", f"/v1/Apps/{app}/Manifest")["encoded_bytes"])


if __name__ == "__main__":
    main()
