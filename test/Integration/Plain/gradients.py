# ===- gradients.py - Every op's gradient ----------------------*- Python -*-===//
#
# Part of the bn-opt project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===---------------------------------------------------------------------===//

"""The gradient of every op, by --bn-differentiate and the plain way, against
central differences of the compiled loss in f64; in f32 against f64.

The op under test gets operands that are parameters, of which one value after
the other is moved. Those with a dynamic batch are a parameter of BATCH rows,
taken by a product with a unit matrix: all their values are then checked. The
results, times fixed random weights, are the logits of a loss.
"""

import os
import subprocess
import sys

import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
from compiled import compile_module

RNG = np.random.default_rng(11)
BATCH = 3
CLASSES = 4
LABELS = np.array([2, 0, 3])
CASES = []


def tensor(shape, element="f64"):
    return f"tensor<{''.join(f'{e}x' for e in shape)}{element}>"


def array(name, values):
    return f"{name} = array<i64: {', '.join(map(str, values))}>"


def normal(*shape):
    return RNG.normal(size=shape)


def apart(*shape):
    """Values of which no two, nor zero, are closer than any step."""
    count = int(np.prod(shape))
    values = RNG.permutation(count) - count // 2 + 0.5
    return (values / count * 4).reshape(shape)


def case(operands, body, result, statistics=()):
    """`operands`: pairs of values and whether their first axis is the batch;
    `body`: ops from %0, %1, ... to %r; `result`: its shape, '?' the batch.
    Operands numbered in `statistics` are no trained parameters."""
    CASES.append((operands, body, result, statistics))


def write(index, operands, body, result, statistics):
    """The function @gradients of a case, and the values of its arguments."""
    signature = [f"%data: {tensor(['?', BATCH])} {{bn.name = \"data\"}}"]
    text, types, values = "", [], []

    def add(name, value, role):
        signature.append(f"%{name}: {tensor(value.shape)} {{bn.name = "
                         f"\"{name}\", bn.parameter = \"{role}\"}}")
        values.append(value)

    for i, (value, batched) in enumerate(operands):
        role = "running_mean" if i in statistics else "weight"
        if not batched:
            add(str(i), value, role)
            types.append(tensor(value.shape))
            continue
        rows = value.reshape(BATCH, -1)
        add(f"p{i}", rows, role)
        flat = tensor(["?", rows.shape[1]])
        types.append(tensor(["?", *value.shape[1:]]))
        text += (f"%f{i} = bn.linear %data, %p{i} : ({tensor(['?', BATCH])}, "
                 f"{tensor(rows.shape)}) -> {flat}\n"
                 f"%{i} = bn.reshape %f{i} : {flat} -> {types[-1]}\n")
    output = tensor(result)
    text += body.replace("INPUTS", ", ".join(types)).replace(
        "RESULT", output) + "\n"
    if result[0] == "?":
        flat = tensor(["?", int(np.prod(result[1:]))])
        text += f"%flat = bn.reshape %r : {output} -> {flat}\n"
    else:
        # Without a batch of its own it is repeated along that of the data.
        width = int(np.prod(result))
        one, flat = tensor([1, width]), tensor(["?", width])
        text += (f"%row = bn.reshape %r : {output} -> {one}\n"
                 f"%sum = bn.reduce_mean %data {{{array('axes', [1])}, "
                 f"keep_dims}} : ({tensor(['?', BATCH])}) -> tensor<?x1xf64>\n"
                 f"%flat = bn.mul %row, %sum : ({one}, tensor<?x1xf64>) -> "
                 f"{flat}\n")
    width = int(flat.split("x")[1])
    weights = np.array2string(
        normal(width, CLASSES), separator=", ", threshold=10 ** 6,
        formatter={"float_kind": lambda v: f"{v:.17e}"}).replace("\n", "")
    text += (f"%w = arith.constant dense<{weights}> : "
             f"{tensor([width, CLASSES])}\n"
             f"%logits = bn.linear %flat, %w : ({flat}, "
             f"{tensor([width, CLASSES])}) -> {tensor(['?', CLASSES])}\n"
             f"return %logits : {tensor(['?', CLASSES])}\n")
    return (f"func.func @gradients({', '.join(signature)}) -> "
            f"{tensor(['?', CLASSES])} {{\n{text}}}\n"), values


def differentiate(text, index):
    """The function of that name after the pass."""
    loss = ("mse", "cross-entropy")[index % 2]
    command = [os.environ.get("BN_OPT", "bn-opt"), "--bn-differentiate=loss=" +
               loss + " label-smoothing=0.1",
               # Numbers that are those of f32 too.
               "--mlir-print-elementsattrs-with-hex-if-larger=-1"]
    done = subprocess.run(command, input=text.encode(), capture_output=True)
    assert done.returncode == 0, f"{done.stderr.decode()}\n{text}"
    body = done.stdout.decode().split("module {\n", 1)[1].rsplit("}", 1)[0]
    return body.replace("@gradients", f"@case{index}")


WINDOW = "strides", "padding", "dilations"


