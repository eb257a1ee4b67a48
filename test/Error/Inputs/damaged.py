# ===- damaged.py - Programs that are given damaged files ------*- Python -*-===//
#
# Part of the bn-opt project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===---------------------------------------------------------------------===//
"""Damages files and gives them to a program, which must take or refuse them.

By default PROGRAM is bn-opt and makes a program of each model. --text damages
ONNX's text form of the models, with --run PROGRAM is bn-run and runs a compiled
model on each file.
"""

import argparse
import os
import random
import subprocess
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

TIMEOUT = 60  # seconds, for what takes one


def damage(rng, data):
    data = bytearray(data)

    def position():
        # Near the ends, where a model's structure is, more often than within
        # its parameters.
        if rng.random() < 0.3:
            return rng.randrange(len(data))
        offset = rng.randrange(min(len(data), 2500))
        return offset if rng.random() < 0.5 else len(data) - 1 - offset

    kind = rng.choice(["flip", "flip", "flip", "flip", "cut", "foreign"])
    if kind == "flip":
        for _ in range(rng.choice([1, 1, 1, 3, 10])):
            data[position()] ^= 1 << rng.randrange(8)
    elif kind == "cut":
        del data[position() :]
    else:
        start = position()
        data[start : start + rng.randrange(9)] = rng.randbytes(rng.randrange(9))
    return bytes(data)


def check(command, data, name, output):
    """True if the program took `data`; fails unless it refused it well."""
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        (folder / "tmp").mkdir()
        (folder / name).write_bytes(data)
        done = subprocess.run(
            command,
            cwd=folder,
            env={**os.environ, "TMPDIR": str(folder / "tmp")},
            capture_output=True,
            timeout=TIMEOUT,
        )
        errors = done.stderr.count(b"error: ")
        taken = done.returncode == 0
        said = f"exit status {done.returncode}: {done.stderr.decode(errors='replace')}"
        assert done.returncode in (0, 1), said
        assert errors == (0 if taken else 1), said
        left = {path.name for path in folder.iterdir()}
        assert left == {name, "tmp"} | ({output} if taken else set()), left
        assert not list((folder / "tmp").iterdir()), "files in TMPDIR"
        return taken


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--text", action="store_true")
    parser.add_argument("--run", metavar="MODEL")
    parser.add_argument("program")
    parser.add_argument("files", nargs="+")
    arguments = parser.parse_args()

    sources = [Path(file).read_bytes() for file in arguments.files]
    name, output = "damaged.onnx", "made"
    if arguments.text:
        name = "damaged.onnxtxt"
        text = [arguments.program, "--no-fold", "-o"]
        with tempfile.TemporaryDirectory() as folder:
            written = Path(folder) / name
            sources = []
            for file in arguments.files:
                subprocess.run(text + [written, file], check=True)
                sources.append(written.read_bytes())
    command = [arguments.program, name, "-o", output]
    if arguments.run:
        name, output = "damaged.gz", "made.npy"
        command = [arguments.program, arguments.run, name, "-o", output]

    rng = random.Random(arguments.seed)
    cases = [damage(rng, rng.choice(sources)) for _ in range(arguments.count)]

    def run(index):
        try:
            return check(command, cases[index], name, output)
        except (AssertionError, subprocess.TimeoutExpired) as problem:
            return f"case {index}: {problem}"

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        results = Counter(pool.map(run, range(len(cases))))
    failures = [result for result in results if isinstance(result, str)]
    print("\n".join(failures))
    print(f"{results[True]} taken, {results[False]} refused")
    assert not failures and results[False], "not every file was handled well"


main()
