# ===- fingerprint.py - A tensor in a few numbers --------------*- Python -*-===//
#
# Part of the bn-opt project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===---------------------------------------------------------------------===//

"""What a golden file holds of a tensor: its norm, its largest magnitude, some of
its values, and its products with some fixed vectors of ones and minus ones.

The product of such a vector with the difference of two tensors is, on the
average of its square, the norm of the difference: a few products tell how far
apart two tensors are, whichever values differ, without having both."""

import numpy as np

SAMPLES, PRODUCTS = 3, 4


def take(tensor):
    """The root mean square, the largest magnitude, the samples, and the products
    over sqrt(size)."""
    x = np.asarray(tensor, np.float64).ravel()
    rng = np.random.default_rng(x.size)
    signs = rng.integers(2, size=(PRODUCTS, x.size)) * 2.0 - 1
    places = rng.integers(x.size, size=SAMPLES)
    root = x.size ** 0.5
    return [float(np.linalg.norm(x)) / root, float(np.abs(x).max()),
            *map(float, x[places]), *map(float, signs @ x / root)]


def difference(got, wanted):
    """Of two fingerprints: the largest difference of the first kinds, which no
    difference of values is below, or the root mean square of all values'
    difference, as the products estimate it."""
    apart = np.abs(np.subtract(got, wanted))
    values, products = np.split(apart, [2 + SAMPLES])
    return float(max(values.max(), np.sqrt(np.mean(products ** 2))))


def largest(fingerprint):
    return fingerprint[1]