def window(attributes, layout, names=WINDOW):
    parts = [array(k, attributes[k]) for k in names]
    parts += [f"{k} = {str(v).lower()}" for k, v in attributes.items()
              if not isinstance(v, list)]
    return "{" + ", ".join(parts + [f"layout = #bn<layout {layout}>"]) + "}"


def to_layout(layout, x):
    return np.moveaxis(x, 1, -1) if layout == "NHWC" else x


def image(layout, channels, space):
    return ([*space, channels] if layout == "NHWC" else [channels, *space])


def products():
    for layout in ("NCHW", "NHWC"):
        for x, w, out, attributes in (
                (normal(BATCH, 2, 7), normal(4, 2, 3), (3,), dict(
                    strides=[3], padding=[2, 1], dilations=[1])),
                # The last row and column of the input are under no window.
                (normal(BATCH, 4, 6, 5), normal(6, 2, 2, 3), (2, 3), dict(
                    strides=[3, 2], padding=[0, 1, 0, 2], dilations=[1, 1],
                    groups=2)),
                (normal(BATCH, 3, 4, 5), normal(3, 1, 2, 2), (4, 3), dict(
                    strides=[1, 1], padding=[1, 0, 1, 0], dilations=[2, 2],
                    groups=3)),
                (normal(BATCH, 1, 3, 4, 3), normal(2, 1, 2, 2, 1), (2, 2, 3),
                 dict(strides=[1, 2, 1], padding=[0, 0, 0, 0, 1, 0],
                      dilations=[1, 1, 1]))):
            case([(to_layout(layout, x), True), (w, False),
                  (normal(w.shape[0]), False)],
                 f"%r = bn.conv %0, %1 bias %2 {window(attributes, layout)} : "
                 "(INPUTS) -> RESULT", ["?", *image(layout, w.shape[0], out)])
    x, fixed = normal(BATCH, 5), normal(5, 2)
    for suffix, weight in (("", normal(5, 4)),
                           (" {transpose_weight, alpha = 0.5, beta = -3.0}",
                            normal(4, 5))):
        for operand in ((x, True), (normal(BATCH, 2, 5), True),
                        (normal(BATCH, 2, 3, 5), True)):
            shape = ["?", *operand[0].shape[1:-1], 4]
            case([operand, (weight, False), (normal(4), False)],
                 "%r = bn.linear %0, %1 bias %2" + suffix +
                 " : (INPUTS) -> RESULT", shape)
        suffix = suffix.replace("{", "{transpose_input, ") or (
            " {transpose_input}")
        case([(fixed, False), (weight, False), (normal(4), False)],
             "%r = bn.linear %0, %1 bias %2" + suffix +
             " : (INPUTS) -> RESULT", [2, 4])


def pools():
    for layout in ("NCHW", "NHWC"):
        for op, more in (("max_pool", {}), ("average_pool", {}),
                         ("average_pool", {"count_include_pad": True})):
            names = ("kernel",) + WINDOW
            for x, out, attributes in (
                    (apart(BATCH, 2, 7), (4,), dict(
                        kernel=[3], strides=[2], padding=[1, 2],
                        dilations=[1])),
                    (apart(BATCH, 2, 6, 5), (3, 2), dict(
                        kernel=[2, 2], strides=[2, 2], padding=[0] * 4,
                        dilations=[1, 1])),
                    (apart(BATCH, 1, 6, 5), (4, 3), dict(
                        kernel=[3, 2], strides=[2, 2], padding=[1, 0, 1, 1],
                        dilations=[1, 2], ceil_mode=True)),
                    (apart(BATCH, 1, 3, 4, 3), (2, 2, 3), dict(
                        kernel=[2, 3, 1], strides=[1, 2, 1],
                        padding=[0, 1, 0, 0, 1, 0], dilations=[1, 1, 1]))):
                attributes = {**attributes, **more}
                case([(to_layout(layout, x), True)], f"%r = bn.{op} %0 " +
                     window(attributes, layout, names) +
                     " : (INPUTS) -> RESULT",
                     ["?", *image(layout, x.shape[1], out)])
    x = normal(BATCH, 2, 3, 4)
    for axes, kept in (((2, 3), [2]), ((1,), [3, 4])):
        for keep in (", keep_dims", ""):
            shape = [1 if i in axes else e for i, e in enumerate(x.shape)
                     if i not in axes or keep]
            case([(x, True)], "%r = bn.reduce_mean %0 {" + array("axes", axes) +
                 keep + "} : (INPUTS) -> RESULT", ["?", *shape[1:]])
    case([(x, True)], "%r = bn.reduce_mean %0 {" + array("axes", (0, 2)) +
         "} : (INPUTS) -> RESULT", [2, 4])


