# SPDX-License-Identifier: Apache-2.0
"""The kinds of work whose flash states are booted on the emulated board: what is on it before, what the server wants, and what
must run in the end. Each kind is recorded once per device and then cut everywhere."""
import os

from campaigns.board import APP_SLOT, APP_SLOT_BYTES
from campaigns.flash_cuts import Walk
from campaigns.flash_trace import FlashTrace
from harness import bundle
from harness.process import wait_until

BLOCK_BYTES = 4096
DONE_S = 60  # for what takes half a second on an idle machine


class Kind:
    """before, after: names of applications; versions: what may be seen running on the way."""

    def __init__(self, name, before, after, versions):
        self.name, self.before, self.after, self.versions = name, before, after, versions


KINDS = (
    Kind("first installation", None, "v1", {"1"}),
    Kind("update of all blocks", "v1", "v2", {"1", "2"}),
    Kind("update with reused blocks", "v1", "v1-patched", {"1"}),
)


def make_apps(build, folder, server):
    """Uploads the applications: name -> SID. The patched one differs from v1 in three of its sixteen blocks."""
    apps = {name: bundle.app(build, folder, f"hello64k-{name}") for name in ("v1", "v2")}
    with open(os.path.join(build, "fw", "apps", "hello64k-v1.bin"), "rb") as f:
        image = bytearray(f.read())
    for block in (5, 9, 14):
        image[block * BLOCK_BYTES + 7] ^= 0x55  # padding
    patched = os.path.join(folder, "patched.bin")
    with open(patched, "wb") as f:
        f.write(image)
    apps["v1-patched"] = bundle.make(build, patched, os.path.join(folder, "patched.zip"))
    return {name: bundle.upload(server, path) for name, path in apps.items()}


class Recording:
    """A kind of work on one device: flash before, operations, slot after."""

    def __init__(self, kind, start, operations, end):
        self.kind, self.start, self.operations = kind, start, operations
        self.end = end
        self.slot = end[APP_SLOT:APP_SLOT + APP_SLOT_BYTES]

    def cuts(self, seed):
        return list(Walk(self.start, self.operations, seed).cuts())


def record(build, server, board, apps, kind):
    """Lets the board do the work under observation, from what is in its flash file."""
    start = board.read_flash()
    stub = os.path.join(board.folder, "gdb.sock")
    server.target(board.sid, apps[kind.after])
    board.quick_start(["-gdb", f"unix:{stub},server=on,wait=off", "-S"])
    trace = FlashTrace(stub, os.path.join(build, "fw", "microvisor.elf"))
    try:
        server.wait_running(board.sid, apps[kind.after], DONE_S)
        wait_until(lambda: trace.error or "to=idle" in board.console_text(), DONE_S, "the end of the update")
    finally:
        board.kill()
    operations = trace.finish()
    end = bytearray(start)
    for operation in operations:
        operation.apply(end)
    if bytes(end) != board.read_flash():
        raise RuntimeError(f"{kind.name}: the recorded operations do not make the flash that the board left")
    return Recording(kind, start, operations, bytes(end))
