# ===- large_means.py - Statistics far from zero ---------------*- Python -*-===//
#
# Part of the bn-opt project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===---------------------------------------------------------------------===//

"""One step on data with a mean of 1e4 and a deviation of 1: the statistics of a
batch norm on it, and behind a convolution of it, are right to 1e-4. Usage:
large_means.py BN_RUN [OPTION...]. Works in the current directory."""

import subprocess
import sys

import numpy as np
import onnx

import dataset
from builder import Builder
from cases import get_initial_values

MEAN, TOLERANCE = 1e4, 1e-4
SHAPE, ROWS = (3, 9, 7), 37
NAMES = {"running_mean": np.mean, "running_var": np.var}


def build(with_conv):
    b = Builder("large-means", SHAPE, 0)
    x = b.conv("input", "conv", 4, 1) if with_conv else "input"
    x = b.norm(x, "", "batch")
    return b.model(b.linear(b.flatten(x, "flatten"), "fc", 10))


def get_expected(model, images):
    """The statistics by name, in double."""
    x, values = images.astype(np.float64), get_initial_values(model)
    if "conv.weight" in values:
        weight = values["conv.weight"][:, :, 0, 0].astype(np.float64)
        x = np.einsum("oc,nchw->nohw", weight, x)
        x += values["conv.bias"][:, None, None]
    return {name: take(x, axis=(0, 2, 3)) for name, take in NAMES.items()}


def main():
    bn_run, *options = sys.argv[1:]
    rng = np.random.default_rng(0)
    images = (MEAN + rng.normal(size=(ROWS, *SHAPE))).astype(np.float32)
    dataset.write("data", images, rng.integers(10, size=ROWS))
    for with_conv in (False, True):
        model = build(with_conv)
        onnx.save(model, "model.onnx")
        # With a momentum of 0 the new statistics are the batch's.
        command = [bn_run, "train", "model.onnx", "--data", "data", "--batch",
                   str(ROWS), "--epochs", "1", "--lr", "1e-3", "--bn-momentum",
                   "0", "--save", "saved.onnx", *options]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, f"{' '.join(command)}:\n{done.stderr}"
        got = get_initial_values(onnx.load("saved.onnx"))
        for name, wanted in get_expected(model, images).items():
            error = np.abs(got[f"bn.{name}"] / wanted - 1).max()
            print(f"{'conv' if with_conv else 'input'}, {name}: {error:.1e}")
            assert error <= TOLERANCE, f"{got[f'bn.{name}']}, wanted {wanted}"


if __name__ == "__main__":
    main()
