# ===- lanes.py - Every lane kernel ----------------------------*- Python -*-===//
#
# Part of the bn-opt project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===---------------------------------------------------------------------===//

"""Every op that has a lane kernel, alone and in fused bodies, on whole and partial
blocks of rows, against NumPy in double.

usage: lanes.py LENGTH REGISTERS CPU [NAME]
"""

import ctypes
import os
import sys

import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
import reference as ref
from compiled import describe
from fused_lanes import add_fused
from gradients import conv_gradients, norm_and_gradients, pool_gradients
from lane_cases import (BATCH, CPU, KERNELS, LENGTH, REGISTERS, RNG, add, array,
                        conv_attributes, expect_statistics, f32, normal,
                        sigmoid, statistics_of, window)
from lane_kernels import BatchSum, Count, Kernel, Rows, Statistic, Sum
from lane_kernels import compile_kernels
from winograd_lanes import add_winograd

# ---- convolutions and linear layers ------------------------------------------

CONVOLUTIONS = {
    # images, filter, attributes
    "lenet1": ((1, 13, 12), (6, 1, 5, 5), {}),
    "lenet2": ((6, 12, 12), (16, 6, 5, 5), {}),
    "same": ((3, 7, 9), (5, 3, 3, 3), dict(padding=(1, 1, 1, 1))),
    "same5": ((2, 5, 11), (7, 2, 5, 5), dict(padding=(2, 2, 2, 2))),
    "strided": ((3, 9, 10), (4, 3, 3, 3),
                dict(strides=(2, 2), padding=(1, 1, 1, 1))),
    "strided1x1": ((5, 8, 7), (6, 5, 1, 1), dict(strides=(2, 2))),
    "pointwise": ((5, 4, 3), (13, 5, 1, 1), {}),
    "stem": ((3, 11, 13), (2, 3, 7, 7),
             dict(strides=(2, 2), padding=(3, 3, 3, 3))),
    "dilated": ((2, 9, 9), (3, 2, 3, 3),
                dict(dilations=(2, 3), padding=(2, 3, 1, 3))),
    "stridedilated": ((2, 11, 12), (3, 2, 3, 2),
                      dict(strides=(2, 3), dilations=(3, 2),
                           padding=(1, 0, 2, 1))),
    "grouped": ((6, 5, 6), (4, 3, 3, 3), dict(groups=2, padding=(1, 1, 1, 1))),
    "depthwise": ((5, 6, 17), (5, 1, 3, 3),
                  dict(groups=5, padding=(1, 1, 1, 1))),
    "tiny": ((3, 1, 1), (4, 3, 3, 3), dict(padding=(1, 1, 1, 1))),
}


def add_convolutions():
    for name, (image, filter_shape, options) in CONVOLUTIONS.items():
        attributes = conv_attributes(**options)
        text = window(**attributes)
        x, w = normal(BATCH, *image), normal(*filter_shape)
        b = normal(filter_shape[0])
        y = ref.conv(x, w, b, **attributes)
        shape = y.shape[1:]
        xt, wt, yt = f32("?", *image), f32(*w.shape), f32("?", *shape)
        add(f"conv_{name}", Kernel(
            [x, [w], [b]],
            f"%r = bn.conv %0, %1 bias %2 {text} : ({xt}, {wt}, {f32(len(b))})"
            f" -> {yt}", [Rows("%r", *shape)]), y)
        g = normal(*y.shape)
        dx, dw = conv_gradients(x, w, g, **attributes)
        add(f"dx_{name}", Kernel(
            [g, [w]], f"%r = bn.conv_input_gradient %0, %1 {text} : ({yt}, {wt})"
            f" -> {xt}", [Rows("%r", *image)]), dx)
        body = (f"%r = bn.conv_filter_gradient %0, %1 {text} : ({yt}, {xt})"
                f" -> {wt}")
        add(f"dw_{name}", Kernel([g, x], body, [Sum("%r", *w.shape)]), dw)
        add(f"dw_batch_{name}", BatchSum([g, x], body, [Sum("%r", *w.shape)]),
            dw)


