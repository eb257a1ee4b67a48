# ===- vector_math.py - Functions of vectors -------------------*- Python -*-===//
#
# Part of the bn-opt project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===---------------------------------------------------------------------===//

"""Elementwise ops the fast way over all of f32's range, against NumPy in double.
Usage: vector_math.py VECTOR-LENGTH VECTOR-REGISTERS MCPU EXP-BOUND, the largest
relative error of exp: without fused multiply-adds its range reduction rounds."""

import os
import sys

import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
from compiled import compile_module
from graph import Graph, write_module

FEATURES = 64
OPS = ("exp", "sigmoid", "tanh", "relu", "sqrt")
SMALLEST_NORMAL = 2.0 ** -126
NAN, INF = np.nan, np.inf


def wide_range():
    """Densely where a function changes, and every order of magnitude."""
    orders = np.geomspace(1e-45, 3.4e38, 1 << 16)
    values = np.concatenate([
        np.linspace(-110, 110, 1 << 19), np.linspace(-1, 1, 1 << 17),
        np.linspace(-88.8, -86, 1 << 15), np.linspace(88, 89.5, 1 << 15),
        orders, -orders])
    return values.astype(np.float32).reshape(-1, FEATURES)


def check(name, good, x, got):
    good = np.broadcast_to(good, got.shape)
    if good.all():
        return 0
    worst = np.argmax(~good)
    print(f"{name}({x.flat[worst]!r}) = {got.flat[worst]!r}, and "
          f"{(~good).sum() - 1} more")
    return 1


def check_range(call, exp_bound):
    x = wide_range()
    wide = x.astype(np.float64)
    with np.errstate(over="ignore"):
        exp = np.exp(wide)
        sigmoid = 1 / (1 + np.exp(-wide))
    failures = 0

    got = call("exp", x)
    normal = (exp >= SMALLEST_NORMAL) & (exp <= 2.0 ** 127.5)
    with np.errstate(invalid="ignore"):
        error = np.abs(got - exp)
    failures += check("exp", ~normal | (error <= exp_bound * exp), x, got)
    # Results below are zero or not far from it, those above infinity.
    failures += check("small exp", (exp >= SMALLEST_NORMAL) |
                      (error <= SMALLEST_NORMAL), x, got)
    failures += check("large exp", (exp <= 2.0 ** 127.5) | (got == INF), x, got)

    got = call("sigmoid", x)
    failures += check("sigmoid", (np.abs(got - sigmoid) <= 2e-7) & (got >= 0) &
                      (got <= 1), x, got)
    got = call("tanh", x)
    failures += check("tanh", (np.abs(got - np.tanh(wide)) <= 2.5e-7) &
                      (np.abs(got) <= 1), x, got)
    got = call("relu", x)
    failures += check("relu", got == np.maximum(x, 0), x, got)
    x = np.abs(x)
    got = call("sqrt", x)
    failures += check("sqrt", got == np.sqrt(x), x, got)
    return failures


# Unusual operands and what the ops make of them; a zero has its sign.
OPERANDS = [INF, -INF, NAN, 0.0, -0.0, 1e-45, -1e-45, 1e-39, -1e-39, 3e38,
            -3e38]
RESULTS = {
    "exp": [INF, 0.0, NAN, 1, 1, 1, 1, 1, 1, INF, 0.0],
    "sigmoid": [1, 0.0, NAN, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 1, 0.0],
    "tanh": [1, -1, NAN, 0.0, -0.0, 1e-45, -1e-45, 1e-39, -1e-39, 1, -1],
    "relu": [INF, 0.0, NAN, 0.0, -0.0, 1e-45, 0.0, 1e-39, 0.0, 3e38, 0.0],
    "sqrt": [INF, NAN, NAN, 0.0, -0.0, np.sqrt(np.float32(1e-45)), NAN,
             np.sqrt(np.float32(1e-39)), NAN, np.sqrt(np.float32(3e38)), NAN],
}


def check_unusual(call):
    failures = 0
    x = np.resize(np.array(OPERANDS, np.float32), (len(OPERANDS), FEATURES))
    for name, results in RESULTS.items():
        got = call(name, x)
        wanted = np.resize(np.array(results, np.float32), x.shape)
        same = ((got == wanted) & (np.signbit(got) == np.signbit(wanted)) |
                np.isnan(got) & np.isnan(wanted))
        failures += check(name, same, x, got)
    return failures


def main():
    length, registers, mcpu, exp_bound = sys.argv[1:]
    graphs = []
    for name in OPS:
        graph = Graph(name)
        graph.output(getattr(graph, name)(graph.input(FEATURES)))
        graphs.append(graph)
    functions = compile_module(
        write_module(graphs), "--bn-fast-lowering-pipeline=vector-length="
        f"{length} vector-registers={registers}", mcpu)
    assert all(functions[name].blocks for name in OPS), "took the plain way"

    def call(name, x):
        result, = functions[name](x, batch=len(x))
        return result

    failures = check_range(call, float(exp_bound)) + check_unusual(call)
    print(f"{failures} failures")
    return failures > 0


if __name__ == "__main__":
    sys.exit(main())
