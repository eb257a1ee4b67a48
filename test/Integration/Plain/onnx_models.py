# ===- onnx_models.py - Small networks against ONNX Runtime ----*- Python -*-===//
#
# Part of the bn-opt project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===---------------------------------------------------------------------===//

"""Networks of the ops that residual networks, dense networks and normalizations
within a sample need, at -O0 and optimized, against ONNX Runtime; and what they
are as ONNX again. Usage: onnx_models.py BN_OPT BN_RUN. Works in the current
directory."""

import subprocess
import sys

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

BATCH = 3
TOLERANCE = 1e-5


class Network:
    """A model that is built node by node; names are numbers."""

    def __init__(self, *shape, opset=17, seed=0):
        self.rng = np.random.default_rng(seed)
        self.opset = opset
        self.nodes, self.initializers = [], []
        self.input = helper.make_tensor_value_info("x", TensorProto.FLOAT,
                                                   ["N", *shape])
        self.shape = shape
        self.last = "x"

    def constant(self, values):
        name = f"c{len(self.initializers)}"
        self.initializers.append(numpy_helper.from_array(values, name))
        return name

    def normal(self, *shape, mean=0.0):
        return self.constant((mean + 0.5 * self.rng.normal(size=shape)).astype(
            np.float32))

    def integers(self, *values):
        return self.constant(np.array(values, np.int64))

    def add(self, op, *inputs, outputs=1, **attributes):
        """`inputs` come behind the last output, unless a name is given first
        by `first`."""
        first = attributes.pop("first", self.last)
        names = [f"v{len(self.nodes)}_{i}" for i in range(outputs)]
        self.nodes.append(helper.make_node(
            op, [first, *inputs], names, name=f"{op}{len(self.nodes)}",
            **attributes))
        self.last = names[0]
        return names[0] if outputs == 1 else names

    def conv(self, inputs, outputs, kernel=3, stride=1, pad=None, **more):
        pad = kernel // 2 if pad is None else pad
        return self.add("Conv", self.normal(outputs, inputs, kernel, kernel),
                        strides=[stride] * 2, pads=[pad] * 4, **more)

    def batch_norm(self, channels):
        variance = self.rng.uniform(0.5, 2, channels).astype(np.float32)
        return self.add("BatchNormalization", self.normal(channels, mean=1),
                        self.normal(channels), self.normal(channels),
                        self.constant(variance))

    def model(self):
        outputs = [helper.make_tensor_value_info(self.last, TensorProto.FLOAT,
                                                 None)]
        graph = helper.make_graph(self.nodes, "net", [self.input], outputs,
                                  self.initializers)
        return helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", self.opset)],
            ir_version=11 if self.opset > 22 else 10)


def group_norm(net, channels, groups):
    if net.opset < 18:
        return net.add("InstanceNormalization", net.normal(channels, mean=1),
                       net.normal(channels), epsilon=1e-3)
    values = groups if net.opset < 21 else channels
    return net.add("GroupNormalization", net.normal(values, mean=1),
                   net.normal(values), num_groups=groups, epsilon=1e-3)


def layer_norm(net, axis, *extents, op="LayerNormalization"):
    offset = [] if op != "LayerNormalization" else [net.normal(*extents)]
    return net.add(op, net.normal(*extents, mean=1), *offset, axis=axis,
                   epsilon=1e-4)


def resnet(norm):
    """Stem with a padded max pool, two residual blocks, global average pool."""
    net = Network(3, 21, 18, opset=norm.opset, seed=1)
    net.conv(3, 8, 7, 2)
    norm(net, 8)
    net.add("Relu")
    skip = net.add("MaxPool", kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4)
    for _ in range(2):
        net.conv(8, 8)
        norm(net, 8)
        net.add("Relu")
        net.conv(8, 8)
        norm(net, 8)
        net.add("Add", skip)
        skip = net.add("Relu")
    # Narrower and wider, with a projection beside.
    net.conv(8, 16, 3, 2)
    norm(net, 16)
    main = net.last
    net.conv(8, 16, 1, 2, first=skip)
    norm(net, 16)
    net.add("Add", main)
    net.add("GlobalAveragePool")
    net.add("Flatten")
    net.add("Gemm", net.normal(10, 16), net.normal(10), transB=1)
    return net


