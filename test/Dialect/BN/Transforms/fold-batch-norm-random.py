#!/usr/bin/env python3
# ===- fold-batch-norm-random.py - Folds against NumPy ----------------------===#
#
# Part of the bn-opt project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===-----------------------------------------------------------------------===#
"""Fold random layers with bn-opt and compute both programs in NumPy.

Every program is a batch norm behind or in front of a convolution (any groups,
strides, dilations, both layouts, rank 3 to 5) or a linear layer (both
transposes, alpha, beta, with and without bias), all extents random. The
formulas are written here again, in double, from the dialect's description; the
answers must agree within single-precision rounding of the parameters.

usage: fold-batch-norm-random.py BN-OPT COUNT
"""

import itertools
import re
import subprocess
import sys

import numpy as np

rng = np.random.default_rng(20240229)
EPSILON = 0.125


def tensor_type(shape):
    return f"tensor<{'x'.join(map(str, shape))}xf32>"


def constant(name, values):
    values = np.asarray(values, np.float32)
    text = re.sub(r"\s+", "", np.array2string(
        values, separator=",", threshold=sys.maxsize,
        formatter={"float_kind": lambda x: f"{x:.9e}"}))
    return f"  %{name} = arith.constant dense<{text}> : {tensor_type(values.shape)}\n"


