# SPDX-License-Identifier: Apache-2.0
"""A real outriggerd on loopback, in a folder of its own."""
import json
import os
import re
import signal

from harness.process import Process, children, command_line, wait_until
from harness.rest import Rest

CONFIG = """
[server]
data_dir = {data}
log_level = {log_level}
[api]
listen = 127.0.0.1:{api}
threads = 2
[gateway]
listen = 127.0.0.1:{gateway}
processes = {gateways}
heartbeat_ms = {heartbeat_ms}
advertise_host = 127.0.0.1
[relay]
listen = 127.0.0.1:0
[microvisors]
root_key = {keys}/boot_root_public.pem
root_key = {keys}/boot_root_2_public.pem
"""


class Server:
    """start() makes it ready to serve; a second start() after stop() or kill() finds the same data and ports."""

    def __init__(self, build, folder, gateways=2, heartbeat_ms=2000, log_level="debug"):
        self.build, self.folder = build, folder
        self.data = os.path.join(folder, "data")
        self.config = os.path.join(folder, "outriggerd.conf")
        self.log_path = os.path.join(folder, "outriggerd.log")
        self.gateways, self.heartbeat_ms, self.log_level = gateways, heartbeat_ms, log_level
        self.api_port = self.gateway_port = 0
        self.process = None

    def start(self):
        with open(self.config, "w") as f:
            f.write(CONFIG.format(data=self.data, api=self.api_port, gateway=self.gateway_port,
                                  gateways=self.gateways, heartbeat_ms=self.heartbeat_ms,
                                  log_level=self.log_level,
                                  keys=os.path.join(self.build, "keys")))
        mark = os.path.getsize(self.log_path) if os.path.exists(self.log_path) else 0
        self.process = Process([os.path.join(self.build, "bin", "outriggerd"), "--config", self.config],
                               self.log_path, "outriggerd")
        ready = self.process.wait_log(r" ready .*?api=\S+:(\d+).*? gateway=\S+:(\d+)", 30, mark)
        self.api_port, self.gateway_port = int(ready.group(1)), int(ready.group(2))
        with open(os.path.join(self.data, "admin.json")) as f:
            admin = json.load(f)
        self.account_sid, self.auth_token = admin["account_sid"], admin["auth_token"]
        self.url = f"http://127.0.0.1:{self.api_port}"
        self.rest = Rest(self.url, self.account_sid, self.auth_token)
        return self

    def role_pids(self, role):
        """Process ids of a role: keeper, api, gateway (all of them), relay."""
        found = []
        for pid in children(self.process.pid):
            argv = command_line(pid)
            if any(re.fullmatch(rf"{role}(\.\d+)?", a) for a in argv):
                found.append(pid)
        return sorted(found)

    def kill_role(self, role):
        """SIGKILL to every process of a role; returns when all of them have been replaced."""
        old = self.role_pids(role)
        for pid in old:
            os.kill(pid, signal.SIGKILL)
        wait_until(lambda: len(self.role_pids(role)) == len(old) and not set(old) & set(self.role_pids(role)), 15,
                   f"{role} to be started again")

    def log(self):
        return self.process.log

    def stop(self):
        return self.process.stop() if self.process else 0

    def kill(self):
        """SIGKILL to the parent; its roles must end by themselves."""
        roles = children(self.process.pid)
        self.process.kill()
        wait_until(lambda: not any(os.path.exists(f"/proc/{p}") and "outriggerd" in "".join(command_line(p))
                                   for p in roles), 10, "roles to end after their parent")

    def device(self, sid):
        return self.rest("GET", f"/v1/Devices/{sid}")

    def target(self, sid, app):
        return self.rest("POST", f"/v1/Devices/{sid}", {"TargetApp": app})

    def wait_device(self, sid, condition, timeout_s=30, what="the device's state"):
        """Polls the REST API until condition(device) holds; returns the device."""
        def look():
            device = self.device(sid)
            return device if condition(device) else None
        return wait_until(look, timeout_s, what)

    def wait_running(self, sid, app_sid, timeout_s=30):
        def runs(device):
            app = device["app"]
            return app["reported_sid"] == app_sid and app["update_status"] == "up-to-date"
        return self.wait_device(sid, runs, timeout_s, f"{sid} to report {app_sid}")

    def lines(self, sid, after=0, kind=None):
        """Log lines of a device with id above after, oldest first."""
        query = f"?PageSize=1000&Order=asc&After={after}" + (f"&Type={kind}" if kind else "")
        return self.rest("GET", f"/v1/Devices/{sid}/Logs{query}")["logs"]

    def wait_line(self, sid, pattern, after=0, kind=None, timeout_s=30):
        """The first log line whose text matches, with id above after."""
        regex = re.compile(pattern)
        return wait_until(lambda: next((x for x in self.lines(sid, after, kind) if regex.search(x["text"])), None),
                          timeout_s, f"a log line like {pattern!r} of {sid}")

    def last_line(self, sid):
        """Id of the newest log line, to be used as after."""
        page = self.rest("GET", f"/v1/Devices/{sid}/Logs?PageSize=1&Order=desc")["logs"]
        return page[0]["id"] if page else 0
