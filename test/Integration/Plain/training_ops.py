# ===- training_ops.py - Losses and optimizers -----------------*- Python -*-===//
#
# Part of the bn-opt project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===---------------------------------------------------------------------===//

"""Losses, optimizers and sums through the plain way, against their formulas.

The gradients of losses are in gradients.py as well, as differences.
"""

import os
import sys

import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
from compiled import compile_module

DTYPES = {"f32": np.float32, "f64": np.float64}
BOUNDS = {"f32": 2e-7, "f64": 1e-14}


def near(got, expected, what, bound):
    """Relative to the largest value."""
    expected = np.asarray(expected, np.float64)
    assert got.shape == expected.shape, f"{what}: {got.shape}"
    error = np.abs(got - expected).max()
    assert error <= bound * max(np.abs(expected).max(), 1e-30), (
        f"{what}: error {error}, expected {expected}, got {got}")


def write_loss(name, op, element, classes, smoothing):
    x, s = f"tensor<?x{classes}x{element}>", f"tensor<{element}>"
    return f"""
func.func @{name}(%x: {x}, %labels: tensor<?xi64>) -> ({s}, tensor<i64>, {x}) {{
  %loss, %hits, %dx = bn.{op}_loss %x, %labels
    {{label_smoothing = {smoothing:.2f} : f64}}
    : ({x}, tensor<?xi64>) -> ({s}, tensor<i64>, {x})
  return %loss, %hits, %dx : {s}, tensor<i64>, {x}
}}
"""


def compute_loss(op, x, labels, smoothing):
    rows, classes = x.shape
    target = np.full(x.shape, smoothing / classes)
    target[np.arange(rows), labels] += 1 - smoothing
    if op == "mean_squared_error":
        return (((x - target) ** 2).mean(), 2 * (x - target) / x.size)
    shifted = x - x.max(axis=1, keepdims=True)
    sums = np.exp(shifted).sum(axis=1, keepdims=True)
    logs = shifted - np.log(sums)
    # A class that is not wanted may be impossible.
    terms = np.where(target > 0, target * np.where(target > 0, logs, 0), 0)
    return -terms.sum() / rows, (np.exp(logs) - target) / rows


def losses():
    rng = np.random.default_rng(1)
    text, calls = "", []
    for op in ("cross_entropy", "mean_squared_error"):
        for element in ("f32", "f64"):
            for smoothing in (0.0, 0.25, 1.0):
                text += write_loss(f"f{len(calls)}", op, element, 5, smoothing)
                calls.append((op, element, smoothing))
    functions = compile_module(text)
    for index, (op, element, smoothing) in enumerate(calls):
        for rows, scale in ((1, 1), (4, 1), (13, 3), (4, 300)):
            # Some draws, so that the first of the largest counts.
            x = np.round(rng.normal(size=(rows, 5)) * 2) * scale
            x[0, :2] = x[0].max()
            x = x.astype(DTYPES[element]).astype(np.float64)
            labels = rng.integers(0, 5, rows)
            labels[0] = rows % 2
            loss, gradient = compute_loss(op, x, labels, smoothing)
            got = functions[f"f{index}"](x, labels, batch=rows)
            what = f"{op} {element} {smoothing} {rows}x{scale}"
            near(got[0], loss, what, BOUNDS[element])
            assert got[1] == (x.argmax(axis=1) == labels).sum(), what
            near(got[2], gradient, what, BOUNDS[element])
    # An impossible class, and a row that is no number.
    x = np.array([[0.0, -np.inf, 1.0, 2.0, 0.5]])
    got = functions["f3"](x, [3], batch=1)
    near(got[0], compute_loss("cross_entropy", x, [3], 0.0)[0], "infinite",
         1e-14)
    got = functions["f3"](np.full((1, 5), np.nan), [0], batch=1)
    assert np.isnan(got[0]) and got[1] == 0, "a loss of NaN"


def sgd(p, g, state, settings):
    rate, momentum, decay, nesterov = settings
    g = g + decay * p
    v = momentum * state[0] + g
    return p - rate * (g + momentum * v if nesterov else v), [v]


def adam(decoupled):
    def step(p, g, state, settings):
        rate, b1, b2, epsilon, decay, c1, c2 = settings
        if decoupled:
            p = p * (1 - rate * decay)
        else:
            g = g + decay * p
        m = b1 * state[0] + (1 - b1) * g
        v = b2 * state[1] + (1 - b2) * g * g
        return p - rate / c1 * m / (np.sqrt(v) / np.sqrt(c2) + epsilon), [m, v]
    return step


