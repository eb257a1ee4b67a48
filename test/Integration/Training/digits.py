# ===- digits.py - BN-LeNet on the shipped digits --------------*- Python -*-===//
#
# Part of the bn-opt project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===---------------------------------------------------------------------===//

"""Trains BN-LeNet on the digits and counts the test images that it reads right,
as goldens/digits.json has them from PyTorch.

`digits.py BN_RUN DIGITS same`: from files, in the data's order, each count within
1 of PyTorch's. `digits.py BN_OPT DIGITS random`: a trainer, from initial values of
its own, shuffled, the mean accuracy of all seeds within 2 points of PyTorch's.
Works in the current directory."""

import json
import os
import subprocess
import sys

import numpy as np
import onnx

import networks
from compare import FOLDER

IMAGES, POINTS = 1, 0.02


def run(command):
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, f"{' '.join(command)}:\n{done.stderr}"


def train(trainer, digits, epochs, settings, *options):
    """Number of test images read right after the last epoch."""
    run([*trainer, "--data", digits, "--normalize", "0.5,0.5", "--batch",
         str(settings["batch"]), "--lr", str(settings["rate"]), "--epochs",
         str(epochs), "--log", "digits.jsonl", *options])
    with open("digits.jsonl", encoding="utf-8") as file:
        last = json.loads(file.read().splitlines()[-1])
    assert last["epoch"] == epochs and "step" not in last
    return round(last["test_accuracy"] * settings["test_images"])


def check_same(bn_run, digits, golden):
    right = True
    for seed, wanted in enumerate(golden["same"]["hits"]):
        onnx.save(networks.build("bn-lenet", seed), "digits.onnx")
        got = train([bn_run, "train", "digits.onnx", "--running-var=unbiased"],
                    digits, golden["same"]["epochs"], golden, "--no-shuffle")
        print(f"seed {seed}: {got} of {golden['test_images']}, PyTorch {wanted}")
        right &= abs(got - wanted) <= IMAGES
    return right


def check_random(bn_opt, digits, golden):
    onnx.save(networks.build("bn-lenet"), "digits.onnx")
    run([bn_opt, "digits.onnx", "--train", "--running-var=unbiased", "-o",
         "trainer"])
    hits = [train(["./trainer"], digits, golden["random"]["epochs"], golden,
                  "--init=random", f"--seed={seed}", "--threads=1")
            for seed in range(len(golden["random"]["hits"]))]
    got, wanted = (np.array(each) / golden["test_images"]
                   for each in (hits, golden["random"]["hits"]))
    print(f"mean of {len(hits)} seeds: {got.mean():.4f}, PyTorch "
          f"{wanted.mean():.4f}; deviations {got.std():.4f}, {wanted.std():.4f}")
    assert len(set(hits)) > 1, "all seeds gave the same"
    return abs(got.mean() - wanted.mean()) <= POINTS


def main():
    program, digits, kind = sys.argv[1:]
    with open(os.path.join(FOLDER, "digits.json"), encoding="utf-8") as file:
        golden = json.load(file)
    check = {"same": check_same, "random": check_random}[kind]
    sys.exit(0 if check(program, digits, golden) else 1)


if __name__ == "__main__":
    main()
