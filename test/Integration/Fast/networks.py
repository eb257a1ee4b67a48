# ===- networks.py - Small networks, the fast way --------------*- Python -*-===//
#
# Part of the bn-opt project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===---------------------------------------------------------------------===//

"""Small networks through the fast way, at every kind of batch, against NumPy in
double. Usage: networks.py VECTOR-LENGTH VECTOR-REGISTERS MCPU"""

import os
import sys

import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
from compiled import compile_module
from graph import Graph, write_module

BATCHES = (1, 2, 5, 19, 20, 31, 32, 33, 64, 100)
STATIC_BATCHES = (1, 2, 19, 32, 33, 64)
TOLERANCE = 1e-5
ACTIVATIONS = ("relu", "sigmoid", "tanh", "exp", "scale_shift")


def digits(g):
    """The shape of BN-LeNet, smaller."""
    x = g.input(1, 16, 14)
    x = g.pool("average", g.sigmoid(g.conv(x, 6, (5, 3))), (2, 2))
    x = g.pool("average", g.sigmoid(g.conv(x, 16, (3, 3))), (2, 2))
    x = g.sigmoid(g.linear(g.flatten(x), 21))
    g.output(g.linear(x, 10))


def deep(g):
    """Products of many shapes one behind the other, with padding."""
    x = g.input(3, 11, 9)
    x = g.relu(g.conv(x, 17, (3, 3), padding=(1, 1, 1, 1)))
    x = g.relu(g.conv(x, 70, (1, 1), bias=False))
    x = g.scale_shift(g.conv(x, 5, (3, 3), padding=(1, 2, 0, 1)))
    x = g.pool("max", g.relu(x), (2, 2))
    x = g.tanh(g.linear(g.flatten(x), 33, bias=False))
    g.output(g.linear(x, 3, transpose=False, alpha=0.5, beta=-3.0))


