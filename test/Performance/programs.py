# ===- programs.py - Size, start and memory of whole programs --------------===#
#
# Part of the bn-opt project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===-----------------------------------------------------------------------===#
"""What a user waits for and installs: the executable that bn-opt makes of a
model, beside a Python program with ONNX Runtime that does the same, which is to
read one row from a file, infer, and write the answer.

Start is the least time of a process from its creation to its end, with one
answer in it; for ONNX Runtime also the part of it that makes the session and
runs it once, without Python and its imports. Memory is the largest resident
set. Files are in the page cache."""

import importlib.util
import os
import subprocess
import sys

import numpy

PEER = """
import sys, time
import numpy, onnxruntime
start = time.perf_counter()
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1
session = onnxruntime.InferenceSession(
    sys.argv[1], options, providers=["CPUExecutionProvider"])
answer = session.run(None, {session.get_inputs()[0].name: numpy.load(sys.argv[2])})
print(time.perf_counter() - start)
numpy.save(sys.argv[3], answer[0])
"""


def buildRunner(directory):
    """Compiles run_process.c, and returns the program."""
    program = os.path.join(directory, "run_process")
    if not os.path.exists(program):
        source = os.path.join(os.path.dirname(__file__), "run_process.c")
        subprocess.run(["cc", "-O2", "-o", program, source], check=True)
    return program


def runProcess(runner, command):
    """Returns the seconds, the peak memory in bytes, and the output."""
    done = subprocess.run([runner, *command], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}:\n{done.stderr}")
    nanoseconds, kilobytes = done.stderr.splitlines()[-1].split()
    return int(nanoseconds) / 1e9, int(kilobytes) * 1024, done.stdout


def getInstalledBytes(package):
    root = os.path.dirname(importlib.util.find_spec(package).origin)
    paths = (
        os.path.join(directory, file)
        for directory, _, files in os.walk(root)
        for file in files
        if not file.endswith(".pyc")
    )
    return sum(os.path.getsize(path) for path in paths)


def measureProgram(bnOpt, path, row, directory, runs=10):
    """Returns a dictionary for bn-opt and, where it is installed, one for ONNX
    Runtime: bytes, start_ms, memory_bytes, and the peer's session_ms."""
    stem = os.path.splitext(os.path.basename(path))[0]
    program = os.path.join(directory, stem)
    data, answer, expected = (
        os.path.join(directory, f"{stem}-{name}.npy")
        for name in ["row", "answer", "expected"]
    )
    numpy.save(data, row)
    runner = buildRunner(directory)
    subprocess.run([bnOpt, path, "-o", program], check=True)
    ours = [program, data, "-o", answer, "--threads", "1"]
    taken = [runProcess(runner, ours) for _ in range(runs)]
    results = {
        "bn-opt": {
            "bytes": os.path.getsize(program),
            "start_ms": min(seconds for seconds, *_ in taken) * 1e3,
            "memory_bytes": max(memory for _, memory, _ in taken),
        }
    }
    if importlib.util.find_spec("onnxruntime"):
        theirs = [sys.executable, "-c", PEER, path, data, expected]
        taken = [runProcess(runner, theirs) for _ in range(max(1, runs // 2))]
        results["ONNX Runtime"] = {
            "bytes": getInstalledBytes("onnxruntime"),
            "start_ms": min(seconds for seconds, *_ in taken) * 1e3,
            "session_ms": min(float(output) for *_, output in taken) * 1e3,
            "memory_bytes": max(memory for _, memory, _ in taken),
        }
        want, got = numpy.load(expected), numpy.load(answer)
        if not numpy.abs(got - want).max() <= 1e-4 * numpy.abs(want).max():
            raise RuntimeError(f"{stem}: the program answers differently")
    return results


def printProgram(results):
    print(f"  {'program':18}{'size':>10}{'start':>12}{'memory':>12}")
    for name, value in results.items():
        line = f"  {name:18}{value['bytes'] / 1e6:>7.2f} MB"
        line += f"{value['start_ms']:>9.2f} ms"
        line += f"{value['memory_bytes'] / 1e6:>9.1f} MB"
        if "session_ms" in value:
            line += f"   of it {value['session_ms']:.2f} ms session and first run"
        print(line)
    sys.stdout.flush()
