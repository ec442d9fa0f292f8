# SPDX-License-Identifier: Apache-2.0
"""The table of docs/unbrickable.md: written between two marks by the campaigns themselves, so that no figure is typed."""
import datetime
import os

BEGIN = "<!-- campaigns: begin -->"
END = "<!-- campaigns: end -->"


def _group(number):
    return f"{number:,}"


def table(rows, day, scale=1):
    """Markdown; a row without distinct states has random cases."""
    lines = [BEGIN, f"Run on {day} by `make test-long` on {os.cpu_count()} processors{'' if scale == 1 else f', {scale:g} of its cases'}.", "",
             "| campaign | cases | distinct states | bricks or wrong code | seconds | seed |", "|---|--:|--:|--:|--:|--:|"]
    for r in rows:
        distinct = _group(r["distinct"]) if r.get("distinct") else "-"
        lines.append(f"| {r['name']} | {_group(r['cases'])} | {distinct} | {r['failures']} | {r['seconds']:.0f} | {r['seed']} |")
    lines.append(f"| **all** | **{_group(sum(r['cases'] for r in rows))}** | **{_group(sum(r.get('distinct', 0) for r in rows))}** "
                 f"| **{sum(r['failures'] for r in rows)}** | **{sum(r['seconds'] for r in rows):.0f}** | |")
    return "\n".join(lines + [END])


def split_report(path):
    """The page before and behind the marks; one without them is an error, never overwritten."""
    with open(path) as f:
        text = f.read()
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise SystemExit(f"{path}: expected the lines '{BEGIN}' and '{END}' around the table")
    return before, after


def update_report(path, rows, scale):
    before, after = split_report(path)
    with open(path, "w") as f:
        f.write(before + table(rows, datetime.date.today().isoformat(), scale) + after)
