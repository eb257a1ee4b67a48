# ===- spills.py - No vector leaves its register in a loop -----*- Python -*-===//
#
# Part of the bn-opt project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===---------------------------------------------------------------------===//

"""Reads x86-64 assembly and reports the innermost loops of products in which
vector registers are stored to the stack or read from it: tiles are chosen so
that this does not happen, and a kernel in which it does is slow but right, so
that no other test sees it. A loop is one of products if a third of it are
multiply-adds; Winograd's transforms, which are not, hold up to 36 points, more
than there are registers. Usage: spills.py FILE.s...
exit status: 0 none, 1 some (printed), 2 wrong usage."""

import re
import sys

LABEL = re.compile(r"^(\.?[A-Za-z_][\w.$]*):")
JUMP = re.compile(r"^\tj\w+\s+(\.L\w+)")
# A vector register beside the stack, also where an operation reads from it. The
# frame pointer is a register like any other.
SPILL = re.compile(r"^\tv?\w+\s.*\(%rsp\).*%[xyz]mm|^\tv?\w+\s.*%[xyz]mm.*\(%rsp\)")
FMA = re.compile(r"^\tvfn?m(add|sub)")


def readFunctions(path):
    """Yields the name and the lines of each function; data are left out."""
    name, lines, isText = None, [], False
    with open(path, encoding="utf-8") as file:
        for line in file:
            if line.startswith("\t."):
                directive = line.split(None, 1)[0]
                if directive == ".text" or "\t.section\t.text" in line:
                    isText = True
                elif directive == ".section":
                    isText = False
                continue
            if not isText:
                continue
            label = LABEL.match(line)
            if label and not label[1].startswith(".L"):
                if lines:
                    yield name, lines
                name, lines = label[1], []
            elif name:
                lines.append(line)
    if lines:
        yield name, lines


def findInnermostLoops(lines):
    """Yields the first and last line of each stretch that ends with a jump back
    to its start and holds no other such stretch."""
    labels, last = {}, -1
    for i, line in enumerate(lines):
        label = LABEL.match(line)
        if label:
            labels[label[1]] = i
        jump = JUMP.match(line)
        if jump and jump[1] in labels:
            start = labels[jump[1]]
            if start > last:
                yield start, i
            last = max(last, start)


def main():
    if len(sys.argv) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    loops = found = 0
    for path in sys.argv[1:]:
        for name, lines in readFunctions(path):
            for start, end in findInnermostLoops(lines):
                body = lines[start : end + 1]
                if 3 * sum(map(bool, map(FMA.match, body))) < len(body):
                    continue
                loops += 1
                spills = [line.strip() for line in body if SPILL.match(line)]
                if spills:
                    found += 1
                    print(f"{path}: {name}: {len(spills)} in a loop of "
                          f"{len(body)} lines: {spills[0]}")
    print(f"{loops} loops of products, {found} with vectors on the stack")
    return found > 0 or loops == 0


if __name__ == "__main__":
    sys.exit(main())
