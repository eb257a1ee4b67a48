# ===- winograd_lanes.py - Convolutions by few products --------*- Python -*-===//
#
# Part of the bn-opt project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===---------------------------------------------------------------------===//

"""Winograd's convolutions and their gradients against direct sums in double. The
transform of a filter is computed here from its definition: the values of a
polynomial at points."""

import ctypes

import numpy as np

import reference as ref
from gradients import conv_gradients
from lane_cases import BATCH, add, array, expect_statistics, f32, normal
from lane_kernels import BatchSum, Kernel, Rows, Statistic, Sum, extents
from compiled import describe

POINTS = [0, 1, -1, 2, -2, 0.5, -0.5]
# Enough for all cases here.
SCRATCH = 1 << 18


def evaluation(outputs, taps):
    """The matrix G of F(outputs, taps)."""
    if outputs == 1:
        return np.eye(taps)
    points = POINTS[:outputs + taps - 2]
    rows = [[a**k / np.prod([a - b for b in points if b != a])
             for k in range(taps)] for a in points]
    return np.array([*rows, [0] * (taps - 1) + [1]])


def transform(w, tile):
    """O x I x H x W to O x P x I."""
    gy, gx = (evaluation(m, r) for m, r in zip(tile, w.shape[2:]))
    u = np.einsum("yh,oihw,xw->oyxi", gy, w.astype(np.float64), gx)
    return u.reshape(len(w), -1, w.shape[1])


class FilterKernel(Kernel):
    """A transform of a filter, in two parts."""

    def text(self, name, length):
        source = self.arrays[0]
        types = [f"{extents(s)}f32" for s in (source.shape,
                                             self.outputs[0].shape)]
        return f"""
func.func @{name}(%m0: memref<{types[0]}>, %m1: memref<{types[1]}>,
                  %begin: index, %end: index) {{
  bn.filter_kernel positions(%begin to %end) input(%m0)
      output(%m1 : memref<{types[0]}>, memref<{types[1]}>) {{
  ^bb0(%0: tensor<{types[0]}>):
    {self.body}
    bn.yield %r : tensor<{types[1]}>
  }} {{lanes = {length} : i64}}
  return
}}
"""

    def run(self, function, length):
        output = np.full(self.outputs[0].shape, np.nan, np.float32)
        flat = [a for v in [self.arrays[0], output] for a in describe(v)]
        middle = len(output) // 3
        for begin, end in [(0, middle), (middle, len(output))]:
            function(*flat, ctypes.c_int64(begin), ctypes.c_int64(end))
        return [output]


def filter_kernel(source, body, *shape):
    kernel = FilterKernel.__new__(FilterKernel)
    kernel.arrays, kernel.body = [source], body
    kernel.outputs = [Sum("%r", *shape)]
    return kernel


CASES = {
    # images, filter, tile, padding, tolerance
    "2x2": ((5, 8, 12), (7, 5, 3, 3), (2, 2), (1, 1, 1, 1), 2e-6),
    "2x2small": ((18, 4, 4), (9, 18, 3, 3), (2, 2), (1, 1, 1, 1), 2e-6),
    "2x2valid": ((3, 10, 6), (13, 3, 3, 3), (2, 2), (0, 0, 0, 0), 2e-6),
    "2x2wide": ((2, 6, 28), (4, 2, 3, 3), (2, 2), (2, 1, 0, 1), 2e-6),
    "1x2": ((6, 12, 12), (16, 6, 5, 5), (1, 2), (0, 0, 0, 0), 5e-6),
    "1x2same": ((3, 5, 8), (4, 3, 5, 5), (1, 2), (2, 2, 2, 2), 5e-6),
    "1x2rows": ((2, 7, 6), (3, 2, 1, 3), (1, 2), (0, 1, 0, 1), 2e-6),
    "2x2chunks": ((70, 4, 32), (37, 70, 3, 3), (2, 2), (1, 1, 1, 1), 2e-6),
    "4x4": ((3, 8, 8), (5, 3, 3, 3), (4, 4), (1, 1, 1, 1), 5e-5),
}

# Filters' gradients tap by tap.
TAPS = {
    # images, filter, strides, padding
    "taps": ((9, 7, 10), (17, 9, 3, 3), (1, 1), (1, 1, 1, 1)),
    "strided": ((20, 8, 12), (37, 20, 3, 3), (2, 2), (1, 1, 1, 1)),
    "shortcut": ((16, 8, 8), (18, 16, 1, 1), (2, 2), (0, 0, 0, 0)),
    "uneven": ((5, 9, 17), (6, 5, 3, 5), (2, 3), (0, 1, 2, 0)),
}


def add_forward(name, x, w, b, y, attributes, tile, tolerance):
    u = transform(w, tile).astype(np.float32)
    xt, ut, yt = f32("?", *x.shape[1:]), f32(*u.shape), f32("?", *y.shape[1:])
    body = (f"%r = bn.winograd_conv %0, %1 bias %2 {attributes} : "
            f"({xt}, {ut}, {f32(len(b))}) -> {yt}\n")
    stored = Rows("%r", *y.shape[1:])
    add(f"winograd_{name}", Kernel([x, [u], [b]], body, [stored], SCRATCH), y,
        tolerance=tolerance)
    c = f32(len(b))
    statistics = (f"%m, %v = bn.batch_statistics %r : ({yt}) -> ({c}, {c})\n"
                  f"%a = bn.relu %r : {yt}")
    add(f"winograd_statistics_{name}", Kernel(
        [x, [u], [b]], body + statistics,
        [Rows("%a", *y.shape[1:]), Statistic("%m", len(b)),
         Statistic("%v", len(b))], SCRATCH),
        np.maximum(y, 0), *expect_statistics(y), tolerance=2 * tolerance)


