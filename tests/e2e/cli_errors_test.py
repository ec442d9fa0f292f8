#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The command line tool against servers that are gone, refuse, lie or change their mind: exit codes and messages."""
import json
import os
import signal
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

from harness.case import Case, main  # noqa: E402
from harness.process import wait_until  # noqa: E402
from harness.scripted import Scripted, reply  # noqa: E402

DEVICE = "UV" + "1" * 32
APP = "KA" + "2" * 32
MICROVISOR = "KM" + "4" * 32
OTHER_APP = "KA" + "3" * 32


def error(status, code, message):
    return status, {"code": code, "message": message, "more_info": "", "status": status}


def device(update_status="pending", reported=None, target=APP, code=0, online=True):
    return 200, {"sid": DEVICE, "unique_name": "boat", "logging": {"enabled": False, "date_expires": None},
                 "app": {"target_sid": target, "update_status": update_status, "update_error_code": code,
                         "reported_sid": reported},
                 "status": {"online": online, "app_state": "running", "last_seen": "2026-01-01T00:00:00Z",
                            "update": {"phase": "staging", "bytes_done": 1, "bytes_total": 4,
                                       "error_text": "the signature is wrong" if code else None}}}


def microvisor_device(update_status="pending", phase="staging", code=0, target=MICROVISOR, runs=None):
    status, answer = device()
    answer["microvisor"] = {"target_sid": target, "target_source": "device", "target_now": True, "update_status": update_status,
                            "update_error_code": code, "version": "0.2.0", "slot": "B", "confirmed": phase != "trial",
                            "ratchet": 1, "reported_sid": runs,
                            "update": {"phase": phase, "bytes_done": 1, "bytes_total": 4,
                                       "error_text": "it did not check in" if code else None}}
    return status, answer


def line(number, text="Ping"):
    return {"id": number, "timestamp": f"2026-01-01T00:00:{number:02}.000000Z", "type": "app_logging", "seq": number,
            "text": f"{text} {number}", "dropped": 0}


def lines(*numbers):
    return 200, {"logs": [line(n) for n in numbers], "meta": {"next_page_url": None, "key": "logs"}}


class CliCase(Case):
    def fake(self, *answers, **tls):
        return self.track(Scripted(answers, **tls))

    def argv(self, url, *words):
        return [os.path.join(self.build, "bin", "outrigger"), "--url", url, "--account", "AC" + "0" * 32, "--token",
                "secret-token", *words]

    def environment(self):
        clean = {k: v for k, v in os.environ.items() if not k.startswith("OUTRIGGER_") and "proxy" not in k.lower()}
        return {**clean, "XDG_CONFIG_HOME": self.folder}

    def run_cli(self, url, *words, code=0):
        """Runs a command; asserts its exit code, and that no secret and no half answer was printed."""
        r = subprocess.run(self.argv(url, *words), capture_output=True, text=True, timeout=60, env=self.environment())
        self.assertEqual(r.returncode, code, r.stderr)
        self.assertNotIn("secret-token", r.stdout + r.stderr)
        if code:
            self.assertTrue(r.stderr.startswith("outrigger: ") or "\noutrigger: " in r.stderr, r.stderr)
        return r

    def start_cli(self, url, *words):
        process = subprocess.Popen(self.argv(url, *words), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                   env=self.environment())
        self.addCleanup(self.end, process)
        return process

    @staticmethod
    def end(process):
        if process.poll() is None:
            process.kill()
        process.communicate()


