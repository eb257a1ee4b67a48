# ===- same_answers.py - Two ONNX models give the same answers ------------===//
#
# Part of the bn-opt project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------===//
#
# Usage: same_answers.py A B. Runs both (.onnx or .onnxtxt) in ONNX Runtime,
# without its rewrites, on the same random input with a batch of 3, and fails
# unless names, shapes and values of the outputs are equal.
#
# ===----------------------------------------------------------------------===//

import sys

import numpy
import onnx
import onnx.parser
import onnxruntime


def load(path):
    if path.endswith(".onnxtxt"):
        with open(path, encoding="utf-8") as file:
            return onnx.parser.parse_model(file.read())
    return onnx.load(path)


def run(model, feeds):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.graph_optimization_level = (
        onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    )
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    return session.run(None, feeds)


first, second = load(sys.argv[1]), load(sys.argv[2])
onnx.checker.check_model(second, full_check=True)
known = {tensor.name for tensor in first.graph.initializer}
generator = numpy.random.default_rng(0)
feeds = {}
for value in first.graph.input:
    if value.name not in known:
        dims = value.type.tensor_type.shape.dim
        feeds[value.name] = generator.standard_normal(
            [dim.dim_value or 3 for dim in dims]
        ).astype(numpy.float32)

names = [[value.name for value in model.graph.output] for model in (first, second)]
assert names[0] == names[1], f"expected outputs {names[0]}, got {names[1]}"
for name, want, got in zip(names[0], run(first, feeds), run(second, feeds)):
    assert want.shape == got.shape, f"{name}: expected {want.shape}, got {got.shape}"
    error = numpy.abs(want - got).max()
    assert numpy.allclose(want, got, rtol=1e-5, atol=1e-6), f"{name}: off by {error}"
print("same answers")
