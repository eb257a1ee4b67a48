# ===- models.py - Whole functions, the plain way --------------*- Python -*-===//
#
# Part of the bn-opt project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===---------------------------------------------------------------------===//

"""Whole functions through the plain way: what becomes of unusual results and of
parameters, and a convolution with its neighbours on a large map."""

import os
import struct
import sys

import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
import reference as ref
from compiled import compile_module


def unusual_results():
    """A result may be an argument, a constant, another result, a view."""
    values = np.array([1.5, -2.0, 4.0], np.float32)
    blob = struct.pack("<I", 4) + values.tobytes()
    functions = compile_module("""
func.func @f(%x: tensor<?x3xf32>)
    -> (tensor<?x3xf32>, tensor<3xf32>, tensor<?x3xf32>, tensor<?x3xf32>,
        tensor<?x3x1xf32>, tensor<?x3xf32>) {
  %c = arith.constant dense_resource<values> : tensor<3xf32>
  %y = bn.add %x, %c : (tensor<?x3xf32>, tensor<3xf32>) -> tensor<?x3xf32>
  %v = bn.reshape %y : tensor<?x3xf32> -> tensor<?x3x1xf32>
  %z = bn.mul %y, %y : (tensor<?x3xf32>, tensor<?x3xf32>) -> tensor<?x3xf32>
  return %x, %c, %y, %y, %v, %z : tensor<?x3xf32>, tensor<3xf32>,
    tensor<?x3xf32>, tensor<?x3xf32>, tensor<?x3x1xf32>, tensor<?x3xf32>
}
{-# dialect_resources: {builtin: {values: "0xBLOB"}} #-}
""".replace("BLOB", blob.hex()))
    x = np.arange(12, dtype=np.float32).reshape(4, 3)
    y = x + values
    expected = [x, values, y, y, y[:, :, None], y * y]
    for i, (got, wanted) in enumerate(zip(functions["f"](x, batch=4),
                                          expected)):
        assert got.shape == wanted.shape and (got == wanted).all(), (
            f"result {i}: expected {wanted}, got {got}")


def write_network(layout):
    image = "?x64x56x56" if layout == "NCHW" else "?x56x56x64"
    pooled = image.replace("56", "28")
    window = "padding = array<i64: {0}, {0}, {0}, {0}>, dilations = array<i64: 1, 1>"
    tail = f"layout = #bn<layout {layout}>}}"
    vectors = ", ".join(["tensor<64xf32>"] * 4)
    return f"""
func.func @{layout}(%x: tensor<{image}xf32>, %w: tensor<64x64x3x3xf32>,
    %s: tensor<64xf32>, %o: tensor<64xf32>, %m: tensor<64xf32>,
    %v: tensor<64xf32>) -> tensor<{pooled}xf32> {{
  %0 = bn.conv %x, %w {{strides = array<i64: 1, 1>, {window.format(1)}, {tail}
    : (tensor<{image}xf32>, tensor<64x64x3x3xf32>) -> tensor<{image}xf32>
  %1 = bn.batch_norm_inference %0, scale %s, offset %o, mean %m, variance %v
    {{epsilon = 1.0e-5 : f64, {tail}
    : (tensor<{image}xf32>, {vectors}) -> tensor<{image}xf32>
  %2 = bn.relu %1 : tensor<{image}xf32>
  %3 = bn.max_pool %2 {{kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>,
    {window.format(0)}, {tail}
    : (tensor<{image}xf32>) -> tensor<{pooled}xf32>
  return %3 : tensor<{pooled}xf32>
}}
"""


def large_map():
    functions = compile_module(write_network("NCHW") + write_network("NHWC"))
    rng = np.random.default_rng(3)
    x = rng.normal(size=(1, 64, 56, 56)).astype(np.float32)
    w = (rng.normal(size=(64, 64, 3, 3)) / 24).astype(np.float32)
    vectors = [rng.normal(size=64).astype(np.float32) for _ in range(3)]
    vectors.append(rng.uniform(0.5, 2, 64).astype(np.float32))
    y = ref.conv(x, w.astype(np.float64), strides=[1, 1], padding=[1] * 4,
                 dilations=[1, 1])
    y = np.maximum(ref.batch_norm(y, *vectors, 1e-5), 0)
    y = ref.max_pool(y, kernel=[2, 2], strides=[2, 2], padding=[0] * 4,
                     dilations=[1, 1])
    first, = functions["NCHW"](x, w, *vectors)
    last, = functions["NHWC"](ref.nhwc(x), w, *vectors)
    assert np.abs(first - y).max() < 1e-6 * np.abs(y).max()
    assert (first == ref.nchw(last)).all(), "layouts differ"


if __name__ == "__main__":
    unusual_results()
    large_map()