def add_gradients(name, x, w, g, attributes, tile, padding, tolerance):
    dx, dw = conv_gradients(x, w, g, strides=(1, 1), padding=padding,
                            dilations=(1, 1), groups=1)
    xt, gt = f32("?", *x.shape[1:]), f32("?", *g.shape[1:])
    if tile[0] == 1:
        u = transform(w, tile).transpose(2, 1, 0).astype(np.float32)
        body = (f"%r = bn.winograd_conv_input_gradient %0, %1 {attributes} : "
                f"({gt}, {f32(*u.shape)}) -> {xt}")
    else:
        flipped = w[:, :, ::-1, ::-1].transpose(1, 0, 2, 3)
        u = transform(flipped, tile).astype(np.float32)
        kernel = w.shape[2:]
        pad = [kernel[i % 2] - 1 - padding[i] for i in range(4)]
        text = describe_conv(kernel, tile, pad)
        body = (f"%r = bn.winograd_conv %0, %1 {text} : ({gt}, "
                f"{f32(*u.shape)}) -> {xt}")
    if all(e % m == 0 for e, m in zip(x.shape[2:], tile)) or tile[0] == 1:
        add(f"winograd_dx_{name}", Kernel([g, [u]], body,
                                          [Rows("%r", *x.shape[1:])], SCRATCH),
            dx, tolerance=tolerance)

    add_filter_gradient(name, x, w, g, attributes, tile, dw, tolerance)


def add_filter_gradient(name, x, w, g, attributes, tile, dw, tolerance):
    # The gradient of the transformed filter: what gives, with the transform of
    # any filter, the same product as the gradient of the filter with it.
    xt, gt = f32("?", *x.shape[1:]), f32("?", *g.shape[1:])
    gy, gx = (evaluation(m, r) for m, r in zip(tile, w.shape[2:]))
    points = len(gy) * len(gx)
    shape = (len(w), points, w.shape[1])
    body = (f"%r = bn.winograd_conv_filter_gradient %0, %1 {attributes} : "
            f"({gt}, {xt}) -> {f32(*shape)}")

    def restore(results):
        du = results[0].astype(np.float64).reshape(
            len(w), len(gy), len(gx), w.shape[1])
        return [np.einsum("yh,oyxi,xw->oihw", gy, du, gx)]

    class Restored:
        def run(self, function, length):
            return restore(super().run(function, length))

    class Lanes(Restored, Kernel):
        pass

    class Batch(Restored, BatchSum):
        product_rows = len(gy)

    add(f"winograd_dw_{name}", Lanes([g, x], body, [Sum("%r", *shape)],
                                     SCRATCH), dw, tolerance=tolerance)
    add(f"winograd_dw_batch_{name}",
        Batch([g, x], body, [Sum("%r", *shape)], SCRATCH), dw,
        tolerance=tolerance)


def describe_conv(kernel, tile, padding, strides=(1, 1)):
    return (f"{{{array('kernel', kernel)}, {array('output_tile', tile)}, "
            f"{array('padding', padding)}, {array('strides', strides)}}}")


def add_filters(name, w, tile):
    u = transform(w, tile)
    text = array("output_tile", tile)
    turned = w.transpose(1, 0, 2, 3)
    for tag, expected, flags in [
            ("", u, ""), ("transposed_", transform(turned, tile), ", transposed"),
            ("flipped_", transform(w[:, :, ::-1, ::-1], tile), ", flipped"),
            ("both_", transform(turned[:, :, ::-1, ::-1], tile),
             ", transposed, flipped")]:
        add(f"filter_{tag}{name}", filter_kernel(
            w, f"%r = bn.winograd_filter %0 {{{text}{flags}}} : "
            f"{f32(*w.shape)} -> {f32(*expected.shape)}", *expected.shape),
            expected)
    du = normal(*u.shape)
    gy, gx = (evaluation(m, r) for m, r in zip(tile, w.shape[2:]))
    dw = np.einsum("yh,oyxi,xw->oihw", gy, du.astype(np.float64).reshape(
        len(w), len(gy), len(gx), -1), gx)
    add(f"filter_gradient_{name}", filter_kernel(
        du, f"%r = bn.winograd_filter_gradient %0 {{{text}}} : "
        f"{f32(*u.shape)} -> {f32(*w.shape)}", *w.shape), dw)


def add_winograd():
    for name, (image, shape, tile, padding, tolerance) in CASES.items():
        x, w, b = normal(BATCH, *image), normal(*shape), normal(shape[0])
        y = ref.conv(x, w, b, strides=(1, 1), padding=padding, dilations=(1, 1),
                     groups=1)
        attributes = describe_conv(shape[2:], tile, padding)
        add_forward(name, x, w, b, y, attributes, tile, tolerance)
        add_gradients(name, x, w, normal(*y.shape), attributes, tile, padding,
                      tolerance)
        add_filters(name, w, tile)
    for name, (image, shape, strides, padding) in TAPS.items():
        x, w = normal(BATCH, *image), normal(*shape)
        settings = dict(strides=strides, padding=padding, dilations=(1, 1),
                        groups=1)
        g = normal(*ref.conv(x, w, normal(shape[0]), **settings).shape)
        _, dw = conv_gradients(x, w, g, **settings)
        add_filter_gradient(
            name, x, w, g, describe_conv(shape[2:], (1, 1), padding, strides),
            (1, 1), dw, tolerance=2e-6)