def add_linears():
    for inputs, outputs in [(37, 30), (84, 10), (5, 1)]:
        x, b = normal(BATCH, inputs), normal(outputs)
        xt, yt, bt = f32("?", inputs), f32("?", outputs), f32(outputs)
        for transposed, alpha, beta in [(True, 1, 1), (False, 0.5, -3)]:
            w = normal(*((outputs, inputs) if transposed else
                         (inputs, outputs)))
            flag = "transpose_weight, " if transposed else ""
            y = (alpha * x.astype(np.float64) @ (w.T if transposed else w) +
                 beta * b)
            text = f"{{{flag}alpha = {alpha:.1f} : f64, beta = {beta:.1f} : f64}}"
            add(f"linear{inputs}_{transposed}", Kernel(
                [x, [w], [b]], f"%r = bn.linear %0, %1 bias %2 {text} : "
                f"({xt}, {f32(*w.shape)}, {bt}) -> {yt}",
                [Rows("%r", outputs)]), y)
        g = normal(BATCH, outputs)
        add(f"linear_dw{inputs}", BatchSum(
            [g, x], f"%r = bn.linear %0, %1 {{transpose_input, alpha = 2.0 : "
            f"f64}} : ({yt}, {xt}) -> {f32(outputs, inputs)}",
            [Sum("%r", outputs, inputs)]), 2 * g.T.astype(np.float64) @ x)


# ---- pointwise ops -----------------------------------------------------------

def add_pointwise():
    x, y = normal(BATCH, 3, 5, 7), normal(BATCH, 3, 5, 7)
    x64, y64 = x.astype(np.float64), y.astype(np.float64)
    t = f32("?", 3, 5, 7)
    for name, value in [("relu", np.maximum(x64, 0)), ("sigmoid", sigmoid(x)),
                        ("tanh", np.tanh(x64)), ("exp", np.exp(x64))]:
        add(name, Kernel([x], f"%r = bn.{name} %0 : {t}", [Rows("%r", 3, 5, 7)]),
            value)
    for name, low, high in [("clip", -0.5, 0.25), ("minimum", -np.inf, 0.5),
                            ("maximum", 0, np.inf)]:
        bounds = [f"{k} = {v:.2f} : f64" if np.isfinite(v) else
                  f"{k} = 0x{np.float64(v).view(np.uint64):016X} : f64"
                  for k, v in [("minimum", low), ("maximum", high)]]
        add(name, Kernel(
            [x], f"%r = bn.clip %0 {{{', '.join(bounds)}}} : {t}",
            [Rows("%r", 3, 5, 7)]), np.clip(x64, low, high))
    add("sqrt", Kernel([np.abs(x)], f"%r = bn.sqrt %0 : {t}",
                       [Rows("%r", 3, 5, 7)]), np.sqrt(np.abs(x64)))
    for name, value in [("add", x64 + y64), ("sub", x64 - y64),
                        ("mul", x64 * y64), ("div", x64 / y64)]:
        add(name, Kernel([x, y], f"%r = bn.{name} %0, %1 : ({t}, {t}) -> {t}",
                         [Rows("%r", 3, 5, 7)]), value)
    add("pow", Kernel([np.abs(x), y], f"%r = bn.pow %0, %1 : ({t}, {t}) -> {t}",
                      [Rows("%r", 3, 5, 7)]), np.abs(x64) ** y64)
    add("relu_gradient", Kernel([x, y], f"%r = bn.relu_gradient %0, %1 : {t}",
                                [Rows("%r", 3, 5, 7)]), x64 * (y64 > 0))

    # Parameters of fewer axes and rows of fewer values, repeated.
    c, s, m = normal(3, 1, 1), normal(1), normal(5, 7)
    z = normal(BATCH, 3, 1, 7)
    add("broadcast", Kernel(
        [x, [c], [s], [m], z],
        f"""%a = bn.mul %0, %1 : ({t}, {f32(3, 1, 1)}) -> {t}
    %b = bn.sub %2, %a : ({f32(1)}, {t}) -> {t}
    %d = bn.mul %b, %3 : ({t}, {f32(5, 7)}) -> {t}
    %one = arith.constant dense<1.5> : tensor<f32>
    %e = bn.sub %one, %d : (tensor<f32>, {t}) -> {t}
    %r = bn.add %4, %e : ({f32("?", 3, 1, 7)}, {t}) -> {t}""",
        [Rows("%r", 3, 5, 7)]), z + (1.5 - (s - x64 * c) * m))
    add("transpose", Kernel(
        [x], f"%r = bn.transpose %0 {{permutation = array<i64: 0, 2, 3, 1>}} : "
        f"({t}) -> {f32('?', 5, 7, 3)}", [Rows("%r", 5, 7, 3)]),
        x.transpose(0, 2, 3, 1))
    add("slice", Kernel(
        [x], "%r = bn.slice %0 {axis = 3 : i64, begin = 2 : i64, size = 4 : i64}"
        f" : ({t}) -> {f32('?', 3, 5, 4)}", [Rows("%r", 3, 5, 4)]),
        x[..., 2:6])
    w = normal(BATCH, 2, 5, 7)
    add("concat", Kernel(
        [x, w], f"%r = bn.concat %0, %1 {{axis = 1 : i64}} : ({t}, "
        f"{f32('?', 2, 5, 7)}) -> {f32('?', 5, 5, 7)}", [Rows("%r", 5, 5, 7)]),
        np.concatenate([x, w], 1))
    add("reshape", Kernel(
        [x], f"%r = bn.reshape %0 : {t} -> {f32('?', 105)}",
        [Rows("%r", 105)]), x.reshape(BATCH, 105))
    add("reshapes", Kernel(
        [x.reshape(BATCH, 105), [c]],
        f"""%a = bn.reshape %0 : {f32("?", 105)} -> {t}
    %p = bn.reshape %1 : {f32(3, 1, 1)} -> {f32(1, 3, 1, 1)}
    %b = bn.add %a, %p : ({t}, {f32(1, 3, 1, 1)}) -> {t}
    %r = bn.reshape %b : {t} -> {f32("?", 15, 7)}""", [Rows("%r", 15, 7)]),
        (x64 + c).reshape(BATCH, 15, 7))


