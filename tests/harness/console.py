# SPDX-License-Identifier: Apache-2.0
"""The device's console as a line-oriented conversation."""
import re
import socket
import time


class Console:
    """One connection to a device's console socket; all that was received stays in text."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)
        self.text = ""
        self.position = 0

    def send(self, line):
        self.socket.sendall(line.encode() + b"\n")

    def expect(self, pattern, timeout_s=10):
        """The next match after the last one; TimeoutError shows what came instead."""
        regex = re.compile(pattern, re.M)
        deadline = time.monotonic() + timeout_s
        while True:
            match = regex.search(self.text, self.position)
            if match:
                self.position = match.end()
                return match
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError(f"waited {timeout_s} s for {pattern!r}, got {self.text[self.position:][-2000:]!r}")
            self.socket.settimeout(left)
            try:
                data = self.socket.recv(65536)
            except TimeoutError:
                continue
            if not data:
                raise ConnectionError(f"the console closed while waiting for {pattern!r}")
            self.text += data.decode("utf-8", "replace")

    def close(self):
        self.socket.close()
