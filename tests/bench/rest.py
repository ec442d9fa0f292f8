# SPDX-License-Identifier: Apache-2.0
"""REST benchmark: reads per second of the API against a bare libmicrohttpd responder with the same threads."""
import base64
import json
import os
import subprocess

from measure import row

SECONDS = 4
THREADS = 2


def reads(tool, port, path, authorization):
    out = subprocess.run([tool, str(port), path, authorization, str(SECONDS), str(THREADS)], check=True,
                         capture_output=True, text=True).stdout
    r = json.loads(out)
    return r["done"] / r["seconds"]


def peer_reads(build, size):
    with subprocess.Popen([os.path.join(build, "bench", "bench_http_peer"), str(THREADS), str(size)],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as p:
        port = int(p.stdout.readline())
        rate = reads(os.path.join(build, "bench", "bench_http"), port, "/", "Basic none")
        p.stdin.close()
    return rate


def measure(build, server, progress):
    user = f"{server.account_sid}:{server.auth_token}"
    authorization = "Basic " + base64.b64encode(user.encode()).decode()
    tool = os.path.join(build, "bench", "bench_http")
    sid = server.rest("GET", "/v1/Devices?PageSize=1")["devices"][0]["sid"]
    path = f"/v1/Devices/{sid}"
    size = len(json.dumps(server.rest("GET", path)))
    progress("  one device, and the bare responder")
    one = reads(tool, server.api_port, path, authorization)
    bare = peer_reads(build, size)
    progress("  page of 50 devices")
    page = reads(tool, server.api_port, "/v1/Devices", authorization)
    command = f"bench_http PORT PATH AUTHORIZATION {SECONDS} {THREADS}"
    return [
        row("REST reads, one device", one, "1/s", "bare libmicrohttpd", bare, command=command),
        row("REST reads, page of 50 devices", page, "1/s", "bare libmicrohttpd", bare, command=command),
    ]
