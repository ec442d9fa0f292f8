# SPDX-License-Identifier: Apache-2.0
"""Update latency on the emulated board: API call to the new version's first log line, and time without an application."""
import os
import statistics
import time

from harness import bundle
from harness.device import QemuDevice
from measure import row

ROUNDS = 10


def micros(timestamp):
    """Microseconds of 2026-01-31T12:34:56.123456Z since the epoch."""
    whole, fraction = timestamp.rstrip("Z").split(".")
    return int(time.mktime(time.strptime(whole + " UTC", "%Y-%m-%dT%H:%M:%S %Z")) - time.timezone) * 10**6 + int(fraction)


def one_update(server, sid, app, word):
    """(seconds from the API call to the first log line stored, device seconds from INSTALLING_APP to STARTING_NEW_APP)."""
    mark = server.last_line(sid)
    start = time.time()
    server.target(sid, app)
    line = server.wait_line(sid, word, after=mark, kind="app_logging")
    ota = {x["text"]: x["device_us"] for x in server.lines(sid, after=mark, kind="ota_update")}
    return micros(line["timestamp"]) / 1e6 - start, (ota["STARTING_NEW_APP"] - ota["INSTALLING_APP"]) / 1e6


def measure(build, folder, server, progress):
    board = QemuDevice(build, folder, "board")
    board.start()
    try:
        sid = board.provision(server)
        server.wait_device(sid, lambda d: d["status"]["online"], 30, "the board to check in")
        server.rest("POST", f"/v1/Devices/{sid}", {"LoggingEnabled": "true"})
        apps = [bundle.upload(server, bundle.app(build, folder, f"hello64k-v{v}")) for v in (1, 2)]
        one_update(server, sid, apps[0], "v1")
        latency, downtime = [], []
        for i in range(ROUNDS):
            v = (i + 1) % 2
            total, down = one_update(server, sid, apps[v], f"v{v + 1}")
            latency.append(total)
            downtime.append(down)
            progress(f"  update {i + 1} of {ROUNDS}: {total * 1000:.0f} ms, {down * 1000:.0f} ms without application")
        size = os.path.getsize(os.path.join(build, "fw", "apps", "hello64k-v1.bin"))
    finally:
        board.stop()
    command = f"{ROUNDS} updates of hello64k ({size} bytes), medians"
    return [
        row("API call to first log line, 64 KiB app", statistics.median(latency), "s", "goal", 1.5, "ratio <= 1", command),
        row("time without application, staged update", statistics.median(downtime), "s", "goal", 0.2, "ratio <= 1",
            command),
    ]