def add_dropouts():
    seed = np.array([3, 2**40 + 5])
    for shape in [(3, 5, 7), (84,)]:
        x, t = normal(BATCH, *shape), f32("?", *shape)
        for ratio in (0.3, 0.5):
            y = ref.dropout(x.astype(np.float64), seed, ratio, 4)
            add(f"dropout{len(shape)}_{10 * ratio:.0f}", Kernel(
                [x, [seed]], f"%r = bn.dropout %0 seed %1 {{ratio = {ratio} : "
                f"f64, stream = 4 : i64}} : ({t}, tensor<2xi64>) -> {t}",
                [Rows("%r", *shape)]), y)


# ---- normalizations ----------------------------------------------------------

def add_norms():
    for shape in [(3, 5, 7), (11,), (2, 6)]:
        channels = shape[0]
        # A large mean: digits must not be lost to it.
        x = normal(BATCH, *shape, scale=2, offset=40)
        g = normal(BATCH, *shape)
        x64, g64 = x.astype(np.float64), g.astype(np.float64)
        mean, variance = map(np.float32, statistics_of(x64))
        scale, offset = normal(channels, offset=1), normal(channels)
        t, c = f32("?", *shape), f32(channels)
        axes = (0,) + tuple(range(2, x.ndim))
        per = lambda v: ref.per_channel(v, x64)
        deviation = np.sqrt(per(variance) + 1e-3)
        xhat = (x64 - per(mean)) / deviation
        tag = len(shape)
        add(f"inference{tag}", Kernel(
            [x, [scale], [offset], [mean], [variance]],
            f"%r = bn.batch_norm_inference %0, scale %1, offset %2, mean %3, "
            f"variance %4 {{epsilon = 1.0e-3 : f64}} : ({t}, {c}, {c}, {c}, {c})"
            f" -> {t}", [Rows("%r", *shape)]), per(scale) * xhat + per(offset),
            tolerance=5e-6)
        dscale, doffset = (g64 * xhat).sum(axes), g64.sum(axes)
        add(f"parameter_gradient{tag}", Kernel(
            [g, x, [mean], [variance]],
            f"%s, %o = bn.batch_norm_parameter_gradient %0, %1, mean %2, "
            f"variance %3 {{epsilon = 1.0e-3 : f64}} : ({t}, {t}, {c}, {c}) -> "
            f"({c}, {c})", [Sum("%s", channels), Sum("%o", channels)]),
            dscale, doffset, tolerance=1e-5)
        m = x[:, 0].size
        ds32, do32 = dscale.astype(np.float32), doffset.astype(np.float32)
        add(f"input_gradient{tag}", Kernel(
            [g, x, [scale], [mean], [variance], [ds32], [do32]],
            f"%r = bn.batch_norm_input_gradient %0, %1, scale %2, mean %3, "
            f"variance %4, scale_gradient %5, offset_gradient %6 "
            f"{{epsilon = 1.0e-3 : f64}} : ({t}, {t}, {c}, {c}, {c}, {c}, {c}) "
            f"-> {t}", [Rows("%r", *shape)]),
            per(scale) / deviation *
            (g64 - per(do32) / m - xhat * per(ds32) / m), tolerance=5e-6)
        add(f"scale_shift{tag}", Kernel(
            [g, [scale], [offset]],
            f"%r = bn.scale_shift %0, scale %1, shift %2 : ({t}, {c}, {c}) -> "
            f"{t}", [Rows("%r", *shape)]), per(scale) * g64 + per(offset))
        for offset_name, values in [("0", g), ("large", g + np.float32(1e4))]:
            add(f"statistics{tag}_{offset_name}", Kernel(
                [values], f"%m, %v = bn.batch_statistics %0 : ({t}) -> "
                f"({c}, {c})", [Statistic("%m", channels),
                                Statistic("%v", channels)]),
                *expect_statistics(values), tolerance=1e-6)


