# SPDX-License-Identifier: Apache-2.0
"""What the benchmarks read from the system, and how a result row is written."""
import os
import re

TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pids):
    """User and system time of the processes so far."""
    total = 0
    for pid in pids:
        with open(f"/proc/{pid}/stat") as f:
            fields = f.read().rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total / TICKS


def resident_bytes(pids):
    """Resident memory of the processes; pages shared with other processes count in each (Pss would hide nothing here)."""
    total = 0
    for pid in pids:
        with open(f"/proc/{pid}/status") as f:
            total += int(re.search(r"VmRSS:\s+(\d+) kB", f.read()).group(1)) * 1024
    return total


def row(name, value, unit, peer=None, peer_value=None, target=None, command=""):
    """One result. ratio is value / peer_value; target says what it should be, e.g. '>= 0.85' of the ratio or '<= 16384'."""
    ratio = value / peer_value if peer_value else None
    return {"name": name, "value": value, "unit": unit, "peer": peer, "peer_value": peer_value,
            "ratio": ratio, "target": target, "command": command}


def number(x):
    if x is None:
        return "-"
    if x >= 1000 or x == int(x):
        return f"{x:,.0f}"
    return f"{x:.3f}"


def table(rows):
    """The rows as aligned text."""
    head = ["what", "value", "unit", "peer", "peer's value", "ratio", "to reach"]
    lines = [head] + [[r["name"], number(r["value"]), r["unit"], r["peer"] or "-", number(r["peer_value"]),
                       "-" if r["ratio"] is None else f"{r['ratio']:.2f}", r["target"] or "-"] for r in rows]
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    right = {1, 4, 5}
    return "\n".join("  ".join(c.rjust(w) if i in right else c.ljust(w)
                               for i, (c, w) in enumerate(zip(line, widths))).rstrip() for line in lines)