def preactivation():
    net = Network(3, 9, 8, seed=2)
    skip = net.conv(3, 6)
    for _ in range(2):
        net.batch_norm(6)
        net.add("Relu")
        net.conv(6, 6)
        net.batch_norm(6)
        net.add("Relu")
        net.conv(6, 6)
        skip = net.add("Add", skip)
    net.add("ReduceMean", axes=[2, 3], keepdims=0)
    return net


def dense():
    """Every layer sees all before it, and every channel goes two ways."""
    net = Network(4, 7, 6, opset=18, seed=3)
    net.conv(4, 3)
    grown = net.add("Concat", "x", axis=1)
    net.conv(7, 5)
    net.add("Concat", grown, "x", axis=-3)
    front, back = net.add("Split", net.integers(6, 10), outputs=2, axis=1)
    net.add("Relu", first=back)
    net.add("Slice", net.integers(1, 0, -5), net.integers(9, 2**63 - 1, -1),
            net.integers(1, 0, 2))
    head = net.add("GlobalAveragePool")
    net.add("GlobalAveragePool", first=front)
    net.add("Concat", head, axis=1)
    net.add("Dropout", net.constant(np.array(0.4, np.float32)))
    net.add("Flatten")
    return net


def conv_head():
    """A 1x1 convolution and global average pooling instead of a linear layer."""
    net = Network(3, 8, 8, seed=4)
    net.conv(3, 6)
    net.batch_norm(6)
    net.add("Relu")
    net.conv(6, 10, 1)
    net.add("GlobalAveragePool")
    net.add("Flatten")
    return net


def last_axes(opset):
    net = Network(5, 4, 6, opset=opset, seed=5)
    layer_norm(net, -1, 6)
    layer_norm(net, 2, 4, 6)
    layer_norm(net, 1, 5, 4, 6)
    # A scale that broadcasts.
    net.add("LayerNormalization", net.normal(6), net.normal(4, 1), axis=2)
    if opset >= 23:
        layer_norm(net, 2, 4, 6, op="RMSNormalization")
    return net


def statistics():
    net = Network(5, 4, 6, seed=6)
    y, mean, inverse = net.add("LayerNormalization", net.normal(4, 6),
                               outputs=3, axis=2)
    net.add("Mul", inverse, first=y)
    net.add("Sub", mean)
    return net


def with_norm(opset, function):
    function.opset = opset
    return function


NETWORKS = {
    "resnet-batch": resnet(with_norm(17, lambda net, c: net.batch_norm(c))),
    "resnet-instance": resnet(with_norm(17, lambda net, c: group_norm(net, c,
                                                                      c))),
    "resnet-group18": resnet(with_norm(18, lambda net, c: group_norm(net, c,
                                                                     4))),
    "resnet-group21": resnet(with_norm(21, lambda net, c: group_norm(net, c,
                                                                     2))),
    "preactivation": preactivation(),
    "dense": dense(),
    "conv-head": conv_head(),
    "layer17": last_axes(17),
    "layer23": last_axes(23),
    "layer-statistics": statistics(),
}


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, f"{' '.join(command)}:\n{done.stderr}"


def ask_oracle(path, x):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(path, options,
                                           providers=["CPUExecutionProvider"])
    return session.run(None, {"x": x})[0]


def main():
    bn_opt, bn_run = sys.argv[1:]
    for name, net in NETWORKS.items():
        path = f"{name}.onnx"
        onnx.save(net.model(), path)
        x = (3 + np.random.default_rng(9).normal(size=(BATCH, *net.shape)))
        x = x.astype(np.float32)
        np.save("x.npy", x)
        wanted = ask_oracle(path, x)
        bound = TOLERANCE * np.abs(wanted).max()
        answers = {}
        for options in (["-O", "0"], [], ["--element-type", "f64"]):
            run(bn_run, path, "x.npy", "-o", "y.npy", *options)
            answers[" ".join(options)] = np.load("y.npy")
        if name in ("resnet-group18", "layer17"):
            # As it is trained, a parameter is repeated by an op.
            run(bn_run, path, "x.npy", "-o", "y.npy", "--bn-mode", "train")
            answers["for training"] = np.load("y.npy")
        for options in (["--no-fold"], []):
            run(bn_opt, path, "-o", "again.onnx", *options)
            answers[f"ONNX again {options}"] = ask_oracle("again.onnx", x)
        for what, got in answers.items():
            assert got.shape == wanted.shape, (name, what, got.shape)
            error = np.abs(got - wanted).max()
            assert error <= bound, f"{name}, {what}: {error}, allowed {bound}"
    print(f"{len(NETWORKS)} networks")


if __name__ == "__main__":
    main()