# ---- pools and reductions ----------------------------------------------------

def add_pools():
    pools = {
        "2x2": ((3, 6, 8), dict(kernel=(2, 2), strides=(2, 2)), {}),
        "rest": ((2, 5, 7), dict(kernel=(2, 3), strides=(2, 3)), {}),
        "overlapping": ((2, 9, 8), dict(kernel=(3, 3), strides=(2, 2),
                                        padding=(1, 1, 1, 1)), {}),
        "padded": ((2, 7, 6), dict(kernel=(3, 2), strides=(2, 1),
                                   padding=(1, 0, 1, 1)),
                   dict(count_include_pad=True)),
        "ceil": ((2, 6, 7), dict(kernel=(3, 3), strides=(2, 2), ceil_mode=True),
                 {}),
        "dilated": ((2, 9, 9), dict(kernel=(2, 2), strides=(1, 2),
                                    dilations=(3, 2), padding=(1, 1, 1, 1)), {}),
    }
    for name, (image, options, average) in pools.items():
        x = normal(BATCH, *image)
        options = {**dict(strides=(1, 1), padding=(0, 0, 0, 0),
                          dilations=(1, 1), ceil_mode=False), **options}
        for op, function, more in [("max_pool", ref.max_pool, {}),
                                   ("average_pool", ref.average_pool, average)]:
            y = function(x, **options, **more)
            add(f"{op}_{name}", Kernel(
                [x], f"%r = bn.{op} %0 {window(**options, **more)} : "
                f"({f32('?', *image)}) -> {f32('?', *y.shape[1:])}",
                [Rows("%r", *y.shape[1:])]), y)
        g = normal(*y.shape)
        dmax, daverage = pool_gradients(x, g, **options, **average)
        gt, xt = f32("?", *g.shape[1:]), f32("?", *image)
        add(f"max_pool_gradient_{name}", Kernel(
            [g, x], f"%r = bn.max_pool_gradient %0, %1 {window(**options)} : "
            f"({gt}, {xt}) -> {xt}", [Rows("%r", *image)]), dmax)
        add(f"average_pool_gradient_{name}", Kernel(
            [g], f"%r = bn.average_pool_gradient %0 "
            f"{window(**options, **average)} : ({gt}) -> {xt}",
            [Rows("%r", *image)]), daverage)


def add_reductions():
    x = normal(BATCH, 3, 5, 7)
    x64, t = x.astype(np.float64), f32("?", 3, 5, 7)
    for axes, keep in [((2, 3), True), ((2, 3), False), ((1,), False),
                       ((1, 3), True)]:
        for op, function in [("reduce_mean", np.mean), ("reduce_sum", np.sum)]:
            y = function(x64, axes, keepdims=keep)
            add(f"{op}{''.join(map(str, axes))}{keep}", Kernel(
                [x], f"%r = bn.{op} %0 {{{array('axes', axes)}"
                f"{', keep_dims' if keep else ''}}} : ({t}) -> "
                f"{f32('?', *y.shape[1:])}", [Rows("%r", *y.shape[1:])]), y)
        g = normal(*y.shape)
        count = x64.size / y.size
        wide = g if keep else np.expand_dims(g, axes)
        add(f"mean_gradient{''.join(map(str, axes))}{keep}", Kernel(
            [g, x], f"%r = bn.reduce_mean_gradient %0, %1 {{{array('axes', axes)}"
            f"{', keep_dims' if keep else ''}}} : ({f32('?', *g.shape[1:])}, {t})"
            f" -> {t}", [Rows("%r", 3, 5, 7)]),
            np.broadcast_to(wide / count, x.shape))
    for axes, keep in [((0, 2, 3), False), ((0,), False), ((0, 1, 2, 3), False),
                       ((0, 1, 3), True)]:
        y = x64.sum(axes, keepdims=keep)
        add(f"batch_sum{''.join(map(str, axes))}", Kernel(
            [x], f"%r = bn.reduce_sum %0 {{{array('axes', axes)}"
            f"{', keep_dims' if keep else ''}}} : ({t}) -> {f32(*y.shape)}",
            [Sum("%r", *y.shape)]), y, tolerance=1e-5)


