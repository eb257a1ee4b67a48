# ===- ops.py - Every op, the plain way ------------------------*- Python -*-===//
#
# Part of the bn-opt project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===---------------------------------------------------------------------===//

"""Every bn op through the plain way, in f32 and f64, against NumPy in double."""

import os
import sys

import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
import reference as ref
from compiled import compile_module

RNG = np.random.default_rng(7)
BATCH = 3
CASES = []


def tensor(shape, element):
    return f"tensor<{''.join(f'{e}x' for e in shape)}{element}>"


def array(name, values):
    return f"{name} = array<i64: {', '.join(map(str, values))}>"


def case(inputs, body, result, expected, exact=False):
    """`inputs`: arrays whose first axis is the batch where it is BATCH and
    flagged so by a tuple (array, True); `body`: ops from %0, %1, ... to %r;
    `result`: its shape ('?' is the batch); `expected`: by NumPy."""
    CASES.append((inputs, body, result, expected, exact))


def shape_of(value, batched):
    return (["?"] if batched else [value.shape[0]]) + list(value.shape[1:])


def images(layout, x):
    return ref.nhwc(x) if layout == "NHWC" else x


def add_conv(layout, x, w, bias, **attributes):
    expected = images(layout, ref.conv(x, w, bias, **attributes))
    text = ", ".join(
        [array(k, attributes[k]) for k in ("strides", "padding", "dilations")] +
        [f"groups = {attributes.get('groups', 1)}",
         f"layout = #bn<layout {layout}>"])
    inputs = [(images(layout, x), True), (w, False)]
    if bias is not None:
        inputs.append((bias, False))
    with_bias = "" if bias is None else " bias %2"
    case(inputs, "%r = bn.conv %0, %1" + with_bias + " {" + text + "} : "
         "(INPUTS) -> RESULT", ["?", *expected.shape[1:]], expected)


def add_pool(op, layout, x, **attributes):
    expected = images(layout, getattr(ref, op)(x, **attributes))
    text = ", ".join(
        [array(k, attributes[k])
         for k in ("kernel", "strides", "padding", "dilations")] +
        [f"{k} = {str(v).lower()}" for k, v in attributes.items()
         if isinstance(v, bool)] + [f"layout = #bn<layout {layout}>"])
    case([(images(layout, x), True)], "%r = bn." + op + " %0 {" + text +
         "} : (INPUTS) -> RESULT", ["?", *expected.shape[1:]], expected,
         exact=op == "max_pool")


def single(x):
    """Rounded to f32, so that code in f32 and the reference see the same."""
    return np.asarray(x, np.float32).astype(np.float64)


def normal(*shape):
    return single(RNG.normal(size=shape))


def products():
    for layout in ("NCHW", "NHWC"):
        add_conv(layout, normal(BATCH, 3, 11), normal(5, 3, 4), normal(5),
                 strides=[3], padding=[2, 1], dilations=[2])
        add_conv(layout, normal(BATCH, 6, 11, 8), normal(9, 2, 3, 5), normal(9),
                 strides=[2, 1], padding=[1, 3, 0, 2], dilations=[2, 1],
                 groups=3)
        add_conv(layout, normal(BATCH, 4, 7, 9), normal(8, 1, 3, 2), None,
                 strides=[1, 2], padding=[0, 0, 0, 0], dilations=[1, 3],
                 groups=4)
        add_conv(layout, normal(BATCH, 2, 5, 6, 7), normal(3, 2, 2, 3, 1),
                 normal(3), strides=[1, 2, 3], padding=[1, 0, 0, 0, 2, 1],
                 dilations=[1, 2, 1])
    w, b = normal(5, 7), normal(7)
    x = normal(BATCH, 5)
    case([(x, True), (w, False), (b, False)],
         "%r = bn.linear %0, %1 bias %2 : (INPUTS) -> RESULT", ["?", 7],
         x @ w + b)
    case([(x, True), (w.T, False), (b, False)],
         "%r = bn.linear %0, %1 bias %2 {transpose_weight, alpha = 0.5, "
         "beta = -3.0} : (INPUTS) -> RESULT", ["?", 7], 0.5 * (x @ w) - 3 * b)
    case([(x, True), (w, False)],
         "%r = bn.linear %0, %1 {beta = 3.0} : (INPUTS) -> RESULT", ["?", 7],
         x @ w)
    fixed = normal(5, 4)
    case([(fixed, False), (w, False), (b, False)],
         "%r = bn.linear %0, %1 bias %2 {transpose_input} : (INPUTS) -> RESULT",
         [4, 7], fixed.T @ w + b)
    x = normal(BATCH, 2, 5)
    case([(x, True), (w, False), (b, False)],
         "%r = bn.linear %0, %1 bias %2 : (INPUTS) -> RESULT", ["?", 2, 7],
         x @ w + b)


