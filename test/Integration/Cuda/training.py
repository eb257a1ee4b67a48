# ===- training.py - Training as CUDA C++, run on the CPU -------*- Python -*-===//
#
# Part of the bn-opt project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===---------------------------------------------------------------------===//

"""Trains networks with what they are as CUDA C++, on the CPU, and compares the
losses of all steps, the accuracies and what was learned with the CPU target. A
second run starts its threads in another order and must have the same bits; a
third, of two steps, has the checks for races and bad accesses. Usage:
training.py BN_OPT BN_RUN [CASE...]. Works in the current directory."""

import json
import os
import subprocess
import sys

import numpy as np
import onnx

INTEGRATION = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sys.path.insert(0, os.path.join(INTEGRATION, "Training"))
import dataset
import networks

TOLERANCE = 1e-4
STEPS = 20
# Of each case: the network and its parameters, the batch, options of bn-opt
# (what is compiled in), options of training, and the tolerance of what was
# learned, relative to the largest value of a tensor.
CASES = {
    "bn-lenet": ("bn-lenet", {}, 6, [], ["--lr", "0.1"]),
    "bn-lenet-after": ("bn-lenet-after", {}, 6, ["--optimizer=adamw"],
                       ["--lr", "0.0002", "--weight-decay", "0.01"]),
    "bn-lenet-relu": ("bn-lenet-relu", {}, 6, ["--loss=mse"],
                      ["--lr", "0.01", "--momentum", "0.5", "--nesterov"]),
    "gn-lenet": ("bn-lenet", {"norm": "group"}, 6,
                 ["--label-smoothing", "0.1"], ["--lr", "0.05"]),
    "ln-lenet": ("bn-lenet", {"norm": "layer"}, 6, ["--optimizer=adam"],
                 ["--lr", "0.001"]),
    "rms-lenet": ("bn-lenet", {"norm": "rms"}, 6, [], ["--lr", "0.05"]),
    "resnet": ("resnet18", {"width": 4, "size": 8, "blocks": (1, 1, 1)}, 6, [],
               ["--lr", "0.01"]),
    "preact-resnet": ("preact-resnet", {"width": 4}, 6,
                      ["--bn-momentum", "cumulative"], ["--lr", "0.01"]),
    "conv-gap": ("conv-gap", {"width": 4, "size": 8}, 6,
                 ["--running-var=unbiased"], ["--lr", "0.05"]),
}


def run(*command, **environment):
    done = subprocess.run(command, capture_output=True, text=True,
                          env={**os.environ, **environment})
    assert done.returncode == 0, f"{' '.join(command)}:\n{done.stderr}"


class Run:
    """A run of bn-run train."""

    def __init__(self, bn_run, model, data, options, **environment):
        run(bn_run, "train", model, "--data", data, "--epochs", "1", "--log",
            "run.jsonl", "--save", "run.onnx", *options, **environment)
        with open("run.jsonl", encoding="utf-8") as file:
            lines = [json.loads(line) for line in file]
        self.losses = np.array([line["loss"] for line in lines
                                if "step" in line])
        self.epoch = lines[-1]
        with open("run.onnx", "rb") as file:
            self.saved = file.read()

    def tensors(self):
        return {each.name: onnx.numpy_helper.to_array(each)
                for each in onnx.load_from_string(self.saved).graph.initializer}


def compare(name, got, wanted):
    assert len(wanted.losses) == STEPS, name
    # Written so that NaN fails.
    error = np.abs(got.losses - wanted.losses).max()
    assert error <= TOLERANCE, f"{name}: losses differ by {error}"
    for key in ("train_accuracy", "test_accuracy"):
        assert got.epoch[key] == wanted.epoch[key], f"{name}: {key}"
    known = wanted.tensors()
    for tensor, values in got.tensors().items():
        if values.dtype.kind != "f":
            continue
        error = np.abs(values - known[tensor]).max()
        bound = 10 * TOLERANCE * max(1, np.abs(known[tensor]).max())
        assert error <= bound, f"{name}, {tensor}: {error}, allowed {bound}"


def check(bn_opt, bn_run, name):
    network, parameters, batch, compiled, options = CASES[name]
    model, text = f"{name}.onnx", f"{name}.cu"
    onnx.save(networks.build(network, affine="random", **parameters), model)
    shape = networks.get_shape(network, parameters.get("size"))
    # The last batch is a short one.
    rows = batch * STEPS - 2
    images, labels = dataset.make(shape, rows)
    for data, end in (("long", rows), ("short", 2 * batch)):
        dataset.write(data, images[:end], labels[:end])
    options = ["--batch", str(batch), "--no-shuffle", *options]
    wanted = Run(bn_run, model, "long", [*compiled, *options])
    run(bn_opt, model, "--train", *compiled, "-o", text)
    got = Run(bn_run, text, "long", options)
    compare(name, got, wanted)
    again = Run(bn_run, text, "long", options, BN_CUDA_SCHEDULE="random:7")
    assert np.array_equal(got.losses, again.losses), f"{name}: other bits"
    assert got.saved == again.saved, f"{name}: other bits"
    checked = Run(bn_run, model, "short",
                  [*compiled, *options, "--check-cuda"])
    assert np.array_equal(checked.losses, got.losses[:2]), name
    print(name, "equal")


def main():
    bn_opt, bn_run, *names = sys.argv[1:]
    for name in names or CASES:
        check(bn_opt, bn_run, name)


if __name__ == "__main__":
    main()