# ---- norms within a row --------------------------------------------------------

def add_row_norms():
    x, g = normal(BATCH, 6, 3, 5, scale=2, offset=20), normal(BATCH, 6, 3, 5)
    t, c = f32("?", 6, 3, 5), f32(6)
    scale, offset = normal(6, offset=1), normal(6)
    for groups in (1, 3, 6):
        wide = lambda v: v.astype(np.float64).reshape(
            len(v) if v.ndim > 1 else 1, groups, 6 // groups,
            *(v.shape[2:] or (1, 1)))
        y, dx, products = (v.reshape(x.shape) for v in norm_and_gradients(
            wide(x), wide(g), wide(scale), wide(offset), (2, 3, 4), False))
        text = f"{{epsilon = 1.0e-3 : f64, groups = {groups} : i64}}"
        add(f"group_norm{groups}", Kernel(
            [x, [scale], [offset]], f"%r = bn.group_norm %0, scale %1, offset %2"
            f" {text} : ({t}, {c}, {c}) -> {t}", [Rows("%r", 6, 3, 5)]), y,
            tolerance=5e-6)
        add(f"group_norm_gradient{groups}", Kernel(
            [g, x, [scale]], f"%r, %s, %o = bn.group_norm_gradient %0, %1, "
            f"scale %2 {text} : ({t}, {t}, {c}) -> ({t}, {c}, {c})",
            [Rows("%r", 6, 3, 5), Sum("%s", 6), Sum("%o", 6)]),
            dx, products.sum((0, 2, 3)), g.astype(np.float64).sum((0, 2, 3)),
            tolerance=1e-5)
    for axis, rms in [(1, False), (2, True), (3, False)]:
        shape = x.shape[axis:]
        c = f32(*shape)
        scale, offset = normal(*shape, offset=1), normal(*shape)
        axes = tuple(range(axis, 4))
        before = tuple(range(axis))
        for flag in {False, rms}:
            values = x - 20 if flag else x
            y, dx, products = norm_and_gradients(
                values.astype(np.float64), g.astype(np.float64), scale,
                0 if flag else offset, axes, flag)
            text = (f"{{axis = {axis} : i64, epsilon = 1.0e-3 : f64"
                    f"{', root_mean_square' if flag else ''}}}")
            name = f"{axis}{'rms' if flag else ''}"
            with_offset = "" if flag else "offset %2"
            add(f"layer_norm{name}", Kernel(
                [values, [scale]] + ([] if flag else [[offset]]),
                f"%r = bn.layer_norm %0, scale %1 {with_offset} {text} : "
                f"({t}, {c}{'' if flag else ', ' + c}) -> {t}",
                [Rows("%r", 6, 3, 5)]), y, tolerance=5e-6)
            add(f"layer_norm_gradient{name}", Kernel(
                [g, values, [scale]],
                f"%r, %s, %o = bn.layer_norm_gradient %0, %1, scale %2 {text} : "
                f"({t}, {t}, {c}) -> ({t}, {c}, {c})",
                [Rows("%r", 6, 3, 5), Sum("%s", *shape), Sum("%o", *shape)]),
                dx, products.sum(before), g.astype(np.float64).sum(before),
                tolerance=1e-5)


# ---- losses ------------------------------------------------------------------

def add_losses():
    x = normal(BATCH, 10, scale=3)
    labels = RNG.integers(0, 10, BATCH)
    # Some hits, and a tie, which the first class wins.
    x[np.arange(0, BATCH, 3), labels[::3]] = 20
    x[1] = 2
    x64 = x.astype(np.float64)
    hits = np.sum(np.argmax(x, 1) == labels)
    for s in [0.0, 0.1]:
        target = np.full(x.shape, s / 10)
        target[np.arange(BATCH), labels] += 1 - s
        p = np.exp(x64 - x64.max(1, keepdims=True))
        p /= p.sum(1, keepdims=True)
        for op, loss, gradient in [
                ("cross_entropy", -np.mean((target * np.log(p)).sum(1)),
                 (p - target) / BATCH),
                ("mean_squared_error", np.mean((x64 - target) ** 2),
                 2 * (x64 - target) / x.size)]:
            add(f"{op}{int(10 * s)}", Kernel(
                [x, labels], f"%l, %h, %g = bn.{op}_loss %0, %1 "
                f"{{label_smoothing = {s} : f64}} : ({f32('?', 10)}, "
                f"tensor<?xi64>) -> (tensor<f32>, tensor<i64>, {f32('?', 10)})",
                [Sum("%l"), Count("%h"), Rows("%g", 10)]),
                np.asarray(loss), np.asarray(hits), gradient)


