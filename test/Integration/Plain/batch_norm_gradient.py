# ===- batch_norm_gradient.py - Batch norm backwards -----------*- Python -*-===//
#
# Part of the bn-opt project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===---------------------------------------------------------------------===//

"""The gradient of batch norm, whole and taken apart into sums and input
gradient, through the plain way; and the statistics that were taken apart."""

import os
import sys

import numpy as np

FOLDER = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(FOLDER))
import reference as ref
from batch_norm_training import EXAMPLE, TO_SHAPE, near
from compiled import compile_module

# Of the worked example's channel 1, for a gradient of 1 at its first value.
DX = [0.44226932, -0.23814314, -0.10206173, 0.03401967,
      -0.23814314, -0.10206173, 0.03401967, 0.17010107]
DGAMMA, DBETA = -1.63298772, 1.0
LAYOUTS = {"nchw": "NCHW", "nhwc": "NHWC", "rank2": "NCHW"}
EPSILON = 1e-5


def write(name, shape, channels, element, layout):
    x = f"tensor<?x{''.join(f'{e}x' for e in shape[1:])}{element}>"
    c = f"tensor<{channels}x{element}>"
    layout = f"layout = #bn<layout {layout}>"
    settings = f"epsilon = {EPSILON:.17e} : f64, {layout}"
    # The input's mean and variance are in the element type, as a training step
    # keeps them.
    return f"""
func.func @{name}(%g: {x}, %x: {x}, %s: {c}) -> ({x}, {c}, {c}, {x}, {c}, {c},
    {c}, {c}) {{
  %m, %v = bn.batch_statistics %x {{{layout}}} : ({x}) -> ({c}, {c})
  %dx, %ds, %do = bn.batch_norm_gradient %g, %x, scale %s, mean %m, variance %v
    {{{settings}}} : ({x}, {x}, {c}, {c}, {c}) -> ({x}, {c}, {c})
  %ps, %po = bn.batch_norm_parameter_gradient %g, %x, mean %m, variance %v
    {{{settings}}} : ({x}, {x}, {c}, {c}) -> ({c}, {c})
  %px = bn.batch_norm_input_gradient %g, %x, scale %s, mean %m, variance %v,
    scale_gradient %ps, offset_gradient %po {{{settings}}}
    : ({x}, {x}, {c}, {c}, {c}, {c}, {c}) -> {x}
  return %dx, %ds, %do, %px, %ps, %po, %m, %v
    : {x}, {c}, {c}, {x}, {c}, {c}, {c}, {c}
}}
"""


def step_by_step(g, x, gamma):
    """Through variance and mean, as texts derive it (NCHW)."""
    axes = (0,) + tuple(range(2, x.ndim))
    m = x.size // x.shape[1]

    def channel(v):
        return ref.per_channel(v, x)

    mean = x.mean(axis=axes)
    centered = x - channel(mean)
    variance = (centered ** 2).mean(axis=axes)
    inverse = (variance + EPSILON) ** -0.5
    dxhat = channel(gamma) * g
    dvariance = -0.5 * inverse ** 3 * (dxhat * centered).sum(axis=axes)
    dmean = -inverse * dxhat.sum(axis=axes)
    dx = (dxhat * channel(inverse) + channel(dvariance) * 2 * centered / m +
          channel(dmean) / m)
    xhat = centered * channel(inverse)
    return dx, (g * xhat).sum(axis=axes), g.sum(axis=axes), xhat


def worked_example():
    text = "".join(write(name, convert(EXAMPLE).shape, 2, "f64", LAYOUTS[name])
                   for name, convert in TO_SHAPE.items())
    functions = compile_module(text)
    for name, convert in TO_SHAPE.items():
        g = np.zeros_like(EXAMPLE)
        g[0, 0, 0, 0] = 1
        expected = np.zeros_like(EXAMPLE)
        expected[:, 0] = np.reshape(DX, (2, 2, 2))
        x = convert(EXAMPLE)
        got = functions[name](convert(g), x, np.ones(2), batch=len(x))
        for dx, dgamma, dbeta in (got[:3], got[3:6]):
            near(dx, convert(expected), name + ", dx", 1e-8)
            near(dgamma, [DGAMMA, 0], name + ", dgamma", 1e-8)
            near(dbeta, [DBETA, 0], name + ", dbeta", 1e-8)
        near(got[6], [3, 7], name + ", mean", 1e-14)
        near(got[7], 1.5, name + ", variance", 1e-14)