def normalizations():
    for layout in ("NCHW", "NHWC"):
        for space in ((), (3,), (2, 3), (2, 1, 2)):
            x = to_layout(layout, normal(BATCH, 4, *space) * 2 + 5)
            vectors = [(normal(4), False) for _ in range(2)]
            statistics = [(normal(4) + 5, False),
                          (RNG.uniform(0.5, 2, 4), False)]
            shape = ["?", *x.shape[1:]]
            tail = (f"epsilon = 1.0e-3 : f64, layout = #bn<layout {layout}>}} "
                    ": (INPUTS) -> ")
            vector = tensor([4])
            case([(x, True)] + vectors + statistics,
                 "%r, %m, %v, %rm, %rv = bn.batch_norm_training %0, scale %1, "
                 "offset %2, running_mean %3, running_variance %4 "
                 "{momentum = 0.9 : f64, " + tail +
                 "(RESULT" + f", {vector}" * 4 + ")", shape, (3, 4))
            case([(x, True)] + vectors + statistics,
                 "%r = bn.batch_norm_inference %0, scale %1, offset %2, "
                 "mean %3, variance %4 {" + tail + "RESULT", shape, (3, 4))
            case([(x, True)] + vectors,
                 "%r = bn.scale_shift %0, scale %1, shift %2 {layout = "
                 f"#bn<layout {layout}>}} : (INPUTS) -> RESULT", shape)


def elementwise():
    x = apart(BATCH, 3, 4)
    for op, value in (("relu", x), ("sigmoid", 3 * x), ("tanh", x), ("exp", x),
                      ("sqrt", np.abs(x) + 0.5)):
        case([(value, True)], f"%r = bn.{op} %0 : RESULT", ["?", 3, 4])
    y = np.abs(x) + 0.5
    for op in ("add", "sub", "mul", "div"):
        for left, right, result in (
                ((x, True), (y, True), ["?", 3, 4]),
                ((x, True), (y[0, :, :1], False), ["?", 3, 4]),
                ((x[:1, :1], False), (y, True), ["?", 3, 4]),
                ((x[0, 0, 0], False), (y, True), ["?", 3, 4]),
                ((x[:, :, :1], True), (y[0], False), ["?", 3, 4])):
            case([(np.asarray(left[0]), left[1]), right],
                 f"%r = bn.{op} %0, %1 : (INPUTS) -> RESULT", result)
    case([(y, True)], "%c = arith.constant dense<2.5> : tensor<f64>\n"
         "%r = bn.pow %0, %c : (INPUTS, tensor<f64>) -> RESULT", ["?", 3, 4])
    # A value that is used twice.
    case([(x, True)], "%s = bn.sigmoid %0 : RESULT\n"
         "%r = bn.mul %s, %0 : (RESULT, RESULT) -> RESULT", ["?", 3, 4])


def shapes():
    x = normal(BATCH, 2, 3, 4)
    case([(x, True)], "%r = bn.reshape %0 : INPUTS -> RESULT", ["?", 6, 4])
    case([(x, True)], "%r = bn.transpose %0 {" +
         array("permutation", (0, 3, 1, 2)) + "} : (INPUTS) -> RESULT",
         ["?", 4, 2, 3])


def main():
    for add in (products, pools, normalizations, elementwise, shapes):
        add()
    written = [write(i, *c) for i, c in enumerate(CASES)]
    text = "".join(differentiate(function, i)
                   for i, (function, _) in enumerate(written))
    functions = compile_module(text)
    single = compile_module(text.replace("xf64>", "xf32>")
                            .replace("<f64>", "<f32>"))
    identity, seed = np.eye(BATCH), np.zeros(2, np.int64)
    failures = 0
    for i, (_, values) in enumerate(written):
        values = [np.array(v, np.float64) for v in values]

        def run(function, values):
            return function(identity, LABELS, seed, *values, batch=BATCH)

        function = functions[f"case{i}"]
        statistics = CASES[i][3]
        analytic = run(function, values)[2:2 + len(values) - len(statistics)]
        numeric = []
        for value in values[:len(analytic)]:
            differences = np.zeros(value.size)
            for k in range(value.size):
                index = np.unravel_index(k, value.shape)
                old = value[index]
                step = 1e-5 * max(1.0, abs(old))
                losses = []
                for moved in (old + step, old - step):
                    value[index] = moved
                    losses.append(run(function, values)[0])
                value[index] = old
                differences[k] = (losses[0] - losses[1]) / (2 * step)
            numeric.append(differences.reshape(value.shape))
        largest = max(np.abs(n).max() for n in numeric)
        assert largest > 1e-4, f"case {i} checks nothing\n{CASES[i][1]}"
        close = run(single[f"case{i}"], values)[2:]
        for k, (got, want) in enumerate(zip(analytic, numeric)):
            error = np.abs(got - want).max() / (
                np.abs(want).max() + 1e-6 * largest)
            rounded = np.abs(got - close[k]).max() / largest
            if (got.shape != want.shape or not error < 1e-6 or
                    not rounded < 2e-5):
                failures += 1
                print(f"case {i}, operand {k}: relative error {error}, in f32 "
                      f"{rounded}\n{CASES[i][1]}")
    print(f"{len(CASES)} cases, {failures} gradients wrong")
    return failures > 0


if __name__ == "__main__":
    sys.exit(main())
