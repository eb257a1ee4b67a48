# ===- worked_example.py - Batch norm on eight numbers ---------*- Python -*-===//
#
# Part of the bn-opt project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===---------------------------------------------------------------------===//

"""The worked example of batch norm through bn-run, in prediction and in training
mode, in both layouts and as rows. Usage: worked_example.py BN_RUN INPUTS"""

import os
import subprocess
import sys

import numpy as np

# Channel 0; channel 1 is larger by 4 everywhere.
CHANNEL = np.array([[[1, 2], [3, 4]], [[2, 3], [4, 5]]], np.float32)
IMAGES = np.stack([CHANNEL, CHANNEL + 4], axis=1)
NORMALIZED = np.repeat(
    [[-1.63298772, -0.81649386, 0, 0.81649386],
     [-0.81649386, 0, 0.81649386, 1.63298772]], 2, axis=0).reshape(2, 2, 2, 2)
# From running means 0 and variances 1 with momentum 0.9.
UPDATES = {1: ([0.3, 0.7], [1.05, 1.05]),
           3: ([0.813, 1.897], [1.1355, 1.1355])}
# Image 1, channel 1 of the prediction after three updates.
PREDICTION = [0.17548747, 1.11392317, 2.05235886, 2.99079456]

LAYOUTS = {
    "nchw": lambda x: x,
    "nhwc": lambda x: np.moveaxis(x, 1, -1),
    "rank2": lambda x: np.moveaxis(x, 1, -1).reshape(-1, 2),
}


def run(bn_run, model, **inputs):
    command = [bn_run, model, "-o", "out.npz"]
    for name, values in inputs.items():
        np.save(f"{name}.npy", np.asarray(values, np.float32))
        command += ["--input", f"{name}={name}.npy"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, f"{' '.join(command)}:\n{done.stderr}"
    with np.load("out.npz") as file:
        return dict(file)


def close(what, got, wanted):
    wanted = np.asarray(wanted, np.float64)
    assert got.shape == wanted.shape, (what, got.shape, wanted.shape)
    assert (np.abs(got - wanted) <= 5e-7).all(), (what, got, wanted)


def main():
    bn_run, inputs = sys.argv[1:]
    for layout, arrange in LAYOUTS.items():
        model = os.path.join(inputs, f"worked-example-training-{layout}.mlir")
        mean, variance = np.zeros(2), np.ones(2)
        for update in range(1, 4):
            out = run(bn_run, model, x=arrange(IMAGES), running_mean=mean,
                      running_variance=variance)
            close(f"{layout}: y", out["y"], arrange(NORMALIZED))
            close(f"{layout}: batch mean", out["batch_mean"], [3, 7])
            close(f"{layout}: batch variance", out["batch_variance"],
                  [1.5, 1.5])
            mean = out["new_running_mean"]
            variance = out["new_running_variance"]
            if update in UPDATES:
                close(f"{layout}: mean {update}", mean, UPDATES[update][0])
                close(f"{layout}: variance {update}", variance,
                      UPDATES[update][1])
        model = os.path.join(inputs, f"worked-example-prediction-{layout}.mlir")
        out = run(bn_run, model, x=arrange(IMAGES))
        y = (IMAGES - np.reshape([0.813, 1.897], (1, 2, 1, 1))) / (
            np.sqrt(1.1355 + 1e-5))
        close("the formula", y[0, 0].flatten(), PREDICTION)
        close(f"{layout}: prediction", out["y"], arrange(y))


if __name__ == "__main__":
    main()
