# SPDX-License-Identifier: Apache-2.0
"""An emulated board that is started thousands of times, each time with another flash: console to a file, flash in memory."""
import os
import re
import shutil
import tempfile

from harness.device import QemuDevice
from harness.process import Process

FLASH_BYTES = 16 * 1024 * 1024
APP_SLOT, APP_SLOT_BYTES = 0x200000, 0x100000


def memory_folder(prefix):
    """A temporary folder, in memory if the machine has such a place: flash files are rewritten at every boot."""
    shm = "/dev/shm"
    return tempfile.mkdtemp(prefix=prefix, dir=shm if os.access(shm, os.W_OK) else None)


class CampaignBoard(QemuDevice):
    """Like QemuDevice, but quick to start: nobody talks to its console."""

    def __init__(self, build, folder, name):
        super().__init__(build, folder, name)
        self.quick_console = os.path.join(self.folder, "quick-console.log")
        self.console_from = 0

    def quick_argv(self, options=()):
        argv = super().argv()
        at = argv.index("-chardev")
        serial = argv.index("-serial")
        return argv[:at] + ["-serial", f"file:{self.quick_console}"] + argv[serial + 2:] + list(options)

    def quick_start(self, options=()):
        with open(self.quick_console, "w"):
            self.console_from = 0
        self.process = Process(self.quick_argv(options), os.path.join(self.folder, "process.log"), self.name)

    def console_begin(self):
        """What is on the console already is of an earlier boot."""
        self.console_from = os.path.getsize(self.quick_console)

    def console_text(self):
        with open(self.quick_console, "rb") as f:
            f.seek(self.console_from)
            return f.read().decode("utf-8", "replace")

    def write_flash(self, content):
        with open(self.flash, "r+b") as f:
            f.write(content)

    def read_flash(self):
        with open(self.flash, "rb") as f:
            return f.read()


def settled(text):
    """Is the device connected, the application started, and no update under way, by its console?"""
    if "link from=greeting to=up" not in text:
        return False
    started = text.rfind("application started")
    update = [m for m in re.finditer(r"^update from=\w+ to=(\w+)", text, re.M)]
    return started >= 0 and (not update or (update[-1].group(1) == "idle" and update[-1].start() < started))


def remove(folder):
    shutil.rmtree(folder, ignore_errors=True)