def pools():
    for layout in ("NCHW", "NHWC"):
        for op in ("max_pool", "average_pool"):
            extra = [{}]
            if op == "average_pool":
                extra.append({"count_include_pad": True})
            for more in extra:
                add_pool(op, layout, normal(BATCH, 3, 11), kernel=[3],
                         strides=[2], padding=[1, 2], dilations=[2], **more)
                for ceil_mode in (False, True):
                    add_pool(op, layout, normal(BATCH, 2, 10, 13),
                             kernel=[3, 2], strides=[2, 3],
                             padding=[1, 0, 2, 1], dilations=[1, 2],
                             ceil_mode=ceil_mode, **more)
                add_pool(op, layout, normal(BATCH, 2, 10, 9), kernel=[2, 3],
                         strides=[2, 1], padding=[0, 0, 0, 0],
                         dilations=[1, 3], **more)
                add_pool(op, layout, normal(BATCH, 2, 5, 6, 7),
                         kernel=[2, 3, 2], strides=[2, 1, 3],
                         padding=[1, 1, 0, 0, 2, 1], dilations=[1, 1, 1],
                         ceil_mode=True, **more)
    x = single(normal(BATCH, 4, 5, 6) + 100)
    for axes, result in (((2, 3), ["?", 4, 1, 1]), ((1,), ["?", 1, 5, 6]),
                         ((0, 2), [1, 4, 1, 6]), ((0, 1, 2, 3), [1] * 4)):
        expected = x.mean(axis=axes, keepdims=True)
        case([(x, True)], "%r = bn.reduce_mean %0 {" + array("axes", axes) +
             ", keep_dims} : (INPUTS) -> RESULT", result, expected)
        case([(x, True)], "%r = bn.reduce_mean %0 {" + array("axes", axes) +
             "} : (INPUTS) -> RESULT",
             [e for i, e in enumerate(result) if i not in axes],
             x.mean(axis=axes))


def normalizations():
    for layout in ("NCHW", "NHWC"):
        for space in ((), (7,), (5, 4), (2, 5, 3)):
            x = single(normal(BATCH, 6, *space) * 2 + 5)
            scale, offset, mean = normal(6), normal(6), single(normal(6) + 5)
            variance = single(RNG.uniform(0.1, 3, 6))
            vectors = [(v, False) for v in (scale, offset, mean, variance)]
            shape = ["?", *images(layout, x).shape[1:]]
            tail = f"layout = #bn<layout {layout}>}} : (INPUTS) -> "
            case([(images(layout, x), True)] + vectors,
                 "%r = bn.batch_norm_inference %0, scale %1, offset %2, "
                 "mean %3, variance %4 {epsilon = 1.0e-3 : f64, " + tail +
                 "RESULT", shape, images(layout, ref.batch_norm(
                     x, scale, offset, mean, variance, 1e-3)))
            case([(images(layout, x), True)] + vectors[:2],
                 "%r = bn.scale_shift %0, scale %1, shift %2 {" + tail +
                 "RESULT", shape, images(layout, x * ref.per_channel(scale, x) +
                                         ref.per_channel(offset, x)))


