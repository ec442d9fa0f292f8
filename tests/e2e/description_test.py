#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The description of the REST API (openapi.json) against a real server. Every other end-to-end test checks its answers too."""
import base64
import copy
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

from harness import bundle  # noqa: E402
from harness.case import Case, main  # noqa: E402
from harness.description import Undescribed, check_answer, document  # noqa: E402
from harness.process import wait_until  # noqa: E402


# A public key: that of RFC 6979, appendix A.2.5, as an uncompressed point.
SIGNER = base64.b64encode(bytes.fromhex(
    "04" "60FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6"
    "7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299")).decode()


class Description(Case):
    def setUp(self):
        super().setUp()
        self.srv = self.server()
        self.dev = self.host_device()
        self.sid = self.dev.provision(self.srv)
        self.app = bundle.upload(self.srv, bundle.script(self.build, self.folder, "one", "log hello\n"), "one")
        path = bundle.microvisor(self.build, os.path.join(self.build, "fw", "microvisor.img"),
                                 os.path.join(self.folder, "m.zip"))
        status, answer = self.srv.rest.upload(path, "next", "/v1/Microvisors")
        self.assertEqual(status, 201, answer)
        self.microvisor = answer["sid"]
        self.srv.wait_device(self.sid, lambda d: d["status"]["online"], 20, "the device to check in")

    def crash(self):
        """SID of a crash report of the device."""
        app = bundle.upload(self.srv, bundle.script(self.build, self.folder, "two", "crash 5\n"))
        self.srv.target(self.sid, app)
        return wait_until(lambda: self.srv.rest("GET", f"/v1/Devices/{self.sid}/Crashes")["crashes"], 30,
                          "a crash report")[0]["sid"]

    def test_every_operation_that_reads(self):
        """Answers are checked by the client; each operation must give its 200 with what is there by now."""
        token = self.srv.rest("POST", "/v1/FactoryTokens", {"Name": "line 1", "MaxDevices": "10"})["sid"]
        self.srv.rest("POST", "/v1/KeyUpdates", {"AddSigner": SIGNER})
        crash = self.crash()
        sids = {"Apps": self.app, "Microvisors": self.microvisor, "Devices": self.sid, "FactoryTokens": token}
        asked = 0
        for path, methods in document()["paths"].items():
            if "get" not in methods:
                continue
            group = path.split("/")[2] if path.startswith("/v1/") else ""
            status, answer = self.srv.rest.request("GET", path.replace("{Sid}", sids.get(group, ""))
                                                   .replace("{CrashSid}", crash).replace("{Code}", "20404")
                                                   .replace("{Sequence}", "1"))
            with self.subTest(path=path):
                self.assertEqual(status, 200, answer)
            asked += 1
        self.assertGreater(asked, 8)

    def test_served_description_is_the_one_that_is_checked(self):
        self.assertEqual(self.srv.rest("GET", "/openapi.json"), document())

    def test_other_answers_are_refused(self):
        """The check itself can fail."""
        path = f"/v1/Devices/{self.sid}"
        good = self.srv.device(self.sid)

        def refused(change, words, status=200):
            bad = copy.deepcopy(good)
            change(bad)
            with self.assertRaisesRegex(Undescribed, words):
                check_answer("GET", path, status, bad)
        refused(lambda d: d.update(color="red"), "color, which is not described")
        refused(lambda d: d["status"]["update"].update(phase="dancing"), "dancing")
        refused(lambda d: d["status"]["update"].update(percent=101), "out of bounds")
        refused(lambda d: d["status"].update(online="yes"), "not of type boolean")
        refused(lambda d: d["status"].update(boot_count=True), "not of type integer")
        refused(lambda d: d.update(sid="UV1"), "not like")
        refused(lambda d: d.update(date_created="yesterday"), "no date and time")
        refused(lambda d: None, "not described", status=299)
        with self.assertRaisesRegex(Undescribed, "lacks code"):
            check_answer("GET", path, 404, {"message": "", "more_info": "", "status": 404})


if __name__ == "__main__":
    main()
