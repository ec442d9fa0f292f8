#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""boot0's choice between the slots on the emulated board: trial, confirmation, fall-back, ratchet, watchdog."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

from harness.board import Board  # noqa: E402
from harness.case import Case, main  # noqa: E402
from harness import slots  # noqa: E402
from harness.slots import Slots, body, sign  # noqa: E402

TRIAL = ("emptied", "pending")
CONFIRMED = ("emptied", "pending", "confirmed")
RESET_CRASH, RESET_WATCHDOG = 4, 5


class BootSlotsTest(Case):
    """Slot A holds the self-test image with the factory's blank trailer; slot B is the test's."""

    def setUp(self):
        super().setUp()
        self.image = os.path.join(self.build, "fw", "boardtest", "selftest.img")
        self.board = self.track(Board(self.build, self.folder, self.image))
        self.slots = Slots(self.board.flash)

    def signed(self, code, number, **options):
        return sign(self.build, self.folder, body(code), number, **options)

    def selftest(self, number, ratchet=0, key=None):
        """The self-test image as another version."""
        with open(self.image, "rb") as f:
            return sign(self.build, self.folder, f.read()[slots.HEADER_BYTES:], number, ratchet, key)

    def started(self, slot, role, number=r"\d+", timeout_s=10):
        self.board.talk.expect(rf"^boot started slot={slot} role={role} image_number={number}\r?\n", timeout_s)

    def refused(self, slot, why):
        self.board.talk.expect(rf'^boot refused slot={slot} why="{why}')

    def test_a_confirmed_newer_image_in_b_starts_and_knows_its_slot(self):
        self.slots.image("b", self.selftest(9))
        self.slots.trailer("b", 1, CONFIRMED)
        self.board.start()
        self.started("b", "confirmed", 9)
        self.board.talk.expect("^selftest ready")
        self.assertEqual(self.board.command("slot")["slot"], 1)
        self.assertEqual(self.slots.tries("b"), 0)

    def test_the_factory_image_knows_its_slot_and_the_root_keys(self):
        self.board.start()
        self.started("a", "confirmed")
        self.board.talk.expect("^selftest ready")
        answers = self.board.command("slot")
        self.assertEqual(answers["slot"], 0)
        self.assertEqual(answers["keys"], 2)

    def test_the_second_root_key_is_as_good_as_the_first(self):
        self.slots.image("b", self.selftest(9, key=os.path.join(self.build, "keys", "boot_root_2.pem")))
        self.slots.trailer("b", 1, CONFIRMED)
        self.board.start()
        self.started("b", "confirmed", 9)

    def test_a_damaged_image_falls_back_to_the_older_one(self):
        self.slots.image("b", self.selftest(9))
        self.slots.trailer("b", 1, CONFIRMED)
        self.slots.damage("b", 4096)
        self.board.start()
        self.refused("b", "signature is wrong")
        self.started("a", "confirmed")

    def test_damaged_a_falls_back_to_b(self):
        self.slots.image("b", self.selftest(9))
        self.slots.trailer("b", 1, CONFIRMED)
        self.slots.trailer("a", 2, CONFIRMED)
        self.slots.damage("a", slots.HEADER_BYTES)
        self.board.start()
        self.refused("a", "signature is wrong")
        self.started("b", "confirmed", 9)

    def test_a_trial_that_crashes_is_tried_three_times(self):
        self.slots.image("b", self.signed(slots.FAULT, 5))
        self.slots.trailer("b", 1, TRIAL)
        self.board.start()
        for _ in range(slots.TRIES_MAX):
            self.started("b", "trial", 5)
            self.board.talk.expect("^boot fault: restarting")
        self.started("a", "confirmed")
        self.board.talk.expect("^selftest ready")
        self.assertEqual(self.board.command("reason")["reason"], RESET_CRASH)
        self.assertEqual(self.slots.tries("b"), slots.TRIES_MAX)
        self.assertEqual(self.slots.marks("b"), set(TRIAL))  # whether it is refused is not for boot0 to say

    def test_a_trial_that_hangs_before_its_first_kick_is_ended_by_the_watchdog(self):
        self.slots.image("b", self.signed(slots.HANG, 5))
        self.slots.trailer("b", 1, TRIAL, tries=slots.TRIES_MAX - 1)
        self.board.start()
        self.started("b", "trial", 5)
        self.board.talk.expect("^boot watchdog: restarting", 30)
        self.started("a", "confirmed")
        self.board.talk.expect("^selftest ready")
        self.assertEqual(self.board.command("reason")["reason"], RESET_WATCHDOG)

    def test_the_try_is_durable_when_the_microvisor_starts(self):
        self.slots.image("b", self.signed(slots.HANG, 5))
        self.slots.trailer("b", 1, TRIAL)
        for start in range(1, slots.TRIES_MAX + 1):
            self.board.start()
            self.started("b", "trial", 5)
            self.board.kill()
            self.assertEqual(self.slots.tries("b"), start)
        self.board.start()
        self.started("a", "confirmed")

    def test_what_must_not_start_does_not(self):
        self.slots.image("b", self.selftest(9))
        for marks, tries in ((("emptied",), 0), (TRIAL + ("refused",), 0), (CONFIRMED + ("refused",), 0), (TRIAL, 3)):
            with self.subTest(marks=marks, tries=tries):
                self.slots.trailer("b", 1, marks, tries)
                self.board.start()
                self.started("a", "confirmed")
                self.board.stop()

    def test_an_image_without_identity_in_b_is_not_the_factorys(self):
        self.slots.image("b", self.selftest(9))
        self.slots.damage("a")
        self.board.start()
        self.refused("a", "signature is wrong")
        self.board.talk.expect("^boot recovery")

    def test_the_ratchet_refuses_what_is_older(self):
        self.slots.image("b", self.selftest(9, ratchet=4))
        self.slots.trailer("b", 1, CONFIRMED)
        self.slots.ratchet(4)
        self.board.start()
        self.started("b", "confirmed", 9)
        self.board.stop()
        self.slots.ratchet(5, place=1)
        self.board.start()
        self.refused("b", "security ratchet too low")
        self.refused("a", "security ratchet too low")
        self.board.talk.expect("^boot recovery")

    def test_a_cut_raise_of_the_ratchet_is_made_firm(self):
        self.slots.ratchet(0xFFFFFF00, sectors=[0])
        self.board.start()
        self.refused("a", "security ratchet too low")
        self.board.stop()
        self.assertEqual(self.slots.ratchet_sectors(0xFFFFFF00, 1), slots.BOOT_SECTORS)

    def test_an_unreadable_ratchet_starts_nothing(self):
        self.slots.ratchet_garble()
        self.board.start()
        self.refused("a", "this device's security ratchet cannot be read")
        self.board.talk.expect("^boot recovery")


if __name__ == "__main__":
    main()
