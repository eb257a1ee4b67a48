# ===- gradients.py - Gradients in double precision ------------*- Python -*-===//
#
# Part of the bn-opt project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===---------------------------------------------------------------------===//

"""Gradients of convolutions, pools and norms in NumPy, in double precision, tap by
tap and window by window."""

import itertools

import numpy as np


def taps_of(x_shape, y_shape, kernel, strides, padding, dilations):
    """For each tap the slices of padded input positions and its place."""
    for tap in itertools.product(*map(range, kernel)):
        where = tuple(
            slice(k * d, k * d + s * (n - 1) + 1, s) for k, d, s, n in
            zip(tap, dilations, strides, y_shape[2:]))
        yield tap, (slice(None), slice(None)) + where


def conv_gradients(x, w, g, *, strides, padding, dilations, groups):
    """Gradients of input and filter, tap by tap."""
    widths = [(0, 0), (0, 0)] + [
        (padding[i], padding[2 + i] + strides[i] * dilations[i] * w.shape[2 + i])
        for i in range(2)]
    padded = np.pad(x.astype(np.float64), widths)
    dx, dw = np.zeros_like(padded), np.zeros(w.shape)
    outs, ins = w.shape[0] // groups, w.shape[1]
    for tap, where in taps_of(x.shape, g.shape, w.shape[2:], strides, padding,
                              dilations):
        for i in range(groups):
            o, c = slice(i * outs, (i + 1) * outs), slice(i * ins, (i + 1) * ins)
            place = (where[0], c) + where[2:]
            dw[(o, slice(None)) + tap] = np.einsum(
                "nohw,nchw->oc", g[:, o].astype(np.float64), padded[place])
            dx[place] += np.einsum("nohw,oc->nchw", g[:, o].astype(np.float64),
                                   w[(o, slice(None)) + tap])
    inner = tuple(slice(padding[i], padding[i] + x.shape[2 + i])
                  for i in range(2))
    return dx[(slice(None), slice(None)) + inner], dw


def pool_gradients(x, g, *, kernel, strides, padding, dilations, ceil_mode,
                   count_include_pad=False):
    """Gradients of maximum and average, window by window."""
    dmax, daverage = np.zeros(x.shape), np.zeros(x.shape)
    for i, j in np.ndindex(g.shape[2:]):
        places, divisor = [], 0
        for tap in np.ndindex(*kernel):
            place = [p * s + t * d - b for p, s, t, d, b in zip(
                (i, j), strides, tap, dilations, padding)]
            inside = all(0 <= p < e for p, e in zip(place, x.shape[2:]))
            padded = all(-b <= p < e + a for p, e, b, a in zip(
                place, x.shape[2:], padding, padding[2:]))
            divisor += padded if count_include_pad else inside
            if inside:
                places.append(place)
        values = np.stack([x[:, :, y, z] for y, z in places])
        first = np.argmax(values, 0)
        for k, (y, z) in enumerate(places):
            dmax[:, :, y, z] += g[:, :, i, j] * (first == k)
            daverage[:, :, y, z] += g[:, :, i, j] / divisor
    return dmax, daverage


def norm_and_gradients(x, g, scale, offset, axes, rms):
    """`x` and `g` shaped so that `axes` are normalized and the parameters, which
    are broadcast, stand along some of them."""
    mean = 0 if rms else x.mean(axes, keepdims=True)
    deviation = np.sqrt(((x - mean) ** 2).mean(axes, keepdims=True) + 1e-3)
    xhat = (x - mean) / deviation
    h = g * scale
    dx = h - xhat * (h * xhat).mean(axes, keepdims=True)
    if not rms:
        dx = dx - h.mean(axes, keepdims=True)
    return xhat * scale + offset, dx / deviation, g * xhat
