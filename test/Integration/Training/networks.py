# ===- networks.py - The networks that training is tested on ---*- Python -*-===//
#
# Part of the bn-opt project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===---------------------------------------------------------------------===//

"""Writes a network of the training tests as ONNX, initialised as PyTorch's
layers are, from a seed: the same arguments give the same file."""

import argparse
import inspect

import onnx

from builder import ELEMENTS, PREFIXES, Builder

NORMS = ["none", *PREFIXES]


def lenet(b, norm="batch", position="before", activation="Sigmoid",
          pool="AveragePool", dropout=0.0):
    """BN-LeNet, with its layers and names; the normalization stands before or
    after the activation. Dropout, if any, is in front of linear layers."""
    def block(x, number):
        steps = [lambda x: b.norm(x, number, norm),
                 lambda x: b.activation(
                     x, f"{activation.lower()}{number}", activation)]
        for step in steps if position == "before" else reversed(steps):
            x = step(x)
        return x

    x = "input"
    for i, channels in ((1, 6), (2, 16)):
        x = block(b.conv(x, f"conv{i}", channels, 5), i)
        x = b.pool(x, f"pool{i}", pool)
    x = b.flatten(x, "flatten")
    for i, outputs in ((1, 120), (2, 84), (3, 10)):
        if dropout:
            x = b.dropout(x, f"dropout{i}", dropout)
        x = b.linear(x, f"fc{i}", outputs)
        if i < 3:
            x = block(x, i + 2)
    return x


def simple_net(b, norm="batch"):
    x = b.conv("input", "conv", 16, 3, padding=1)
    x = b.norm(x, "", norm, epsilon=1e-3)
    x = b.flatten(b.activation(x, "relu", "Relu"), "flatten")
    return b.linear(x, "fc", 10)


def resnet(b, norm="batch", width=64, blocks=(2, 2, 2, 2)):
    """ResNet of two-convolution blocks behind a 3x3 stem: with 2, 2, 2, 2 blocks
    ResNet-18 in its CIFAR form."""
    def conv_norm(x, name, channels, kernel, stride):
        x = b.conv(x, f"{name}.conv", channels, kernel, stride, kernel // 2,
                   bias=False)
        return b.norm(x, f".{name}", norm)

    x = conv_norm("input", "stem", width, 3, 1)
    x = b.activation(x, "stem.relu", "Relu")
    for stage, count in enumerate(blocks):
        channels = width << stage
        for block in range(count):
            name = f"layer{stage + 1}.{block}"
            stride = 2 if stage and not block else 1
            y = conv_norm(x, f"{name}.1", channels, 3, stride)
            y = b.activation(y, f"{name}.relu1", "Relu")
            y = conv_norm(y, f"{name}.2", channels, 3, 1)
            if b.shapes[x] != b.shapes[y]:
                x = conv_norm(x, f"{name}.shortcut", channels, 1, stride)
            x = b.activation(b.add(y, x, f"{name}.add"), f"{name}.relu2", "Relu")
    x = b.flatten(b.global_pool(x, "pool"), "flatten")
    return b.linear(x, "fc", 10)


def preact_resnet(b, norm="batch", width=16, blocks=(1, 1, 1)):
    """Normalization and activation stand before the convolutions, and what is
    added is not activated."""
    def norm_relu(x, name):
        return b.activation(b.norm(x, f".{name}", norm), f"{name}.relu", "Relu")

    x = b.conv("input", "stem.conv", width, 3, padding=1, bias=False)
    for stage, count in enumerate(blocks):
        channels = width << stage
        for block in range(count):
            name = f"layer{stage + 1}.{block}"
            stride = 2 if stage and not block else 1
            y = norm_relu(x, f"{name}.1")
            if stride > 1:
                x = b.conv(y, f"{name}.shortcut.conv", channels, 1, stride,
                           bias=False)
            y = b.conv(y, f"{name}.1.conv", channels, 3, stride, 1, bias=False)
            y = norm_relu(y, f"{name}.2")
            y = b.conv(y, f"{name}.2.conv", channels, 3, 1, 1, bias=False)
            x = b.add(y, x, f"{name}.add")
    x = b.global_pool(norm_relu(x, "last"), "pool")
    return b.linear(b.flatten(x, "flatten"), "fc", 10)


def conv_gap(b, norm="batch", width=16):
    """Ends in a 1x1 convolution and a global average; no linear layer."""
    x = "input"
    for i, stride in ((1, 1), (2, 2)):
        x = b.conv(x, f"conv{i}", width * i, 3, stride, 1, bias=False)
        x = b.activation(b.norm(x, i, norm), f"relu{i}", "Relu")
    x = b.conv(x, "conv3", 10, 1)
    return b.flatten(b.global_pool(x, "pool"), "flatten")


# Of each network: its function, the shape of a row, and parameters that differ
# from the function's.
NETWORKS = {
    "bn-lenet": (lenet, (1, 28, 28), {}),
    "bn-lenet-after": (lenet, (1, 28, 28), {"position": "after"}),
    "bn-lenet-relu": (lenet, (1, 28, 28),
                      {"activation": "Relu", "pool": "MaxPool"}),
    "lenet": (lenet, (1, 28, 28), {"norm": "none"}),
    # Written out as a class of one's own is exported, in either mode.
    "bn-lenet-scratch": (lenet, (1, 28, 28), {"norm": "scratch"}),
    "bn-lenet-scratch-training": (lenet, (1, 28, 28),
                                  {"norm": "scratch-training"}),
    "simple-net": (simple_net, (3, 32, 32), {}),
    "resnet18": (resnet, (3, 32, 32), {}),
    "preact-resnet": (preact_resnet, (3, 8, 8), {}),
    "conv-gap": (conv_gap, (3, 16, 16), {}),
}


def get_shape(name, size=None):
    """Shape of a row of the network's input."""
    shape = NETWORKS[name][1]
    return shape if size is None else (shape[0], size, size)


def build(name, seed=0, element="f32", affine="default", size=None,
          **parameters):
    """The network as an onnx.ModelProto. `size` is the extent of the images,
    `affine` "random" gives normalizations other than 1, 0, 0, 1 to start with;
    `parameters` are those of the network's function."""
    function, _, own = NETWORKS[name]
    b = Builder(name, get_shape(name, size), seed, element, affine)
    return b.model(function(b, **{**own, **parameters}))


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=NETWORKS)
    parser.add_argument("output")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--element", choices=ELEMENTS, default="f32")
    parser.add_argument("--affine", choices=["default", "random"],
                        default="default")
    parser.add_argument("--norm", choices=NORMS)
    parser.add_argument("--size", type=int, help="extent of the images")
    parser.add_argument("--width", type=int, help="channels of the first stage")
    parser.add_argument("--blocks", type=lambda text: tuple(
        map(int, text.split(","))), help="blocks of each stage: 2,2,2,2")
    arguments = parser.parse_args()
    known = inspect.signature(NETWORKS[arguments.name][0]).parameters
    for option in ("norm", "width", "blocks"):
        if getattr(arguments, option) is not None and option not in known:
            parser.error(f"{arguments.name} has no --{option}")
    return arguments


def main():
    given = {key: value for key, value in vars(parse_arguments()).items()
             if value is not None}
    output = given.pop("output")
    onnx.save(build(**given), output)


if __name__ == "__main__":
    main()
