#===- full_size.py - Data as large as MNIST --------------------------------===#
#
# Part of the bn-opt project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===------------------------------------------------------------------------===#
"""Without arguments: writes data/ and a linear model. `full_size.py check`:
reads what training left there.

The picture of class k has a bright bar at its k-th place. Training on 60,000 of
them in batches of 128 takes 469 steps, the last one with 96 rows.
"""

import gzip
import json
import os
import sys

import numpy
import onnx
from onnx import TensorProto, helper, numpy_helper

SIZES = {"train": 60000, "t10k": 10000}


def write_data():
    random = numpy.random.default_rng(5)
    os.makedirs("data")
    for stem, rows in SIZES.items():
        labels = random.integers(0, 10, rows).astype(numpy.uint8)
        # A few noise patterns are enough, and compress well.
        noise = random.integers(0, 90, (64, 28, 28)).astype(numpy.uint8)
        images = noise[numpy.arange(rows) % 64]
        for label in range(10):
            images[labels == label, 2 * label + 4:2 * label + 6, 4:24] += 60
        for kind, rank, content in (("images-idx3", 3, images),
                                    ("labels-idx1", 1, labels)):
            header = bytes([0, 0, 8, rank])
            header += numpy.array(content.shape, ">u4").tobytes()
            path = f"data/{stem}-{kind}-ubyte.gz"
            with gzip.open(path, "wb", compresslevel=1) as file:
                file.write(header + content.tobytes())


def write_model():
    weight = numpy.random.default_rng(6).uniform(
        -1 / 28, 1 / 28, (10, 784)).astype(numpy.float32)
    graph = helper.make_graph(
        [helper.make_node("Flatten", ["input"], ["row"], name="flatten"),
         helper.make_node("Gemm", ["row", "weight", "bias"], ["logits"],
                          name="linear", transB=1)],
        "linear",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT,
                                       ["N", 1, 28, 28])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["N", 10])],
        [numpy_helper.from_array(weight, "weight"),
         numpy_helper.from_array(numpy.zeros(10, numpy.float32), "bias")])
    onnx.save(helper.make_model(graph, ir_version=8, opset_imports=[
        helper.make_opsetid("", 17)]), "linear.onnx")


def check():
    with open("log.jsonl", encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]
    steps = [line["step"] for line in lines if "step" in line]
    assert steps == list(range(1, 470)), steps[-1]
    epoch, = [line for line in lines if "step" not in line]
    # Hits are whole numbers of all rows.
    for key, rows in (("train_accuracy", 60000), ("test_accuracy", 10000)):
        hits = epoch[key] * rows
        assert abs(hits - round(hits)) < 1e-3, (key, hits)
    losses = [line["loss"] for line in lines if "step" in line]
    assert abs(numpy.mean(losses) - epoch["train_loss"]) < 1e-6
    properties = {entry.key: entry.value
                  for entry in onnx.load("trained.onnx").metadata_props}
    assert properties == {"bn.input_mean": "0.5", "bn.input_std": "0.5"}


if len(sys.argv) > 1:
    check()
else:
    write_data()
    write_model()
