# ===- products.py - Products in tiles, run on the CPU ----------*- Python -*-===//
#
# Part of the bn-opt project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===---------------------------------------------------------------------===//

"""Makes CUDA C++ of networks whose convolutions and linear layers are all
computed in tiles, runs it on the CPU, with the checks for races and bad
accesses, and compares with ONNX Runtime. The extents are chosen such that every
tile, every way to fetch factors and every way to store results is there. Usage:
products.py BN_OPT BN_RUN. Works in the current directory, where texts and
inputs stay."""

import os
import subprocess
import sys

import numpy as np
import onnx
import onnxruntime

INTEGRATION = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sys.path.insert(0, os.path.join(INTEGRATION, "Plain"))
from onnx_models import Network

TOLERANCE = 1e-4
# As --bn-cuda-lowering-pipeline, but for the choice.
PIPELINE = ("builtin.module(func.func(bn-count-model),"
            "bn-batch-norm-to-scale-shift,canonicalize,cse,"
            "bn-map-to-gpu{products=tiled network=several},canonicalize,cse,"
            "func.func(bn-allocate-workspace),canonicalize,cse,bn-print-cuda)")
TILES = ("128 channels x 128", "64 channels x 64", "64 channels x 32",
         "32 channels x 64")


def linear(net, terms, features, **attributes):
    shape = (features, terms) if attributes.get("transB") else (terms, features)
    scale = net.constant((net.rng.normal(size=shape) / terms**0.5).astype(
        np.float32))
    return net.add("Gemm", scale, net.normal(features), **attributes)


def images():
    """Channels that fill no step, maps of no four pixels, a residual sum."""
    net = Network(3, 25, 23, seed=4)
    net.conv(3, 20, 7, 2)
    net.batch_norm(20)
    net.add("Relu")
    net.conv(20, 64)
    skip = net.add("Relu")
    net.conv(64, 64, 1)
    net.add("Add", skip)
    net.add("Sigmoid")
    net.conv(64, 30, 3, 2)
    net.add("Flatten")
    linear(net, 30 * 7 * 6, 40, transB=1)
    net.add("Relu")
    linear(net, 40, 33, transB=1)
    net.add("Tanh")
    linear(net, 33, 8, alpha=0.5, beta=2.0)
    return net


def lines():
    """One spatial axis, with holes in the filter and one-sided padding."""
    net = Network(16, 22, seed=5)
    net.add("Conv", net.normal(33, 16, 3), net.normal(33), dilations=[2],
            pads=[3, 0])
    return net


def wide():
    """Enough of everything for the largest tile."""
    net = Network(64, 24, 22, seed=6)
    net.conv(64, 128, 1)
    net.add("Relu")
    return net


def run(*command, **more):
    done = subprocess.run(command, capture_output=True, text=True, **more)
    assert done.returncode == 0, f"{' '.join(command)}:\n{done.stderr}"
    return done.stdout


def main():
    bn_opt, bn_run = sys.argv[1:]
    texts = ""
    for build in (images, lines, wide):
        name, net = build.__name__, build()
        onnx.save(net.model(), f"{name}.onnx")
        run(bn_opt, f"{name}.onnx", "--stop-after=optimize", "-o",
            f"{name}.mlir")
        text = run(bn_opt, f"{name}.mlir", f"--pass-pipeline={PIPELINE}", "-o",
                   os.devnull)
        assert "In tiles of" in text and "float sum =" not in text, name
        with open(f"{name}.cu", "w", encoding="utf-8") as file:
            file.write(text)
        texts += text
        x = np.random.default_rng(7).normal(size=(2, *net.shape)).astype(
            np.float32)
        np.save(f"{name}.npy", x)
        run(bn_run, f"{name}.cu", f"{name}.npy", "-o", "y.npy", "--check-cuda",
            env={**os.environ, "BN_CUDA_SCHEDULE": "random:3"})
        session = onnxruntime.InferenceSession(
            f"{name}.onnx", providers=["CPUExecutionProvider"])
        wanted = session.run(None, {"x": x})[0]
        error = np.abs(np.load("y.npy") - wanted).max()
        bound = TOLERANCE * np.abs(wanted).max()
        # Written so that NaN fails.
        assert error <= bound, f"{name}: {error}, allowed {bound}"
        print(name, "equal")
    for tile in TILES:
        assert f"In tiles of {tile} " in texts, f"no tiles of {tile}"


if __name__ == "__main__":
    main()
