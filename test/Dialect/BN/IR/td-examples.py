#!/usr/bin/env python3
# ===- td-examples.py - Run the examples of the dialect's documentation -----===#
#
# Part of the bn-opt project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===-----------------------------------------------------------------------===#
"""Run every ```mlir example of .td files through bn-opt, twice.

The text that bn-opt prints must be read back to the same text. Every op that
the files define must have an example; classes of elementwise ops share theirs,
with the mnemonic in place of `}] # mnemonic # [{`.

usage: td-examples.py BN-OPT FILE.td...
"""

import re
import subprocess
import sys

EXAMPLE = re.compile(r"```mlir\n(.*?)```", re.S)
MNEMONIC = "}] # mnemonic # [{"


def run(bn_opt, source):
    # Read, verified and printed, without any pass.
    done = subprocess.run(
        [bn_opt, "--pass-pipeline=builtin.module()"],
        input=source,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def expand(text):
    """Yield (op or None, example) of one .td file, class templates expanded."""
    # A definition lasts to the next one.
    parts = re.split(r"(?m)^(?=(?:class|def) )", text)
    classes = {}
    for part in parts:
        if match := re.match(r"class (\w+)", part):
            classes[match[1]] = EXAMPLE.findall(part)
    for part in parts:
        match = re.match(r"def \w+\s*:\s*(\w+)<(?:BN_Dialect, )?\"(\w+)\"", part)
        examples = EXAMPLE.findall(part)
        if not match or not part.startswith("def") or "Attr<" in part[:80]:
            yield from ((None, example) for example in examples if part[:5] != "class")
            continue
        if not re.search(r"Op$", match[1]):
            yield from ((None, example) for example in examples)
            continue
        examples += [
            example.replace(MNEMONIC, match[2]) for example in classes.get(match[1], [])
        ]
        if not examples:
            yield match[2], None
        yield from ((match[2], example) for example in examples)


def main():
    bn_opt, files = sys.argv[1], sys.argv[2:]
    ran = failed = 0
    for name in files:
        with open(name, encoding="utf-8") as file:
            text = file.read()
        for op, example in expand(text):
            what = f"{name}: {'bn.' + op if op else 'example'}"
            if example is None:
                print(f"{what} has no example")
                failed += 1
                continue
            ran += 1
            code, once, errors = run(bn_opt, example)
            if code == 0:
                code, twice, errors = run(bn_opt, once)
                if code == 0 and once != twice:
                    code, errors = 1, "printed text is read as another program\n"
            if code == 0 and op and f"bn.{op} " not in once:
                code, errors = 1, "the example does not hold the op\n"
            if code != 0:
                print(f"{what}: {errors}{example}")
                failed += 1
    print(f"{ran} examples, {failed} failed")
    return 1 if failed or not ran else 0


if __name__ == "__main__":
    sys.exit(main())
