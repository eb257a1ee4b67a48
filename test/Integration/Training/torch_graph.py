# ===- torch_graph.py - Run ONNX networks in PyTorch -----------*- Python -*-===//
#
# Part of the bn-opt project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===---------------------------------------------------------------------===//

"""A network of networks.py as a PyTorch module: each node is the function that
PyTorch's own layer of that kind calls, each initializer a parameter, running
statistics are buffers and change as PyTorch changes them."""

import numpy as np
import torch
from onnx import helper, numpy_helper
from torch.nn import functional as F

LAYOUTS = {"contiguous": torch.contiguous_format,
           "channels_last": torch.channels_last}


def conv(net, x, weight, bias=None, *, strides, pads, kernel_shape):
    return F.conv2d(x, weight, bias, tuple(strides), tuple(pads[:2]))


def batch_norm(net, x, scale, offset, mean, variance, *, epsilon=1e-5,
               momentum=0.9, frozen):
    # As nn.BatchNorm2d does it whose momentum is None.
    share = 1 / net.batches_tracked if net.cumulative else 1 - momentum
    return F.batch_norm(x, mean, variance, scale, offset,
                        net.training and not frozen, share, epsilon)


def layer_norm(net, x, scale, offset, *, axis, epsilon):
    return F.layer_norm(x, x.shape[axis:], scale, offset, epsilon)


def rms_norm(net, x, scale, *, axis, epsilon):
    return F.rms_norm(x, x.shape[axis:], scale, epsilon)


def instance_norm(net, x, scale, offset, *, epsilon):
    return F.instance_norm(x, None, None, scale, offset, eps=epsilon)


def group_norm(net, x, scale, offset, *, num_groups, epsilon):
    return F.group_norm(x, num_groups, scale, offset, epsilon)


def pool(function):
    return lambda net, x, *, kernel_shape, strides: function(
        x, tuple(kernel_shape), tuple(strides))


OPERATORS = {
    "Conv": conv,
    "BatchNormalization": batch_norm,
    "LayerNormalization": layer_norm,
    "RMSNormalization": rms_norm,
    "InstanceNormalization": instance_norm,
    "GroupNormalization": group_norm,
    "AveragePool": pool(F.avg_pool2d),
    "MaxPool": pool(F.max_pool2d),
    "GlobalAveragePool": lambda net, x: F.adaptive_avg_pool2d(x, 1),
    "Sigmoid": lambda net, x: torch.sigmoid(x),
    "Relu": lambda net, x: torch.relu(x),
    "Add": lambda net, x, y: x + y,
    "Flatten": lambda net, x: torch.flatten(x, 1),
    "Transpose": lambda net, x, *, perm: x.permute(*perm),
    "Gemm": lambda net, x, weight, bias, *, transB: F.linear(x, weight, bias),
}


def get_value(attribute):
    """A float stands for its shortest decimal: what was written, 0.9 or 1e-5,
    before it was rounded to single precision."""
    value = helper.get_attribute_value(attribute)
    return float(str(np.float32(value))) if isinstance(value, float) else value


class Network(torch.nn.Module):
    """`values` holds parameters and buffers by the initializers' names; the
    module's own names cannot have dots. The batch norms in `frozen` are in
    prediction mode always. With `cumulative`, running statistics are means over
    all batches."""

    def __init__(self, model, layout="contiguous", frozen=(), cumulative=False):
        super().__init__()
        self.cumulative, self.batches_tracked = cumulative, 0
        self.values, self.steps = {}, []
        statistics = {name for node in model.graph.node
                      if node.op_type == "BatchNormalization"
                      for name in node.input[3:]}
        for initializer in model.graph.initializer:
            value = torch.from_numpy(numpy_helper.to_array(initializer).copy())
            if value.ndim == 4:
                value = value.contiguous(memory_format=LAYOUTS[layout])
            name = initializer.name
            if name in statistics:
                self.register_buffer(name.replace(".", "_"), value)
            else:
                value = torch.nn.Parameter(value)
                self.register_parameter(name.replace(".", "_"), value)
            self.values[name] = value
        for node in model.graph.node:
            attributes = {each.name: get_value(each)
                          for each in node.attribute}
            if node.op_type == "BatchNormalization":
                attributes["frozen"] = node.name in frozen
            self.steps.append((OPERATORS[node.op_type], list(node.input),
                               node.output[0], attributes))

    def trained(self):
        return {name: value for name, value in self.values.items()
                if isinstance(value, torch.nn.Parameter)}

    def forward(self, x):
        # torch.compile takes the number for a constant, and would compile anew
        # for each batch.
        if self.cumulative:
            self.batches_tracked += self.training
        values = {**self.values, "input": x}
        for function, inputs, output, attributes in self.steps:
            values[output] = function(self, *(values[name] for name in inputs),
                                      **attributes)
        return values["logits"]
