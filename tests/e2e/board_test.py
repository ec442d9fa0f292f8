#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The emulated board without the core: isolation, scheduling of the two worlds, restart, system calls, faults, devices.

Runs the self-test image of tests/board: a stand-in for the core obeys commands on the console, and a test application
plays scenarios in the non-secure world.
"""
import os
import socket
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

from harness.board import Board  # noqa: E402
from harness.case import Case, main  # noqa: E402

OFF, RUNNING, FAULTED = range(3)
SECURE, BUS, MEM, USAGE, HARD, BITTEN, BREAKPOINT, BAD_STACK = 1, 2, 3, 4, 5, 6, 7, 8  # CrashCause of wire.proto
COLD, RESTART, CRASH, WATCHDOG = 0, 1, 4, 5  # ResetReason
CODE = range(0x00200000, 0x00300000)
MICROVISOR_CODE = range(0x10010000, 0x10038000)
MICROVISOR_RAM = range(0x38000000, 0x38020000)

# scenario: cause, bits that the secure fault status must have
FAULTS = {
    "read_secure": (SECURE, 8), "write_flash": (SECURE, 8), "read_unmapped": (SECURE, 8), "jump_secure": (SECURE, 1),
    "jump_slot_middle": (SECURE, 1), "jump_slot_after": (SECURE, 1), "stack_secure": (BAD_STACK, 8),
    "stack_periph": (BAD_STACK, 0), "vtor_secure": (HARD, 0), "undefined": (USAGE, 0), "breakpoint": (BREAKPOINT, 0),
    "bus_hole": (BUS, 0), "svc_unhandled_masked": (HARD, 0), "fnc_return": (USAGE, 0), "fnc_return_handler": (USAGE, 0),
    "call_lr_fnc_return": (USAGE, 0), "call_lr_exc_return": (SECURE, 1), "call_lr_secure": (SECURE, 1),
    "exc_return_secure": (BAD_STACK, 4), "exc_return_es": (SECURE, 4), "exc_return_reserved": (SECURE, 4),
    "lockup_attempt": (USAGE, 0),
}
PC_IN_CODE = {"read_secure", "write_flash", "read_unmapped", "undefined", "breakpoint", "bus_hole", "vtor_secure",
              "svc_unhandled_masked", "exc_return_es", "lockup_attempt"}


class OnBoard(Case):
    options = ()

    def setUp(self):
        super().setUp()
        image = os.path.join(self.build, "fw", "boardtest", "selftest.img")
        self.board = self.track(Board(self.build, self.folder, image, options=self.options)).start()
        self.board.talk.expect("^selftest ready reason=0\r?$")
        self.board.command("load")

    def result(self, i):
        return self.board.command("shared")["w"][2 + i]

    def until_result(self, good, timeout_s=10):
        return self.board.until("shared", lambda a: good(a["w"][2:]), timeout_s)["w"][2:]

    def starts(self):
        return self.board.command("shared")["w"][1]


class BoardTest(OnBoard):
    # ---- isolation and faults

    def test_every_violation_is_reported_and_restartable(self):
        for name, (cause, sfsr) in FAULTS.items():
            with self.subTest(name):
                self.board.command(f"run {name}")
                for _ in range(3):
                    state = self.board.until("state", lambda a: a["state"] == FAULTED)
                    self.assertEqual(state["cause"], cause, state)
                    self.assertEqual(state["sfsr"] & sfsr, sfsr, state)
                    if name in PC_IN_CODE:
                        self.assertIn(state["pc"], CODE)
                    self.board.command("again")
                self.board.until("state", lambda a: a["state"] == FAULTED)
                self.assertEqual(self.starts(), 4)

    def test_the_faulting_address_is_reported(self):
        self.board.command("run bus_hole")
        state = self.board.until("state", lambda a: a["state"] == FAULTED)
        self.assertEqual(state["address"], 0x4020F000)

    def registers(self, name):
        """Runs a scenario of tests/board/app/registers.c to its fault; checks the registers and returns what was answered."""
        self.board.command(f"run {name}")
        self.board.until("state", lambda a: a["state"] == FAULTED)
        answer = self.board.command("registers")
        self.assertEqual(answer["r"], list(range(0x100, 0x10D)))
        self.assertEqual((answer["lr"], answer["known"], answer["touched"]), (0x10E, 1, 0))
        self.assertIn(answer["pc"], CODE)
        return answer

    def test_all_registers_and_the_stack_of_a_fault_are_known(self):
        for name in ("registers", "registers_fpu"):
            with self.subTest(name):
                self.assertEqual(self.registers(name)["s"][:13], list(range(0x100, 0x10D)))

    def test_a_stack_is_read_up_to_the_end_of_the_ram_and_no_further(self):
        answer = self.registers("registers_edge")
        self.assertEqual(answer["sp"], 0x28280000 - 13 * 4)
        self.assertEqual(answer["s"], list(range(0x100, 0x10D)))

    def test_all_registers_of_a_running_application_are_known(self):
        self.board.command("run registers_loop")
        self.until_result(lambda r: r[0] == 1)
        answer = self.board.until("registers", lambda a: a["lr"] == 0x10E and a["s"][0] == 0x100)
        self.assertEqual(answer["r"], list(range(0x100, 0x10D)))
        self.assertEqual(answer["s"][:13], list(range(0x100, 0x10D)))

    def test_of_a_bad_stack_its_pointer_is_known(self):
        self.board.command("run stack_secure")
        self.board.until("state", lambda a: a["state"] == FAULTED)
        answer = self.board.command("registers")
        self.assertIn(answer["sp"], range(0x38000F00, 0x38001001))
        self.assertEqual((answer["r"][:4], answer["r"][12], answer["pc"], answer["lr"]), ([0] * 4, 0, 0, 0))
        self.assertNotIn("s", answer)

    def test_peripherals_of_others_read_as_zero(self):
        self.board.command("run read_uart0")
        self.assertEqual(self.until_result(lambda r: r[1] == 1)[0], 0)
        self.assertEqual(self.board.command("state")["state"], RUNNING)

    def test_the_application_cannot_reset_the_board(self):
        self.board.command("run reset_request")
        self.until_result(lambda r: r[1] > 1000)
        self.assertEqual(self.board.command("reason")["reason"], COLD)

    def test_random_programs_harm_nobody_else(self):
        seeds = os.environ.get("FUZZ_SEEDS", "1 2 3").split()
        for seed in seeds:
            self.board.command(f"fuzz {seed} 2000")
            line = self.board.talk.expect(r"^(fuzzed running=(\d+).* done|what=.*)\r?\n", 60)
            self.assertTrue(line.group(1).startswith("fuzzed"), f"seed {seed}: {line.group(1)}")
        self.board.command("load")
        self.test_system_calls()

    # ---- the thread gets the core, whatever the application does

    def test_hangs_do_not_hold_the_thread(self):
        for name in ("hang_masked", "hang_faultmask", "hang_systick", "hang_nested", "hang_call_loop"):
            with self.subTest(name):
                self.board.command(f"run {name}")
                self.until_result(lambda r: r[0] >= 1)
                first = self.board.command("state")
                for _ in range(20):
                    self.board.command("state")
                last = self.board.command("state")
                self.assertEqual(last["state"], RUNNING)
                self.assertGreater(last["us"], first["us"])
                self.board.command("again")
                self.board.until("shared", lambda a: a["w"][1] == 2)
                self.until_result(lambda r: r[0] >= 1)

    def test_a_stopped_application_stays_stopped(self):
        self.board.command("run busy")
        self.until_result(lambda r: r[0] > 0)
        self.board.command("stop keep")
        before = self.result(0)
        self.board.command("burn 100000")
        self.assertEqual(self.result(0), before)
        self.board.command("stop wipe")
        self.assertEqual(self.board.command("shared")["w"], [0] * 16)

    def test_an_idle_board_sleeps(self):
        self.board.command("run sleep_forever")
        self.until_result(lambda r: r[0] == 1)
        before = self.board.command("reason")["steps"]
        threading.Event().wait(3)  # nothing can be waited for: that nothing happens is the point
        after = self.board.command("reason")["steps"]
        self.assertLess(after - before, 60, "the thread wakes too often")

    # ---- restart

    def test_a_restart_finds_the_reset_state(self):
        self.board.command("run dirty")
        self.until_result(lambda r: r[0] == 1 and r[1] == 1)
        self.board.command("run clean")
        self.assertEqual(self.until_result(lambda r: r[1] == 1)[0], 0)
        self.until_result(lambda r: r[2] > 1000)

    def test_a_restart_unwinds_nested_active_interrupts(self):
        self.board.command("run hang_nested")
        for turn in range(1, 6):
            self.until_result(lambda r: r[0] == turn and r[1] == turn)
            self.board.command("again")

    def test_fpu_registers_survive_switches(self):
        self.board.command("run fpu")
        rounds = self.until_result(lambda r: r[0] > 2000)
        self.board.command("burn 10000000", 60)
        rounds = self.until_result(lambda r: r[0] > rounds[0] + 2000)
        self.assertEqual(rounds[1], 0)
        self.board.command("again")
        self.assertEqual(self.until_result(lambda r: r[0] > 100)[1], 0)

    # ---- system calls and interrupts

    def test_system_calls(self):
        self.board.command("run calls")
        r = self.until_result(lambda r: r[0] > 1000 and r[4] > 5)
        self.assertLess(r[0], 0x1000000, "a sum came back wrong")
        self.assertEqual(r[1], 1, "registers were lost")
        self.assertEqual(r[2], 73)
        self.assertLessEqual(abs(r[3] - r[4]), 1, "a handler's call was not recognised as one")
        self.assertEqual(r[5], 0, "a thread's call was taken for a handler's")
        self.assertEqual((r[6], r[7]), (0, ord("f")))
        self.assertEqual(r[8], 1, "an address outside the application's windows was accepted")
        self.assertEqual(self.board.command("state")["state"], RUNNING)

    def test_system_calls_that_wait_for_the_thread(self):
        self.board.command("run wait")
        r = self.until_result(lambda r: r[0] > 200 and r[2] > 20, 30)
        self.assertEqual((r[1], r[3]), (0, 0), "an answer came back wrong")
        self.board.command("burn 10000000", 60)
        after = self.until_result(lambda n: n[0] > r[0] + 200, 30)
        self.assertGreater(after[2], r[2], "the application's interrupts stood still")
        self.assertEqual((after[1], after[3]), (0, 0), "an answer came back wrong")
        state = self.board.command("state")
        self.assertEqual(state["state"], RUNNING)
        rounds = self.until_result(lambda r: r[0] > after[0])[0]
        self.assertLessEqual(state["waits"], 2 * (rounds + 1), "a call lost its mark")

    def test_a_handler_may_end_in_a_system_call(self):
        self.board.command("run tail_call")
        self.board.until("state", lambda a: a["posts"] > 20)
        self.assertEqual(self.board.command("state")["state"], RUNNING)

    def test_tasks_that_are_switched_inside_system_calls(self):
        self.board.command("run tasks")
        r = self.until_result(lambda r: r[0] > 20000 and r[1] > 20000 and r[3] > 1000, 30)
        self.assertEqual((r[4], r[5]), (0, 0), "tasks got each other's registers")
        self.assertEqual(self.board.command("state")["state"], RUNNING)

    def test_critical_sections_keep_system_calls_out(self):
        self.board.command("run hang_call_loop")
        self.until_result(lambda r: r[0] == 1)
        answers = self.board.command("critical 10000000", 60)
        self.assertEqual(answers["inside"], 0)
        self.assertGreater(answers["outside"], 0)

    def test_interrupts_for_the_application(self):
        self.board.command("run pend")
        self.until_result(lambda r: r[2] == 1)
        for turn in range(1, 11):
            self.board.command("pend 64")
            self.board.command("pend 65")
            self.until_result(lambda r: r[0] == turn and r[1] == turn)
        for irq in (4, 32, 48, 63, 72, 96, 4000000000):
            with self.assertRaises(AssertionError):
                self.board.command(f"pend {irq}")

    # ---- devices

    def test_flash_keeps_the_rules_of_nor(self):
        self.board.command("flash")

    def test_entropy(self):
        first = self.board.command("entropy")
        second = self.board.command("entropy")
        for bits in (first["ones"], second["ones"]):
            self.assertLess(abs(bits - 4096), 400)  # 9 standard deviations
        self.assertNotEqual(first["first"], second["first"])

    def test_console_takes_long_lines(self):
        text = "".join(chr(33 + i % 90) for i in range(4600))
        total = 0
        for c in text:
            total = (total * 31 + ord(c)) % 2**32
        self.assertEqual(self.board.command("echo " + text), {"chars": 4600, "sum": total})

    def test_tcp_echo_while_the_application_hangs(self):
        listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=echo_once, args=(listener,), daemon=True).start()
        self.board.command("run hang_faultmask")
        self.board.command(f"tcp 10.0.2.2 {listener.getsockname()[1]} 300000")
        match = self.board.talk.expect(r"^tcp (\w+) received=(\d+) wrong=(\d+) us=", 60)
        listener.close()
        self.assertEqual(match.groups(), ("done", "300000", "0"))

    def test_tcp_failures_are_seen(self):
        listener = socket.create_server(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        listener.close()
        self.board.command(f"tcp 10.0.2.2 {port} 10")
        self.assertIn(self.board.talk.expect(r"^tcp (\w+) received=0", 60).group(1), ("failed", "error", "closed"))

    # ---- reset

    def test_reset_reasons(self):
        self.board.talk.send("restart")
        self.board.talk.expect(f"^selftest ready reason={RESTART}\r?$")
        with self.assertRaises(AssertionError):
            self.board.command("last")
        self.board.talk.send("crash")
        self.board.talk.expect("^what=microvisor.fault cause=0x00000004 pc=0x1001")
        self.board.talk.expect(f"^selftest ready reason={CRASH}\r?$")
        self.last_words(USAGE)
        self.board.command("load")
        self.board.command("run busy")
        self.board.talk.send("hang")
        self.board.talk.expect("^what=microvisor.watchdog", 30)
        self.board.talk.expect(f"^selftest ready reason={WATCHDOG}\r?$")
        self.last_words(BITTEN)

    def test_a_stack_that_overflows_is_reported(self):
        self.board.talk.send("overflow")
        self.board.talk.expect(f"^selftest ready reason={CRASH}\r?$")
        self.last_words(BAD_STACK, is_frame_known=False)

    def last_words(self, cause, is_frame_known=True):
        """What the last run left behind: where it was, and not one word that is no address of code."""
        answer = self.board.command("last")
        self.assertEqual((answer["cause"], answer["boot"], answer["known"]), (cause, 77, 1))
        self.assertIn(answer["sp"], MICROVISOR_RAM)
        if is_frame_known:
            self.assertIn(answer["pc"], MICROVISOR_CODE)
        self.assertGreaterEqual(len(answer["s"]), 2, "no return addresses")
        self.assertGreater(answer["masked"], 16)
        for word in answer["w"] + answer["s"]:
            self.assertTrue(word == 0 or word in MICROVISOR_CODE, f"{word:#x} left the fault handler")
        with self.assertRaises(AssertionError):
            self.board.command("last")


class SlicesTest(OnBoard):
    """Shares of the core, in the emulator's time: it counts instructions, so a loaded machine changes nothing."""

    options = ("-icount", "shift=5,align=off,sleep=off")
    ROUNDS = 2000000

    def burn(self):
        return self.board.command(f"burn {self.ROUNDS}", 60)["us"]

    def test_a_busy_thread_and_a_busy_application_share_the_core(self):
        self.board.command("stop keep")
        alone = self.burn()
        self.board.command("run busy")
        before = self.until_result(lambda r: r[0] > 0)[0]
        shared = self.burn()
        self.assertGreater((self.result(0) - before) % 2**32, 0, "the application stood still")
        self.assertAlmostEqual(shared / alone, 2.0, delta=0.1)

    def test_an_application_that_hangs_gets_its_slices_and_no_more(self):
        self.board.command("stop keep")
        alone = self.burn()
        for name in ("hang_faultmask", "hang_systick", "hang_call_loop"):
            self.board.command(f"run {name}")
            self.until_result(lambda r: r[0] >= 1)
            self.assertAlmostEqual(self.burn() / alone, 2.0, delta=0.1)

    def test_an_application_that_sleeps_costs_the_thread_little(self):
        self.board.command("stop keep")
        alone = self.burn()
        self.board.command("run sleep_forever")
        self.until_result(lambda r: r[0] == 1)
        # One slice in eight is given on suspicion, and the emulator ends a WFI late; without skipping it is 2.
        self.assertLess(self.burn() / alone, 1.4)


def echo_once(listener):
    peer, _ = listener.accept()
    with peer:
        while data := peer.recv(65536):
            peer.sendall(data)


if __name__ == "__main__":
    main()
