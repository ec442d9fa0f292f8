# SPDX-License-Identifier: Apache-2.0
"""Peer of the gateway benchmarks: nginx with mutual TLS 1.3 and the gateway's own certificates, on loopback."""
import os
import socket
import subprocess
import time

CONFIG = """
daemon off;
master_process on;
worker_processes {workers};
error_log {dir}/nginx-error.log warn;
pid {dir}/nginx.pid;
events {{ worker_connections 20000; }}
http {{
    access_log off;
    client_body_temp_path {dir}/body; proxy_temp_path {dir}/proxy; fastcgi_temp_path {dir}/fastcgi;
    uwsgi_temp_path {dir}/uwsgi; scgi_temp_path {dir}/scgi;
    keepalive_timeout 3600s;
    server {{
        listen 127.0.0.1:{port} ssl reuseport;
        ssl_certificate {certificate};
        ssl_certificate_key {key};
        ssl_protocols TLSv1.3;
        ssl_client_certificate {fleet_ca};
        ssl_verify_client on;
        ssl_session_cache off;
        ssl_session_tickets off;
        location / {{ return 200 "ok\\n"; }}
    }}
}}
"""


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Nginx:
    """Starts nginx in a folder of its own; pids() names the workers, whose memory and time are what counts."""

    def __init__(self, folder, certificate, key, fleet_ca, workers):
        self.port = free_port()
        os.makedirs(folder, exist_ok=True)
        path = os.path.join(folder, "nginx.conf")
        with open(path, "w") as f:
            f.write(CONFIG.format(dir=folder, port=self.port, certificate=certificate, key=key,
                                  fleet_ca=fleet_ca, workers=workers))
        self.process = subprocess.Popen(["/usr/sbin/nginx", "-c", path, "-p", folder],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        self._wait(workers)

    def _wait(self, workers):
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise RuntimeError("nginx ended: " + self.process.stderr.read().decode())
            if len(self.pids()) == workers:
                try:
                    socket.create_connection(("127.0.0.1", self.port), 1).close()
                    return
                except OSError:
                    pass
            time.sleep(0.02)
        raise RuntimeError("nginx did not start listening in 10 s")

    def pids(self):
        with open(f"/proc/{self.process.pid}/task/{self.process.pid}/children") as f:
            return [int(p) for p in f.read().split()]

    def stop(self):
        self.process.terminate()
        self.process.wait(10)
        self.process.stderr.close()
