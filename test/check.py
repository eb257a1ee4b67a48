#!/usr/bin/env python3
# ===- check.py - Run lit and say in one line how it went ------------------===#
#
# Part of the bn-opt project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===-----------------------------------------------------------------------===#
"""Run lit with the given arguments; the last line is `N passed, N failed`.

lit's own summary has a line per kind of result and leaves out the kinds that
did not occur, so that a reader has to know them all to tell success. Here an
expected failure has passed, and an unexpected pass, a time-out and a test that
could not be run have failed. Tests that this machine does not support are
neither, and are named.

usage: check.py LIT [ARGUMENT...]
exit status: 0 when something ran and all of it passed, otherwise 1 (2 for
wrong usage). lit's own status counts too: it also fails for what is no test's
result, such as a broken configuration.
"""

import json
import os
import subprocess
import sys
import tempfile

PASSED = {"PASS", "XFAIL", "FLAKYPASS"}
NOT_RUN = {"UNSUPPORTED"}


def main():
    if len(sys.argv) < 2:
        print(__doc__.strip(), file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as directory:
        results = os.path.join(directory, "results.json")
        command = [sys.executable, *sys.argv[1:], "--output", results]
        status = subprocess.run(command).returncode
        tests = []
        # There is no file when lit stopped before it ran a test.
        if os.path.exists(results):
            with open(results, encoding="utf-8") as file:
                tests = json.load(file)["tests"]

    codes = [test["code"] for test in tests]
    passed = sum(code in PASSED for code in codes)
    notRun = sorted(test["name"] for test in tests if test["code"] in NOT_RUN)
    failed = len(codes) - passed - len(notRun)
    for name in notRun:
        print(f"not supported on this machine: {name}")
    print(f"{passed} passed, {failed} failed")
    return 0 if status == 0 and passed and not failed else 1


if __name__ == "__main__":
    sys.exit(main())
