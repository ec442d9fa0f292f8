#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Microvisor bundles: made and uploaded by the tool, judged by the real server, altered in every way that one can think of."""
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

from harness import bundle  # noqa: E402
from harness.case import Case, main  # noqa: E402

HEADER_BYTES = 256


class Microvisors(Case):
    def setUp(self):
        super().setUp()
        self.srv = self.server()
        self.image = os.path.join(self.build, "fw", "microvisor.img")
        self.path = bundle.microvisor(self.build, self.image, os.path.join(self.folder, "m.zip"))

    def cli(self, *words, code=0):
        r = subprocess.run([os.path.join(self.build, "bin", "outrigger"), "--url", self.srv.url, "--credentials",
                            os.path.join(self.srv.data, "admin.json"), "--json", *words],
                           capture_output=True, text=True, timeout=60)
        self.assertEqual(r.returncode, code, r.stdout + r.stderr)
        return json.loads(r.stdout) if code == 0 and r.stdout else r.stderr

    def refused(self, path, reason, status=400):
        got, answer = self.srv.rest.upload(path, None, "/v1/Microvisors")
        self.assertEqual(got, status, answer)
        self.assertEqual(answer["details"]["reason"], reason, answer["message"])
        self.assertEqual(self.srv.rest("GET", "/v1/Microvisors")["microvisors"], [])
        return answer["message"]

    def altered(self, change):
        files = bundle.entries(self.path)
        change(files)
        return bundle.write(os.path.join(self.folder, "altered.zip"), files)

    def image_name(self, files):
        return next(n for n in files if n != "manifest")

    def test_upload_list_show_update_delete(self):
        new = self.cli("microvisors", "upload", self.path, "--name", "next")
        with open(self.image, "rb") as f:
            header = f.read(HEADER_BYTES)
        self.assertEqual((new["board"], new["version"], new["default"]), ("mps2_an505", "0.2.0", False))
        self.assertEqual(new["number"], int.from_bytes(header[20:24], "little"))
        self.assertEqual(new["ratchet"], int.from_bytes(header[24:28], "little"))
        self.assertEqual(new["image_bytes"], os.path.getsize(self.image))
        self.assertIn(new["sid"], self.cli("microvisors", "upload", self.path, code=1))  # it is there already
        self.assertEqual([m["sid"] for m in self.cli("microvisors", "list")], [new["sid"]])
        self.assertTrue(self.cli("microvisors", "update", "next", "--default", "on")["default"])
        self.assertIn("is the default for board mps2_an505", self.cli("microvisors", "delete", "next", code=1))
        self.assertEqual(self.cli("microvisors", "update", "next", "--default", "off", "--name", "other")["unique_name"],
                         "other")
        self.assertEqual(self.cli("microvisors", "show", "other")["sid"], new["sid"])
        self.cli("microvisors", "delete", "other")
        self.assertEqual(self.cli("microvisors", "list"), [])

    def test_target_of_a_device(self):
        dev = self.host_device()
        sid = dev.provision(self.srv)
        self.srv.wait_device(sid, lambda d: d["status"]["board"] == "host", 20, "the device to say what it is")
        self.cli("microvisors", "upload", self.path, "--name", "next")
        self.assertIn("is for board mps2_an505", self.cli("devices", "update", sid, "--target-microvisor", "next", code=1))
        self.assertIsNone(self.srv.device(sid)["microvisor"]["target_sid"])
        self.assertIn("TargetMicrovisor", self.cli("devices", "update", sid, "--target-microvisor", "nope", code=1))

    def test_bits_of_image_and_manifest(self):
        files = bundle.entries(self.path)
        name = self.image_name(files)
        for at in (0, 13, 21, 25, 100, 200, HEADER_BYTES + 1, len(files[name]) - 1):
            with self.subTest(image=at):
                def flip(f, at=at):
                    f[name] = f[name][:at] + bytes([f[name][at] ^ 1]) + f[name][at + 1:]
                self.refused(self.altered(flip), "hash")
        for at in range(0, len(files["manifest"]), 7):
            with self.subTest(manifest=at):
                def flip(f, at=at):
                    f["manifest"] = f["manifest"][:at] + bytes([f["manifest"][at] ^ 1]) + f["manifest"][at + 1:]
                got, answer = self.srv.rest.upload(self.altered(flip), None, "/v1/Microvisors")
                self.assertEqual(got, 400, answer)
                self.assertIn(answer["details"]["reason"], ("manifest", "signature", "signer_unknown"))
        self.assertEqual(self.srv.rest("GET", "/v1/Microvisors")["microvisors"], [])

    def test_files_too_few_and_too_many(self):
        self.refused(self.altered(lambda f: f.pop(self.image_name(f))), "files")
        self.refused(self.altered(lambda f: f.pop("manifest")), "manifest")
        self.refused(self.altered(lambda f: f.update(extra=b"x")), "files")
        self.refused(self.altered(lambda f: f.clear()), "manifest")

    def test_zip_cut_short(self):
        with open(self.path, "rb") as f:
            whole = f.read()
        for length in (0, 1, 30, len(whole) // 2, len(whole) - 1):
            with self.subTest(length=length):
                cut = os.path.join(self.folder, "cut.zip")
                with open(cut, "wb") as f:
                    f.write(whole[:length])
                self.refused(cut, "zip")

    def test_foreign_root_key(self):
        key = os.path.join(self.folder, "keys", "boot_root.pem")
        os.makedirs(os.path.dirname(key))
        tool = os.path.join(self.build, "bin", "outrigger-image")
        subprocess.run([tool, "key", "--dir", os.path.dirname(key)], check=True)
        body, image = os.path.join(self.folder, "m.bin"), os.path.join(self.folder, "m.img")
        with open(self.image, "rb") as f, open(body, "wb") as out:
            out.write(f.read()[HEADER_BYTES:])
        subprocess.run([tool, "sign", "--key", key, "--in", body, "--out", image, "--number", "200"], check=True)
        foreign = bundle.microvisor(self.build, image, os.path.join(self.folder, "f.zip"), key=key)
        self.assertIn("[microvisors] root_key", self.refused(foreign, "signer_unknown"))

    def test_application_and_microvisor_in_each_others_place(self):
        app = bundle.script(self.build, self.folder, "one", "log hello\n")
        self.assertIn("/v1/Apps", self.refused(app, "manifest"))
        status, answer = self.srv.rest.upload(self.path)
        self.assertEqual(status, 400)
        self.assertIn("/v1/Microvisors", answer["message"])


if __name__ == "__main__":
    main()
