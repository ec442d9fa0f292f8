#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Crash reports of applications on the emulated board, as they lie in its flash: all registers, the stack, sealed when a key is named."""
import base64
import json
import os
import struct
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

from harness.case import BoardCase, main  # noqa: E402
from harness.process import wait_until  # noqa: E402

CODE = range(0x00200000, 0x00300000)
RAM = range(0x28200000, 0x28280001)
AREA = 0x128000  # PORT_FLASH_CRASH, memory_map.h
SECTOR, SECTOR_HEAD, SLOTS, SLOT, HEAD = 4096, 16, 4, 1008, 32  # core/crash/crash_record.h
USAGE_FAULT = 4
# fields of CrashReport, wire.proto
ID, APP, CRASH, REGISTERS, STACK, SEALED = 1, 5, 7, 8, 9, 10


def varint(data, at):
    value = shift = 0
    while True:
        value |= (data[at] & 0x7f) << shift
        shift += 7
        at += 1
        if not data[at - 1] & 0x80:
            return value, at


def fields(data):
    """Field number: value of a serialized message without repeated fields."""
    found, at = {}, 0
    while at < len(data):
        key, at = varint(data, at)
        value, at = varint(data, at)
        if key & 7 == 2:
            value, at = data[at:at + value], at + value
        found[key >> 3] = value
    return found


class CrashReports(BoardCase):
    def records(self):
        with open(self.board.flash, "rb") as f:
            f.seek(AREA)
            area = f.read(8 * SECTOR)
        for sector in range(0, len(area), SECTOR):
            if area[sector:sector + 4] != b"OCR1":
                continue
            for slot in range(SLOTS):
                at = sector + SECTOR_HEAD + slot * SLOT
                length, = struct.unpack_from("<H", area, at + 12)
                if length != 0xffff:
                    yield fields(area[at + HEAD:at + HEAD + length])

    def crash(self, *options):
        """Lets an application execute an undefined instruction; its record."""
        self.install("rogue-udf", "--minimum-restart-ms", "60000", *options)
        self.board.console_log.wait("crash of application report=kept")
        record, = self.records()
        self.assertEqual(fields(record[CRASH])[1], USAGE_FAULT)
        self.assertEqual(len(record[APP]), 34)
        return record

    def test_registers_and_stack_are_kept(self):
        record = self.crash("--include-stack-bytes", "256")
        registers = struct.unpack("<17I", record[REGISTERS])
        sp, lr, pc = registers[13:16]
        self.assertEqual(pc, fields(record[CRASH])[2])
        self.assertIn(pc, CODE)
        self.assertIn(lr & ~1, CODE)
        self.assertIn(sp, RAM)
        stack = record.get(STACK, b"")
        self.assertEqual(len(stack), min(256, RAM.stop - 1 - sp))
        self.assertNotIn(SEALED, record)

    def test_with_a_key_nothing_of_it_lies_in_the_flash_in_the_clear(self):
        key = os.path.join(self.folder, "crash.pem")
        subprocess.run([os.path.join(self.build, "bin", "outrigger"), "keys", "generate", key], check=True,
                       stdout=subprocess.DEVNULL)
        record = self.crash("--include-stack-bytes", "64", "--crash-report-pubkey", key)
        self.assertNotIn(REGISTERS, record)
        self.assertNotIn(STACK, record)
        self.assertIn(len(record[SEALED]), range(65 + 68 + 16, 65 + 68 + 64 + 16 + 1))
        self.assertEqual(record[SEALED][0], 4)
        self.opened_by_the_tool(record, key)

    def tool(self, *words):
        argv = [os.path.join(self.build, "bin", "outrigger"), "--url", self.srv.url, "--credentials",
                os.path.join(self.srv.data, "admin.json"), *words]
        return subprocess.run(argv, capture_output=True, text=True, check=True).stdout

    def test_the_server_has_it_once_and_the_tool_opens_it(self):
        key = os.path.join(self.folder, "crash.pem")
        self.tool("keys", "generate", key)
        record = self.crash("--include-stack-bytes", "64", "--crash-report-pubkey", key)
        report, = wait_until(lambda: json.loads(self.tool("crashes", "list", self.sid, "--json")), 20, "the report")
        self.assertEqual(report["report_id"], f"{record[ID]:016x}")
        self.assertIsNone(report["registers"])
        elf = os.path.join(self.build, "fw", "apps", "rogue-udf.elf")
        text = self.tool("crashes", "open", self.sid, report["sid"], "--key", key, "--elf", elf)
        self.assertRegex(text, r"(?m)^  pc +0x002[0-9a-f]{5}  udf\+0x")
        self.board.kill()
        self.board.start()
        self.srv.wait_line(self.sid, "microvisor|Connection", kind="connection")
        self.assertEqual(len(json.loads(self.tool("crashes", "list", self.sid, "--json"))), 1)

    def opened_by_the_tool(self, record, key):
        """The report as the REST API shows it; the tool opens it with the key and finds the place in the ELF file."""
        path = os.path.join(self.folder, "report.json")
        with open(path, "w") as f:
            json.dump({"report_id": f"{record[ID]:016x}", "sealed": base64.b64encode(record[SEALED]).decode(),
                       "registers": None, "stack": None}, f)
        elf = os.path.join(self.build, "fw", "apps", "rogue-udf.elf")
        tool = [os.path.join(self.build, "bin", "outrigger"), "crashes", "open", path]
        refused = subprocess.run(tool, capture_output=True, text=True)
        self.assertEqual(refused.returncode, 2, refused.stderr)
        answer = json.loads(subprocess.run([*tool, "--key", key, "--json"], capture_output=True, check=True).stdout)
        self.assertEqual(int(answer["registers"]["pc"], 16), fields(record[CRASH])[2])
        text = subprocess.run([*tool, "--key", key, "--elf", elf], capture_output=True, text=True, check=True).stdout
        self.assertRegex(text, r"(?m)^  pc +0x002[0-9a-f]{5}  udf\+0x")


if __name__ == "__main__":
    main()
