# ===- dropout.py - Trainings with dropout ---------------------*- Python -*-===//
#
# Part of the bn-opt project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===---------------------------------------------------------------------===//

"""BN-LeNet with dropout leaves out the same values the fast and the plain way and
in double: losses are equal for a seed, and other ones for another. Usage:
dropout.py BN_RUN. Works in the current directory."""

import json
import subprocess
import sys

import numpy as np
import onnx

import dataset
import networks

ROWS, BATCH, EPOCHS = 123, 50, 2
# The last of the losses is that of a sixth step.
TOLERANCE = 1e-5


def train(bn_run, seed, *options):
    """The losses of all steps, and the test accuracies."""
    command = [bn_run, "train", "dropout.onnx", "--data", "data", "--batch",
               str(BATCH), "--epochs", str(EPOCHS), "--lr", "0.05", "--seed",
               str(seed), "--no-shuffle", "--log", "log.jsonl", *options]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, f"{' '.join(command)}:\n{done.stderr}"
    assert "plain way" not in done.stderr or "-O0" in options, done.stderr
    with open("log.jsonl", encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]
    return (np.array([line["loss"] for line in lines if "step" in line]),
            [line["test_accuracy"] for line in lines if "step" not in line])


def main():
    bn_run, = sys.argv[1:]
    dataset.write("data", *dataset.make(networks.get_shape("bn-lenet"), ROWS))
    onnx.save(networks.build("bn-lenet", dropout=0.5), "dropout.onnx")
    fast, accuracy = train(bn_run, 3)
    for options in (("-O0",), ("--element-type=f64",)):
        losses, others = train(bn_run, 3, *options)
        off = np.abs(losses - fast).max()
        assert off <= TOLERANCE, f"{options}: losses differ by {off:.2e}"
        assert others == accuracy, f"{options}: {others}, {accuracy}"
    other, _ = train(bn_run, 4)
    # No step has the zeros of another run.
    assert np.abs(other - fast).min() > 100 * TOLERANCE, "the seed changes nothing"


if __name__ == "__main__":
    main()
