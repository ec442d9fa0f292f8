#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Supervision: roles that are killed come back and serve, signals do what they say, wrong starts say what is wrong."""
import json
import os
import pty
import pwd
import signal
import socket
import ssl
import stat
import subprocess
import sys
import unittest
import urllib.error
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

from harness.case import Case, main  # noqa: E402
from harness.process import Process, children, wait_until  # noqa: E402

ROLES = ("keeper", "gateway.0", "gateway.1", "api", "relay")


def answers(url):
    """HTTP status of a GET, None while nobody answers."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.status
    except urllib.error.HTTPError as e:
        return e.code
    except OSError:
        return None


class Roles(Case):
    def run_file(self, srv):
        with open(os.path.join(srv.data, "run.json")) as f:
            return json.load(f)

    def pid_of(self, srv, role):
        return self.run_file(srv)["roles"][role]

    def kill_and_wait(self, srv, role, number=signal.SIGKILL):
        """Returns when run.json names the new process, which is only after it said that it serves."""
        old = self.pid_of(srv, role)
        os.kill(old, number)
        wait_until(lambda: self.pid_of(srv, role) not in (old, None), 15, f"{role} to be ready again")

    def offers_tls(self, srv):
        """The gateway shows a certificate that its authority signed, with the right name; the answer to ours is not awaited."""
        context = ssl.create_default_context(cafile=os.path.join(srv.data, "pki", "server_ca.pem"))
        context.set_alpn_protocols(["outrigger/1"])
        with socket.create_connection(("127.0.0.1", srv.gateway_port), timeout=5) as plain:
            with context.wrap_socket(plain, server_hostname="gateway.outrigger.internal") as tls:
                return tls.version()

    def program(self):
        return os.path.join(self.build, "bin", "outriggerd")

    def check(self, text, *options):
        path = os.path.join(self.folder, "x.conf")
        with open(path, "w") as f:
            f.write(text)
        return path, subprocess.run([self.program(), "--config", path, *options], capture_output=True, text=True, timeout=30)

    def end_each_role(self, number):
        srv = self.server()
        relay = self.run_file(srv)["relay"]
        for role in ROLES:
            self.kill_and_wait(srv, role, number)
            self.assertEqual(answers(srv.url + "/healthz"), 200, role)
            self.assertEqual(answers(f"http://{relay}/"), 501, role)
            self.assertEqual(self.offers_tls(srv), "TLSv1.3", role)
        self.assertEqual(srv.rest("GET", "/v1/Devices")["devices"], [])
        self.assertEqual(srv.stop(), 0)

    def test_each_role_that_is_killed_is_started_again_and_serves(self):
        self.end_each_role(signal.SIGKILL)

    def test_each_role_that_ends_cleanly_leaves_its_socket_to_the_next(self):
        self.end_each_role(signal.SIGTERM)

    def test_every_gateway_is_replaced_while_connections_wait(self):
        srv = self.server(gateways=3)
        for _ in range(3):
            srv.kill_role("gateway")
            for _ in range(6):  # the kernel spreads them over all three
                self.assertEqual(self.offers_tls(srv), "TLSv1.3")

    def test_sigterm_stops_everything_and_leaves_no_process(self):
        srv = self.server()
        pids = children(srv.process.pid)
        self.assertEqual(len(pids), len(ROLES))
        self.assertEqual(srv.stop(), 0)
        self.assertFalse([p for p in pids if os.path.exists(f"/proc/{p}")])
        self.assertRegex(srv.log().text(), r"parent info stopped status=ok")
        self.assertFalse(os.path.exists(os.path.join(srv.data, "run.json")))

    def test_stop_while_a_role_hangs(self):
        srv = self.server()
        os.kill(self.pid_of(srv, "relay"), signal.SIGSTOP)
        self.assertEqual(srv.stop(), 0)
        self.assertRegex(srv.log().text(), r"role_killed role=relay")

    def test_roles_end_with_their_parent(self):
        srv = self.server()
        srv.kill()
        srv.start()  # the data folder is free again, and so are the ports
        self.assertEqual(answers(srv.url + "/healthz"), 200)

    def test_sighup_reloads_and_goes_on(self):
        srv = self.server()
        before = self.run_file(srv)["roles"]
        mark = srv.log().mark()
        os.kill(srv.process.pid, signal.SIGHUP)
        srv.process.wait_log(r"gateway\.0 info certificates_loaded", 10, mark)
        srv.process.wait_log(r"gateway\.1 info certificates_loaded", 10, mark)
        self.assertEqual(self.run_file(srv)["roles"], before)
        self.assertEqual(self.offers_tls(srv), "TLSv1.3")

    def test_renewed_gateway_certificate_is_loaded(self):
        srv = self.server()
        os.unlink(os.path.join(srv.data, "pki", "gateway.pem"))
        mark = srv.log().mark()
        os.kill(srv.process.pid, signal.SIGHUP)  # the keeper looks, too, and asks for a reload when it has made a new one
        srv.process.wait_log(r"parent info reload[\s\S]*gateway\.0 info certificates_loaded", 10, mark)
        self.assertEqual(self.offers_tls(srv), "TLSv1.3")

    def test_second_server_on_the_same_folder_is_refused(self):
        srv = self.server()
        second = subprocess.run([self.program(), "--config", srv.config], capture_output=True, text=True, timeout=30)
        self.assertEqual(second.returncode, 1)
        self.assertIn(f"data_dir_in_use data_dir={srv.data} pid={srv.process.pid}", second.stderr)
        self.assertEqual(answers(srv.url + "/healthz"), 200)

    def test_port_that_is_taken_is_named(self):
        srv = self.server()
        for section in ("api", "gateway"):
            port = {"api": srv.api_port, "gateway": srv.gateway_port}[section]
            others = "".join(f"[{s}]\nlisten = 127.0.0.1:0\n" for s in ("api", "gateway", "relay") if s != section)
            _, done = self.check(f"[server]\ndata_dir = {self.folder}/other\n[{section}]\nlisten = 127.0.0.1:{port}\n{others}")
            self.assertEqual(done.returncode, 1)
            self.assertRegex(done.stderr, rf"listen_failed role={section} .*port={port}")

    def test_token_is_kept_out_of_collected_output(self):
        srv = self.server()
        self.assertIn("account_made", srv.log().text())
        self.assertEqual(srv.log().text().count(srv.auth_token), 0)
        self.assertEqual(stat.S_IMODE(os.stat(os.path.join(srv.data, "admin.json")).st_mode), 0o600)
        token = srv.auth_token
        self.assertEqual(srv.stop(), 0)
        srv.start()
        self.assertEqual(srv.auth_token, token)
        self.assertEqual(srv.log().text().count(token), 0)

    def test_first_start_shows_credentials_on_a_terminal(self):
        ours, theirs = pty.openpty()
        self.addCleanup(os.close, ours)
        path = os.path.join(self.folder, "terminal.conf")
        with open(path, "w") as f:
            f.write(f"[server]\ndata_dir = {self.folder}/terminal\n" +
                    "".join(f"[{s}]\nlisten = 127.0.0.1:0\n" for s in ("api", "gateway", "relay")))
        process = subprocess.Popen([self.program(), "--config", path], stdout=theirs, stderr=subprocess.DEVNULL)
        os.close(theirs)
        try:
            said = b""
            while b"auth token" not in said or not said.endswith(b"\n"):
                said += os.read(ours, 4096)
        finally:
            process.terminate()
            self.assertEqual(process.wait(timeout=30), 0)
        with open(os.path.join(self.folder, "terminal", "admin.json")) as f:
            self.assertIn(json.load(f)["auth_token"], said.decode())

    def test_damaged_keys_end_the_start_with_words(self):
        srv = self.server()
        self.assertEqual(srv.stop(), 0)
        os.unlink(os.path.join(srv.data, "pki", "fleet_ca.key"))
        done = subprocess.run([self.program(), "--config", srv.config], capture_output=True, text=True, timeout=30)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, r"keeper error key_not_loaded file=\S+fleet_ca.key status=not_found expected=")

    def start_by_hand(self, text, **environment):
        """A server outside of the harness: for configurations that it does not write."""
        path = os.path.join(self.folder, "hand.conf")
        with open(path, "w") as f:
            f.write(text + "".join(f"[{s}]\nlisten = 127.0.0.1:0\n" for s in ("api", "gateway", "relay")))
        return self.track(Process([self.program(), "--config", path], os.path.join(self.folder, "hand.log"), "outriggerd",
                                  env={**os.environ, **environment}))

    def test_service_manager_is_told(self):
        address = os.path.join(self.folder, "notify")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.bind(address)
            manager.settimeout(30)
            server = self.start_by_hand(f"[server]\ndata_dir = {self.folder}/data\n", NOTIFY_SOCKET=address)
            self.assertEqual(manager.recv(100), b"READY=1")
            server.wait_log(" ready api=")
            self.assertEqual(server.stop(), 0)
            self.assertEqual(manager.recv(100), b"STOPPING=1")

    @unittest.skipUnless(os.geteuid() == 0, "only root can become another user")
    def test_root_becomes_the_configured_user(self):
        os.chmod(self.folder, 0o711)
        nobody = pwd.getpwnam("nobody").pw_uid
        server = self.start_by_hand(f"[server]\ndata_dir = {self.folder}/data\nuser = nobody\n")
        server.wait_log(" ready api=", 30)
        for pid in [server.pid, *children(server.pid)]:
            with open(f"/proc/{pid}/status") as f:
                uids = next(line for line in f if line.startswith("Uid:")).split()[1:]
            self.assertEqual(uids, [str(nobody)] * 4)
        self.assertEqual(os.stat(os.path.join(self.folder, "data", "admin.json")).st_uid, nobody)
        self.assertEqual(server.stop(), 0)

    def test_check_prints_what_is_in_effect(self):
        path, done = self.check("[gateway]\nprocesses = 3\n", "--check")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("processes = 3\n", done.stdout)
        self.assertIn("listen = 127.0.0.1:8080\n", done.stdout)
        with open(path, "w") as f:
            f.write(done.stdout)
        again = subprocess.run([self.program(), "--config", path, "--check"], capture_output=True, text=True, timeout=30)
        self.assertEqual(again.stdout, done.stdout)

    def test_example_has_every_key_with_its_default(self):
        _, defaults = self.check("", "--check")
        root = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
        with open(os.path.join(root, "deploy", "outriggerd.conf.example")) as f:
            example = f.read()
        _, explained = self.check(example, "--check")
        self.assertEqual(explained.stdout, defaults.stdout)
        written = [line for line in example.splitlines() if "=" in line and not line.startswith("#")]
        self.assertEqual([line for line in defaults.stdout.splitlines() if "=" in line], written)

    def test_keeper_gives_up_what_it_does_not_need(self):
        srv = self.server()
        with open(f"/proc/{self.pid_of(srv, 'keeper')}/status") as f:
            status = dict(line.rstrip("\n").split(":\t", 1) for line in f if ":\t" in line)
        self.assertEqual((status["NoNewPrivs"], status["Seccomp"]), ("1", "2"))
        for fd in os.listdir(f"/proc/{srv.role_pids('relay')[0]}/fd"):
            target = os.readlink(f"/proc/{srv.role_pids('relay')[0]}/fd/{fd}")
            self.assertNotRegex(target, r"\.key|\.db|outriggerd\.lock", "a role was handed what is not its own")

    def test_check_names_every_problem_with_its_line(self):
        path, done = self.check("[api]\nthreads = many\n[gatway]\n[relay]\nlisten = 127.0.0.1\n", "--check")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        lines = done.stderr.splitlines()
        self.assertEqual([line.split(": ")[0] for line in lines], [f"{path}:2", f"{path}:3", f"{path}:5"])
        self.assertIn('api.threads: found "many", expected a number from 1 to 64', lines[0])
        _, done = self.check("[server]\nuser = no-such-user-here\n[api]\ncertificate = /none\nprivate_key = /none\n", "--check")
        self.assertEqual(done.returncode, 1)
        self.assertEqual(len(done.stderr.splitlines()), 3)

    def test_command_line(self):
        for options, status in ((["--version"], 0), (["--help"], 0), ([], 2), (["--what"], 2), (["--config", "/none"], 1),
                                (["--role", "keeper"], 1)):
            done = subprocess.run([self.program(), *options], capture_output=True, text=True, timeout=30)
            self.assertEqual(done.returncode, status, options)
            self.assertTrue(done.stdout + done.stderr)

    def test_command_line_says_what_is_wrong_with_it(self):
        for options, words in ((["--check"], "--config FILE is missing"), (["x.conf"], 'found "x.conf"')):
            done = subprocess.run([self.program(), *options], capture_output=True, text=True, timeout=30)
            self.assertEqual(done.returncode, 2, options)
            self.assertIn(words, done.stderr.splitlines()[0])


if __name__ == "__main__":
    main()
