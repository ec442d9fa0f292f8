# SPDX-License-Identifier: Apache-2.0
"""The two microvisor slots and the security ratchet in a board's flash file (formats: device_fw/core/boot), and small images."""
import os
import struct
import subprocess
import zlib

SECTOR_BYTES = 4096
SLOT_BYTES = 0x80000
SLOTS = {"a": 0, "b": SLOT_BYTES}
BOOT_AREA, BOOT_SECTORS = 0x120000, 4
COPIES = (0, SECTOR_BYTES // 2)
MARKS = {"emptied": 48, "pending": 64, "confirmed": 80, "refused": 96}
TRIES_AT, TRIES_MAX = 112, 3
ZEROS, ERASED = b"\0" * 16, b"\xff" * 16
HEADER_BYTES = 256

CODE, RAM_END = 0x10010000, 0x38020000  # where a microvisor runs
HOST_CODE = 0x48010000  # and where it would on the device that is a process (ports/host/boot.c)
HANG = bytes.fromhex("fee7")  # b .
FAULT = bytes.fromhex("00de")  # udf #0


def body(code, size=1024, address=CODE):
    """A microvisor that is nothing but a vector table and this code."""
    vectors = struct.pack("<II", RAM_END, address + 64 + 1)
    return (vectors.ljust(64, b"\0") + code).ljust(size, b"\0")


def sign(build, folder, data, number=7, ratchet=0, key=None, address=CODE):
    """Signs a body; the image's bytes."""
    source, out = os.path.join(folder, "body.bin"), os.path.join(folder, "body.img")
    with open(source, "wb") as f:
        f.write(data)
    subprocess.run([os.path.join(build, "bin", "outrigger-image"), "sign", "--key",
                    key or os.path.join(build, "keys", "boot_root.pem"), "--in", source, "--out", out, "--number", str(number),
                    "--ratchet", str(ratchet), "--address", str(address)], check=True, capture_output=True)
    with open(out, "rb") as f:
        return f.read()


def make_keys(build, folder):
    """Makes root keys of another device's in the folder."""
    subprocess.run([os.path.join(build, "bin", "outrigger-image"), "key", "--dir", folder], check=True)


def identity(sequence, manifest=b"\0" * 32):
    data = b"OTRT" + struct.pack("<I", sequence) + manifest
    return (data + struct.pack("<I", zlib.crc32(data))).ljust(48, b"\xff")


def ratchet_record(value):
    data = struct.pack("<II", value, value ^ 0xFFFFFFFF) + b"ORAT"
    return data + struct.pack("<I", zlib.crc32(data))


class Slots:
    """Reads and writes a flash file of a board that does not run."""

    def __init__(self, flash):
        self.flash = flash

    def _write(self, at, data):
        with open(self.flash, "r+b") as f:
            f.seek(at)
            f.write(data)

    def _read(self, at, count):
        with open(self.flash, "rb") as f:
            f.seek(at)
            return f.read(count)

    def image(self, slot, data):
        self._write(SLOTS[slot], data)

    def damage(self, slot, offset=HEADER_BYTES):
        at = SLOTS[slot] + offset
        self._write(at, bytes([self._read(at, 1)[0] ^ 1]))

    def trailer(self, slot, sequence, marks=(), tries=0, manifest=b"\0" * 32):
        for copy in COPIES:
            at = SLOTS[slot] + SLOT_BYTES - SECTOR_BYTES + copy
            self._write(at, identity(sequence, manifest) if sequence is not None else ERASED * 3)
            for name, offset in MARKS.items():
                self._write(at + offset, ZEROS if name in marks else ERASED)
            for i in range(TRIES_MAX):
                self._write(at + TRIES_AT + 16 * i, ZEROS if i < tries else ERASED)

    def marks(self, slot):
        """Names of the marks that are set in both copies."""
        start = SLOTS[slot] + SLOT_BYTES - SECTOR_BYTES
        return {n for n, at in MARKS.items() if all(self._read(start + c + at, 16) == ZEROS for c in COPIES)}

    def tries(self, slot):
        at = SLOTS[slot] + SLOT_BYTES - SECTOR_BYTES + TRIES_AT
        return sum(all(self._read(at + c + 16 * i, 16) == ZEROS for c in COPIES) for i in range(TRIES_MAX))

    def ratchet(self, value, sectors=range(BOOT_SECTORS), place=0):
        for sector in sectors:
            self._write(BOOT_AREA + sector * SECTOR_BYTES + place * 16, ratchet_record(value))

    def ratchet_sectors(self, value, place):
        """How many sectors hold this value at a place."""
        return sum(self._read(BOOT_AREA + s * SECTOR_BYTES + place * 16, 16) == ratchet_record(value)
                   for s in range(BOOT_SECTORS))

    def ratchet_garble(self):
        for sector in range(BOOT_SECTORS):
            self._write(BOOT_AREA + sector * SECTOR_BYTES, b"\x5a" * 16)
