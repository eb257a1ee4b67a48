# ===- image_networks.py - Well-known networks, small ----------*- Python -*-===//
#
# Part of the bn-opt project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===---------------------------------------------------------------------===//

"""Small versions of well-known networks: every op has a kernel, answers are those
of ONNX Runtime for one row and for whole and partial blocks of rows, and have
the same bits for any number of threads.
Usage: image_networks.py BN_OPT MODELS TOLERANCE [OPTION...], the options being
bn-opt's and the tolerance relative to the largest value of an answer. Works in
the current directory."""

import subprocess
import sys

import numpy as np
import onnx
import onnxruntime

BATCHES = (1, 19, 32)


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, f"{' '.join(command)}:\n{done.stderr}"
    assert "plain way" not in done.stderr, done.stderr


def check(name, model, size, tolerance):
    session = onnxruntime.InferenceSession(
        model, providers=["CPUExecutionProvider"])
    for batch in BATCHES:
        x = np.random.default_rng(batch).standard_normal(
            (batch, 3, size, size), dtype=np.float32)
        np.save("in.npy", x)
        for threads in (1, 2):
            run(f"./{name}", "in.npy", "-o", f"out{threads}.npy", "--threads",
                str(threads))
        one, two = np.load("out1.npy"), np.load("out2.npy")
        assert one.tobytes() == two.tobytes(), f"{name}: other bits by threads"
        wanted, = session.run(None, {"input": x})
        error = np.abs(one - wanted).max() / np.abs(wanted).max()
        assert error <= tolerance, f"{name}, batch {batch}: error {error}"


def main():
    program, models, tolerance, *options = sys.argv[1:]
    sys.path.insert(0, models)
    import make_image_networks as networks
    for name in networks.NETWORKS:
        # Large enough for parallel loops, and an odd extent at the end.
        size = 72
        model = networks.build(name, size, classes=10, divisor=4, short=True)
        onnx.save(model, f"{name}.onnx")
        run(program, f"{name}.onnx", "-o", name, *options)
        check(name, f"{name}.onnx", size, float(tolerance))


main()
