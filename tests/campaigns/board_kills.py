#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Power cuts at random moments of real time: SIGKILL to the emulator while the real secure images install and update, once or
several times in a row; then the board must end up connected and running exactly what the server wants.

--kills of them on --jobs boards at once. The moments come from the seed, but real time does not repeat. Prints TAP and a line for
the report."""
import argparse
import multiprocessing
import os
import random
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

from campaigns.board import APP_SLOT, APP_SLOT_BYTES, CampaignBoard, memory_folder, remove  # noqa: E402
from campaigns.board_boot import Judge  # noqa: E402
from campaigns.board_work import make_apps  # noqa: E402
from harness.server import Server  # noqa: E402

WINDOW_S = 0.8       # start and update of the 64 KiB application are over after this
IN_A_ROW_MAX = 3
BLANK_PER_CENT = 20  # rounds that begin with a device without an application
PROGRESS_KILLS = 100
VERSIONS = {"1", "2"}


class Victim:
    """One board that is killed again and again."""

    def __init__(self, build, folder, server, apps, index, seed):
        self.server, self.apps = server, apps
        self.board = CampaignBoard(build, folder, f"victim{index}")
        self.rng = random.Random(f"{seed}/{index}")
        self.slots, self.blank, self.current = {}, None, None

    def prepare(self):
        """Provisions the board and learns what the slot looks like with each application."""
        self.board.start()
        self.board.provision(self.server)
        self.server.wait_device(self.board.sid, lambda d: d["status"]["online"], 60, "the board to check in")
        self.server.rest("POST", f"/v1/Devices/{self.board.sid}", {"LoggingEnabled": "true"})
        self.board.kill()
        self.blank = self.board.read_flash()
        self.board.quick_start()
        for name, app in self.apps.items():
            self.server.target(self.board.sid, app)
            self.server.wait_running(self.board.sid, app, 60)
            self.slots[name] = self.board.read_flash()[APP_SLOT:APP_SLOT + APP_SLOT_BYTES]
            self.current = name

    def _run_for(self, moment_s):
        """False: the board ended by itself."""
        try:
            self.board.process.wait_exit(moment_s)
            return False
        except subprocess.TimeoutExpired:
            return True

    def round(self):
        """One update with cuts: (kills, what is wrong or None)."""
        name = self.rng.choice([n for n in self.apps if n != self.current])
        if self.rng.randrange(100) < BLANK_PER_CENT:
            self.board.kill()
            self.board.write_flash(self.blank)
            self.board.quick_start()
        self.server.target(self.board.sid, self.apps[name])
        judge = Judge(self.server, self.board, self.apps[name], self.slots[name], VERSIONS)
        kills = 1 + self.rng.randrange(IN_A_ROW_MAX)
        for _ in range(kills):
            if not self._run_for(self.rng.uniform(0, WINDOW_S)):
                return kills, "the board ended by itself"
            self.board.kill()
            self.board.quick_start()
        self.current = name
        return kills, judge.watch()


def work(arguments, index, folder, server, apps, queue):
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    victim = Victim(arguments.build, folder, server, apps, index, arguments.seed)
    left = arguments.kills // arguments.jobs + (index < arguments.kills % arguments.jobs)
    try:
        victim.prepare()
        while left > 0:
            kills, wrong = victim.round()
            left -= kills
            queue.put((kills, wrong))
            if wrong:  # what the flash holds now proves nothing more: begin anew
                victim.board.kill()
                victim.board.write_flash(victim.blank)
                victim.board.quick_start()
    except Exception as e:  # the parent prints it and fails
        queue.put((0, f"a worker ended: {type(e).__name__}: {e}"))
        raise
    finally:
        victim.board.stop()
        queue.put(None)


def campaign(arguments, queue):
    """Collects what the workers say: (kills, what went wrong)."""
    kills, wrong, ended, shown = 0, [], 0, 0
    while ended < arguments.jobs:
        item = queue.get()
        if item is None:
            ended += 1
            continue
        kills += item[0]
        if item[1]:
            wrong.append(item[1])
            print("\n".join(f"# {line}" for line in item[1].splitlines()), flush=True)
        if kills - shown >= PROGRESS_KILLS:
            shown = kills
            print(f"# {kills} of {arguments.kills} kills, {len(wrong)} bricks", flush=True)
    return kills, wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default=os.environ.get("OUTRIGGER_BUILD", "build"))
    parser.add_argument("--kills", type=int, default=int(os.environ.get("CAMPAIGN_KILLS", "1000")))
    parser.add_argument("--seed", type=int, default=int(os.environ.get("CAMPAIGN_SEED", "1")))
    parser.add_argument("--jobs", type=int, default=int(os.environ.get("CAMPAIGN_JOBS", "2")))
    arguments = parser.parse_args()
    arguments.build = os.path.abspath(arguments.build)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    folder, queue, children = memory_folder("outrigger-kills-"), multiprocessing.Queue(), []
    server = Server(arguments.build, folder, log_level="info")
    began = time.monotonic()
    try:
        server.start()
        apps = make_apps(arguments.build, folder, server)
        for index in range(arguments.jobs):
            children.append(multiprocessing.Process(target=work, args=(arguments, index, folder, server, apps, queue)))
            children[-1].start()
        kills, wrong = campaign(arguments, queue)
    finally:
        for child in children:
            child.terminate()
            child.join()
        server.stop()
        remove(folder)
    good = not wrong and kills >= arguments.kills
    print(f"# states kills: cases={kills} distinct=0 bricks={len(wrong)} seconds={time.monotonic() - began:.1f} "
          f"seed={arguments.seed}")
    print(f"{'ok' if good else 'not ok'} 1 - {kills} kills at random moments\n1..1")
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
