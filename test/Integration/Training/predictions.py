# ===- predictions.py - The training tests' networks predict ---*- Python -*-===//
#
# Part of the bn-opt project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===---------------------------------------------------------------------===//

"""Runs every network of networks.py, and one with every normalization, and
compares the logits with ONNX Runtime's. Usage: predictions.py BN_RUN. Works in the current
directory."""

import subprocess
import sys

import numpy as np
import onnx
import onnxruntime

import networks

TOLERANCE, ROWS = 1e-5, 3
EVERY_NORM = "preact-resnet"
# Smaller than they are, for time.
SMALLER = {"resnet18": {"width": 4, "blocks": (1, 1, 1), "size": 8}}


def check(bn_run, name, parameters):
    model = networks.build(name, affine="random", **parameters)
    onnx.save(model, "model.onnx")
    shape = networks.get_shape(name, parameters.get("size"))
    x = np.random.default_rng(1).normal(size=(ROWS, *shape)).astype(np.float32)
    np.save("input.npy", x)
    session = onnxruntime.InferenceSession(
        "model.onnx", providers=["CPUExecutionProvider"])
    wanted, = session.run(None, {"input": x})
    done = subprocess.run(
        [bn_run, "model.onnx", "input.npy", "-o", "output.npy"],
        capture_output=True, text=True)
    assert done.returncode == 0, f"{name} {parameters}:\n{done.stderr}"
    got = np.load("output.npy")
    error = np.abs(got - wanted).max() / np.abs(wanted).max()
    assert got.shape == wanted.shape and error <= TOLERANCE, (
        f"{name} {parameters}: {error}")


def main():
    bn_run, = sys.argv[1:]
    for name in networks.NETWORKS:
        check(bn_run, name, SMALLER.get(name, {}))
    for norm in networks.NORMS:
        check(bn_run, EVERY_NORM, {"norm": norm})


if __name__ == "__main__":
    main()