class Failures(CliCase):
    def test_server_is_down(self):
        server = self.fake((200, {}))
        server.stop()
        self.things.remove(server)
        self.assertIn("cannot reach http://127.0.0.1", self.run_cli(server.url, "apps", "list", code=1).stderr)

    def test_wrong_credentials(self):
        server = self.fake(error(401, 20003, "Authenticate"))
        message = self.run_cli(server.url, "devices", "list", code=1).stderr
        self.assertIn("Authenticate (HTTP 401, code 20003)", message)
        self.assertIn("account or token is wrong", message)

    def test_conflict(self):
        server = self.fake(error(409, 20409, "The unique name \"x\" is taken"))
        path = os.path.join(self.folder, "some.zip")
        with open(path, "wb") as f:
            f.write(b"PK")
        message = self.run_cli(server.url, "apps", "upload", path, "--name", "x", code=1).stderr
        self.assertIn("The unique name \"x\" is taken (HTTP 409, code 20409)", message)
        method, target, body, headers = server.requests[0]
        self.assertEqual((method, target), ("POST", "/v1/Apps"))
        self.assertIn("multipart/form-data", headers["Content-Type"])
        self.assertLess(body.index(b'name="UniqueName"'), body.index(b'name="File"'))

    def test_crash_reports_are_asked_for_by_device_and_sid(self):
        words = dict.fromkeys([f"r{n}" for n in range(13)] + ["sp", "lr", "pc", "xpsr"], "0x00200100")
        report = {"sid": "CR" + "4" * 32, "report_id": "00000000000000ff", "origin": "application", "cause": "usage_fault",
                  "pc": "0x00200100", "registers": words, "stack": "AQIDBA==", "sealed": None}
        server = self.fake((200, {"crashes": [report], "meta": {"next_page_url": None, "key": "crashes"}}))
        self.assertIn("usage_fault", self.run_cli(server.url, "crashes", "list", "my boat").stdout)
        self.assertTrue(server.requests[0][1].startswith("/v1/Devices/my%20boat/Crashes"))
        server = self.fake((200, report))
        said = self.run_cli(server.url, "crashes", "open", "my boat", report["sid"]).stdout
        self.assertEqual(server.requests[0][1], f"/v1/Devices/my%20boat/Crashes/{report['sid']}")
        self.assertIn("xpsr 0x00200100", said)
        self.assertIn("0x00200100  04030201", said)

    def test_a_report_that_cannot_be_opened(self):
        path = os.path.join(self.folder, "report.json")
        for text, code, words in (('{"sid": "CR"}', 1, "no report_id"), ("[", 1, path),
                                  ('{"report_id": "1"}', 1, "has no registers"),
                                  ('{"report_id": "1", "sealed": "AAAA"}', 2, "--key")):
            with open(path, "w") as f:
                f.write(text)
            self.assertIn(words, self.run_cli("http://127.0.0.1:1", "crashes", "open", path, code=code).stderr)

    def test_file_to_upload_is_missing(self):
        server = self.fake((201, {"sid": APP}))
        path = os.path.join(self.folder, "none.zip")
        said = self.run_cli(server.url, "apps", "upload", path, code=1).stderr
        self.assertIn(f"cannot read {path}: No such file", said)

    def test_linked_application_is_no_bundle(self):
        server = self.fake((201, {"sid": APP}))
        path = os.path.join(self.folder, "app.elf")
        with open(path, "wb") as f:
            f.write(b"\x7fELF and so on")
        said = self.run_cli(server.url, "apps", "upload", path, code=1).stderr
        self.assertIn(f"outrigger bundle {path}", said)
        self.assertEqual(server.requests, [])

    def test_garbage_answers(self):
        for answer in [(200, b"<html>"), (200, b"{\"apps\": [}"), (200, b""), (200, b"7"), (502, b"<html>bad gateway"),
                       (500, b""), (204, b""), (301, b"")]:
            server = self.fake(answer)
            message = self.run_cli(server.url, "apps", "show", "x", code=1).stderr
            self.assertIn(str(answer[0]), message)
            self.assertEqual(message.count("\n"), 1, message)

    def test_control_characters_in_a_message(self):
        server = self.fake(error(400, 20001, "bad \x1b[2Jvalue\r\nfake: line"))
        message = self.run_cli(server.url, "apps", "show", "x", code=1).stderr
        self.assertNotIn("\x1b", message)
        self.assertEqual(message.count("\n"), 1)

    def test_answer_is_cut(self):
        def cut(handler):
            handler.send_response(200)
            handler.send_header("Content-Length", "1000")
            handler.end_headers()
            handler.wfile.write(b"{\"apps\":")
            handler.close_connection = True
        server = self.fake(cut)
        self.assertIn("cannot reach", self.run_cli(server.url, "apps", "list", code=1).stderr)

    def test_answer_is_endless(self):
        def endless(handler):
            handler.send_response(200)
            handler.end_headers()
            try:
                for _ in range(20 * 16):
                    handler.wfile.write(b" " * 65536)
            except OSError:
                pass  # the tool has seen enough
            handler.close_connection = True
        server = self.fake(endless)
        self.assertIn("longer than", self.run_cli(server.url, "apps", "list", code=1).stderr)

    def test_redirects_are_not_followed(self):
        thief = self.fake((200, {"apps": []}))
        server = self.fake(lambda h: reply(h, 302, {"message": "moved"}, [("Location", thief.url + "/v1/Apps")]))
        self.assertIn("302", self.run_cli(server.url, "apps", "list", code=1).stderr)
        self.assertEqual(thief.requests, [])

    def test_pages_come_from_the_configured_server_only(self):
        thief = self.fake((200, {"apps": [], "meta": {}}))
        first = {"apps": [{"sid": "one"}], "meta": {"next_page_url": thief.url + "/v1/Apps?PageToken=PAx&PageSize=1000"}}
        server = self.fake((200, first), (200, {"apps": [{"sid": "two"}], "meta": {"next_page_url": None}}))
        rows = json.loads(self.run_cli(server.url, "apps", "list", "--json").stdout)
        self.assertEqual([r["sid"] for r in rows], ["one", "two"])
        self.assertEqual(server.requests[1][1], "/v1/Apps?PageToken=PAx&PageSize=1000")
        self.assertEqual(thief.requests, [])

    def test_output_that_cannot_be_written(self):
        server = self.fake((200, {"apps": [], "meta": {}}))
        with open("/dev/full", "w") as full:
            r = subprocess.run(self.argv(server.url, "apps", "list", "--json"), stdout=full, stderr=subprocess.PIPE, text=True,
                               timeout=60, env=self.environment())
        self.assertEqual(r.returncode, 1)
        self.assertIn("cannot write to standard output", r.stderr)