def write_update(name, op, states, settings, flag, element):
    t, s = f"tensor<?x{element}>", f"tensor<{settings}x{element}>"
    arguments = ", ".join(f"%v{i}: {t}" for i in range(len(states)))
    results = ", ".join([t] * (1 + len(states)))
    operands = ", ".join(f"{state} %v{i}" for i, state in enumerate(states))
    return f"""
func.func @{name}(%p: {t}, %g: {t}, {arguments}, %s: {s}) -> ({results}) {{
  %r:{1 + len(states)} = bn.{op} %p, %g, {operands}, settings %s {flag}
    : ({', '.join([t] * (2 + len(states)))}, {s}) -> ({results})
  return {', '.join(f'%r#{i}' for i in range(1 + len(states)))} : {results}
}}
"""


def optimizers():
    rng = np.random.default_rng(2)
    moments = ("first_moment", "second_moment")
    kinds = {"sgd": ("sgd_update", ("velocity",), 4, "", sgd),
             "adam": ("adam_update", moments, 7, "", adam(False)),
             "adamw": ("adam_update", moments, 7, "{decoupled}", adam(True))}
    text = "".join(
        write_update(name + element, *kind[:4], element)
        for name, kind in kinds.items() for element in ("f32", "f64"))
    functions = compile_module(text)
    for name, (_, states, _, _, step) in kinds.items():
        for element, dtype in DTYPES.items():
            function = functions[name + element]
            for count in (1, 17):
                if name == "sgd":
                    choices = ([0.1, 0, 0, 0], [0.1, 0.9, 0, 0],
                               [0.2, 0.8, 0.01, 0], [0.2, 0.8, 0.01, 1])
                else:
                    choices = ([1e-3, 0.9, 0.999, 1e-8, 0.0],
                               [0.1, 0.8, 0.95, 1e-3, 0.1])
                for choice in choices:
                    p = rng.normal(size=count).astype(dtype)
                    state = [np.zeros(count, dtype) for _ in states]
                    p64, state64 = p.astype(np.float64), [
                        s.astype(np.float64) for s in state]
                    for t in range(1, 6):
                        settings = np.array(choice, np.float64)
                        if name != "sgd":
                            settings = np.append(
                                settings, [1 - choice[1] ** t,
                                           1 - choice[2] ** t])
                        settings = settings.astype(dtype)
                        g = rng.normal(size=count).astype(dtype)
                        p64, state64 = step(p64, g.astype(np.float64), state64,
                                            settings.astype(np.float64))
                        # The new values are written over the old ones.
                        p, *state = function(p, g, *state, settings,
                                             batch=count, in_place={
                                                 i + 1 if i else 0: i
                                                 for i in range(1 + len(state))
                                             })
                        what = f"{name} {element} {choice} step {t}"
                        near(p, p64, what, 10 * BOUNDS[element])
                        for got, want in zip(state, state64):
                            near(got, want, what, 10 * BOUNDS[element])


def sums():
    x = np.random.default_rng(3).normal(size=(3, 4, 5, 6)) + 100
    text, calls = "", []
    for element in ("f32", "f64"):
        for axes in ((0,), (0, 2, 3), (1,), (0, 1, 2, 3)):
            for keep in (False, True):
                shape = [1 if i in axes else ("?", 4, 5, 6)[i]
                         for i in range(4) if keep or i not in axes]
                t = f"tensor<?x4x5x6x{element}>"
                r = f"tensor<{''.join(f'{e}x' for e in shape)}{element}>"
                text += f"""
func.func @f{len(calls)}(%x: {t}) -> {r} {{
  %y = bn.reduce_sum %x {{axes = array<i64: {', '.join(map(str, axes))}>
    {', keep_dims' if keep else ''}}} : ({t}) -> {r}
  return %y : {r}
}}
"""
                calls.append((element, axes, keep))
    functions = compile_module(text)
    for index, (element, axes, keep) in enumerate(calls):
        value = x.astype(DTYPES[element])
        got, = functions[f"f{index}"](value, batch=3)
        near(got, value.astype(np.float64).sum(axis=axes, keepdims=keep),
             f"sum {axes} {element}", BOUNDS[element])


if __name__ == "__main__":
    losses()
    optimizers()
    sums()
