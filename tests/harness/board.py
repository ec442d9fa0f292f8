# SPDX-License-Identifier: Apache-2.0
"""The emulated board with the self-test image (tests/board) or any other image of the boot loader's."""
import os
import subprocess

from harness.console import Console
from harness.device import QemuDevice
from harness.process import wait_until


def flash_make(build, image, path):
    subprocess.run([os.path.join(build, "bin", "outrigger-image"), "flash", "--image", image, "--out", path], check=True)


class Board(QemuDevice):
    """QEMU with a console conversation that is there from the first character on: the board waits for it."""

    def __init__(self, build, folder, image, name="board", options=()):
        self.options = list(options)
        os.makedirs(os.path.join(folder, name), exist_ok=True)
        flash_make(build, image, os.path.join(folder, name, "flash.bin"))
        super().__init__(build, folder, name)
        self.talk = None

    def argv(self):
        return [a.replace("wait=off", "wait=on") for a in super().argv()] + self.options

    def start(self):
        super().start()
        self.talk = wait_until(self._connect, 20, "the console to accept")
        return self

    def _connect(self):
        try:
            return Console(self.console)
        except (FileNotFoundError, ConnectionRefusedError):
            if not self.process.alive():
                raise
            return None

    def command(self, line, timeout_s=10):
        """Sends a command of the self-test image; its name=value answers as a dict of ints, repeated names as lists."""
        name = line.split()[0]
        self.talk.send(line)
        match = self.talk.expect(rf"^{name}((?: \w+=\d+)*) (ok|err)\r?$", timeout_s)
        if match.group(2) != "ok":
            raise AssertionError(f"command {line!r} was answered by err")
        answers = {}
        for word in match.group(1).split():
            key, value = word.split("=")
            answers.setdefault(key, []).append(int(value))
        return {k: v if len(v) > 1 else v[0] for k, v in answers.items()}

    def until(self, line, good, timeout_s=10):
        """Repeats a command until good(answers)."""
        seen = {}

        def ask():
            seen.update(self.command(line))
            return good(seen)
        try:
            wait_until(ask, timeout_s, "")
        except TimeoutError:
            raise TimeoutError(f"{line!r} still answers {seen} after {timeout_s} s") from None
        return seen

    def stop(self):
        if self.talk:
            self.talk.close()
        super().stop()
