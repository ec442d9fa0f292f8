# SPDX-License-Identifier: Apache-2.0
"""Devices: the emulated board under QEMU, and the same core as a Linux process. Both have a console socket and a flash
file that outlives the process: kill() is a power cut."""
import json
import os
import socket
import subprocess

from harness.process import Log, Process, wait_until


class Device:
    """Common life: start, provision, kill, start again. sid is known after provision()."""

    gateway_host = "127.0.0.1"

    def __init__(self, build, folder, name):
        self.build, self.name = build, name
        self.folder = os.path.join(folder, name)
        os.makedirs(self.folder, exist_ok=True)
        self.flash = os.path.join(self.folder, "flash.bin")
        self.console = os.path.join(self.folder, "console.sock")
        self.certificate = os.path.join(self.folder, "certificate.pem")
        self.console_log = Log(os.path.join(self.folder, "console.log"))
        self.sid = None
        self.process = None

    def _socket_ready(self):
        with socket.socket(socket.AF_UNIX) as s:
            try:
                s.connect(self.console)
                return True
            except OSError:
                return not self.process.alive()

    def start(self):
        if os.path.exists(self.console):
            os.unlink(self.console)
        self.process = Process(self.argv(), os.path.join(self.folder, "process.log"), self.name)
        wait_until(lambda: os.path.exists(self.console) or not self.process.alive(), 20, f"{self.name}'s console")
        return self

    def provision(self, server, unique_name=None):
        """Runs `outrigger provision` as a factory does; returns the device's SID. Its certificate is then in the file `certificate`."""
        argv = [os.path.join(self.build, "bin", "outrigger"), "--url", server.url, "--credentials",
                os.path.join(server.data, "admin.json"), "provision", "--serial", "unix:" + self.console,
                "--gateway", f"{self.gateway_host}:{server.gateway_port}", "--certificate", self.certificate, "--json"]
        if unique_name:
            argv += ["--name", unique_name]
        r = subprocess.run(argv, capture_output=True, text=True, timeout=60)
        if r.returncode != 0:
            raise RuntimeError(f"outrigger provision ended with {r.returncode}: {r.stderr}")
        self.sid = json.loads(r.stdout)["sid"]
        return self.sid

    def kill(self):
        self.process.kill()

    def stop(self):
        if self.process:
            self.process.kill()

    def logs(self):
        return [self.console_log.path, self.process.log.path] if self.process else []


class HostDevice(Device):
    """outrigger-device-host."""

    def argv(self):
        return [os.path.join(self.build, "bin", "outrigger-device-host"), "--flash", self.flash, "--console",
                self.console]


class QemuDevice(Device):
    """mps2-an505 under QEMU, network in user mode: the host's loopback is 10.0.2.2."""

    gateway_host = "10.0.2.2"

    def __init__(self, build, folder, name):
        super().__init__(build, folder, name)
        self.app_uart = os.path.join(self.folder, "app-uart.log")
        if not os.path.exists(self.flash):
            subprocess.run([os.path.join(build, "bin", "outrigger-image"), "flash", "--image",
                            os.path.join(build, "fw", "microvisor.img"), "--out", self.flash], check=True)

    def argv(self):
        return ["qemu-system-arm", "-M", "mps2-an505,memory-backend=nv",
                "-object", f"memory-backend-file,id=nv,size=16M,mem-path={self.flash},share=on",
                "-display", "none", "-monitor", "none",
                "-chardev", f"socket,id=con,path={self.console},server=on,wait=off,logfile={self.console_log.path},"
                            "logappend=on",
                "-serial", "chardev:con", "-serial", f"file:{self.app_uart}",
                "-chardev", "pipe,id=rng,path=/dev/urandom", "-serial", "chardev:rng",
                "-nic", "user,model=lan9118", "-kernel", os.path.join(self.build, "fw", "boot0.elf")]
