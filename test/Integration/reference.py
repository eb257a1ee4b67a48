# ===- reference.py - The ops in double precision --------------*- Python -*-===//
#
# Part of the bn-opt project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===---------------------------------------------------------------------===//

"""The ops of the bn dialect in NumPy, in double precision, by their formulas.

Written to be obviously right: sums over windows are loops over the taps. Images
are NCHW here; `nhwc` and `nchw` convert.
"""

import itertools

import numpy as np


def nhwc(x):
    return np.moveaxis(x, 1, -1)


def nchw(x):
    return np.moveaxis(x, -1, 1)


def per_channel(vector, x):
    return np.reshape(np.asarray(vector, np.float64),
                      (1, -1) + (1,) * (x.ndim - 2))


def _windows(x, kernel, strides, padding, dilations, ceil_mode, fill):
    """One array per tap, of the value under it at each position."""
    spatial = x.ndim - 2
    out, width = [], [(0, 0), (0, 0)]
    for i in range(spatial):
        room = (x.shape[2 + i] + padding[i] + padding[spatial + i] -
                dilations[i] * (kernel[i] - 1) - 1)
        extent = room // strides[i] + 1
        if (ceil_mode and room % strides[i] and
                extent * strides[i] < x.shape[2 + i] + padding[i]):
            extent += 1
        out.append(extent)
        # More than enough behind; what is too much is never under a tap.
        width.append((padding[i], padding[spatial + i] + strides[i] *
                      dilations[i] * kernel[i]))
    padded = np.pad(np.asarray(x, np.float64), width, constant_values=fill)
    for taps in itertools.product(*map(range, kernel)):
        where = [slice(None), slice(None)]
        for i, tap in enumerate(taps):
            first = tap * dilations[i]
            where.append(slice(first, first + strides[i] * (out[i] - 1) + 1,
                               strides[i]))
        yield taps, padded[tuple(where)]


def conv(x, w, b=None, *, strides, padding, dilations, groups=1):
    cout, per_group = w.shape[:2]
    result = 0
    for taps, values in _windows(x, w.shape[2:], strides, padding, dilations,
                                 False, 0.0):
        parts = []
        for o in range(cout):
            group = o // (cout // groups)
            channels = values[:, group * per_group:(group + 1) * per_group]
            parts.append((channels * per_channel(
                w[(o, slice(None)) + taps], channels)).sum(axis=1))
        result = result + np.stack(parts, axis=1)
    return result if b is None else result + per_channel(b, result)


def max_pool(x, *, kernel, strides, padding, dilations, ceil_mode=False):
    return np.max([v for _, v in _windows(
        x, kernel, strides, padding, dilations, ceil_mode, -np.inf)], axis=0)


def average_pool(x, *, kernel, strides, padding, dilations, ceil_mode=False,
                 count_include_pad=False):
    total = sum(v for _, v in _windows(x, kernel, strides, padding, dilations,
                                       ceil_mode, 0.0))
    # The same windows over ones count the values in the divisor.
    ones = np.ones(x.shape)
    if count_include_pad:
        spatial = x.ndim - 2
        ones = np.pad(ones, [(0, 0), (0, 0)] + list(
            zip(padding[:spatial], padding[spatial:])), constant_values=1.0)
        count = [v for _, v in _windows(ones, kernel, strides, [0] * len(
            padding), dilations, True, 0.0)]
        count = [c[tuple(map(slice, total.shape))] for c in count]
    else:
        count = [v for _, v in _windows(ones, kernel, strides, padding,
                                        dilations, ceil_mode, 0.0)]
    return total / sum(count)


def batch_norm(x, scale, offset, mean, variance, epsilon):
    x = np.asarray(x, np.float64)
    return (per_channel(scale, x) * (x - per_channel(mean, x)) /
            np.sqrt(per_channel(variance, x) + epsilon) +
            per_channel(offset, x))


def batch_norm_training(x, scale, offset, running_mean, running_variance, *,
                        epsilon, momentum, convention, variance_bias):
    x = np.asarray(x, np.float64)
    axes = (0,) + tuple(range(2, x.ndim))
    m = x.size // x.shape[1]
    mean = x.mean(axis=axes)
    squares = ((x - per_channel(mean, x)) ** 2).sum(axis=axes)
    variance = squares / m
    averaged = squares / (m - 1) if variance_bias == "unbiased" else variance
    keep = momentum if convention == "onnx" else 1 - momentum
    return (batch_norm(x, scale, offset, mean, variance, epsilon), mean,
            variance, keep * np.asarray(running_mean, np.float64) +
            (1 - keep) * mean,
            keep * np.asarray(running_variance, np.float64) +
            (1 - keep) * averaged)


def group_norm(x, scale, offset, groups, epsilon):
    x = np.asarray(x, np.float64)
    parts = x.reshape(x.shape[0], groups, -1)
    mean = parts.mean(axis=2, keepdims=True)
    variance = ((parts - mean) ** 2).mean(axis=2, keepdims=True)
    normalized = ((parts - mean) / np.sqrt(variance + epsilon)).reshape(x.shape)
    return per_channel(scale, x) * normalized + per_channel(offset, x)


def layer_norm(x, scale, axis, epsilon, root_mean_square=False):
    """Without the offset, which is added."""
    x = np.asarray(x, np.float64)
    axes = tuple(range(axis, x.ndim))
    mean = 0 if root_mean_square else x.mean(axis=axes, keepdims=True)
    variance = ((x - mean) ** 2).mean(axis=axes, keepdims=True)
    return scale * (x - mean) / np.sqrt(variance + epsilon)


def _hash_step(state, word):
    """See DropoutHash.h; arrays of unsigned integers of 32 bits."""
    state = np.asarray(state + word + np.uint32(0x9e3779b9), np.uint32)
    state = (state ^ state >> np.uint32(16)) * np.uint32(0x21f0aaad)
    state = (state ^ state >> np.uint32(15)) * np.uint32(0xd35a2d97)
    return state ^ state >> np.uint32(15)


def dropout(x, seed, ratio, stream):
    x = np.asarray(x)
    state = np.zeros(1, np.uint32)
    for value in seed:
        value = int(value) % 2**64
        for word in (value % 2**32, value >> 32):
            state = _hash_step(state, np.uint32(word))
    state = _hash_step(state, np.uint32(stream % 2**32))
    rows = np.arange(x.shape[0], dtype=np.uint32)[:, None]
    places = np.arange(x[0].size, dtype=np.uint32)[None]
    state = _hash_step(_hash_step(state, rows), places)
    kept = state.astype(np.float64) >= np.round(ratio * 2**32)
    return np.where(kept.reshape(x.shape), x / (1 - ratio), 0)