class Tls(CliCase):
    def certificate(self, name):
        paths = [os.path.join(self.folder, name + end) for end in (".pem", ".key")]
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                        "-days", "1", "-subj", "/CN=test", "-addext", "subjectAltName=" + name, "-out", paths[0], "-keyout",
                        paths[1]], check=True, capture_output=True)
        return paths

    def test_trust(self):
        certificate, key = self.certificate("IP:127.0.0.1")
        server = self.fake((200, {"apps": [], "meta": {}}), certificate=certificate, key=key)
        self.assertIn("is not trusted", self.run_cli(server.url, "apps", "list", code=1).stderr)
        self.run_cli(server.url, "apps", "list", "--cacert", certificate)
        missing = self.run_cli(server.url, "apps", "list", "--cacert", os.path.join(self.folder, "none"), code=1)
        self.assertIn("--cacert", missing.stderr)

    def test_certificate_of_another_host(self):
        certificate, key = self.certificate("DNS:elsewhere.example")
        server = self.fake((200, {"apps": []}), certificate=certificate, key=key)
        self.run_cli(server.url, "apps", "list", "--cacert", certificate, code=1)
        self.assertEqual(server.requests, [])

    def test_plain_server_behind_https(self):
        server = self.fake((200, {"apps": []}))
        self.run_cli(server.url.replace("http:", "https:"), "apps", "list", code=1)


class Deploy(CliCase):
    def setUp(self):
        super().setUp()
        self.bundle = os.path.join(self.folder, "some.zip")
        with open(self.bundle, "wb") as f:
            f.write(b"PK")

    def deploy(self, *watched, code=0, words=()):
        server = self.fake(device(), (201, {"sid": APP}), device(), *watched)
        return server, self.run_cli(server.url, "deploy", "boat", self.bundle, "--json", *words, code=code)

    def test_success(self):
        server, r = self.deploy(device(), device("up-to-date", OTHER_APP), device("up-to-date", APP))
        self.assertEqual(json.loads(r.stdout)["app_sid"], APP)
        self.assertIn("Running on " + DEVICE, r.stderr)
        self.assertEqual(server.requests[2][:3], ("POST", "/v1/Devices/boat", b"TargetApp=" + APP.encode()))

    def test_server_is_away_meanwhile(self):
        _, r = self.deploy(error(503, 20503, "restarting"), (500, b""), device("up-to-date", APP))
        self.assertIn("trying again", r.stderr)

    def test_refused_by_the_device(self):
        _, r = self.deploy(device(), device("error", code=4), code=1)
        self.assertIn("update error 4: the signature is wrong", r.stderr)

    def test_superseded(self):
        _, r = self.deploy(device(target=OTHER_APP), code=1)
        self.assertIn(OTHER_APP, r.stderr)

    def test_timeout(self):
        _, r = self.deploy(device(online=False), code=1, words=("--timeout", "1"))
        self.assertIn("offline", r.stderr)

    def test_unknown_device_uploads_nothing(self):
        server = self.fake(error(404, 20404, "The requested resource /v1/Devices/boat was not found"))
        self.run_cli(server.url, "deploy", "boat", self.bundle, code=1)
        self.assertEqual(len(server.requests), 1)


