# ===- batch_norm_training.py - Training, the plain way --------*- Python -*-===//
#
# Part of the bn-opt project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===---------------------------------------------------------------------===//

"""Batch norm in training mode, and the worked example, through the plain way."""

import os
import sys

import numpy as np

FOLDER = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(FOLDER))
import reference as ref
from compiled import compile_module

# NCHW: per channel the means are 3 and 7, the variances 1.5.
EXAMPLE = np.array([[[[1, 2], [3, 4]], [[5, 6], [7, 8]]],
                    [[[2, 3], [4, 5]], [[6, 7], [8, 9]]]], np.float64)
TO_SHAPE = {"nchw": lambda x: x, "nhwc": ref.nhwc,
            "rank2": lambda x: ref.nhwc(x).reshape(-1, 2)}
NORMALIZED = np.array([[-1.63298772, -0.81649386, 0, 0.81649386],
                       [-0.81649386, 0, 0.81649386, 1.63298772]])
# After one and three updates from mean 0 and variance 1.
RUNNING = {"biased": (1.05, 1.1355), "unbiased": (1.07142857, 1.19357143)}
PREDICTED = {"biased": [0.17548747, 1.11392317, 2.05235886, 2.99079456],
             "unbiased": [0.17116524, 1.08648740, 2.00180955, 2.91713170]}
TOLERANCE = 5e-7


def read(kind, shape):
    path = os.path.join(FOLDER, "..", "Inputs",
                        f"worked-example-{kind}-{shape}.mlir")
    with open(path, encoding="utf-8") as file:
        return file.read()


def near(got, expected, what, tolerance=TOLERANCE):
    expected = np.broadcast_to(expected, np.shape(got))
    assert np.allclose(got, expected, rtol=0, atol=tolerance), (
        f"{what}: expected {expected}, got {got}")


def worked_example(shape):
    convert = TO_SHAPE[shape]
    x = convert(EXAMPLE)
    expected = convert(np.stack([NORMALIZED] * 2, axis=1).reshape(2, 2, 2, 2))
    training = read("training", shape)
    for convention, momentum in (("onnx", "0.9"), ("torch", "0.1")):
        for bias, (first, third) in RUNNING.items():
            text = (training.replace("momentum = 0.9", f"momentum = {momentum}")
                    .replace("momentum_convention onnx",
                             f"momentum_convention {convention}")
                    .replace("running_variance biased",
                             f"running_variance {bias}"))
            train = compile_module(text)["train"]
            mean, variance = np.zeros(2), np.ones(2)
            what = f"{shape}, {convention}, {bias}"
            for update in range(3):
                y, batch_mean, batch_variance, mean, variance = train(
                    x, mean, variance, batch=len(x))
                near(y, expected, what + ", y")
                near(batch_mean, [3, 7], what + ", batch mean")
                near(batch_variance, 1.5, what + ", batch variance")
                if update == 0:
                    near(mean, [0.3, 0.7], what + ", running mean")
                    near(variance, first, what + ", running variance")
            near(mean, [0.813, 1.897], what + ", third running mean")
            near(variance, third, what + ", third running variance")
    for bias, (_, third) in RUNNING.items():
        text = read("prediction", shape).replace("dense<1.1355>",
                                                 f"dense<{third}>")
        y, = compile_module(text)["predict"](x, batch=len(x))
        first_channel = np.moveaxis(y, -1 if shape != "nchw" else 1, 0)[0]
        near(first_channel.ravel()[:4], PREDICTED[bias], f"{shape}, predicted")


def write_training(name, shape, element, attributes):
    x = f"tensor<?x{''.join(f'{e}x' for e in shape[1:])}{element}>"
    channels = attributes.pop("channels")
    vector = f"tensor<{channels}x{element}>"
    settings = ", ".join(
        [f"epsilon = {attributes['epsilon']:.17e} : f64",
         f"momentum = {attributes['momentum']:.17e} : f64",
         f"convention = #bn<momentum_convention {attributes['convention']}>",
         f"variance_bias = #bn<running_variance {attributes['variance_bias']}>",
         f"layout = #bn<layout {attributes['layout']}>"])
    results = ", ".join([x] + [vector] * 4)
    return f"""
func.func @{name}(%x: {x}, %s: {vector}, %o: {vector}, %m: {vector},
                  %v: {vector}) -> ({results}) {{
  %y:5 = bn.batch_norm_training %x, scale %s, offset %o, running_mean %m,
      running_variance %v {{{settings}}}
    : ({x}, {vector}, {vector}, {vector}, {vector}) -> ({results})
  return %y#0, %y#1, %y#2, %y#3, %y#4 : {results}
}}
"""


def properties():
    """On random shapes the result has mean beta and variance
    gamma^2 var / (var + eps), whatever the offset of the input; a constant
    channel gives exactly beta; everything is as in the reference."""
    rng = np.random.default_rng(11)
    single = lambda x: np.asarray(x, np.float32).astype(np.float64)
    for element, dtype in (("f32", np.float32), ("f64", np.float64)):
        text, calls = "", []
        for index in range(16):
            rank = 2 + index % 4
            channels = int(rng.integers(2, 6))
            x = rng.normal(size=(int(rng.integers(2, 5)), channels,
                                 *rng.integers(1, 6, rank - 2)))
            # A common offset of a thousand deviations.
            x = single(x + 1000 * (index % 2))
            x[:, 1] = single(rng.normal())
            vectors = [single(rng.normal(size=channels)) for _ in range(3)]
            vectors.append(single(rng.uniform(0.5, 2, channels)))
            settings = {
                "epsilon": 1e-5, "momentum": float(rng.uniform(0.05, 0.95)),
                "convention": ("onnx", "torch")[index // 4 % 2],
                "variance_bias": ("biased", "unbiased")[index // 8]}
            layout = ("NCHW", "NHWC")[index // 2 % 2]
            given = ref.nhwc(x) if layout == "NHWC" else x
            text += write_training(f"train{index}", given.shape, element,
                                   {**settings, "layout": layout,
                                    "channels": channels})
            calls.append((x, layout, given, vectors, settings))
        functions = compile_module(text)
        for index, (x, layout, given, vectors, settings) in enumerate(calls):
            what = f"{element} {given.shape} {layout} {settings}"
            got = functions[f"train{index}"](given, *vectors, batch=len(x))
            y = ref.nchw(got[0]) if layout == "NHWC" else got[0]
            expected = ref.batch_norm_training(x, *vectors, **settings)
            for value, wanted in zip([y, *got[1:]], expected):
                bound = (np.abs(wanted) * 2.0 ** -24 if dtype == np.float32
                         else 0) + 1e-11 * np.abs(wanted).max()
                wanted = wanted.reshape(value.shape)
                # The constant channel is exact here, not in the reference.
                if value.ndim > 1:
                    value, wanted, bound = (np.delete(np.broadcast_to(
                        a, y.shape), 1, axis=1) for a in (value, wanted, bound))
                near(value - wanted, 0, what, bound + 1e-30)
            gamma, beta = vectors[:2]
            axes = (0,) + tuple(range(2, x.ndim))
            double = y.astype(np.float64)
            variance = expected[2]
            tolerance = 1e-6 if dtype == np.float32 else 1e-11
            near(double.mean(axis=axes), beta, what, tolerance)
            near(double.var(axis=axes),
                 gamma ** 2 * variance / (variance + 1e-5), what, tolerance)
            assert (y[:, 1] == dtype(beta[1])).all(), "a constant channel"


if __name__ == "__main__":
    for name in TO_SHAPE:
        worked_example(name)
    properties()
