# ===- readme.py - What README.md shows is so ------------------*- Python -*-===//
#
# Part of the bn-opt project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===---------------------------------------------------------------------===//

"""Runs the commands of a README in the order in which they stand there, in the
current directory, and compares what they print with what the README shows.

In a ```console block a line `$ COMMAND` is run, and must exit 0; the lines up to
the next one are its output. `…` in a line stands for anything, a line `…` for
any lines. A comment before a block says that it is something else:

    <!-- test: skip, REASON -->    it is not run
    <!-- test: file NAME -->       it is written to NAME, for later commands

Links to files must lead somewhere.

usage: readme.py README
"""

import os
import re
import subprocess
import sys

ELLIPSIS = "…"
BLOCK = re.compile(
    r"(?:^<!-- test: (?P<mark>.*?) -->\n)?^```(?P<kind>\w*)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
LINK = re.compile(r"\]\(([^)#:]+)\)")


def line_matches(expected, actual):
    pattern = ".*".join(re.escape(part) for part in expected.split(ELLIPSIS))
    return re.fullmatch(pattern, actual) is not None


def find_run(run, lines, start):
    """The end of the first place from `start` on where the consecutive lines
    `run` stand, or None."""
    for i in range(start, len(lines) - len(run) + 1):
        if all(map(line_matches, run, lines[i:])):
            return i + len(run)
    return None


def explain_mismatch(expected, lines):
    """None if `lines` are what `expected` shows, otherwise what is missing."""
    runs = [[]]
    for line in expected:
        if line == ELLIPSIS:
            runs.append([])
        else:
            runs[-1].append(line)
    position = 0
    for i, run in enumerate(runs):
        first, last = i == 0, i == len(runs) - 1
        if last and not first:
            start = max(position, len(lines) - len(run))
        else:
            start = position
        end = find_run(run, lines, start)
        if end is None or (first and end != len(run)):
            return run
        position = end
    return None if position == len(lines) else ["the end"]


def run_console(text):
    """Runs the commands of a block; returns how many."""
    steps = []
    for line in text.splitlines():
        if line.startswith("$ "):
            steps.append((line[2:], []))
        else:
            steps[-1][1].append(line)
    for command, expected in steps:
        done = subprocess.run(
            ["bash", "-c", command],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        if done.returncode != 0:
            sys.exit(f"$ {command}\n{done.stdout}exit status {done.returncode}")
        lines = [line.rstrip() for line in done.stdout.splitlines()]
        missing = explain_mismatch(expected, lines)
        if missing is not None:
            shown = "\n".join(line[:200] for line in lines[:50])
            sys.exit(f"$ {command}\n{shown}\nexpected:\n" + "\n".join(missing))
    return len(steps)


def main():
    readme = sys.argv[1]
    with open(readme, encoding="utf-8") as file:
        text = file.read()
    for link in LINK.findall(text):
        if not os.path.exists(os.path.join(os.path.dirname(readme), link)):
            sys.exit(f"{readme}: there is no {link}")
    commands = 0
    for block in BLOCK.finditer(text):
        mark = block["mark"] or ""
        if mark.startswith("skip, "):
            continue
        if mark.startswith("file "):
            with open(mark.removeprefix("file "), "w", encoding="utf-8") as file:
                file.write(block["text"])
        elif mark:
            sys.exit(f"{readme}: unknown mark '{mark}'")
        elif block["kind"] == "console":
            commands += run_console(block["text"])
    print(f"{commands} commands print what is shown")


if __name__ == "__main__":
    main()
