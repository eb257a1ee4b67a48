# ===- builder.py - Write ONNX networks with seeded parameters -*- Python -*-===//
#
# Part of the bn-opt project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===---------------------------------------------------------------------===//

"""Networks as ONNX graphs, layer by layer, initialised as PyTorch's layers are.

Every parameter is drawn from a generator of its own, seeded by the network's
seed and the parameter's name: what is called conv1.weight is the same in every
network, whatever else that network has. All values are floats of single
precision; in a network of doubles they are those, widened.
"""

import zlib

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

# Of ONNX: the first opset with all that a network uses, and its IR version.
OPSET, IR_VERSIONS = 17, {17: 8, 21: 10, 23: 11}
ELEMENTS = {"f32": (np.float32, TensorProto.FLOAT),
            "f64": (np.float64, TensorProto.DOUBLE)}
EPSILON, MOMENTUM = 1e-5, 0.9
# Names of normalization layers.
PREFIXES = {"batch": "bn", "scratch": "bn", "scratch-training": "bn",
            "layer": "ln", "layer-last": "ln", "instance": "in", "group": "gn",
            "rms": "rms"}
LARGEST_GROUP_COUNT = 4


class Builder:
    """A network under construction. Methods that add a layer take and return the
    name of a tensor; `shapes` are those of one row, without the batch."""

    def __init__(self, name, shape, seed, element="f32", affine="default"):
        self.name, self.seed, self.affine = name, seed, affine
        self.dtype, self.element = ELEMENTS[element]
        self.opset = OPSET
        self.shapes = {"input": tuple(shape)}
        self.nodes, self.initializers = [], []

    def node(self, op, name, inputs, shape, **attributes):
        self.nodes.append(
            helper.make_node(op, inputs, [name], name=name, **attributes))
        self.shapes[name] = tuple(shape)
        return name

    def parameter(self, name, value):
        value = np.asarray(value, np.float32).astype(self.dtype)
        self.initializers.append(numpy_helper.from_array(value, name))
        return name

    def generator(self, name):
        return np.random.default_rng([self.seed, zlib.crc32(name.encode())])

    def uniform(self, name, shape, low, high):
        return self.parameter(
            name, self.generator(name).uniform(low, high, shape))

    def weights(self, name, shape, fan_in, bias):
        """PyTorch's: both uniform up to 1 / sqrt(fan_in), on either side."""
        bound = fan_in ** -0.5
        names = [self.uniform(f"{name}.weight", shape, -bound, bound)]
        if bias:
            names.append(self.uniform(f"{name}.bias", shape[:1], -bound, bound))
        return names

    def scale_and_offset(self, name, shape, words=("weight", "bias")):
        """1 and 0 as in PyTorch, or values around them: gradients that leave out
        a scale are found out."""
        if self.affine == "random":
            ranges = ((0.5, 1.5), (-0.2, 0.2))
            return [self.uniform(f"{name}.{word}", shape, *limits)
                    for word, limits in zip(words, ranges)]
        return [self.parameter(f"{name}.{word}", np.full(shape, value))
                for word, value in zip(words, (1, 0))]

    def statistics(self, name, shape, words=("running_mean", "running_var")):
        if self.affine == "random":
            return [self.uniform(f"{name}.{word}", shape, *limits)
                    for word, limits in zip(words, ((-0.5, 0.5), (0.5, 2)))]
        return [self.parameter(f"{name}.{word}", np.full(shape, value))
                for word, value in zip(words, (0, 1))]

    def conv(self, x, name, channels, kernel, stride=1, padding=0, bias=True):
        inputs, height, width = self.shapes[x]
        shape = (channels, inputs, kernel, kernel)
        names = self.weights(name, shape, inputs * kernel * kernel, bias)
        extent = lambda size: (size + 2 * padding - kernel) // stride + 1
        return self.node("Conv", name, [x, *names],
                         (channels, extent(height), extent(width)),
                         kernel_shape=[kernel] * 2, strides=[stride] * 2,
                         pads=[padding] * 4)

    def linear(self, x, name, outputs):
        inputs, = self.shapes[x]
        names = self.weights(name, (outputs, inputs), inputs, True)
        return self.node("Gemm", name, [x, *names], (outputs,), transB=1)

    def activation(self, x, name, op):
        return self.node(op, name, [x], self.shapes[x])

    def dropout(self, x, name, ratio):
        ratio = self.parameter(f"{name}.ratio", ratio)
        return self.node("Dropout", name, [x, ratio], self.shapes[x])

    def pool(self, x, name, op, size=2):
        channels, height, width = self.shapes[x]
        return self.node(op, name, [x],
                         (channels, height // size, width // size),
                         kernel_shape=[size] * 2, strides=[size] * 2)

    def global_pool(self, x, name):
        return self.node("GlobalAveragePool", name, [x],
                         (self.shapes[x][0], 1, 1))

    def flatten(self, x, name):
        return self.node("Flatten", name, [x], (int(np.prod(self.shapes[x])),))

    def add(self, x, y, name):
        return self.node("Add", name, [x, y], self.shapes[x])

    def transpose(self, x, name, order):
        shape = [self.shapes[x][axis - 1] for axis in order[1:]]
        return self.node("Transpose", name, [x], shape, perm=order)

    def norm(self, x, number, kind, epsilon=EPSILON):
        """The normalization layer of that number; none is none."""
        if kind == "none":
            return x
        name = f"{PREFIXES[kind]}{number}"
        write = getattr(self, f"{kind.replace('-', '_')}_norm")
        return write(x, name, self.shapes[x], epsilon)

    def batch_norm(self, x, name, shape, epsilon):
        parameters = (self.scale_and_offset(name, shape[:1]) +
                      self.statistics(name, shape[:1]))
        return self.node("BatchNormalization", name, [x, *parameters], shape,
                         epsilon=epsilon, momentum=MOMENTUM)

    def layer_norm(self, x, name, shape, epsilon):
        """Over all of a row, as nn.LayerNorm([C, H, W]) is exported."""
        return self.node("LayerNormalization", name,
                         [x, *self.scale_and_offset(name, shape)], shape,
                         axis=-len(shape), epsilon=epsilon)

    def layer_last_norm(self, x, name, shape, epsilon):
        """Over the channels of each pixel, in NHWC."""
        if len(shape) == 1:
            return self.layer_norm(x, name, shape, epsilon)
        x = self.transpose(x, f"{name}.last", [0, 2, 3, 1])
        x = self.node("LayerNormalization", name,
                      [x, *self.scale_and_offset(name, shape[:1])],
                      self.shapes[x], axis=-1, epsilon=epsilon)
        return self.transpose(x, f"{name}.first", [0, 3, 1, 2])

    def rms_norm(self, x, name, shape, epsilon):
        self.opset = max(self.opset, 23)
        return self.node("RMSNormalization", name,
                         [x, *self.scale_and_offset(name, shape, ("weight",))],
                         shape, axis=-len(shape), epsilon=epsilon)

    def instance_norm(self, x, name, shape, epsilon):
        """Of images; features have no extent to normalize over."""
        if len(shape) == 1:
            return x
        return self.node("InstanceNormalization", name,
                         [x, *self.scale_and_offset(name, shape[:1])], shape,
                         epsilon=epsilon)

    def group_norm(self, x, name, shape, epsilon):
        self.opset = max(self.opset, 21)
        groups = int(np.gcd(shape[0], LARGEST_GROUP_COUNT))
        return self.node("GroupNormalization", name,
                         [x, *self.scale_and_offset(name, shape[:1])], shape,
                         num_groups=groups, epsilon=epsilon)

    def scratch_norm(self, x, name, shape, epsilon):
        """Batch norm written out, in prediction mode."""
        parameters = (shape[0],) + (1,) * (len(shape) - 1)
        mean, variance = self.statistics(name, (1, *parameters),
                                         ("moving_mean", "moving_var"))
        centered = self.node("Sub", f"/{name}/Sub", [x, mean], shape)
        return self.scratch_scale(centered, variance, name, shape, epsilon)

    def scratch_training_norm(self, x, name, shape, epsilon):
        """Batch norm written out, in training mode: it has no running
        statistics."""
        parameters = (shape[0],) + (1,) * (len(shape) - 1)
        axes = [0, *range(2, len(shape) + 1)]
        mean = self.node("ReduceMean", f"/{name}/ReduceMean", [x], parameters,
                         axes=axes, keepdims=1)
        centered = self.node("Sub", f"/{name}/Sub", [x, mean], shape)
        squares = self.node("Mul", f"/{name}/Mul", [centered, centered], shape)
        variance = self.node("ReduceMean", f"/{name}/ReduceMean_1", [squares],
                             parameters, axes=axes, keepdims=1)
        return self.scratch_scale(centered, variance, name, shape, epsilon)

    def scratch_scale(self, centered, variance, name, shape, epsilon):
        parameters = (1, shape[0]) + (1,) * (len(shape) - 1)
        gamma, beta = self.scale_and_offset(name, parameters, ("gamma", "beta"))
        # A Constant node, as exporters write it.
        self.nodes.append(helper.make_node(
            "Constant", [], [f"/{name}/Constant"], name=f"/{name}/Constant",
            value=numpy_helper.from_array(
                np.array(np.float32(epsilon), self.dtype))))
        deviation = self.node("Add", f"/{name}/Add",
                              [variance, f"/{name}/Constant"], parameters[1:])
        deviation = self.node("Sqrt", f"/{name}/Sqrt", [deviation],
                              parameters[1:])
        x = self.node("Div", f"/{name}/Div", [centered, deviation], shape)
        x = self.node("Mul", f"/{name}/Mul_1", [gamma, x], shape)
        return self.node("Add", f"/{name}/Add_1", [x, beta], shape)

    def model(self, result):
        """The finished network, with `result` as its output `logits`."""
        last = self.nodes[-1]
        assert last.output[0] == result
        last.output[0] = "logits"
        info = lambda name, shape: helper.make_tensor_value_info(
            name, self.element, ["batch", *shape])
        graph = helper.make_graph(
            self.nodes, self.name, [info("input", self.shapes["input"])],
            [info("logits", self.shapes[result])], self.initializers)
        model = helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", self.opset)],
            ir_version=IR_VERSIONS[self.opset])
        onnx.checker.check_model(model, full_check=True)
        return model
