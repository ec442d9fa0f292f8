# SPDX-License-Identifier: Apache-2.0
"""What the real secure images do to their flash: the emulated board is stopped at each call of the flash driver, and area, offset
and data are written down. Nothing is built differently for it."""
import os
import re
import subprocess
import threading

from campaigns.gdb_remote import GdbRemote
from harness.process import wait_until

SECTOR_BYTES = 4096
FLASH_ADDRESS = 0x80000000  # the flash file in the processor's memory


class Operation:
    """One program (data) or erase (data is None); offset is that in the flash file."""

    def __init__(self, offset, length, data):
        self.offset, self.length, self.data = offset, length, data

    def apply(self, flash):
        flash[self.offset:self.offset + self.length] = self.data if self.data is not None else b"\xff" * self.length


def symbols(elf, *names):
    """Addresses of functions and objects in an image."""
    text = subprocess.run(["arm-none-eabi-nm", elf], check=True, capture_output=True, text=True).stdout
    found = {}
    for name in names:
        match = re.search(rf"^([0-9a-f]+) \w {name}$", text, re.M)
        if not match:
            raise RuntimeError(f"{os.path.basename(elf)} has no symbol {name}")
        found[name] = int(match.group(1), 16) & ~1
    return found


class FlashTrace:
    """Attach it to a board that was started with `-gdb unix:PATH -S`; stop() ends the recording and lets the board go on.

    operations: what the board did to its flash so far, in order, also while it is being recorded."""

    def __init__(self, path, elf):
        self.at = symbols(elf, "port_flash_program", "port_flash_erase", "flash_map")
        self.operations = []
        self.gdb = wait_until(lambda: self._connect(path), 20, "the gdbstub")
        self.bases = {}
        self.error = None
        for name in ("port_flash_program", "port_flash_erase"):
            self.gdb.breakpoint(self.at[name])
        self.thread = threading.Thread(target=self._record, daemon=True)
        self.thread.start()

    @staticmethod
    def _connect(path):
        try:
            return GdbRemote(path)
        except (FileNotFoundError, ConnectionRefusedError):
            return None  # not yet

    def _base(self, area):
        if area not in self.bases:
            raw = self.gdb.memory(self.at["flash_map"] + 8 * area, 8)
            self.bases[area] = (int.from_bytes(raw[:4], "little"), int.from_bytes(raw[4:], "little"))
        return self.bases[area]

    def _stopped(self):
        r = self.gdb.registers()
        if r[15] == self.at["port_flash_erase"]:
            area, offset, length, data = r[0], r[1], r[2], None
        elif r[15] == self.at["port_flash_program"]:
            area, offset, length = r[0], r[1], r[3]
            data = self.gdb.memory(r[2], length)
        else:
            raise RuntimeError(f"stopped at {r[15]:#x}, which is no breakpoint")
        base, size = self._base(area)
        if offset + length > size:
            raise RuntimeError(f"operation outside its area: {area} {offset:#x} {length}")
        self.operations.append(Operation(base + offset, length, data))
        return r[15]

    def _record(self):
        at = None
        try:
            while True:
                self.gdb.run(at)
                at = self._stopped()
        except OSError:
            pass  # the board was ended
        except (RuntimeError, ValueError) as e:
            self.error = e

    def finish(self):
        """The board has been ended: all operations."""
        self.thread.join(20)
        self.gdb.close()
        if self.error:
            raise self.error
        return self.operations