# ---- merges ------------------------------------------------------------------

MERGES = """
func.func @merge_lanes(%parts: memref<4x5x3xLENGTHxf32>,
    %target: memref<5x3xf32>, %begin: index, %end: index) {
  bn.merge_lanes %parts, %target positions(%begin to %end)
    : memref<4x5x3xLENGTHxf32>, memref<5x3xf32>
  return
}
func.func @merge_hits(%parts: memref<4xLENGTHxi64>, %target: memref<i64>,
    %begin: index, %end: index) {
  bn.merge_lanes %parts, %target positions(%begin to %end)
    : memref<4xLENGTHxi64>, memref<i64>
  return
}
func.func @merge_statistics(%means: memref<?x3xf64>, %squares: memref<?x3xf64>,
    %mean: memref<3xf32>, %variance: memref<3xf32>, %batch: index) {
  bn.merge_statistics %means, %squares, %mean, %variance batch(%batch)
    {length = LENGTH : i64, positions = 35 : i64}
    : memref<?x3xf64>, memref<?x3xf64>, memref<3xf32>, memref<3xf32>
  return
}
""".replace("LENGTH", str(LENGTH))


def check_merges(library, check):
    parts = normal(4, 5, 3, LENGTH)
    target = np.full((5, 3), np.nan, np.float32)
    for begin, end in [(0, 4), (4, 15)]:
        library.merge_lanes(*describe(parts), *describe(target),
                            ctypes.c_int64(begin), ctypes.c_int64(end))
    check("merge_lanes", target, parts.astype(np.float64).sum((0, -1)), 1e-6)
    parts = RNG.integers(0, 100, (4, LENGTH))
    target = np.full((), -1, np.int64)
    library.merge_hits(*describe(parts), *describe(target), ctypes.c_int64(0),
                       ctypes.c_int64(1))
    check("merge_hits", target, parts.sum(), 0)
    for offset in [0, 1e4]:
        x = normal(BATCH, 3, 5, 7) + np.float32(offset)
        means, squares = expect_statistics(x)
        mean, variance = (np.full(3, np.nan, np.float32) for _ in range(2))
        library.merge_statistics(*describe(means), *describe(squares),
                                 *describe(mean), *describe(variance),
                                 ctypes.c_int64(BATCH))
        expected = statistics_of(x.astype(np.float64))
        check("merge_statistics mean", mean, expected[0], 1e-7)
        check("merge_statistics variance", variance, expected[1], 1e-6)


def main():
    add_convolutions()
    add_linears()
    add_pointwise()
    add_dropouts()
    add_norms()
    add_pools()
    add_reductions()
    add_row_norms()
    add_losses()
    add_fused()
    add_winograd()
    kernels = {name: kernel for name, (kernel, *_) in KERNELS.items()
               if len(sys.argv) < 5 or sys.argv[4] in name}
    library = compile_kernels(kernels, LENGTH, REGISTERS, CPU, MERGES)
    failures = []

    def check(name, actual, expected, tolerance):
        expected = np.asarray(expected)
        if actual.shape != expected.shape:
            failures.append(f"{name}: shape {actual.shape}, expected "
                            f"{expected.shape}")
            return
        # Relative to the largest value, as sums are made of many.
        error = np.max(np.abs(actual - expected), initial=0)
        if not error <= tolerance * np.max(np.abs(expected), initial=0):
            failures.append(f"{name}: error {error:.3g}, largest value "
                            f"{np.max(np.abs(expected)):.3g}")

    for name, kernel in kernels.items():
        _, expected, tolerance = KERNELS[name]
        results = kernel.run(getattr(library, name), LENGTH)
        assert len(results) == len(expected)
        for i, (actual, value) in enumerate(zip(results, expected)):
            check(f"{name}[{i}]", actual, value, tolerance)
    check_merges(library, check)
    print("\n".join(failures) or f"{len(kernels)} kernels equal")
    return bool(failures)


if __name__ == "__main__":
    sys.exit(main())
