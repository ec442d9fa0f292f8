# SPDX-License-Identifier: Apache-2.0
"""The few words of GDB's remote protocol that it takes to stop an emulated processor at addresses, look at it and change it."""
import socket

BREAKPOINT_BYTES = 2  # Thumb
PC, XPSR = 15, 25


class GdbRemote:
    """One connection to QEMU's gdbstub on a Unix socket. The processor stands still whenever a method has returned."""

    def __init__(self, path, timeout_s=60):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(timeout_s)
        self.socket.connect(path)
        self.buffer = b""
        self.breakpoints = set()
        self.ask("?")

    def _byte(self):
        if not self.buffer:
            self.buffer = self.socket.recv(65536)
            if not self.buffer:
                raise ConnectionError("the gdbstub closed the connection")
        first, self.buffer = self.buffer[:1], self.buffer[1:]
        return first

    def _answer(self):
        while self._byte() != b"$":
            pass
        data = b""
        while (c := self._byte()) != b"#":
            data += c
        self._byte(), self._byte()
        self.socket.sendall(b"+")
        return data.decode()

    def ask(self, words):
        data = words.encode()
        self.socket.sendall(b"$" + data + b"#%02x" % (sum(data) & 0xFF))
        return self._answer()

    def _good(self, words):
        answer = self.ask(words)
        if answer != "OK":
            raise RuntimeError(f"gdbstub answered {answer!r} to {words!r}")

    def breakpoint(self, address):
        self._good(f"Z0,{address:x},{BREAKPOINT_BYTES}")
        self.breakpoints.add(address)

    def remove(self, address):
        self._good(f"z0,{address:x},{BREAKPOINT_BYTES}")
        self.breakpoints.discard(address)

    def by_number(self):
        """Allows register() and set_register()."""
        self.ask("qXfer:features:read:target.xml:0,fff")

    def register(self, number):
        return int.from_bytes(bytes.fromhex(self.ask(f"p{number:x}")), "little")

    def set_register(self, number, value):
        self._good(f"P{number:x}={value.to_bytes(4, 'little').hex()}")

    def registers(self):
        """r0 .. r15."""
        raw = bytes.fromhex(self.ask("g")[:16 * 8])
        return [int.from_bytes(raw[i * 4:i * 4 + 4], "little") for i in range(16)]

    def memory(self, address, count):
        data = b""
        while len(data) < count:
            step = min(1024, count - len(data))
            answer = self.ask(f"m{address + len(data):x},{step:x}")
            if answer.startswith("E"):
                raise RuntimeError(f"cannot read {step} bytes at {address + len(data):#x}")
            data += bytes.fromhex(answer)
        return data

    def run(self, at=None):
        """Runs to the next breakpoint; at: the processor stands on one at this address, which must not stop it again."""
        if at is not None:
            self._good(f"z0,{at:x},{BREAKPOINT_BYTES}")
            self.ask("s")
            self._good(f"Z0,{at:x},{BREAKPOINT_BYTES}")
        return self.ask("c")

    def interrupt(self):
        """Stops a processor that runs: after a TimeoutError of run()."""
        self.socket.sendall(b"\x03")
        return self._answer()

    def close(self):
        self.socket.close()
