#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""One skipped instruction of the real boot0 must not turn a no into a yes.

For each device that must not start what is in its flash (skip_cases.py), the real boot0.elf runs in the emulator, and the debugger
skips one instruction: what was not to be started must not run. Skipped are
 - every instruction that boot0 executes, in each of its phases (calls of PHASES, in the order in which they happen): its first and
   its last execution there, or the first two where it is executed more than LOOP_MAX times;
 - every instruction of the cryptography's inner loops that is executed, at its first execution in each check of a signature.
--trials of them, chosen by the seed (0: all), on --jobs boards at once. Prints TAP and a line for the report."""
import argparse
import collections
import multiprocessing
import os
import random
import signal
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

from campaigns.board import memory_folder, remove  # noqa: E402
from campaigns.skip_board import HOT, Program, SkipBoard, executed  # noqa: E402
from campaigns.skip_cases import CASES, Maker, good, uncounted  # noqa: E402
from harness import slots  # noqa: E402

PHASES = ("boot_main", "boot_ratchet_read", "boot_ratchet_raise", "boot_decision_make", "boot_decision_next", "boot_trailer_read",
          "slot_answer", "slot_judge", "boot_loaded_from_slot", "boot_loaded_judge", "boot_verify_image", "p256_ecdsa_verify",
          "boot_trailer_count_try", "try_answer", "boot_gate_is_open", "boot_gate_seal", "boot_jump")
LOOP_MAX = 32
MISSED_MAX = 0.5  # of the ways may lead elsewhere, and are not counted: waiting for the console takes turns that cannot be foretold
FAILURES_SHOWN = 20
PROGRESS_S = 60


def skips(program, trace):
    """Every skip as (way, address): the way goes by the n-th call of a phase to the n-th execution in it."""
    entries = {program.functions[n] for n in PHASES if n in program.functions}
    calls, counts, phases = collections.Counter(), collections.Counter(), []
    anchor = (trace[0], 1)
    for address in trace:
        if address in entries:
            phases.append((anchor, counts))
            calls[address] += 1
            anchor, counts = (address, calls[address]), collections.Counter()
        counts[address] += 1
    phases.append((anchor, counts))
    for anchor, counts in phases:
        for address, count in sorted(counts.items()):
            for hit in sorted({1, count} if count <= LOOP_MAX else {1, 2}):
                yield [anchor, (address, hit)] if address != anchor[0] else [anchor], address
    hot = [i for i in program.instructions.values() if HOT.match(i.function)]
    for call in range(1, calls[program.functions["boot_verify_image"]] + 1):
        for instruction in hot:
            yield [(program.functions["boot_verify_image"], call), (instruction.address, 1)], instruction.address


class Attacker:
    """One board on which one case after the other is attacked."""

    def __init__(self, build, folder, program, name):
        self.build, self.folder, self.program = build, folder, program
        self.board = SkipBoard(build, folder, name, program)
        self.blank = self.board.read_flash()

    def prepare(self, case):
        """Makes the case; all its skips."""
        erased = b"\xff" * len(self.blank)
        self.board.write_flash(erased)
        case(Maker(self.build, self.board.folder, self.board.flash))
        if self.board.gdb:
            self.board.stop()
        self.board.keep_flash()
        done = "boot started" if case in (good, uncounted) else "OTR1 STATE"
        trace = executed(self.board, self.program, done)
        self.board.restore_flash()
        self.board.power_on()
        return list(skips(self.program, trace))

    def attack(self, case, way, address):
        """(outcome, whether that must not be)."""
        outcome, tries = self.board.trial(way, self.program.instructions[address], self._tries)
        return outcome, outcome == "started" and (case is not uncounted or tries == 0)

    def _tries(self):
        """Tries of slot B that are counted in at least one copy."""
        at = slots.SLOTS["b"] + slots.SLOT_BYTES - slots.SECTOR_BYTES + slots.TRIES_AT
        return sum(any(self.board.flash_map[at + c + 16 * i:at + c + 16 * i + 16] == slots.ZEROS for c in slots.COPIES)
                   for i in range(slots.TRIES_MAX))


def work(arguments, index, folder, queue):
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    program = Program(os.path.join(arguments.build, "fw", "boot0.elf"))
    attacker = Attacker(arguments.build, folder, program, f"attacked{index}")
    try:
        for case in arguments.cases:
            everything = attacker.prepare(case)
            chosen = [s for s in everything if arguments.function in ("", program.instructions[s[1]].function)]
            random.Random(f"{arguments.seed}/{case.__name__}").shuffle(chosen)
            if arguments.trials:
                chosen = chosen[:max(1, arguments.trials // len(arguments.cases))]
            queue.put(("case", case.__name__, len(everything), len(chosen)))
            for way, address in chosen[index::arguments.jobs]:
                outcome, wrong = attacker.attack(case, way, address)
                instruction = program.instructions[address]
                outcome = outcome or ("idle" if HOT.match(instruction.function) else "missed")
                queue.put(("trial", case.__name__, outcome, wrong and
                           f"{case.__name__}: {instruction.function} {address:#x} {instruction.text!r} skipped on {way}"))
    finally:
        attacker.board.stop()
        queue.put(("end",))


class Report:
    def __init__(self):
        self.outcomes = collections.defaultdict(collections.Counter)
        self.sizes, self.wrong = {}, []
        self.began = self.shown = time.monotonic()

    def take(self, item):
        if item[0] == "case":
            self.sizes[item[1]] = item[2]
        elif item[0] == "trial":
            self.outcomes[item[1]][item[2]] += 1
            if item[3]:
                self.wrong.append(item[3])
                if len(self.wrong) <= FAILURES_SHOWN:
                    print("# STARTED " + item[3], flush=True)
        if time.monotonic() - self.shown > PROGRESS_S:
            self.shown = time.monotonic()
            print(f"# {self.trials()} skips", flush=True)

    def trials(self):
        return sum(n for c in self.outcomes.values() for outcome, n in c.items() if outcome not in ("idle", "missed"))

    def finish(self, cases, seed):
        """TAP; true when all is well."""
        good_cases = 0
        for number, case in enumerate(cases, 1):
            name, counts = case.__name__, self.outcomes[case.__name__]
            wrong = sum(w.startswith(name + ":") for w in self.wrong)
            tried = sum(counts.values()) - counts["idle"] - counts["missed"]
            fine = tried > 0 and not wrong and counts["missed"] <= MISSED_MAX * tried
            good_cases += fine
            print(f"# skips {name}: {tried} of {self.sizes.get(name, 0)}; " +
                  " ".join(f"{k}={v}" for k, v in sorted(counts.items())))
            print(f"{'ok' if fine else 'not ok'} {number} - {case.__doc__}")
        print(f"# states skips: cases={self.trials()} distinct={self.trials()} bricks={len(self.wrong)} "
              f"seconds={time.monotonic() - self.began:.1f} seed={seed}")
        print(f"1..{len(cases)}", flush=True)
        return good_cases == len(cases)


def detects(arguments, folder):
    """A campaign that cannot fail proves nothing: a good image that nobody disturbs is seen to start."""
    program = Program(os.path.join(arguments.build, "fw", "boot0.elf"))
    attacker = Attacker(arguments.build, folder, program, "control")
    try:
        attacker.prepare(good)
        return attacker.board.undisturbed() == "started"
    finally:
        attacker.board.stop()


def explore(arguments):
    folder, queue, children = memory_folder("outrigger-skips-"), multiprocessing.Queue(), []
    report = Report()
    try:
        if not detects(arguments, folder):
            print("not ok 1 - a good image is seen to start\n1..1")
            return False
        for index in range(arguments.jobs):
            children.append(multiprocessing.Process(target=work, args=(arguments, index, folder, queue)))
            children[-1].start()
        ended = 0
        while ended < arguments.jobs:
            item = queue.get()
            ended += item[0] == "end"
            report.take(item)
        return report.finish(arguments.cases, arguments.seed)
    finally:
        for child in children:
            child.terminate()
            child.join()
        remove(folder)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default=os.environ.get("OUTRIGGER_BUILD", "build"))
    parser.add_argument("--trials", type=int, default=int(os.environ.get("CAMPAIGN_SKIPS", "0")))
    parser.add_argument("--seed", type=int, default=int(os.environ.get("CAMPAIGN_SEED", "1")))
    parser.add_argument("--jobs", type=int, default=int(os.environ.get("CAMPAIGN_JOBS", "2")))
    parser.add_argument("--function", default="", help="only instructions of this function")
    parser.add_argument("--cases", nargs="*", default=[c.__name__ for c in CASES], help="of " + ", ".join(c.__name__ for c in CASES))
    arguments = parser.parse_args()
    arguments.build = os.path.abspath(arguments.build)
    arguments.cases = [c for c in CASES if c.__name__ in arguments.cases]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    sys.exit(0 if explore(arguments) else 1)


if __name__ == "__main__":
    main()