class Microvisors(CliCase):
    def update(self, *watched, code=0, words=()):
        server = self.fake(*watched)
        return server, self.run_cli(server.url, "devices", "update", "boat", "--target-microvisor", "next", "--now", "--wait",
                                    *words, code=code)

    def test_followed_until_it_is_confirmed(self):
        done = microvisor_device("up-to-date", "idle", runs=MICROVISOR)
        server, r = self.update(microvisor_device(), microvisor_device(), error(503, 20503, "restarting"),
                                microvisor_device(phase="trial", runs=MICROVISOR), done)
        self.assertEqual(server.requests[0][:3], ("POST", "/v1/Devices/boat", b"TargetMicrovisor=next&MicrovisorNow=true"))
        self.assertIn("staging: 1 of 4 bytes (25%)", r.stderr)
        self.assertIn("Microvisor 0.2.0 runs in slot B and is confirmed.", r.stderr)
        self.assertIn("slot B, confirmed", r.stdout)

    def test_trial_fails(self):
        _, r = self.update(microvisor_device(), microvisor_device("error", "failed", 16), code=1)
        self.assertIn("update error 16: it did not check in", r.stderr)

    def test_superseded(self):
        _, r = self.update(microvisor_device(), microvisor_device(target="KM" + "5" * 32), code=1)
        self.assertIn("another target microvisor meanwhile: KM5555", r.stderr)

    def test_nothing_to_wait_for(self):
        _, r = self.update(microvisor_device(target=None), code=1)
        self.assertIn("no target microvisor", r.stderr)

    def test_time_is_over(self):
        _, r = self.update(microvisor_device(phase="ready"), code=1, words=("--timeout", "1"))
        self.assertIn("has not finished yet; last seen: ", r.stderr)

    def test_refused_by_the_server(self):
        _, r = self.update(error(409, 20409, "Microvisor KM4 has security ratchet 1, but device UV1 runs nothing below 2"), code=1)
        self.assertIn("runs nothing below 2", r.stderr)

    def test_image_is_no_bundle(self):
        image = os.path.join(self.folder, "m.img")
        with open(image, "wb") as f:
            f.write(b"OTRB" + bytes(400))
        server = self.fake(device())
        r = self.run_cli(server.url, "microvisors", "upload", image, code=1)
        self.assertIn("outrigger microvisors bundle " + image, r.stderr)
        self.assertEqual(server.requests, [])


class Logs(CliCase):
    def test_each_line_once_though_the_server_fails(self):
        server = self.fake(device(), lines(2, 1), device(), lines(3), error(503, 20503, "restarting"), (502, b"<html>"),
                           lines(4, 5), lines())
        process = self.start_cli(server.url, "logs", "boat", "--follow")
        got = [process.stdout.readline() for _ in range(5)]
        self.assertEqual(got, [f"2026-01-01T00:00:{n:02}.000000Z [app_logging] Ping {n}\n" for n in range(1, 6)])
        process.send_signal(signal.SIGINT)
        rest, words = process.communicate(timeout=20)
        self.assertEqual((process.returncode, rest), (130, ""))
        self.assertIn("trying again", words)
        self.assertIn("answers again", words)
        self.assertIn(("POST", b"LoggingEnabled=true"), [r[0::2][:2] for r in server.requests])
        asked = [r[1] for r in server.requests if "Order=asc" in r[1]]
        self.assertIn("After=2", asked[0])
        self.assertIn("After=3", asked[1])

    def test_no_enable_and_type(self):
        server = self.fake(device(), lines(1), lines())
        process = self.start_cli(server.url, "logs", "boat", "--follow", "--no-enable", "--type", "ota_update", "--json")
        self.assertEqual(json.loads(process.stdout.readline())["id"], 1)
        wait_until(lambda: len(server.requests) > 2, 20, "the first poll")
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)
        self.assertEqual(process.returncode, 130)
        self.assertNotIn("POST", [r[0] for r in server.requests])
        self.assertTrue(all("Type=ota_update" in r[1] for r in server.requests[1:]))

    def test_pages_back_for_many_lines(self):
        first = {"logs": [line(4), line(3)], "meta": {"next_page_url": "http://x/v1/Devices/d/Logs?PageToken=t"}}
        server = self.fake(device(), (200, first), lines(2, 1))
        out = self.run_cli(server.url, "logs", "boat", "--lines", "3").stdout
        self.assertEqual([int(row.split()[-1]) for row in out.splitlines()], [2, 3, 4])
        self.assertEqual(server.requests[2][1], "/v1/Devices/d/Logs?PageToken=t")

    def test_reader_goes_away(self):
        server = self.fake(device(), lines(1), device(), lines(2), lines(3), lines(4), lines(5))
        process = self.start_cli(server.url, "logs", "boat", "--follow")
        process.stdout.readline()
        process.stdout.close()
        process.stdout = None
        _, words = process.communicate(timeout=20)
        self.assertEqual((process.returncode, words), (1, ""))

    def test_refusal_ends_it(self):
        server = self.fake(device(), lines(1), device(), error(401, 20003, "Authenticate"))
        self.assertIn("401", self.run_cli(server.url, "logs", "boat", "--follow", code=1).stderr)


if __name__ == "__main__":
    main()
