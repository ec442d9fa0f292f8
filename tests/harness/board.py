# SPDX-License-Identifier: Apache-2.0
"""The emulated board as a conversation on its console: with the self-test image (tests/board), or from a factory image."""
import os
import shutil
import subprocess

from harness.console import Console
from harness.device import QemuDevice
from harness.process import wait_until


def flash_make(build, image, path):
    subprocess.run([os.path.join(build, "bin", "outrigger-image"), "flash", "--image", image, "--out", path], check=True)


class ConsoleBoard(QemuDevice):
    """QEMU with a console conversation (talk) that is there from the first character on: the board waits for it."""

    options = ()

    def __init__(self, build, folder, name):
        super().__init__(build, folder, name)
        self.talk = None

    def argv(self):
        return [a.replace("wait=off", "wait=on") for a in super().argv()] + list(self.options)

    def start(self):
        super().start()
        self.attach()
        return self

    def attach(self):
        self.talk = wait_until(self._connect, 20, "the console to accept")

    def release(self):
        """Lets go of the console, for a tool that wants it."""
        if self.talk:
            self.talk.close()
        self.talk = None

    def _connect(self):
        try:
            return Console(self.console)
        except (FileNotFoundError, ConnectionRefusedError):
            if not self.process.alive():
                raise
            return None

    def power_cycle(self):
        self.release()
        self.kill()
        self.start()

    def stop(self):
        self.release()
        super().stop()


class FactoryBoard(ConsoleBoard):
    """A board whose flash is a copy of a factory image."""

    def __init__(self, build, folder, image, name="board"):
        os.makedirs(os.path.join(folder, name), exist_ok=True)
        shutil.copyfile(image, os.path.join(folder, name, "flash.bin"))
        super().__init__(build, folder, name)


class Board(ConsoleBoard):
    """A board with the self-test image, or another one of the boot loader's, in its slot A."""

    def __init__(self, build, folder, image, name="board", options=()):
        self.options = options
        os.makedirs(os.path.join(folder, name), exist_ok=True)
        flash_make(build, image, os.path.join(folder, name, "flash.bin"))
        super().__init__(build, folder, name)

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
