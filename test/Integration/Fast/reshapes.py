# ===- reshapes.py - Features that are an image in memory ------*- Python -*-===//
#
# Part of the bn-opt project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===---------------------------------------------------------------------===//

"""Ops between a flattening and a product, and functions without any op, through
the pipeline of the fast way. Which way they take is the planner's choice; the
answers are not."""

import os
import sys

import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
from compiled import compile_module
from graph import Graph, write_module

BATCHES = (1, 32, 33)


def activation(g):
    """The image has another reader, so that no product takes the op."""
    x = g.conv(g.input(3, 5, 6), 4, (2, 2))
    g.output(x, g.linear(g.relu(g.flatten(x)), 7))


def scale_by_feature(g):
    g.output(g.scale_shift(g.relu(g.flatten(g.input(3, 4, 5)))))


def image_of_features(g):
    x = g.image(g.flatten(g.input(3, 4, 5)))
    g.output(g.conv(x, 2, (1, 1)))


def nothing(g):
    g.output(g.input(7))


def only_a_view(g):
    g.output(g.flatten(g.input(3, 4, 5)))


def main():
    failures = 0
    for build in (activation, scale_by_feature, image_of_features, nothing,
                  only_a_view):
        graph = Graph(build.__name__)
        build(graph)
        try:
            function = compile_module(write_module([graph]),
                                      "--bn-fast-lowering-pipeline")[graph.name]
        except RuntimeError as error:
            failures += 1
            print(f"{graph.name}: {error}")
            continue
        for batch in BATCHES:
            x = (np.random.default_rng(1).normal(
                size=(batch, *graph.shapes[graph.inputs[0]])).astype(np.float32))
            for got, wanted in zip(function(x, batch=batch),
                                   graph.evaluate([x]), strict=True):
                error = np.abs(got - wanted).max()
                if not error <= 1e-5 * np.abs(wanted).max():
                    failures += 1
                    print(f"{graph.name}, batch {batch}: error {error}")
    print(f"{failures} failures")
    return failures > 0


if __name__ == "__main__":
    sys.exit(main())
