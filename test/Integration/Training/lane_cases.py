# ===- lane_cases.py - What is tested of lane kernels ----------*- Python -*-===//
#
# Part of the bn-opt project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===---------------------------------------------------------------------===//

"""The list of kernels that lanes.py tests, and shorthands to add some. The command
line says for how many lanes."""

import sys

import numpy as np

from lane_kernels import extents

LENGTH, REGISTERS, CPU = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
RNG = np.random.default_rng(11)
BATCH = 2 * LENGTH + 3
KERNELS = {}


def normal(*shape, scale=1.0, offset=0.0):
    return (RNG.standard_normal(shape) * scale + offset).astype(np.float32)


def add(name, kernel, *expected, tolerance=2e-6):
    """`expected`: in the order of the outputs, in double."""
    KERNELS[name] = (kernel, expected, tolerance)


def f32(*shape):
    return f"tensor<{extents(shape)}f32>"


def array(name, values):
    return f"{name} = array<i64: {', '.join(map(str, values))}>"


def window(**attributes):
    """The attributes of a convolution or pooling as text."""
    parts = []
    for name, value in attributes.items():
        if isinstance(value, bool):
            parts.append(f"{name} = {'true' if value else 'false'}")
        elif isinstance(value, int):
            parts.append(f"{name} = {value} : i64")
        else:
            parts.append(array(name, value))
    return "{" + ", ".join(parts) + "}"


def conv_attributes(strides=(1, 1), padding=(0, 0, 0, 0), dilations=(1, 1),
                    groups=1):
    return dict(strides=strides, padding=padding, dilations=dilations,
                groups=groups)


def sigmoid(x):
    return 1 / (1 + np.exp(-x.astype(np.float64)))


def statistics_of(x):
    axes = (0,) + tuple(range(2, x.ndim))
    return x.mean(axes), x.var(axes)


def expect_statistics(x):
    """Means and squared deviations of each block, in double."""
    x = x.astype(np.float64)
    parts = [x[i:i + LENGTH] for i in range(0, len(x), LENGTH)]
    means = np.stack([statistics_of(p)[0] for p in parts])
    squares = np.stack([statistics_of(p)[1] * p[:, 0].size for p in parts])
    return means, squares
