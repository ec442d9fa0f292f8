#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Every flash state that a cut of the real secure images can leave, booted again on the emulated board against a real server.

Records the flash operations of each kind of work with the debugger, makes all states (flash_cuts.py), boots --states of them
(chosen by the seed, spread over the kinds by their number of states), --jobs boards at once. Prints TAP and a line for the report."""
import argparse
import multiprocessing
import os
import random
import signal
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

from campaigns.board import CampaignBoard, memory_folder, remove  # noqa: E402
from campaigns.board_boot import Judge  # noqa: E402
from campaigns.board_power import PowerSwitch  # noqa: E402
from campaigns.board_work import KINDS, make_apps, record  # noqa: E402
from campaigns.flash_cuts import Builder  # noqa: E402
from harness.server import Server  # noqa: E402

PROGRESS_S = 60
FAILURES_MAX = 5


def share(counts, wanted):
    """How many states of each kind, in proportion to what there is."""
    total = sum(counts)
    return counts if wanted >= total else [max(1, c * wanted // total) for c in counts]


class Worker:
    """One board with an identity of its own, all kinds recorded on it, and its part of the states."""

    def __init__(self, build, folder, server, apps, index, jobs, seed):
        self.build, self.server, self.apps = build, server, apps
        self.index, self.jobs, self.seed = index, jobs, seed
        self.board = CampaignBoard(build, folder, f"board{index}")
        self.recordings = {}

    def prepare(self, names):
        """Provisions the board, and records what is asked for."""
        self.board.start()
        self.board.provision(self.server)
        self.server.wait_device(self.board.sid, lambda d: d["status"]["online"], 60, "the board to check in")
        self.board.kill()
        self.server.rest("POST", f"/v1/Devices/{self.board.sid}", {"LoggingEnabled": "true"})
        flashes = {None: self.board.read_flash()}
        for kind in KINDS:
            self.board.write_flash(flashes[kind.before])
            if kind.name in names or kind.after not in flashes:
                recording = record(self.build, self.server, self.board, self.apps, kind)
                flashes.setdefault(kind.after, recording.end)
                if kind.name in names:
                    self.recordings[kind.name] = (recording, recording.cuts(self.seed))

    def chosen(self, wanted):
        """[(recording, its chosen cuts)]: this worker's part."""
        kinds = list(self.recordings.values())
        numbers = share([len(cuts) for _, cuts in kinds], wanted)
        parts = []
        for (recording, cuts), number in zip(kinds, numbers):
            rng = random.Random(f"{self.seed}/{recording.kind.name}")
            picked = sorted(rng.sample(range(len(cuts)), min(number, len(cuts))))
            parts.append((recording, [cuts[i] for i in picked[self.index::self.jobs]]))
        return parts

    def run(self, wanted, say):
        power = PowerSwitch(self.board)
        try:
            self._boot_all(wanted, power, say)
        finally:
            power.close()

    def _boot_all(self, wanted, power, say):
        for recording, cuts in self.chosen(wanted):
            app = self.apps[recording.kind.after]
            self.server.target(self.board.sid, app)
            judge = Judge(self.server, self.board, app, recording.slot, recording.kind.versions)
            builder = Builder(recording.start, recording.operations)
            if judge.boot(power, bytes(len(recording.start))) is None:
                raise RuntimeError("a board whose flash holds only zeros was taken for a good one")
            for cut in cuts:
                say((recording.kind.name, str(cut), judge.boot(power, builder.build(cut))))


def work(arguments, index, folder, server, apps, queue):
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    worker = Worker(arguments.build, folder, server, apps, index, arguments.jobs, arguments.seed)
    try:
        worker.prepare(arguments.kinds)
        queue.put(("counts", {name: (len(r.operations), len(cuts)) for name, (r, cuts) in worker.recordings.items()}))
        worker.run(arguments.states, queue.put)
    except Exception as e:  # the parent prints it and fails
        queue.put(("died", f"{type(e).__name__}: {e}"))
        raise
    finally:
        worker.board.stop()
        queue.put(("end", index))


class Report:
    """What the workers have said so far."""

    def __init__(self, wanted):
        self.wanted, self.began = wanted, time.monotonic()
        self.done, self.bricks, self.counts, self.died = {}, [], {}, []
        self.shown = self.began

    def take(self, item):
        if item[0] == "counts":
            self.counts = self.counts or item[1]
            for name, (operations, states) in item[1].items():
                print(f"# {name}: {operations} flash operations, {states} distinct states", flush=True)
            self.began = time.monotonic()
        elif item[0] == "died":
            self.died.append(item[1])
            print(f"# a worker ended: {item[1]}", flush=True)
        elif item[0] != "end":
            self._boot(*item)

    def _boot(self, kind, cut, wrong):
        self.done[kind] = self.done.get(kind, 0) + 1
        if wrong:
            self.bricks.append((kind, cut))
            if len(self.bricks) <= FAILURES_MAX:
                print("\n".join(f"# {line}" for line in f"{kind}: {cut}: {wrong}".splitlines()), flush=True)
        now = time.monotonic()
        if now - self.shown > PROGRESS_S:
            self.shown = now
            total = sum(self.done.values())
            rate = total / (now - self.began)
            print(f"# {total} of {self.wanted} states, {len(self.bricks)} bricks, {rate:.1f} boots/s, "
                  f"{(self.wanted - total) / rate / 60:.0f} min to go", flush=True)

    def finish(self, seed):
        for number, kind in enumerate(self.counts, 1):
            bad = sum(1 for k, _ in self.bricks if k == kind)
            good = bad == 0 and self.done.get(kind, 0) > 0 and not self.died
            print(f"{'ok' if good else 'not ok'} {number} - {kind}: {self.done.get(kind, 0)} states booted")
        print(f"1..{max(1, len(self.counts))}")
        total = sum(self.done.values())
        print(f"# states board: cases={total} distinct={total} bricks={len(self.bricks)} "
              f"seconds={time.monotonic() - self.began:.1f} seed={seed}", flush=True)
        return bool(self.counts) and not self.bricks and not self.died and total > 0


def explore(arguments):
    folder = memory_folder("outrigger-states-")
    server = Server(arguments.build, folder, heartbeat_ms=60000, log_level="info")
    queue, children, report = multiprocessing.Queue(), [], Report(arguments.states)
    try:
        server.start()
        apps = make_apps(arguments.build, folder, server)
        for index in range(arguments.jobs):
            children.append(multiprocessing.Process(target=work, args=(arguments, index, folder, server, apps, queue)))
            children[-1].start()
        ended = 0
        while ended < arguments.jobs:
            item = queue.get()
            ended += item[0] == "end"
            report.take(item)
        return report.finish(arguments.seed)
    finally:
        for child in children:
            child.terminate()
            child.join()
        server.stop()
        remove(folder)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default=os.environ.get("OUTRIGGER_BUILD", "build"))
    parser.add_argument("--states", type=int, default=int(os.environ.get("CAMPAIGN_STATES", "12500")))
    parser.add_argument("--seed", type=int, default=int(os.environ.get("CAMPAIGN_SEED", "1")))
    parser.add_argument("--jobs", type=int, default=int(os.environ.get("CAMPAIGN_JOBS", "2")))
    parser.add_argument("--kinds", nargs="*", default=[k.name for k in KINDS], help="of " + ", ".join(k.name for k in KINDS))
    arguments = parser.parse_args()
    arguments.build = os.path.abspath(arguments.build)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    sys.exit(0 if explore(arguments) else 1)


if __name__ == "__main__":
    main()