def sample_norms():
    for layout in ("NCHW", "NHWC"):
        for space in ((), (7,), (5, 4), (2, 5, 3)):
            x = single(normal(BATCH, 6, *space) * 2 + 5)
            scale, offset = normal(6), normal(6)
            for groups in (1, 2, 3, 6):
                expected = ref.group_norm(x, scale, offset, groups, 1e-3)
                case([(images(layout, x), True), (scale, False),
                      (offset, False)],
                     "%r = bn.group_norm %0, scale %1, offset %2 "
                     f"{{epsilon = 1.0e-3 : f64, groups = {groups}, "
                     f"layout = #bn<layout {layout}>}} : (INPUTS) -> RESULT",
                     ["?", *images(layout, x).shape[1:]],
                     images(layout, expected))
    # Equal values, as of one position: the offset alone.
    x = single(np.full((BATCH, 4, 1, 1), 1e4) + normal(BATCH, 4, 1, 1))
    case([(x, True), (normal(4), False), (offset[:4], False)],
         "%r = bn.group_norm %0, scale %1, offset %2 {epsilon = 1.0e-5 : f64, "
         "groups = 4} : (INPUTS) -> RESULT", ["?", 4, 1, 1],
         np.broadcast_to(offset[:4].reshape(4, 1, 1), x.shape), exact=True)
    x = single(normal(BATCH, 4, 5, 6) * 3 + 2)
    for axis in (1, 2, 3):
        for rms in (False, True):
            extents = x.shape[axis:]
            scale, offset = normal(*extents), normal(*extents)
            attributes = (f"{{axis = {axis}, epsilon = 1.0e-3 : f64" +
                          (", root_mean_square}" if rms else "}"))
            expected = ref.layer_norm(x, scale, axis, 1e-3, rms)
            case([(x, True), (scale, False)], "%r = bn.layer_norm %0, scale %1 "
                 + attributes + " : (INPUTS) -> RESULT", ["?", 4, 5, 6],
                 expected)
            case([(x, True), (scale, False), (offset, False)],
                 "%r = bn.layer_norm %0, scale %1 offset %2 " + attributes +
                 " : (INPUTS) -> RESULT", ["?", 4, 5, 6], expected + offset)


def elementwise():
    x, y = normal(BATCH, 3, 5), single(np.abs(normal(BATCH, 3, 5)) + 0.5)
    for op, value, function in (
            ("relu", x, lambda v: np.maximum(v, 0)),
            ("sigmoid", 32 * x, lambda v: 1 / (1 + np.exp(-v))),
            ("tanh", x, np.tanh), ("exp", x, np.exp), ("sqrt", y, np.sqrt)):
        case([(value, True)], f"%r = bn.{op} %0 : RESULT", ["?", 3, 5],
             function(value))
    for op, function in (("add", np.add), ("sub", np.subtract),
                         ("mul", np.multiply), ("div", np.divide),
                         ("pow", np.power)):
        for left, right, result in (
                ((y, True), (x, True), ["?", 3, 5]),
                ((y, True), (normal(3, 1), False), ["?", 3, 5]),
                ((np.abs(normal(1, 1, 5)), False), (x, True), ["?", 3, 5]),
                ((np.array(2.5), None), (x, True), ["?", 3, 5]),
                ((y[:, :, :1], True), (normal(2, 1, 1, 5), False),
                 [2, "?", 3, 5])):
            case([left, right], f"%r = bn.{op} %0, %1 : (INPUTS) -> RESULT",
                 result, function(left[0], right[0]))


def shapes():
    x = normal(BATCH, 4, 6)
    for shape in ((24,), (2, 12), (8, 3), (4, 6, 1), (2, 2, 3, 2)):
        case([(x, True)], "%r = bn.reshape %0 : INPUTS -> RESULT",
             ["?", *shape], x.reshape(BATCH, *shape), exact=True)
    case([(normal(1, 1), False)], "%r = bn.reshape %0 : INPUTS -> RESULT", [],
         None, exact=True)
    CASES[-1] = CASES[-1][:3] + (CASES[-1][0][0][0].reshape(()), True)
    fixed = normal(4, 6)
    case([(fixed, False)], "%r = bn.reshape %0 : INPUTS -> RESULT", [8, 3],
         fixed.reshape(8, 3), exact=True)
    case([(x, True)], "%r = bn.transpose %0 {" +
         array("permutation", (0, 2, 1)) + "} : (INPUTS) -> RESULT",
         ["?", 6, 4], x.transpose(0, 2, 1), exact=True)
    # The batch may wander inside of a model.
    case([(x, True)], "%t = bn.transpose %0 {" + array(
        "permutation", (1, 2, 0)) + "} : (INPUTS) -> tensor<4x6x?xELEMENT>\n"
         "%s = bn.relu %t : tensor<4x6x?xELEMENT>\n"
         "%r = bn.transpose %s {" + array("permutation", (2, 0, 1)) +
         "} : (tensor<4x6x?xELEMENT>) -> RESULT", ["?", 4, 6],
         np.maximum(x, 0), exact=True)