def taps(g):
    """Every kernel extent, stride and dilation."""
    x = g.input(2, 15, 13)
    outputs = [g.conv(x, 3, (k, 8 - k), strides=(1 + k % 3, 1 + k // 3),
                      padding=(k % 2, k // 2, (k + 1) % 3, 1))
               for k in range(1, 8)]
    outputs.append(g.conv(x, 4, (3, 2), dilations=(2, 3), strides=(2, 1),
                          padding=(3, 0, 1, 2)))
    g.output(*outputs)


def pools(g):
    """Every pooling, behind a product and alone."""
    x = g.input(3, 13, 14)
    for kind in ("max", "average"):
        y = g.conv(x, 5, (2, 3))
        g.output(g.pool(kind, y, (2, 2)),
                 g.pool(kind, g.conv(x, 7, (1, 2)), (3, 3)),
                 g.pool(kind, g.relu(g.conv(x, 4, (3, 3))), (2, 3)),
                 g.pool(kind, g.relu(g.conv(x, 6, (3, 3))), (3, 3), (2, 2)),
                 g.pool(kind, x, (2, 2)), g.pool(kind, x, (3, 3)),
                 g.pool(kind, g.sigmoid(g.scale_shift(x)), (3, 2), (2, 1)),
                 g.pool(kind, x, (13, 14)))


def activations(g):
    """Every elementwise op in a product's kernel, in one of its own, in a
    chain, and between images that others also read."""
    x, f = g.input(5, 4, 3), g.input(19)
    for name in ACTIVATIONS:
        op = getattr(g, name)
        g.output(op(x), op(f), op(g.conv(x, 3, (2, 2))), op(g.linear(f, 7)))
    g.output(g.sqrt(g.exp(x)), g.sqrt(g.relu(g.linear(f, 18))))
    y = g.tanh(g.conv(x, 6, (3, 3), padding=(1, 1, 1, 1)))
    g.output(y, g.conv(y, 2, (3, 1), padding=(2, 0, 1, 0)), g.relu(y),
             g.linear(g.flatten(y), 9), g.flatten(y))


def features(g):
    """No image at all; many columns, then one."""
    x = g.input(37)
    x = g.scale_shift(g.relu(g.linear(x, 70)))
    g.output(g.linear(g.sigmoid(g.linear(x, 64, transpose=False)), 1))


def views(g):
    """Features as images and back; an input that is an output."""
    f = g.input(12)
    x = g.image(f)
    y = g.conv(x, 5, (1, 1))
    z = g.conv(g.image(g.linear(f, 6)), 4, (2, 3), padding=(1, 1, 0, 1))
    g.output(f, g.flatten(y), g.linear(g.flatten(z), 3), g.relu(x))


def large_kernel(g):
    """A product whose parameters outweigh its positions."""
    x = g.input(20, 7, 6)
    x = g.relu(g.conv(x, 67, (7, 6)))
    g.output(g.linear(g.flatten(x), 20))


def padded_behind(g):
    """Inputs with zeros behind only; the first rounds up to whole vectors."""
    x, y = g.input(1, 4, 4), g.input(3, 5, 4)
    g.output(g.conv(x, 2, (1, 3), padding=(0, 0, 0, 2)),
             g.conv(y, 6, (3, 2), padding=(0, 0, 2, 1)))


def stem(shape, channels, kernel, pool=None, **keywords):
    """The first layer alone: on single rows, vectors may hold its columns."""
    def build(g):
        x = g.sigmoid(g.conv(g.input(*shape), channels, kernel, **keywords))
        g.output(g.pool(pool[0], x, pool[1]) if pool else x)
    build.__name__ = f"stem{shape[2]}"
    return build


# Narrower and wider than a vector, in parts that divide its width and that do
# not, with padding, strides, dilations and windows; channels of every count.
STEMS = (
    stem((1, 9, 28), 6, (5, 5), pool=("average", (2, 2))),
    stem((2, 11, 37), 5, (3, 4), padding=(1, 2, 0, 3), pool=("max", (3, 2))),
    stem((3, 10, 33), 3, (2, 3), strides=(2, 1), padding=(0, 1, 1, 1)),
    stem((1, 8, 50), 4, (1, 5), strides=(1, 3), dilations=(1, 2), bias=False),
    stem((1, 7, 70), 1, (3, 2), strides=(1, 2), padding=(2, 1, 1, 0),
         pool=("average", (1, 3))),
    stem((2, 6, 5), 2, (2, 2), pool=("max", (2, 2))),
)


def few_outputs(g):
    """Linear layers with fewer outputs than lanes, of inputs that fill vectors:
    a model's own, features, and an image."""
    f, x = g.input(96), g.input(2, 6, 5)
    g.output(g.relu(g.linear(f, 10)))
    y = g.relu(g.conv(x, 48, (3, 2), padding=(1, 0, 1, 0)))
    g.output(g.sigmoid(g.linear(g.flatten(y), 3, bias=False)))
    z = g.tanh(g.linear(g.input(40), 64))
    g.output(g.scale_shift(g.linear(z, 1, transpose=False)))


NETWORKS = (digits, deep, taps, pools, activations, features, views,
            large_kernel, padded_behind, few_outputs, *STEMS)


def draw(g, rng):
    """A random chain of kernels."""
    x = g.input(rng.integers(1, 9), *rng.integers(9, 15, 2))
    for _ in range(rng.integers(1, 4)):
        _, height, width = g.shapes[x]
        kernel = [rng.integers(1, min(e, 7) + 1) for e in (height, width)]
        x = g.conv(x, rng.integers(1, 71 if height < 8 else 24), kernel,
                   strides=rng.integers(1, 4 if height > 8 else 2, 2),
                   padding=[rng.integers(0, k) for k in kernel * 2],
                   bias=rng.random() < 0.7)
        for name in rng.permutation(ACTIVATIONS[:3] + ACTIVATIONS[4:])[
                :rng.integers(0, 3)]:
            x = getattr(g, name)(x)
        room = min(g.shapes[x][1:])
        if room >= 2 and rng.random() < 0.6:
            window = int(rng.integers(2, min(room, 3) + 1))
            strides = rng.choice([1, window, 2])
            x = g.pool(rng.choice(["max", "average"]), x, (window, window),
                       (strides, strides))
    if rng.random() < 0.7:
        x = g.linear(g.flatten(x), rng.integers(1, 50),
                     bias=rng.random() < 0.7, transpose=rng.random() < 0.5)
        if rng.random() < 0.5:
            x = g.linear(g.sigmoid(x), 4)
    g.output(x)


def compare(graph, function, inputs, expected, batch):
    """Prints and counts the outputs that are off."""
    failures = 0
    outputs = function(*[x[:batch] for x in inputs], batch=batch)
    for i, (got, wanted) in enumerate(zip(outputs, expected, strict=True)):
        error = np.abs(got - wanted[:batch]).max()
        bound = TOLERANCE * np.abs(wanted).max()
        # Written so that NaN fails.
        if got.shape != wanted[:batch].shape or not error <= bound:
            failures += 1
            print(f"{graph.name}, batch {batch}, output {i} of shape "
                  f"{got.shape}: error {error}, allowed {bound}")
    return failures


def main():
    length, registers, mcpu = sys.argv[1:]
    builders = {function.__name__: function for function in NETWORKS}
    for seed in range(12):
        builders[f"random{seed}"] = lambda g, seed=seed: draw(
            g, np.random.default_rng(seed))
    graphs = []
    for i, (name, build) in enumerate(builders.items()):
        batches = ["?"]
        if name in ("digits", "features"):
            batches += STATIC_BATCHES
        for batch in batches:
            graph = Graph(name if batch == "?" else f"{name}_{batch}", batch, i)
            build(graph)
            graphs.append(graph)
    functions = compile_module(
        write_module(graphs), "--bn-fast-lowering-pipeline=vector-length="
        f"{length} vector-registers={registers}", mcpu)
    failures = 0
    for graph in graphs:
        function = functions[graph.name]
        assert function.blocks, f"{graph.name} took the plain way"
        assert function.blocks <= {"batch32", "channels1"}
        if graph.batch == "?":
            assert "channels1" in function.blocks
        if graph.batch == 1:
            assert function.blocks == {"channels1"}
        if graph.batch in (32, 64):
            assert len(function.blocks) == 1, function.blocks
        batches = BATCHES if graph.batch == "?" else (graph.batch,)
        rng = np.random.default_rng(1)
        inputs = [rng.normal(size=(max(batches), *graph.shapes[x]))
                  .astype(np.float32) for x in graph.inputs]
        expected = graph.evaluate(inputs)
        for batch in batches:
            failures += compare(graph, function, inputs, expected, batch)
    print(f"{len(graphs)} networks, {failures} outputs off")
    return failures > 0


if __name__ == "__main__":
    sys.exit(main())
