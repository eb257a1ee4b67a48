# ===- fused_lanes.py - Lane kernels of several ops ------------*- Python -*-===//
#
# Part of the bn-opt project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===---------------------------------------------------------------------===//

"""Bodies of lane kernels in which ops are fused."""

import os
import sys

import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
import reference as ref
from gradients import conv_gradients, pool_gradients
from lane_cases import (BATCH, add, conv_attributes, expect_statistics, f32,
                        normal, sigmoid, statistics_of, window)
from lane_kernels import Kernel, Rows, Statistic, Sum


def add_fused():
    attributes = conv_attributes(padding=(1, 1, 1, 1))
    x, w = normal(BATCH, 3, 6, 5, offset=30), normal(7, 3, 3, 3)
    b = normal(7)
    z = normal(BATCH, 7, 6, 5)
    y = ref.conv(x, w, b, **attributes)
    xt, yt, c = f32("?", 3, 6, 5), f32("?", 7, 6, 5), f32(7)
    conv = (f"%c = bn.conv %0, %1 bias %2 {window(**attributes)} : ({xt}, "
            f"{f32(7, 3, 3, 3)}, {c}) -> {yt}")
    add("conv_statistics", Kernel(
        [x, [w], [b]], conv + f"""
    %m, %v = bn.batch_statistics %c : ({yt}) -> ({c}, {c})""",
        [Rows("%c", 7, 6, 5), Statistic("%m", 7), Statistic("%v", 7)]),
        y, *expect_statistics(y), tolerance=3e-6)
    scale, offset = normal(7), normal(7)
    mean, variance = map(np.float32, statistics_of(y))
    normed = ref.batch_norm(y, scale, offset, mean, variance, 1e-5)
    last = np.maximum(normed + z, 0)
    add("conv_chain", Kernel(
        [x, [w], [b], z, [scale], [offset], [mean], [variance]], conv + f"""
    %n = bn.batch_norm_inference %c, scale %4, offset %5, mean %6, variance %7
        {{epsilon = 1.0e-5 : f64}} : ({yt}, {c}, {c}, {c}, {c}) -> {yt}
    %a = bn.add %n, %3 : ({yt}, {yt}) -> {yt}
    %r = bn.relu %a : {yt}
    %s = bn.reduce_sum %r {{axes = array<i64: 0, 2, 3>}} : ({yt}) -> {c}
    %f = bn.reshape %r : {yt} -> {f32("?", 210)}""",
        [Rows("%n", 7, 6, 5), Sum("%s", 7), Rows("%f", 210)]),
        normed, last.sum((0, 2, 3)), last.reshape(BATCH, 210), tolerance=1e-5)

    # Two phases of a gradient of stride 2, with sums of a batch norm behind it.
    attributes = conv_attributes(strides=(2, 2))
    g = normal(BATCH, 4, 3, 2)
    w = normal(4, 3, 2, 2)
    dx, _ = conv_gradients(x, w, g, **attributes)
    xm, xv = map(np.float32, statistics_of(x.astype(np.float64)))
    xhat = ((x - ref.per_channel(xm, x)) /
            np.sqrt(ref.per_channel(xv, x) + 1e-5))
    c3 = f32(3)
    add("dx_parameter_gradient", Kernel(
        [g, [w], x, [xm], [xv]],
        f"""%d = bn.conv_input_gradient %0, %1 {window(**attributes)} :
        ({f32("?", 4, 3, 2)}, {f32(4, 3, 2, 2)}) -> {xt}
    %s, %o = bn.batch_norm_parameter_gradient %d, %2, mean %3, variance %4
        {{epsilon = 1.0e-5 : f64}} : ({xt}, {xt}, {c3}, {c3}) -> ({c3}, {c3})""",
        [Rows("%d", 3, 6, 5), Sum("%s", 3), Sum("%o", 3)]),
        dx, (dx * xhat).sum((0, 2, 3)), dx.sum((0, 2, 3)), tolerance=1e-5)

    # What is behind and in front of an average pool in BN-LeNet.
    x = normal(BATCH, 3, 6, 8, offset=5)
    t, pt, c = f32("?", 3, 6, 8), f32("?", 3, 3, 4), f32(3)
    pool = window(kernel=(2, 2), strides=(2, 2), padding=(0, 0, 0, 0),
                  dilations=(1, 1), ceil_mode=False)
    scale, offset = normal(3), normal(3)
    mean, variance = map(np.float32, statistics_of(x.astype(np.float64)))
    s = sigmoid(ref.batch_norm(x, scale, offset, mean, variance, 1e-5))
    sized = dict(kernel=(2, 2), strides=(2, 2), padding=(0, 0, 0, 0),
                 dilations=(1, 1))
    forward = f"""
    %n = bn.batch_norm_inference %0, scale %1, offset %2, mean %3, variance %4
        {{epsilon = 1.0e-5 : f64}} : ({t}, {c}, {c}, {c}, {c}) -> {t}
    %s = bn.sigmoid %n : {t}"""
    add("norm_sigmoid_pool", Kernel(
        [x, [scale], [offset], [mean], [variance]], forward + f"""
    %p = bn.average_pool %s {pool} : ({t}) -> {pt}
    %f = bn.reshape %p : {pt} -> {f32("?", 36)}""", [Rows("%f", 36)]),
        ref.average_pool(s, **sized).reshape(BATCH, 36))
    # Stored before and behind the pool, and statistics of it.
    add("sigmoid_and_pool", Kernel(
        [x, [scale], [offset], [mean], [variance]], forward + f"""
    %p = bn.average_pool %s {pool} : ({t}) -> {pt}
    %m, %v = bn.batch_statistics %s : ({t}) -> ({c}, {c})""",
        [Rows("%p", 3, 3, 4), Rows("%s", 3, 6, 8), Statistic("%m", 3),
         Statistic("%v", 3)]),
        ref.average_pool(s, **sized), s, *expect_statistics(s),
        tolerance=3e-6)
    g = normal(BATCH, 3, 3, 4)
    dz = np.repeat(np.repeat(g, 2, 2), 2, 3) / 4 * s * (1 - s)
    xhat = ((x - ref.per_channel(mean, x)) /
            np.sqrt(ref.per_channel(variance, x) + 1e-5))
    backward = forward + f"""
    %one = arith.constant dense<1.0> : tensor<f32>
    %u = bn.sub %one, %s : (tensor<f32>, {t}) -> {t}
    %d = bn.mul %s, %u : ({t}, {t}) -> {t}
    %q = bn.average_pool_gradient %5 {pool} : ({pt}) -> {t}
    %z = bn.mul %q, %d : ({t}, {t}) -> {t}"""
    dscale, doffset = (dz * xhat).sum((0, 2, 3)), dz.sum((0, 2, 3))
    add("pool_sigmoid_parameter_gradient", Kernel(
        [x, [scale], [offset], [mean], [variance], g], backward + f"""
    %a, %b = bn.batch_norm_parameter_gradient %z, %0, mean %3, variance %4
        {{epsilon = 1.0e-5 : f64}} : ({t}, {t}, {c}, {c}) -> ({c}, {c})""",
        [Sum("%a", 3), Sum("%b", 3)]), dscale, doffset, tolerance=1e-5)
    ds, do = dscale.astype(np.float32), doffset.astype(np.float32)
    m = BATCH * 48
    per = lambda v: ref.per_channel(v, x)
    add("pool_sigmoid_input_gradient", Kernel(
        [x, [scale], [offset], [mean], [variance], g, [ds], [do]], backward + f"""
    %r = bn.batch_norm_input_gradient %z, %0, scale %1, mean %3, variance %4,
        scale_gradient %6, offset_gradient %7 {{epsilon = 1.0e-5 : f64}} :
        ({t}, {t}, {c}, {c}, {c}, {c}, {c}) -> {t}""", [Rows("%r", 3, 6, 8)]),
        per(scale) / np.sqrt(per(variance) + 1e-5) *
        (dz - per(do) / m - xhat * per(ds) / m), tolerance=5e-6)

    # And of a maximum pool behind a relu.
    r = np.maximum(x - 5, 0)
    dmax, _ = pool_gradients(r, g, **sized, ceil_mode=False)
    add("max_pool_relu_gradient", Kernel(
        [g, x - 5], f"""%r = bn.relu %1 : {t}
    %m = bn.max_pool_gradient %0, %r {pool} : ({pt}, {t}) -> {t}
    %d = bn.relu_gradient %m, %r : {t}
    %s = bn.reduce_sum %d {{axes = array<i64: 0, 2, 3>}} : ({t}) -> {c}""",
        [Rows("%d", 3, 6, 8), Sum("%s", 3)]),
        dmax * (r > 0), (dmax * (r > 0)).sum((0, 2, 3)), tolerance=1e-5)

    x, w = normal(BATCH, 19, offset=1), normal(45, 19)
    y = x.astype(np.float64) @ w.T
    yt, c = f32("?", 45), f32(45)
    add("linear_statistics", Kernel(
        [x, [w]], f"""%y = bn.linear %0, %1 {{transpose_weight}} :
        ({f32("?", 19)}, {f32(45, 19)}) -> {yt}
    %m, %v = bn.batch_statistics %y : ({yt}) -> ({c}, {c})""",
        [Rows("%y", 45), Statistic("%m", 45), Statistic("%v", 45)]),
        y, *expect_statistics(y), tolerance=2e-6)

    # Two layers of dropout in one body, behind a product, with a sum.
    seed = np.array([7, 2])
    dropped = ref.dropout(np.tanh(ref.dropout(y, seed, 0.2, 1)), seed, 0.5, 2)
    add("linear_dropouts", Kernel(
        [x, [w], [seed]], f"""%y = bn.linear %0, %1 {{transpose_weight}} :
        ({f32("?", 19)}, {f32(45, 19)}) -> {yt}
    %a = bn.dropout %y seed %2 {{ratio = 0.2 : f64, stream = 1 : i64}} :
        ({yt}, tensor<2xi64>) -> {yt}
    %t = bn.tanh %a : {yt}
    %b = bn.dropout %t seed %2 {{ratio = 0.5 : f64, stream = 2 : i64}} :
        ({yt}, tensor<2xi64>) -> {yt}
    %s = bn.reduce_sum %b {{axes = array<i64: 0>}} : ({yt}) -> {c}""",
        [Rows("%b", 45), Sum("%s", 45)]), dropped, dropped.sum(0),
        tolerance=1e-5)
