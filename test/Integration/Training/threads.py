# ===- threads.py - The same bits for any number of threads ----*- Python -*-===//
#
# Part of the bn-opt project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===---------------------------------------------------------------------===//

"""Trains networks with 1, 2 and 4 threads, and once more: all losses and saved
models are equal to the bit. Usage: threads.py BN_RUN. Works in the current
directory."""

import json
import subprocess
import sys

import onnx

import dataset
import networks

RUNS = ("1", "2", "4", "4")
# A network with arguments of networks.build, and the batch. The last batch of
# an epoch is short, and batches are not multiples of vectors.
NETWORKS = (("bn-lenet", {}, 50), ("bn-lenet", {"dropout": 0.3}, 50),
            ("preact-resnet", {}, 19))
ROWS, EPOCHS = 123, 2


def train(bn_run, model, batch, threads):
    """The step lines of the log, and the bytes of the saved model."""
    command = [bn_run, "train", model, "--data", "data", "--batch", str(batch),
               "--epochs", str(EPOCHS), "--lr", "0.05", "--seed", "3",
               "--threads", threads, "--log", "log.jsonl", "--save",
               "saved.onnx"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, f"{' '.join(command)}:\n{done.stderr}"
    with open("log.jsonl", encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]
    for line in lines:
        line.pop("examples_per_second", None)
    with open("saved.onnx", "rb") as file:
        return lines, file.read()


def main():
    bn_run, = sys.argv[1:]
    for index, (name, parameters, batch) in enumerate(NETWORKS):
        dataset.write("data", *dataset.make(networks.get_shape(name), ROWS))
        model = f"network{index}.onnx"
        onnx.save(networks.build(name, **parameters), model)
        runs = [train(bn_run, model, batch, threads) for threads in RUNS]
        steps = -(-ROWS // batch) * EPOCHS
        assert len(runs[0][0]) == steps + EPOCHS
        with open(model, "rb") as file:
            assert runs[0][1] != file.read(), "nothing was trained"
        for threads, run in zip(RUNS, runs):
            assert run == runs[0], f"{model}: {threads} threads differ"


if __name__ == "__main__":
    main()
