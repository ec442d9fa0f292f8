# SPDX-License-Identifier: Apache-2.0
"""Devices that must not start what is in their flash, for the skip campaign: what boot0 answers with no, one case per reason."""
import os
import struct

from harness import slots
from harness.slots import Slots, sign

SLED_BYTES = 1024
NOP, HALT = bytes.fromhex("00bf"), bytes.fromhex("fee7")  # nop; b .
# Where the sled ends: whatever runs in it arrives here.
STARTED = slots.CODE + SLED_BYTES - 2
TRIAL = ("emptied", "pending")


def sled():
    """A microvisor that arrives at STARTED wherever it is entered."""
    return (struct.pack("<II", slots.RAM_END, slots.CODE + 64 + 1) + NOP * (SLED_BYTES // 2 - 5) + HALT)


def foreign(make):
    """Slot A: an image that another key has signed."""
    make.image("a", key=make.foreign_key())


def old(make):
    """Slot A: a good image below the device's security ratchet."""
    make.image("a", ratchet=1)
    make.slots.ratchet(2)


def refused(make):
    """Slot B: a good image that was refused."""
    make.image("b")
    make.slots.trailer("b", 1, TRIAL + ("refused",))


def tried(make):
    """Slot B: a good image that has been on trial as often as allowed."""
    make.image("b")
    make.slots.trailer("b", 1, TRIAL, tries=slots.TRIES_MAX)


def unfinished(make):
    """Slot B: a good image that was never marked pending."""
    make.image("b")
    make.slots.trailer("b", 1, ("emptied",))


def uncounted(make):
    """Slot B: a good image on trial, which may start, but not without a counted try."""
    make.image("b")
    make.slots.trailer("b", 1, TRIAL)


def good(make):
    """Slot A: a good image. Not one of the cases: it must start."""
    make.image("a")


CASES = (foreign, old, refused, tried, unfinished, uncounted)


class Maker:
    """Puts a case into a flash file that holds nothing yet."""

    def __init__(self, build, folder, flash):
        self.build, self.folder, self.slots = build, folder, Slots(flash)

    def image(self, slot, **options):
        self.slots.image(slot, sign(self.build, self.folder, sled(), **options))

    def foreign_key(self):
        folder = os.path.join(self.folder, "foreign")
        os.makedirs(folder, exist_ok=True)
        slots.make_keys(self.build, folder)
        return os.path.join(folder, "boot_root.pem")