def random_shapes():
    rng = np.random.default_rng(5)
    calls, text = [], ""
    for shape in ((7, 3), (5, 4, 6), (3, 2, 5, 4), (2, 3, 2, 3, 4),
                  (16, 2, 16, 16)):
        for layout in ("NCHW", "NHWC"):
            for element in ("f32", "f64"):
                x, g = rng.normal(size=shape) * 2 + 3, rng.normal(size=shape)
                gamma = rng.normal(size=shape[1])
                given = [ref.nhwc(a) if layout == "NHWC" else a for a in (g, x)]
                text += write(f"f{len(calls)}", given[0].shape, shape[1],
                              element, layout)
                calls.append((x, g, gamma, layout, element))
    functions = compile_module(text)
    for index, (x, g, gamma, layout, element) in enumerate(calls):
        convert = ref.nhwc if layout == "NHWC" else lambda a: a
        back = ref.nchw if layout == "NHWC" else lambda a: a

        def call(gradient):
            return functions[f"f{index}"](convert(gradient), convert(x), gamma,
                                          batch=len(x))

        what = f"{x.shape} {layout} {element}"
        bound = 1e-12 if element == "f64" else 2e-6
        dx, dgamma, dbeta, xhat = step_by_step(g, x, gamma)
        got = call(g)
        for part in (got[:3], got[3:6]):
            for value, wanted in zip(part, (dx, dgamma, dbeta)):
                value = back(value) if value.ndim > 1 else value
                near(value - wanted, 0, what, bound * np.abs(wanted).max())
        # The sum over each channel vanishes; so does the gradient of what is
        # proportional to the normalized input. With a formula without its last
        # term it would be as large as the gradient.
        axes = (0,) + tuple(range(2, x.ndim))
        size = np.abs(dx).sum(axis=axes)
        near(back(got[0]).sum(axis=axes) / size, 0, what + ", sum", bound)
        # What is left is that of epsilon: variance + epsilon for variance.
        along = back(call(xhat)[0])
        near(along, 0, what + ", along", 4 * EPSILON * np.abs(gamma).max())


def far_from_zero():
    """Mean 1e4 and deviation 1, in f32."""
    x = np.random.default_rng(3).normal(size=(64, 2, 8, 8)) + 1e4
    x = x.astype(np.float32)
    function = compile_module(write("far", x.shape, 2, "f32", "NCHW"))["far"]
    *_, mean, variance = function(x, x, np.ones(2), batch=len(x))
    double = x.astype(np.float64)
    near(mean / double.mean(axis=(0, 2, 3)), 1, "mean", 1e-7)
    near(variance / double.var(axis=(0, 2, 3)), 1, "variance", 1e-6)


def running_statistics():
    """bn.running_statistics is what batch norm in training mode blends."""
    x = np.random.default_rng(4).normal(size=(3, 2, 4, 5)) * 2 + 1
    running = np.array([0.5, -2.0]), np.array([1.5, 3.0])
    for convention in ("onnx", "torch"):
        for bias in ("biased", "unbiased"):
            t, c = "tensor<?x2x4x5xf64>", "tensor<2xf64>"
            text = f"""
func.func @running(%x: {t}, %rm: {c}, %rv: {c}) -> ({c}, {c}) {{
  %m, %v = bn.batch_statistics %x : ({t}) -> ({c}, {c})
  %nm, %nv = bn.running_statistics %x, mean %m, variance %v, running_mean %rm,
    running_variance %rv {{momentum = 0.7 : f64,
      convention = #bn<momentum_convention {convention}>,
      variance_bias = #bn<running_variance {bias}>}}
    : ({t}, {c}, {c}, {c}, {c}) -> ({c}, {c})
  return %nm, %nv : {c}, {c}
}}
"""
            got = compile_module(text)["running"](x, *running, batch=len(x))
            expected = ref.batch_norm_training(
                x, np.ones(2), np.zeros(2), *running, epsilon=EPSILON,
                momentum=0.7, convention=convention, variance_bias=bias)
            near(got, expected[3:], f"running, {convention}, {bias}", 1e-14)


if __name__ == "__main__":
    worked_example()
    random_shapes()
    far_from_zero()
    running_statistics()
