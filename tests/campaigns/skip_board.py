# SPDX-License-Identifier: Apache-2.0
"""The real boot0 in the emulator, with the debugger as the attacker: it runs to an instruction and skips it."""
import mmap
import os
import re
import subprocess

from campaigns.board import CampaignBoard
from campaigns.gdb_remote import PC, XPSR, GdbRemote
from campaigns.skip_cases import STARTED
from harness.process import Process, wait_until

SP, R0 = 13, 0
THUMB = 1 << 24
HANG_S = 4
RESTART_REASON = 1
# What boot0 may read or write: put back after every trial.
KEPT = ((0x07F000, 4096), (0x0FF000, 4096), (0x120000, 0x4000), (0, 4096), (0x080000, 4096))
# Inner loops of the cryptography: too many executions to be counted.
HOT = re.compile(r"^(u256_|u288_|m256_|point_(double|add)|scalar_mult|mbedtls_internal_sha256_process|memcpy$|memset$)")
# What ends a block of the emulator's.
BRANCH = re.compile(r"^(b|bl|bx|blx|b(eq|ne|cs|cc|hi|ls|ge|lt|gt|le|mi|pl|vs|vc|hs|lo)|cbz|cbnz|tbb|tbh|svc|udf|wfi)(\.[nw])?\s|"
                    r"^(pop|ldmia|ldmdb|ldr)\S*\s.*\bpc\b(?!,)")


class Instruction:
    def __init__(self, address, length, function, text):
        self.address, self.length, self.function, self.text = address, length, function, text


class Program:
    """What is in boot0.elf: instructions by address, functions by name."""

    def __init__(self, elf):
        text = subprocess.run(["arm-none-eabi-objdump", "-d", "-j", ".text", elf], check=True, capture_output=True, text=True).stdout
        self.instructions, self.functions, name, start = {}, {}, None, None
        for line in text.splitlines():
            if match := re.match(r"^([0-9a-f]{8}) <(\w+)[.\w]*>:$", line):
                start, name = int(match.group(1), 16), match.group(2)
            elif match := re.match(r"^([0-9a-f]{8}):\t([0-9a-f]{4})( [0-9a-f]{4})? +\t(.*)$", line):
                if not match.group(4).startswith("."):
                    address = int(match.group(1), 16)
                    self.functions.setdefault(name, start)
                    self.instructions[address] = Instruction(address, 4 if match.group(3) else 2, name,
                                                             " ".join(match.group(4).split(";")[0].split()))

    def ranges(self):
        """[(first, bytes)] of all functions that are not hot, for the emulator's filter."""
        last = {}
        for i in self.instructions.values():
            last[i.function] = max(last.get(i.function, 0), i.address + i.length)
        return [(start, last[name] - start) for name, start in self.functions.items() if not HOT.match(name)]

    def straight(self, start, end):
        """Addresses from start to the next branch, or up to end if that comes before."""
        at = start
        while at in self.instructions and (at == start or at != end):
            yield at
            if BRANCH.match(self.instructions[at].text):
                return
            at += self.instructions[at].length


def executed(board, program, done):
    """The addresses that boot0 executes, in order, up to the console's words `done`; hot functions are left out."""
    log = os.path.join(board.folder, "trace.log")
    ranges = ",".join(f"{first:#x}+{size:#x}" for first, size in program.ranges())
    board.quick_start(["-d", "exec,nochain", "-D", log, "-dfilter", ranges])
    try:
        wait_until(lambda: done in board.console_text(), 120, f"{done!r} on the console")
    finally:
        board.kill()
    with open(log, encoding="utf-8", errors="replace") as f:
        blocks = [int(m.group(1), 16) for m in re.finditer(r"^Trace \d+: \S+ \[[0-9a-f]+/([0-9a-f]+)/", f.read(), re.M)]
    os.unlink(log)
    return [a for start, following in zip(blocks, blocks[1:] + [0]) for a in program.straight(start, following)]


