# ===- graph.py - Build a network and its reference at once ----*- Python -*-===//
#
# Part of the bn-opt project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===---------------------------------------------------------------------===//

"""Networks of bn ops with constant parameters, as MLIR and as NumPy in double.

Every parameter is rounded to f32 first, so that both see the same numbers.
"""

import os
import struct
import sys

import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
import reference as ref


def array(name, values):
    return f"{name} = array<i64: {', '.join(map(str, values))}>"


class Graph:
    """A function of MLIR under construction. Methods that add an op take and
    return the names of values; shapes are those of one row."""

    def __init__(self, name, batch="?", seed=0):
        self.name, self.batch = name, batch
        self.shapes, self.inputs, self.outputs = {}, [], []
        self._lines, self._steps, self._blobs = [], [], []
        self._rng = np.random.default_rng(seed)
        self._values = 0

    def _type(self, value):
        shape = "x".join(map(str, (self.batch, *self.shapes[value])))
        return f"tensor<{shape}xf32>"

    def _name(self, shape):
        name = f"%v{self._values}"
        self._values += 1
        self.shapes[name] = tuple(shape)
        return name

    def _parameter(self, values):
        values = np.asarray(values, np.float32)
        blob = f"{self.name}_{len(self._blobs)}"
        shape = "x".join(map(str, values.shape))
        self._blobs.append(
            f'{blob}: "0x{(struct.pack("<I", 4) + values.tobytes()).hex()}"')
        name = f"%p{len(self._blobs)}"
        self._lines.append(f"{name} = arith.constant dense_resource<{blob}> : "
                           f"tensor<{shape}xf32>")
        return name, f"tensor<{shape}xf32>", values.astype(np.float64)

    def _add(self, op, x, function, parameters=(), attributes=()):
        """`op`: its name; `function`: from the operand to the result."""
        # The shape of the result is that of the reference's.
        shape = function(np.zeros((1, *self.shapes[x]))).shape[1:]
        result = self._name(shape)
        operands = "".join(f"{word} {name}" for word, name, _ in parameters)
        types = ", ".join([self._type(x)] + [t for _, _, t in parameters])
        signature = (f"{types} -> {self._type(result)}"
                     if op == "reshape" else f"({types}) -> {self._type(result)}")
        if op in ("relu", "sigmoid", "tanh", "exp", "sqrt"):
            signature = types
        self._lines.append(f"{result} = bn.{op} {x}{operands} "
                           f"{{{', '.join(attributes)}}} : {signature}")
        self._steps.append((result, (x,), function))
        return result

    def _join(self, op, operands, function, attributes=""):
        """An op on several tensors."""
        result = self._name(
            function(*[np.zeros((1, *self.shapes[x])) for x in operands])
            .shape[1:])
        types = ", ".join(map(self._type, operands))
        self._lines.append(f"{result} = bn.{op} {', '.join(operands)} "
                           f"{attributes}: ({types}) -> {self._type(result)}")
        self._steps.append((result, operands, function))
        return result

    def add(self, x, y):
        return self._join("add", (x, y), np.add)

    def concat(self, *operands):
        return self._join("concat", operands,
                          lambda *v: np.concatenate(v, axis=1),
                          "{axis = 1 : i64} ")

    def input(self, *shape):
        name = self._name(shape)
        self.inputs.append(name)
        return name

    def output(self, *values):
        self.outputs += values

    def conv(self, x, channels, kernel, strides=(1, 1), padding=(0, 0, 0, 0),
             dilations=(1, 1), bias=True, mask=1.0):
        """`mask`: what the drawn filter is multiplied with."""
        fan_in = self.shapes[x][0] * kernel[0] * kernel[1]
        w_name, w_type, w = self._parameter(mask * self._rng.normal(
            size=(channels, self.shapes[x][0], *kernel)) / fan_in ** 0.5)
        parameters, b = [(",", w_name, w_type)], None
        if bias:
            b_name, b_type, b = self._parameter(self._rng.normal(size=channels))
            parameters.append((" bias", b_name, b_type))
        window = dict(strides=strides, padding=padding, dilations=dilations)
        return self._add("conv", x, lambda v: ref.conv(v, w, b, **window),
                         parameters, [array(k, v) for k, v in window.items()])

    def linear(self, x, outputs, bias=True, transpose=True, alpha=1.0,
               beta=1.0):
        inputs, = self.shapes[x]
        w_name, w_type, w = self._parameter(self._rng.normal(
            size=(outputs, inputs) if transpose else (inputs, outputs)) /
            inputs ** 0.5)
        matrix = w.T if transpose else w
        parameters, b = [(",", w_name, w_type)], np.zeros(outputs)
        if bias:
            b_name, b_type, b = self._parameter(self._rng.normal(size=outputs))
            parameters.append((" bias", b_name, b_type))
        attributes = ["transpose_weight"] * transpose + [
            f"alpha = {alpha} : f64", f"beta = {beta} : f64"]
        return self._add("linear", x,
                         lambda v: alpha * (v @ matrix) + beta * b, parameters,
                         attributes)

    def pool(self, kind, x, kernel, strides=None):
        window = dict(kernel=kernel, strides=strides or kernel,
                      padding=(0, 0, 0, 0), dilations=(1, 1))
        return self._add(f"{kind}_pool", x,
                         lambda v: getattr(ref, f"{kind}_pool")(v, **window),
                         (), [array(k, v) for k, v in window.items()])

    def scale_shift(self, x):
        channels = self.shapes[x][0]
        s_name, s_type, s = self._parameter(self._rng.normal(size=channels))
        t_name, t_type, t = self._parameter(self._rng.normal(size=channels))
        return self._add(
            "scale_shift", x,
            lambda v: v * ref.per_channel(s, v) + ref.per_channel(t, v),
            [(", scale", s_name, s_type), (", shift", t_name, t_type)])

    def relu(self, x):
        return self._add("relu", x, lambda v: np.maximum(v, 0))

    def sigmoid(self, x):
        return self._add("sigmoid", x, lambda v: 1 / (1 + np.exp(-v)))

    def tanh(self, x):
        return self._add("tanh", x, np.tanh)

    def exp(self, x):
        return self._add("exp", x, np.exp)

    def sqrt(self, x):
        return self._add("sqrt", x, np.sqrt)

    def flatten(self, x):
        return self._add("reshape", x, lambda v: v.reshape(len(v), -1))

    def image(self, x):
        """Features as an image of extent 1 x 1."""
        return self._add("reshape", x, lambda v: v[:, :, None, None])

    def text(self):
        arguments = ", ".join(f"{x}: {self._type(x)}" for x in self.inputs)
        types = ", ".join(map(self._type, self.outputs))
        body = "\n  ".join(self._lines)
        return (f"func.func @{self.name}({arguments}) -> ({types}) {{\n  {body}"
                f"\n  return {', '.join(self.outputs)} : {types}\n}}\n")

    def blobs(self):
        return self._blobs

    def evaluate(self, inputs):
        values = {name: np.asarray(x, np.float64)
                  for name, x in zip(self.inputs, inputs)}
        for result, operands, function in self._steps:
            values[result] = function(*[values[x] for x in operands])
        return [values[name] for name in self.outputs]


def write_module(graphs):
    blobs = ",\n".join(blob for graph in graphs for blob in graph.blobs())
    resources = f"{{-# dialect_resources: {{builtin: {{\n{blobs}\n}}}} #-}}\n"
    return "".join(g.text() for g in graphs) + (resources if blobs else "")
