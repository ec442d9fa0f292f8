#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A gateway with the right certificate that does everything wrong: the device runs nothing else than before, and is back as
soon as the good gateway is."""
import hashlib
import os
import ssl
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

from harness import bundle, gate  # noqa: E402
from harness.case import Case, main  # noqa: E402
from harness.process import wait_until  # noqa: E402

APP = "KA" + "9" * 32
HASH = hashlib.sha256(b"nothing").digest()
STREAM_OPEN, OPENED, CLOSED, LOG_ACK = 4, 3, 4, 6


def now_us():
    return int(time.time() * 1e6)


def greet(peer, body=b"", **options):
    peer.send(gate.welcome(now_us(), body=body, **options))


class HostileGateway(Case):
    def setUp(self):
        super().setUp()
        self.srv = self.server()
        self.gate = gate.Gate(self.srv)
        self.addCleanup(self.gate.stop)
        self.dev = self.host_device()
        self.sid = self.provision()
        self.app = bundle.upload(self.srv, bundle.script(self.build, self.folder, "one",
                                                         "log one hello\nloop\nlog one ping\nsleep 200\nrepeat\n"))
        self.srv.rest("POST", f"/v1/Devices/{self.sid}", {"LoggingEnabled": "true"})
        self.srv.target(self.sid, self.app)
        self.srv.wait_running(self.sid, self.app)

    def provision(self):
        real, self.srv.gateway_port = self.srv.gateway_port, self.gate.port
        try:
            return self.dev.provision(self.srv)
        finally:
            self.srv.gateway_port = real

    def endure(self, play, sessions=1, timeout_s=30):
        """Lets the device meet play so many times; then the good gateway must have it back, with its application untouched."""
        self.gate.switch(play)
        wait_until(lambda: self.gate.played >= sessions, timeout_s, "the device to meet the hostile gateway")
        self.back()

    def back(self):
        mark = self.srv.last_line(self.sid)
        self.gate.switch(None)
        self.srv.wait_line(self.sid, "one ping", after=mark, kind="app_logging", timeout_s=60)
        self.srv.wait_running(self.sid, self.app)
        self.assertEqual(self.gate.problems, [])
        self.assertTrue(self.dev.process.alive())
        self.assertEqual([x["text"] for x in self.srv.lines(self.sid, kind="app_crash")], [])

    def test_garbage_and_broken_frames(self):
        for data in (b"\xff" * 64, gate.frame(0, b"\xff" * 300), gate.frame(0, b"\0" * 1281), b"\0\0\xff\xff" + b"x" * 5000,
                     gate.frame(0, b""), gate.frame(1, b"x" * 4096), b"\0\1\x10\1" + b"x" * 4097):
            def play(peer, data=data):
                peer.raw(data)
                greet(peer)
                peer.raw(data)
                peer.closed()
            self.gate.switch(play)
            wait_until(lambda: self.gate.played >= 1, 30, "the device to meet the hostile gateway")
        self.back()

    def test_wrong_times(self):
        for wall_time_us in (0, 1, 4102444800 * 10**6, 253402300799 * 10**6, 2**63, 2**64 - 1):
            def play(peer, wall_time_us=wall_time_us):
                peer.send(gate.welcome(wall_time_us))
                peer.closed()
            self.endure(play)
        self.dev.kill()
        self.dev.start()
        self.back()

    def test_a_time_just_inside_the_certificates_validity(self):
        path = os.path.join(self.srv.data, "pki", "gateway.pem")
        line = subprocess.run(["openssl", "x509", "-in", path, "-noout", "-enddate"], capture_output=True, text=True, check=True)
        end_s = ssl.cert_time_to_seconds(line.stdout.strip().split("=", 1)[1])

        def play(peer):
            peer.send(gate.welcome((end_s - 1) * 10**6))
            peer.closed()
        self.gate.switch(play)
        wait_until(lambda: self.gate.played >= 1, 30, "the device to meet the hostile gateway")
        time.sleep(1.5)  # what the device was told has passed the certificate's end
        self.back()
        self.dev.kill()
        self.dev.start()
        self.back()

    def test_absurd_welcomes(self):
        for message in (gate.welcome(now_us(), 0), gate.welcome(now_us(), 2**32 - 1), gate.welcome(now_us(), session=0),
                        gate.welcome(now_us(), body=gate.desired(APP)), gate.welcome(now_us(), body=gate.desired("x" * 34)),
                        gate.welcome(now_us()) * 2, gate.welcome(now_us(), body=gate.desired(APP, HASH, 2**32 - 1))):
            def play(peer, message=message):
                peer.send(message)
                peer.send(message)
                peer.closed()
            self.gate.switch(play)
            wait_until(lambda: self.gate.played >= 1, 60, "the device to meet the hostile gateway")
        self.back()

    def test_acknowledging_what_was_not_sent(self):
        def play(peer):
            greet(peer)
            peer.send(gate.field(LOG_ACK, gate.field(1, 2**32 - 1)))
            peer.closed()
        self.endure(play)

    def test_wrong_streams(self):
        def over_credit(peer, stream, wanted):
            for _ in range(wanted // 4096 + 2):
                peer.send(b"x" * 4096, stream)

        def before_opened(peer, stream, wanted):
            peer.send(b"x", stream)

        def wrong_bytes(peer, stream, wanted):
            peer.send(gate.field(OPENED, gate.field(1, stream) + gate.field(3, wanted)))
            peer.send(b"x" * wanted, stream)
            peer.send(gate.field(CLOSED, gate.field(1, stream)))

        def never_ends(peer, stream, wanted):
            peer.send(gate.field(OPENED, gate.field(1, stream) + gate.field(3, 2**32 - 1)))
            for _ in range(2000):
                peer.send(b"", stream)
            peer.send(b"x" * (wanted - 1), stream)

        def opened_twice(peer, stream, wanted):
            for _ in range(2):
                peer.send(gate.field(OPENED, gate.field(1, stream) + gate.field(3, wanted)))

        def strange_status(peer, stream, wanted):
            peer.send(gate.field(OPENED, gate.field(1, stream) + gate.field(2, 77)))

        def other_streams(peer, stream, wanted):
            peer.send(gate.field(OPENED, gate.field(1, stream + 2)))
            peer.send(b"x" * 4096, stream + 2)
            peer.send(gate.field(CLOSED, gate.field(1, 65535)))

        for trick in (over_credit, before_opened, wrong_bytes, never_ends, opened_twice, strange_status, other_streams):
            def play(peer, trick=trick):
                greet(peer, gate.desired(APP, HASH, 1000, 1))
                opened = peer.message(STREAM_OPEN)
                trick(peer, opened[1], opened[2])
                time.sleep(0.3)
                peer.stream.close()
            self.gate.switch(play)
            wait_until(lambda: self.gate.played >= 1, 30, "the device to meet the hostile gateway")
            time.sleep(0.2)
        self.back()

    def test_wishes_that_change_all_the_time(self):
        def play(peer):
            greet(peer)
            for i in range(300):
                sha256 = hashlib.sha256(bytes([i & 255])).digest()
                body = gate.desired(APP, sha256, 1 + i, i & 1, i // 50) if i % 3 else gate.desired(logging=1)
                peer.send(gate.field(2, body))
                time.sleep(0.01)
        self.gate.switch(play)
        wait_until(lambda: self.gate.played >= 1, 30, "the device to meet the hostile gateway")
        time.sleep(3.5)
        self.back()

    def test_floods_and_silence(self):
        def pongs(peer):
            greet(peer, heartbeat_ms=200)
            for _ in range(3000):
                peer.raw(gate.frame(0, gate.field(5, gate.field(1, 7))) * 50)

        def mute(peer):
            greet(peer, heartbeat_ms=200)
            time.sleep(2)
        for play in (pongs, mute, lambda peer: None):
            self.gate.switch(play)
            wait_until(lambda: self.gate.played >= 1, 30, "the device to meet the hostile gateway")
            time.sleep(1)
        self.back()


if __name__ == "__main__":
    main()
