# SPDX-License-Identifier: Apache-2.0
"""Flash and RAM of the firmware images, from the section tables of the linked files."""
import os
import subprocess

from measure import row

ALLOC, CODE_BASE, RAM_BASE, RAM_END = "ALLOC", 0x10000000, 0x38000000, 0x38200000


def sections(elf):
    """(name, size, vma, lma, flags) of every section that takes memory on the target."""
    text = subprocess.run(["arm-none-eabi-objdump", "-h", "-w", elf], check=True, capture_output=True, text=True).stdout
    for line in text.splitlines():
        f = line.split()
        if len(f) >= 7 and f[0].isdigit() and ALLOC in line:
            yield f[1], int(f[2], 16), int(f[3], 16), int(f[4], 16), line


def image(elf):
    """(flash bytes, RAM bytes): what is loaded from flash, and what occupies secure RAM while running."""
    flash = ram = 0
    for _, size, vma, _, flags in sections(elf):
        if "LOAD" in flags and "CONTENTS" in flags:
            flash += size
        if RAM_BASE <= vma < RAM_END:
            ram += size
    return flash, ram


def measure(build):
    """Rows for boot0 and microvisor, each against the ceiling that the linker scripts enforce."""
    rows = []
    command = "arm-none-eabi-objdump -h -w build/fw/{}.elf"
    for name, flash_max, ram_max in (("boot0", 16 * 1024, None), ("microvisor", 160 * 1024, 128 * 1024)):
        flash, ram = image(os.path.join(build, "fw", name + ".elf"))
        rows.append(row(f"{name} flash", flash, "bytes", "ceiling", flash_max, "ratio <= 1", command.format(name)))
        if ram_max:
            rows.append(row(f"{name} RAM", ram, "bytes", "ceiling", ram_max, "ratio <= 1", command.format(name)))
        else:
            rows.append(row(f"{name} RAM", ram, "bytes", command=command.format(name)))
    return rows
