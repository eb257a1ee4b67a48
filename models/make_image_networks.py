#!/usr/bin/env python3
"""Writes well-known networks for images with the nodes that PyTorch's exporter
writes for torchvision's modules in prediction mode, batch norms kept:
ResNet-18 and -50, MobileNetV2, DenseNet-121, EfficientNet-B0.

Untrained; parameters come from one seed, and batch norms are neither the
identity nor such that values explode. `--size`, `--divisor` and `--short` make
small versions with the same structure, for tests: they divide channels and keep
one block of each kind.
"""

import argparse

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET = 17
SEED = 7


class Network:
    """A graph under construction; methods that add nodes take and return names
    of tensors."""

    def __init__(self, divisor=1, short=False):
        self.divisor, self.short = divisor, short
        self.nodes, self.parameters = [], []
        self.channels = {"input": 3}
        self._random = np.random.default_rng(SEED)

    def width(self, channels):
        return max(channels // self.divisor, 1)

    def depth(self, blocks):
        return min(blocks, 2) if self.short else blocks

    def add(self, op, inputs, channels, **attributes):
        name = f"/{op}_{len(self.nodes)}"
        self.nodes.append(
            helper.make_node(op, inputs, [name + "_output"], name=name, **attributes))
        self.channels[name + "_output"] = channels
        return name + "_output"

    def parameter(self, values):
        name = f"parameter_{len(self.parameters)}"
        values = np.asarray(values, np.float32)
        self.parameters.append(numpy_helper.from_array(values, name))
        return name

    def conv(self, x, channels, kernel, stride=1, groups=1, bias=False, gain=2.0):
        inputs = self.channels[x] // groups
        deviation = np.sqrt(gain / (inputs * kernel * kernel))
        shape = (channels, inputs, kernel, kernel)
        operands = [x, self.parameter(self._random.normal(0, deviation, shape))]
        if bias:
            operands.append(self.parameter(self._random.normal(0, 0.1, channels)))
        return self.add("Conv", operands, channels, dilations=[1, 1], group=groups,
                        kernel_shape=[kernel] * 2, pads=[kernel // 2] * 4,
                        strides=[stride] * 2)

    def norm(self, x, gain=1.0):
        count, random = self.channels[x], self._random
        values = [gain * random.uniform(0.7, 1.3, count),
                  random.uniform(-0.2, 0.2, count),
                  random.uniform(-0.2, 0.2, count), random.uniform(0.7, 1.3, count)]
        return self.add("BatchNormalization", [x, *map(self.parameter, values)], count,
                        epsilon=1e-5, momentum=0.9)

    def unary(self, op, x):
        return self.add(op, [x], self.channels[x])

    def binary(self, op, x, y):
        return self.add(op, [x, y], self.channels[x])

    def relu(self, x):
        return self.unary("Relu", x)

    def relu6(self, x):
        bounds = [self.parameter(0.0), self.parameter(6.0)]
        return self.add("Clip", [x, *bounds], self.channels[x])

    def silu(self, x):
        return self.binary("Mul", x, self.unary("Sigmoid", x))

    def pool(self, op, x, kernel, stride, padding=0):
        return self.add(op, [x], self.channels[x], kernel_shape=[kernel] * 2,
                        strides=[stride] * 2, pads=[padding] * 4)

    def concat(self, tensors):
        return self.add("Concat", tensors, sum(self.channels[x] for x in tensors), axis=1)

    def classify(self, x, classes):
        x = self.add("Flatten", [self.unary("GlobalAveragePool", x)], self.channels[x], axis=1)
        shape = (classes, self.channels[x])
        weights = self._random.normal(0, np.sqrt(1 / shape[1]), shape)
        bias = self._random.normal(0, 0.1, classes)
        return self.add("Gemm", [x, self.parameter(weights), self.parameter(bias)],
                        classes, transB=1)


def resnet(net, blocks, bottleneck):
    x = net.relu(net.norm(net.conv("input", net.width(64), 7, 2)))
    x = net.pool("MaxPool", x, 3, 2, 1)
    for stage, count in enumerate(blocks):
        width = net.width(64 << stage)
        for block in range(net.depth(count)):
            stride = 2 if stage and not block else 1
            out = width * 4 if bottleneck else width
            if bottleneck:
                y = net.relu(net.norm(net.conv(x, width, 1)))
                y = net.relu(net.norm(net.conv(y, width, 3, stride)))
                y = net.norm(net.conv(y, out, 1), gain=0.3)
            else:
                y = net.relu(net.norm(net.conv(x, width, 3, stride)))
                y = net.norm(net.conv(y, out, 3), gain=0.3)
            if stride > 1 or net.channels[x] != out:
                x = net.norm(net.conv(x, out, 1, stride))
            x = net.relu(net.binary("Add", y, x))
    return x


def mobilenet_v2(net):
    x = net.relu6(net.norm(net.conv("input", net.width(32), 3, 2)))
    for expansion, channels, count, first in (
            (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2),
            (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)):
        for block in range(net.depth(count)):
            out, stride = net.width(channels), 1 if block else first
            hidden = net.channels[x] * expansion
            y = x
            if expansion > 1:
                y = net.relu6(net.norm(net.conv(y, hidden, 1)))
            y = net.relu6(net.norm(net.conv(y, hidden, 3, stride, groups=hidden)))
            y = net.norm(net.conv(y, out, 1))
            if stride == 1 and net.channels[x] == out:
                y = net.binary("Add", x, y)
            x = y
    return net.relu6(net.norm(net.conv(x, net.width(1280), 1)))


def densenet(net):
    growth = net.width(32)
    x = net.relu(net.norm(net.conv("input", 2 * growth, 7, 2)))
    x = net.pool("MaxPool", x, 3, 2, 1)
    for stage, count in enumerate((6, 12, 24, 16)):
        if stage:
            x = net.conv(net.relu(net.norm(x)), net.channels[x] // 2, 1)
            x = net.pool("AveragePool", x, 2, 2)
        features = [x]
        for _ in range(net.depth(count)):
            y = net.concat(features) if len(features) > 1 else x
            y = net.conv(net.relu(net.norm(y)), 4 * growth, 1)
            features.append(net.conv(net.relu(net.norm(y)), growth, 3))
        x = net.concat(features)
    return net.relu(net.norm(x))


def efficientnet_b0(net):
    x = net.silu(net.norm(net.conv("input", net.width(32), 3, 2)))
    for expansion, kernel, first, channels, count in (
            (1, 3, 1, 16, 1), (6, 3, 2, 24, 2), (6, 5, 2, 40, 2), (6, 3, 2, 80, 3),
            (6, 5, 1, 112, 3), (6, 5, 2, 192, 4), (6, 3, 1, 320, 1)):
        for block in range(net.depth(count)):
            out, stride = net.width(channels), 1 if block else first
            hidden = net.channels[x] * expansion
            y = x
            if expansion > 1:
                y = net.silu(net.norm(net.conv(y, hidden, 1)))
            y = net.silu(net.norm(net.conv(y, hidden, kernel, stride, groups=hidden)))
            squeezed = max(net.channels[x] // 4, 1)
            gate = net.unary("GlobalAveragePool", y)
            gate = net.silu(net.conv(gate, squeezed, 1, bias=True))
            gate = net.unary("Sigmoid", net.conv(gate, hidden, 1, bias=True))
            y = net.norm(net.conv(net.binary("Mul", gate, y), out, 1))
            if stride == 1 and net.channels[x] == out:
                y = net.binary("Add", y, x)
            x = y
    return net.silu(net.norm(net.conv(x, net.width(1280), 1)))


NETWORKS = {
    "resnet18": lambda net: resnet(net, (2, 2, 2, 2), bottleneck=False),
    "resnet50": lambda net: resnet(net, (3, 4, 6, 3), bottleneck=True),
    "mobilenet-v2": mobilenet_v2,
    "densenet121": densenet,
    "efficientnet-b0": efficientnet_b0,
}


def build(name, size=224, classes=1000, divisor=1, short=False):
    net = Network(divisor, short)
    net.classify(NETWORKS[name](net), classes)
    net.nodes[-1].output[0] = "logits"
    graph = helper.make_graph(
        net.nodes, name,
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["batch", 3, size, size])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", classes])],
        net.parameters)
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8,
        doc_string=f"{name}; seeded, untrained")
    onnx.checker.check_model(model)
    return model


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("network", choices=NETWORKS)
    parser.add_argument("-o", "--output", required=True)
    parser.add_argument("--size", type=int, default=224, help="height and width (224)")
    parser.add_argument("--classes", type=int, default=1000)
    parser.add_argument("--divisor", type=int, default=1, help="of all channels (1)")
    parser.add_argument("--short", action="store_true", help="at most two blocks of a stage")
    args = parser.parse_args()
    onnx.save(build(args.network, args.size, args.classes, args.divisor, args.short),
              args.output)


if __name__ == "__main__":
    main()