def conv(x, weight, bias, strides, padding, dilations, groups, last):
    if last:
        x = np.moveaxis(x, -1, 1)
    spatial = x.ndim - 2
    x = np.pad(x, [(0, 0), (0, 0), *zip(padding[:spatial], padding[spatial:])])
    window = [d * (k - 1) + 1 for d, k in zip(dilations, weight.shape[2:])]
    extent = [(n - w) // s + 1 for n, w, s in zip(x.shape[2:], window, strides)]
    y = np.zeros((x.shape[0], weight.shape[0], *extent))
    outputs, inputs = weight.shape[0] // groups, weight.shape[1]
    for o in range(weight.shape[0]):
        for c in range(inputs):
            for k in itertools.product(*map(range, weight.shape[2:])):
                place = tuple(
                    slice(i * d, i * d + (n - 1) * s + 1, s)
                    for i, d, n, s in zip(k, dilations, extent, strides))
                y[:, o] += weight[(o, c, *k)] * x[(slice(None), o // outputs * inputs + c, *place)]
        y[:, o] += 0 if bias is None else bias[o]
    return np.moveaxis(y, 1, -1) if last else y


def linear(x, weight, bias, transpose_input, transpose_weight, alpha, beta):
    y = alpha * (x.T if transpose_input else x) @ (weight.T if transpose_weight else weight)
    return y if bias is None else y + beta * bias


def batch_norm(x, gamma, beta, mean, var, axis):
    shape = [1] * x.ndim
    shape[axis] = -1
    gamma, beta, mean, var = (v.astype(float).reshape(shape) for v in (gamma, beta, mean, var))
    return gamma * (x - mean) / np.sqrt(var + EPSILON) + beta


def draw(*shape):
    return rng.uniform(0.5, 2, shape).astype(np.float32) * rng.choice([-1, 1], shape).astype(np.float32)


def random_conv(in_front):
    spatial = rng.integers(1, 4)
    groups = int(rng.integers(1, 4))
    inputs, outputs = groups * rng.integers(1, 4), groups * rng.integers(1, 4)
    kernel = rng.integers(1, 3, spatial)
    strides, dilations = rng.integers(1, 3, spatial), rng.integers(1, 3, spatial)
    padding = np.zeros(2 * spatial, int) if in_front else rng.integers(0, 2, 2 * spatial)
    image = rng.integers(4, 7, spatial)
    last = bool(rng.integers(2))
    shape = (2, *image, inputs) if last else (2, inputs, *image)
    weight = draw(outputs, inputs // groups, *kernel)
    array = lambda values: f"array<i64: {', '.join(map(str, values))}>"
    attributes = (f"dilations = {array(dilations)}, groups = {groups} : i64, "
                  f"layout = #bn<layout {'NHWC' if last else 'NCHW'}>, "
                  f"padding = {array(padding)}, strides = {array(strides)}")
    compute = lambda x, w, b: conv(x, w, b, strides, padding, dilations, groups, last)
    return "conv", shape, weight, outputs, attributes, compute, -1 if last else 1


def random_linear(in_front):
    inputs, outputs = rng.integers(1, 6, 2)
    transpose_input = bool(rng.integers(2)) and not in_front
    transpose_weight = bool(rng.integers(2))
    alpha, beta = rng.choice([1.0, -0.5, 3.0], 2)
    shape = (inputs, 3) if transpose_input else (3, inputs)
    weight = draw(outputs, inputs) if transpose_weight else draw(inputs, outputs)
    attributes = f"alpha = {alpha} : f64, beta = {beta} : f64"
    attributes += ", transpose_input" * transpose_input
    attributes += ", transpose_weight" * transpose_weight

    def compute(x, w, b, beta=beta):
        return linear(x, w, b, transpose_input, transpose_weight, alpha, beta)

    return "linear", shape, weight, outputs, attributes, compute, 1


def run(bn_opt, index):
    in_front = bool(rng.integers(2))
    kind, shape, weight, outputs, attributes, compute, axis = (
        random_conv if rng.integers(2) else random_linear)(in_front)
    bias = draw(outputs) if rng.integers(2) else None
    x = draw(*shape).astype(float)
    before = compute(x, weight.astype(float), bias)
    channels = (x if in_front else before).shape[axis]
    gamma, beta, mean = draw(channels), draw(channels), draw(channels)
    var = np.abs(draw(channels))
    normalize = lambda v: batch_norm(v, gamma, beta, mean, var, axis)
    want = compute(normalize(x), weight.astype(float), bias) if in_front else normalize(before)

    text = "".join(itertools.starmap(constant, [
        ("w", weight), ("g", gamma), ("o", beta), ("m", mean), ("v", var)]))
    bias_use, bias_type = "", ""
    if bias is not None:
        text += constant("b", bias)
        bias_use, bias_type = " bias %b", ", " + tensor_type(bias.shape)
    vector = tensor_type([channels])
    layout = ", layout = #bn<layout NHWC>" if axis == -1 else ""

    def norm(source, result, of):
        return (f"  {result} = bn.batch_norm_inference {source}, scale %g, offset %o, mean %m, "
                f"variance %v {{epsilon = {EPSILON} : f64{layout}}} : ({tensor_type(of)}, "
                f"{vector}, {vector}, {vector}, {vector}) -> {tensor_type(of)}\n")

    def layer(source, result):
        return (f"  {result} = bn.{kind} {source}, %w{bias_use} {{{attributes}}} : "
                f"({tensor_type(shape)}, {tensor_type(weight.shape)}{bias_type}) -> "
                f"{tensor_type(before.shape)}\n")

    body = norm("%x", "%0", shape) + layer("%0", "%y") if in_front else (
        layer("%x", "%0") + norm("%0", "%y", before.shape))
    module = (f"func.func @f(%x: {tensor_type(shape)}) -> {tensor_type(before.shape)} {{\n{text}"
              f"{body}  return %y : {tensor_type(before.shape)}\n}}\n")
    done = subprocess.run([bn_opt, "--bn-fold-batch-norm", "--mlir-print-elementsattrs-with-hex-if-larger=-1", "-"],
                          input=module, capture_output=True, text=True, check=False)
    if done.returncode or "= bn.batch_norm" in done.stdout:
        print(f"program {index} was not folded: {done.stderr}{module}{done.stdout}")
        return False

    constants = {}
    for name, values, extents in re.findall(
            r"(%\w+) = arith.constant dense<(.*?)> : tensor<(.*?)xf32>", done.stdout):
        dims = tuple(map(int, extents.split("x")))
        # A single value stands for all when they are equal.
        numbers = np.array([float(v) for v in re.findall(r"[-+.\deE]+", values)])
        constants[name] = np.broadcast_to(numbers, dims) if numbers.size == 1 else numbers.reshape(dims)
    used = re.search(rf"bn\.{kind} %\w+, (%\w+) bias (%\w+)", done.stdout)
    folded = constants[used[1]], constants[used[2]]
    got = compute(x, *folded, **({"beta": 1.0} if kind == "linear" else {}))
    error = np.max(np.abs(got - want)) / max(1.0, np.max(np.abs(want)))
    if not error < 1e-5:
        print(f"program {index} differs by {error}: {module}{done.stdout}")
        return False
    return True


def main():
    bn_opt, count = sys.argv[1], int(sys.argv[2])
    passed = sum(run(bn_opt, index) for index in range(count))
    print(f"{passed} of {count} folds agree")
    return 0 if passed == count else 1


if __name__ == "__main__":
    sys.exit(main())