class SkipBoard(CampaignBoard):
    """A board that stands at boot0's reset vector whenever a method has returned."""

    def __init__(self, build, folder, name, program):
        super().__init__(build, folder, name)
        self.program, self.gdb, self.flash_map = program, None, None
        at = program.functions
        self.reset, self.ends = at["boot_reset"], {STARTED: "started", at["boot_serve"]: "recovery", at["boot_reset"]: "reset"}

    def power_on(self):
        """Starts the emulator, or starts it again; the flash is as it is now from then on."""
        if self.process:
            self.kill()
        path = os.path.join(self.folder, "gdb.sock")
        if os.path.exists(path):
            os.unlink(path)
        self.process = Process(self.quick_argv(["-gdb", f"unix:{path},server=on,wait=off", "-S"]),
                               os.path.join(self.folder, "process.log"), self.name)
        self.gdb = wait_until(lambda: self._connect(path), 20, "the gdbstub")
        self.gdb.by_number()
        for address in self.ends:
            self.gdb.breakpoint(address)
        if self.gdb.register(PC) != self.reset:
            raise RuntimeError(f"the board does not begin at boot_reset but at {self.gdb.register(PC):#x}")

    @staticmethod
    def _connect(path):
        try:
            return GdbRemote(path, HANG_S)
        except (FileNotFoundError, ConnectionRefusedError):
            return None  # not yet

    def keep_flash(self):
        with open(self.flash, "r+b") as f:
            self.flash_map = mmap.mmap(f.fileno(), 0)
        self.kept = [bytes(self.flash_map[at:at + size]) for at, size in KEPT]

    def restore_flash(self):
        """What boot0 has changed is put back."""
        for (at, size), kept in zip(KEPT, self.kept):
            if self.flash_map[at:at + size] != kept:
                self.flash_map[at:at + size] = kept

    def _back_to_reset(self):
        """Lets boot0 reset the board; False when it cannot."""
        self.gdb.set_register(R0, RESTART_REASON)
        self.gdb.set_register(SP, 0x30004000)
        self.gdb.set_register(XPSR, THUMB)
        self.gdb.set_register(PC, self.program.functions["power_reset"])
        self.gdb.run()
        return self.gdb.register(PC) == self.reset

    def _skip(self, instruction):
        """The processor stands at it: it goes on behind it."""
        xpsr = self.gdb.register(XPSR)
        it = xpsr >> 25 & 3 | xpsr >> 8 & 0xFC
        if it:  # an instruction of an IT block: the block goes on, too
            it = it & 0xE0 | it << 1 & 0x1F if it & 7 else 0
            self.gdb.set_register(XPSR, xpsr & ~0x0600FC00 | (it & 3) << 25 | (it & 0xFC) << 8)
        self.gdb.set_register(PC, instruction.address + instruction.length)

    def _run_to(self, address, hits):
        """To the given execution of an address; the end that came before it, or None."""
        fresh = address not in self.gdb.breakpoints
        if fresh:
            self.gdb.breakpoint(address)
        here = self.gdb.register(PC)
        hits -= here == address
        while hits > 0:
            self.gdb.run(here if here in self.gdb.breakpoints else None)
            here = self.gdb.register(PC)
            if here == address:
                hits -= 1
            elif here in self.ends:
                break
        if fresh:
            self.gdb.remove(address)
        return None if here == address else self.ends[here]

    def _to_end(self):
        here = self.gdb.register(PC)
        if here in self.ends and here != self.reset:
            return self.ends[here]
        self.gdb.run(here if here in self.gdb.breakpoints else None)
        return self.ends[self.gdb.register(PC)]

    def undisturbed(self):
        """What becomes of the board when nothing is skipped."""
        return self._to_end()

    def trial(self, way, instruction, look):
        """Goes the way [(address, hits)], whose last step is the instruction, and skips it there.

        What became of it: started, recovery, reset, hang, lockup; or None: the way led elsewhere. look() is called then, before the
        flash is put back; its value is returned, too."""
        outcome = None
        try:
            arrived = all(self._run_to(address, hits) is None for address, hits in way)
            if arrived:
                self._skip(instruction)
                outcome = self._to_end()
        except TimeoutError:
            outcome = "hang"
            self.gdb.interrupt()
        except ConnectionError:
            outcome = "lockup"
        seen = look()
        self.restore_flash()
        self._stand_at_reset(outcome)
        return outcome, seen

    def _stand_at_reset(self, outcome):
        try:
            if outcome == "reset" or (outcome != "lockup" and self._back_to_reset()):
                return
        except (TimeoutError, ConnectionError):
            pass  # beyond help
        self.power_on()

    def stop(self):
        if self.gdb:
            self.gdb.close()
        super().stop()
