# SPDX-License-Identifier: Apache-2.0
"""Booting one flash state on the emulated board and judging what becomes of it."""
import re
import time

from campaigns.board import APP_SLOT, APP_SLOT_BYTES, settled

LIMIT_S = 60
POLL_S = 0.004
VERSION = re.compile(r"^hello v(\d+) device=")


class Judge:
    """Watches one board that is to end up with one application: its SID, what the slot must hold then, and the versions that may
    be seen running on the way."""

    def __init__(self, server, board, app_sid, slot, versions):
        self.server, self.board, self.app_sid = server, board, app_sid
        self.slot, self.versions = slot, versions
        self.mark = server.last_line(board.sid)

    def boot(self, power, content):
        """Switches the board on (PowerSwitch) with this flash. None, or what is wrong."""
        power.on(content)
        try:
            return self.watch()
        finally:
            power.off()

    def watch(self):
        """Until the board has ended up as it should (None), or something is wrong (what)."""
        deadline = time.monotonic() + LIMIT_S
        versions = []
        while time.monotonic() < deadline:
            text = self.board.console_text()
            wrong = self._wrong(text)
            if wrong:
                return wrong
            if settled(text):
                versions += self._versions()
                if not set(versions) <= self.versions:
                    return f"wrong code ran: versions {versions}"
                if versions and self._finished() and self._slot_is_right():
                    return None
            time.sleep(POLL_S)
        if self._finished() and not self._slot_is_right():
            return "the slot does not hold exactly the wanted application"
        return f"not finished after {LIMIT_S} s: {self.board.console_text()[-1500:]}"

    def _wrong(self, text):
        for words in ("boot refused", "application crashed", "panic", "flash failed", "journal failed"):
            if words in text:
                return f"{words}: {text[-1500:]}"
        return None if self.board.process.alive() else "the emulator ended"

    def _versions(self):
        """Versions that have said hello since the last look: lines that were delivered through the server."""
        lines = self.server.lines(self.board.sid, after=self.mark)
        if lines:
            self.mark = lines[-1]["id"]
        return [m.group(1) for m in (VERSION.match(x["text"]) for x in lines) if m]

    def _finished(self):
        app = self.server.device(self.board.sid)["app"]
        return app["reported_sid"] == self.app_sid and app["update_status"] == "up-to-date"

    def _slot_is_right(self):
        """Of a board that says that it has finished. What the server knows can be a report of an earlier boot, hence asked again."""
        with open(self.board.flash, "rb") as f:
            f.seek(APP_SLOT)
            return f.read(APP_SLOT_BYTES) == self.slot
