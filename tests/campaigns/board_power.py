# SPDX-License-Identifier: Apache-2.0
"""A board whose power is switched off and on without starting the emulator again, which costs as much as the boot itself.

Before its first instruction the whole machine is stored as a snapshot; power on is that snapshot, with another flash. What the
snapshot does not hold is outside of the machine: the console's file, and the emulator's network, to which a board that lost its power
is a peer that has gone silent, as on a real network."""
import json
import os
import socket
import struct

from harness.process import wait_until

CLUSTER = 1 << 16
DISK_BYTES = 1 << 20
SNAPSHOT = "off"


def make_disk(path):
    """An empty disk image that no machine uses: where the emulator keeps its snapshot. Format: QEMU, docs/interop/qcow2.txt, version 2;
    clusters: header, first-level table, table of reference counts, reference counts of these four."""
    image = bytearray(4 * CLUSTER)
    struct.pack_into(">4sIQIIQIIQQIIQ", image, 0, b"QFI\xfb", 2, 0, 0, 16, DISK_BYTES, 0, 1, CLUSTER, 2 * CLUSTER, 1, 0, 0)
    struct.pack_into(">Q", image, 2 * CLUSTER, 3 * CLUSTER)
    struct.pack_into(">4H", image, 3 * CLUSTER, 1, 1, 1, 1)
    with open(path, "wb") as f:
        f.write(image)


class Monitor:
    """The emulator's control socket (QMP)."""

    def __init__(self, path, alive):
        self.socket = socket.socket(socket.AF_UNIX)
        wait_until(lambda: self._connected(path) or not alive(), 20, "the emulator's monitor")
        self.socket.settimeout(20)
        self.lines = self.socket.makefile("r")
        self.lines.readline()
        self.ask("qmp_capabilities")

    def _connected(self, path):
        try:
            self.socket.connect(path)
            return True
        except OSError:
            return False

    def ask(self, command, **arguments):
        self.socket.sendall(json.dumps({"execute": command, "arguments": arguments}).encode() + b"\n")
        while True:
            line = self.lines.readline()
            if not line:
                raise RuntimeError(f"the emulator ended instead of answering {command}")
            answer = json.loads(line)
            if "error" in answer:
                raise RuntimeError(f"{command}: {answer['error']['desc']}")
            if "return" in answer:
                return answer["return"]

    def command(self, line):
        """One of the commands for people, which say nothing when they succeed."""
        said = self.ask("human-monitor-command", **{"command-line": line})
        if said.strip():
            raise RuntimeError(f"{line}: {said}")

    def close(self):
        self.lines.close()
        self.socket.close()


class PowerSwitch:
    """Of one CampaignBoard. Nobody else starts or kills the board between open() and close()."""

    def __init__(self, board):
        self.board = board
        self.path = os.path.join(board.folder, "monitor.sock")
        self.disk = os.path.join(board.folder, "snapshot.qcow2")
        self.monitor = None

    def open(self):
        make_disk(self.disk)
        self.board.quick_start(["-qmp", f"unix:{self.path},server=on,wait=off", "-drive",
                                f"if=none,file={self.disk},format=qcow2", "-S"])
        self.monitor = Monitor(self.path, self.board.process.alive)
        self.monitor.command(f"savevm {SNAPSHOT}")

    def on(self, flash):
        """From now on the board runs with this content of its flash; console_text() begins anew."""
        if self.monitor is None:
            self.open()
        self.monitor.command(f"loadvm {SNAPSHOT}")  # ends with the machine stopped, as it was stored
        self.board.write_flash(flash)
        self.board.console_begin()
        self.monitor.ask("cont")

    def off(self):
        if self.monitor is not None:
            self.monitor.ask("stop")

    def close(self):
        if self.monitor is not None:
            self.monitor.close()
            self.monitor = None
            self.board.kill()
