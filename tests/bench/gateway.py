# SPDX-License-Identifier: Apache-2.0
"""Gateway benchmarks: check-ins per second of CPU, and resident memory per idle device, against OpenSSL and nginx."""
import concurrent.futures
import json
import os
import shutil
import subprocess

from measure import cpu_seconds, resident_bytes, row
from peer_nginx import Nginx

IDENTITIES = 5000
CHECKIN_SECONDS = 6
THREADS = 2


def enrol(tool, folder, server, count, progress):
    """Makes count identities and has the server certify each through POST /v1/Devices, as the factory tool does."""
    subprocess.run([tool, "identities", "--dir", folder, "--count", str(count)], check=True)
    with open(os.path.join(folder, "csrs.txt")) as csrs, open(os.path.join(folder, "certs.pem"), "w") as certs:
        for i, csr in enumerate(csrs):
            device = server.rest("POST", "/v1/Devices", {"Csr": csr.strip()})
            certs.write(device["provisioning"]["certificate"])
            if i % 500 == 499:
                progress(f"  {i + 1} of {count} identities certified")
    shutil.copy(os.path.join(server.data, "pki", "fleet_ca.pem"), folder)


def load(tool, *args):
    out = subprocess.run([tool, *args], check=True, capture_output=True, text=True).stdout
    return json.loads(out)


def checkins(tool, common, port, pids, *flags):
    """Complete check-ins per second of the server's CPU, and per second of wall time."""
    before = cpu_seconds(pids)
    r = load(tool, "checkins", *common, "--port", str(port), "--seconds", str(CHECKIN_SECONDS),
             "--threads", str(THREADS), *flags)
    return r["done"] / (cpu_seconds(pids) - before), r["done"] / r["seconds"]


def handshakes(build, folder, files):
    """Server side of handshakes in memory, per second of CPU: the gateway's and bare OpenSSL's, turn by turn, while every core
    does the same: as busy as under load."""
    args = [folder, files["server_ca.pem"], files["gateway.pem"], files["gateway.key"], str(CHECKIN_SECONDS)]
    tool = os.path.join(build, "bench", "bench_tls_memory")
    with concurrent.futures.ThreadPoolExecutor(THREADS) as pool:
        runs = list(pool.map(lambda _: load(tool, *args), range(THREADS)))
    done = sum(r["done"] for r in runs)
    return [done / sum(r[f"{whose}_cpu_seconds"] for r in runs) for whose in ("gateway", "bare")]


def bare_server(tool, common, files):
    """Check-ins per second of CPU of the barest blocking OpenSSL server: what is left when nothing but TLS is done."""
    with subprocess.Popen([tool, "serve", *common, "--certificate", files["gateway.pem"], "--key", files["gateway.key"],
                           "--threads", str(THREADS)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as p:
        rate, _ = checkins(tool, common, int(p.stdout.readline()), [p.pid], "--http")
        p.stdin.close()
    return rate


def idle_bytes(tool, common, port, pids, *flags):
    """Resident memory that one more idle connection costs, over IDENTITIES of them."""
    before = resident_bytes(pids)
    with subprocess.Popen([tool, "hold", *common, "--port", str(port), "--count", str(IDENTITIES), *flags],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as p:
        if not p.stdout.readline():
            raise RuntimeError("the load generator could not hold its connections")
        cost = (resident_bytes(pids) - before) / IDENTITIES
        p.stdin.close()
    return cost


def measure(build, folder, server, progress):
    tool = os.path.join(build, "bench", "bench_tls")
    pki = os.path.join(server.data, "pki")
    files = {n: os.path.join(pki, n) for n in ("server_ca.pem", "gateway.pem", "gateway.key", "fleet_ca.pem")}
    enrol(tool, folder, server, IDENTITIES, progress)
    common = ["--dir", folder, "--ca", files["server_ca.pem"]]

    # Memory first: a process whose heap has served check-ins holds idle connections in what those left behind.
    progress("  gateway, idle connections")
    idle = idle_bytes(tool, common, server.gateway_port, server.role_pids("gateway"))
    progress("  handshakes in memory, bare OpenSSL server")
    shakes, ceiling = handshakes(build, folder, files)
    server_ceiling = bare_server(tool, common, files)
    progress("  gateway check-ins")
    per_core, per_second = checkins(tool, common, server.gateway_port, server.role_pids("gateway"))

    progress("  nginx, the same")
    nginx = Nginx(os.path.join(folder, "nginx"), files["gateway.pem"], files["gateway.key"], files["fleet_ca.pem"],
                  len(server.role_pids("gateway")))
    try:
        nginx_idle = idle_bytes(tool, common, nginx.port, nginx.pids(), "--http")
        nginx_core, nginx_second = checkins(tool, common, nginx.port, nginx.pids(), "--http")
    finally:
        nginx.stop()
    command = f"bench_tls checkins --seconds {CHECKIN_SECONDS} --threads {THREADS}"
    return [
        row("mTLS handshakes per core, TLS alone", shakes, "1/s of CPU", "OpenSSL in memory", ceiling, "ratio >= 0.85",
            "bench_tls_memory"),
        row("mTLS check-ins per core", per_core, "1/s of CPU", "OpenSSL in memory", ceiling, command=command),
        row("mTLS check-ins per core", per_core, "1/s of CPU", "bare OpenSSL server", server_ceiling, "ratio >= 0.85",
            command),
        row("mTLS check-ins per core", per_core, "1/s of CPU", "nginx", nginx_core, command=command),
        row("mTLS check-ins, client on same 2 cores", per_second, "1/s", "nginx", nginx_second, command=command),
        row(f"memory per idle device at {IDENTITIES}", idle, "bytes", "nginx", nginx_idle, "ratio <= 0.8",
            f"bench_tls hold --count {IDENTITIES}"),
    ]