def slices():
    x, y, z = normal(BATCH, 4, 6), normal(BATCH, 1, 6), normal(BATCH, 3, 6)
    case([(x, True), (y, True), (z, True)],
         "%r = bn.concat %0, %1, %2 {axis = 1} : (INPUTS) -> RESULT",
         ["?", 8, 6], np.concatenate([x, y, z], 1), exact=True)
    case([(x, True), (x, True)], "%r = bn.concat %0, %1 {axis = 2} : (INPUTS) "
         "-> RESULT", ["?", 4, 12], np.concatenate([x, x], 2), exact=True)
    fixed = normal(2, 6)
    case([(fixed, False), (fixed, False)],
         "%r = bn.concat %0, %1 {axis = 0} : (INPUTS) -> RESULT", [4, 6],
         np.concatenate([fixed, fixed]), exact=True)
    case([(x, True)], "%r = bn.slice %0 {axis = 1, begin = 1, size = 2} : "
         "(INPUTS) -> RESULT", ["?", 2, 6], x[:, 1:3], exact=True)
    case([(fixed, False)], "%r = bn.slice %0 {axis = 0, begin = 1, size = 1} : "
         "(INPUTS) -> RESULT", [1, 6], fixed[1:], exact=True)
    # A slice is a view with gaps.
    case([(x, True)], "%s = bn.slice %0 {axis = 2, begin = 1, size = 4} : "
         "(INPUTS) -> tensor<?x4x4xELEMENT>\n"
         "%r = bn.reshape %s : tensor<?x4x4xELEMENT> -> RESULT", ["?", 16],
         x[:, :, 1:5].reshape(BATCH, 16), exact=True)
    case([(x, True)], "%s = bn.slice %0 {axis = 2, begin = 4, size = 2} : "
         "(INPUTS) -> tensor<?x4x2xELEMENT>\n"
         "%t = bn.slice %0 {axis = 2, begin = 0, size = 4} : (INPUTS) -> "
         "tensor<?x4x4xELEMENT>\n%r = bn.concat %s, %t {axis = 2} : "
         "(tensor<?x4x2xELEMENT>, tensor<?x4x4xELEMENT>) -> RESULT",
         ["?", 4, 6], np.concatenate([x[:, :, 4:], x[:, :, :4]], 2), exact=True)


def write_function(name, inputs, body, result, element):
    types = []
    for value, batched in inputs:
        shape = [] if value.ndim == 0 else shape_of(value, batched)
        types.append(tensor(shape, element))
    arguments = ", ".join(f"%{i}: {t}" for i, t in enumerate(types))
    # Outputs have the batch in front, if anywhere.
    output = tensor(result, element)
    body = (body.replace("INPUTS", ", ".join(types)).replace("RESULT", output)
            .replace("ELEMENT", element))
    if "?" in result[1:]:
        rank = len(result)
        order = [result.index("?")] + [i for i in range(rank)
                                       if i != result.index("?")]
        moved = tensor([result[i] for i in order], element)
        body += ("\n%out = bn.transpose %r {" + array("permutation", order) +
                 f"}} : ({output}) -> {moved}")
        return (f"func.func @{name}({arguments}) -> {moved} {{\n{body}\n"
                f"return %out : {moved}\n}}\n"), order
    return (f"func.func @{name}({arguments}) -> {output} {{\n{body}\n"
            f"return %r : {output}\n}}\n"), None


def main():
    for add in (products, pools, normalizations, sample_norms, elementwise,
                shapes, slices):
        add()
    failures = 0
    for element, dtype in (("f32", np.float32), ("f64", np.float64)):
        text, orders = "", []
        for i, (inputs, body, result, *_) in enumerate(CASES):
            function, order = write_function(f"case{i}", inputs, body, result,
                                             element)
            text += function
            orders.append(order)
        functions = compile_module(text)
        assert len(functions) == len(CASES)
        for i, (inputs, body, result, expected, exact) in enumerate(CASES):
            values = [np.asarray(v, dtype) for v, _ in inputs]
            got, = functions[f"case{i}"](*values, batch=BATCH)
            if orders[i]:
                expected = expected.transpose(orders[i])
            # Computed in double and rounded once: half a unit of the result,
            # and the roundings of double along the way.
            bound = 1e-14 * np.abs(expected).max() * (not exact)
            if dtype == np.float32:
                bound = bound + np.abs(expected) * 2.0 ** -24
            error = np.abs(got - expected)
            if got.shape != expected.shape or not (error <= bound).all():
                failures += 1
                print(f"case {i} {element}: error {error.max()}, "
                      f"shape {got.shape}, expected {expected.shape}\n{body}")
    print(f"{2 * len(CASES)} cases, {failures} failed")
    return failures > 0


if __name__ == "__main__":
    sys.exit(main())
