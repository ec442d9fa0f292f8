# SPDX-License-Identifier: Apache-2.0
"""Every content that a power cut can leave in the flash file, from its content at the beginning and the operations since.

Of each operation: not done; each program unit torn with those before it done; each sector of an erase unstable with those before it
done; done (which is the next one's not done). The same content twice is one state."""
import hashlib
import random

UNIT_BYTES = 16
SECTOR_BYTES = 4096
ERASED = b"\xff" * UNIT_BYTES


class Cut:
    """operation: number; done: bytes of it that are done; torn: bytes that are neither, with the given seed."""

    def __init__(self, operation, done, torn, seed):
        self.operation, self.done, self.torn, self.seed = operation, done, torn, seed

    def __str__(self):
        return f"operation {self.operation} cut after {self.done} bytes, {self.torn} torn (seed {self.seed})"


def torn_bytes(operation, cut, old):
    """What the torn part holds instead of old."""
    rng = random.Random(f"{cut.seed}/{cut.operation}/{cut.done}")
    mask = rng.getrandbits(8 * cut.torn).to_bytes(cut.torn, "little")
    if operation.data is None:
        return bytes(o | m for o, m in zip(old, mask))
    data = operation.data[cut.done:cut.done + cut.torn]
    return bytes(o & (d | m) for o, d, m in zip(old, data, mask))


def content(flash, operation, cut):
    """Applies a cut operation to the content before it."""
    at = operation.offset
    if operation.data is None:
        flash[at:at + cut.done] = b"\xff" * cut.done
    else:
        flash[at:at + cut.done] = operation.data[:cut.done]
    old = bytes(flash[at + cut.done:at + cut.done + cut.torn])
    flash[at + cut.done:at + cut.done + cut.torn] = torn_bytes(operation, cut, old)


def _piece(offset, data):
    return int.from_bytes(hashlib.blake2b(offset.to_bytes(8, "little") + data, digest_size=16).digest(), "little")


class Walk:
    """Goes along the operations and knows the hash of every state, as the sum of the hashes of its units."""

    def __init__(self, flash, operations, seed):
        self.flash, self.operations, self.seed = bytearray(flash), operations, seed
        self.hash, self.seen = 0, set()

    def _delta(self, at, new):
        delta = 0
        for i in range(0, len(new), UNIT_BYTES):
            old, unit = bytes(self.flash[at + i:at + i + UNIT_BYTES]), bytes(new[i:i + UNIT_BYTES])
            if old != unit:
                delta ^= _piece(at + i, old) ^ _piece(at + i, unit)
        return delta

    def _fresh(self, state):
        if state in self.seen:
            return False
        self.seen.add(state)
        return True

    def _cuts_of(self, number, operation):
        step = SECTOR_BYTES if operation.data is None else UNIT_BYTES
        if self._fresh(self.hash):
            yield Cut(number, 0, 0, self.seed)
        for done in range(0, operation.length, step):
            at = operation.offset + done
            cut = Cut(number, done, step, self.seed)
            torn = torn_bytes(operation, cut, bytes(self.flash[at:at + step]))
            if self._fresh(self.hash ^ self._delta(at, torn)):
                yield cut
            new = b"\xff" * step if operation.data is None else operation.data[done:done + step]
            self.hash ^= self._delta(at, new)
            self.flash[at:at + step] = new

    def cuts(self):
        """Every distinct state once, in the order in which cuts would make them."""
        for number, operation in enumerate(self.operations):
            yield from self._cuts_of(number, operation)
        if self._fresh(self.hash):
            yield Cut(len(self.operations), 0, 0, self.seed)


class Builder:
    """Makes the content of cuts; fast when they come in order."""

    def __init__(self, flash, operations):
        self.start, self.operations = bytes(flash), operations
        self.flash, self.number = bytearray(flash), 0

    def build(self, cut):
        if cut.operation < self.number:
            self.flash, self.number = bytearray(self.start), 0
        while self.number < cut.operation:
            self.operations[self.number].apply(self.flash)
            self.number += 1
        if cut.operation == len(self.operations):
            return bytes(self.flash)
        operation = self.operations[cut.operation]
        made = bytearray(self.flash)
        content(made, operation, cut)
        return bytes(made)
