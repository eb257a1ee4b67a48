# ===- fashion_mnist.py - Data of Fashion-MNIST's size ---------*- Python -*-===//
#
# Part of the bn-opt project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===---------------------------------------------------------------------===//

"""Trains BN-LeNet for an epoch on generated files with the names and sizes of
Fashion-MNIST's: 469 steps, the last of 96 images. Usage: fashion_mnist.py BN_RUN
MODELS. Works in the current directory."""

import json
import os
import subprocess
import sys

import numpy as np
import onnx

import networks

BATCH, STEPS = 128, 469
PARTS = {"train": 60000, "t10k": 10000}
# Of the test images. The classes are easy to tell apart.
ACCURACY = 0.9


def main():
    bn_run, models = sys.argv[1:]
    sys.path.insert(0, models)
    import data

    rng = np.random.default_rng(0)
    # A picture for each class, in few shades, so that it is packed quickly.
    pictures = rng.integers(5, size=(10, 28, 28), dtype=np.uint8) * 60
    os.makedirs("fashion", exist_ok=True)
    for part, count in PARTS.items():
        labels = rng.integers(10, size=count, dtype=np.uint8)
        # A common shift of the brightness makes each image another.
        images = pictures[labels] + rng.integers(
            10, size=(count, 1, 1), dtype=np.uint8)
        for name, array in (("images-idx3", images), ("labels-idx1", labels)):
            data.write_idx(f"fashion/{part}-{name}-ubyte.gz", array)

    onnx.save(networks.build("bn-lenet"), "model.onnx")
    command = [bn_run, "train", "model.onnx", "--data", "fashion",
               "--normalize", "0.5,0.5", "--batch", str(BATCH), "--lr", "0.1",
               "--epochs", "1", "--log", "log.jsonl"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, f"{' '.join(command)}:\n{done.stderr}"
    with open("log.jsonl", encoding="utf-8") as file:
        *steps, epoch = map(json.loads, file)
    assert [line["step"] for line in steps] == list(range(1, STEPS + 1))
    assert epoch["test_accuracy"] >= ACCURACY, epoch
    # Counts of images, not means of batches.
    for kind, count in (("train", PARTS["train"]), ("test", PARTS["t10k"])):
        hits = epoch[f"{kind}_accuracy"] * count
        assert abs(hits - round(hits)) < 1e-3, (kind, hits)


if __name__ == "__main__":
    main()
