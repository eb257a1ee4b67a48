# ===- winograd.py - Convolutions by few products --------------*- Python -*-===//
#
# Part of the bn-opt project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===---------------------------------------------------------------------===//

"""Winograd's convolutions of inference, as planning chooses them, against NumPy
in double: tiles that do not divide the image, channels that fill no vector,
blocks of tiles, every epilogue; for any number of threads with the same bits.
Usage: winograd.py VECTOR-LENGTH VECTOR-REGISTERS MCPU"""

import os
import re
import subprocess
import sys

import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
from compiled import compile_module
from graph import Graph, write_module

# Relative to the largest output, by the largest number of points.
TOLERANCES = {4: 5e-6, 6: 5e-5}
SAME = (1, 1, 1, 1)


def odd(g):
    """Channels that fill no vector, and extents of no whole number of tiles."""
    x = g.input(21, 15, 13)
    x = g.relu(g.conv(x, 35, (3, 3), padding=SAME))
    x = g.conv(x, 66, (3, 3), padding=(0, 1, 2, 1), bias=False)
    g.output(g.sigmoid(g.scale_shift(x)))


def residual(g):
    x = g.input(32, 14, 14)
    y = g.relu(g.conv(x, 32, (3, 3), padding=SAME))
    z = g.relu(g.add(g.conv(y, 32, (3, 3), padding=SAME), x))
    g.output(z, g.conv(z, 48, (3, 3), padding=(2, 0, 0, 2)))


def last(g):
    """The map of a network's last stage."""
    x = g.input(128, 7, 7)
    g.output(g.tanh(g.conv(x, 128, (3, 3), padding=SAME)))


def dense(g):
    """Stored in the middle of a concatenation, which a padded one reads."""
    x = g.input(32, 10, 9)
    x = g.conv(x, 32, (1, 1))
    y = g.relu(g.conv(x, 32, (3, 3), padding=SAME))
    z = g.relu(g.conv(g.concat(x, y), 48, (3, 3), padding=SAME))
    g.output(g.concat(x, y, z))


def blocks(g):
    """More tiles than are transformed at a time."""
    x = g.input(64, 58, 50)
    g.output(g.relu(g.conv(x, 64, (3, 3), padding=SAME)))


def five(g):
    """A kernel of 5 x 5, whose outputs are few."""
    x = g.input(24, 11, 12)
    x = g.relu(g.conv(x, 32, (5, 5), padding=(2, 2, 2, 2)))
    g.output(g.conv(x, 24, (5, 5), padding=(1, 0, 1, 0)))


def inexact(g):
    """A filter of one tap, for which F(4x4, 3x3) is not exact enough."""
    x = g.input(512, 16, 16)
    tap = np.zeros((3, 3))
    tap[2, 2] = 1
    g.output(g.conv(x, 16, (3, 3), padding=SAME, mask=tap))


# The smallest number of Winograd's convolutions with 4 points, and with 6.
NETWORKS = {odd: (2, 2), residual: (3, 3), last: (1, 1), dense: (2, 2),
            blocks: (1, 1), five: (0, 2), inexact: (1, 1)}


def count_chosen(module, flags):
    """By function, how many convolutions take few products; and the reasons why
    some are not those that were chosen first."""
    planned = subprocess.run(
        [os.environ["BN_OPT"], f"--bn-plan-kernels={flags}"], input=module,
        text=True, capture_output=True, check=True).stdout
    parts = re.split(r"func\.func private @(\w+)\.channels1", planned)
    chosen = {name: text.count("bn.winograd_output_kernel")
              for name, text in zip(parts[1::2], parts[2::2])}
    return chosen, re.findall(r'reason = "([^"]+)"', parts[0])


def check(graph, function, tolerance):
    rng = np.random.default_rng(1)
    batch = 1 if graph.batch == 1 else 3
    inputs = [rng.normal(size=(batch, *graph.shapes[x])).astype(np.float32)
              for x in graph.inputs]
    expected = graph.evaluate(inputs)
    outputs = function(*inputs, batch=batch)
    for threads in (2, 3):
        again = function(*inputs, batch=batch, threads=threads)
        assert all(a.tobytes() == b.tobytes()
                   for a, b in zip(outputs, again, strict=True)), \
            f"{graph.name}: other bits on {threads} threads"
    for i, (got, wanted) in enumerate(zip(outputs, expected, strict=True)):
        error = np.abs(got - wanted).max() / np.abs(wanted).max()
        # Written so that NaN fails.
        assert error <= tolerance, f"{graph.name}, output {i}: error {error}"


def main():
    length, registers, mcpu = sys.argv[1:]
    for column, (points, tolerance) in enumerate(TOLERANCES.items()):
        flags = (f"vector-length={length} vector-registers={registers} "
                 f"winograd-points={points}")
        graphs = []
        for i, build in enumerate(NETWORKS):
            batch = "?" if build is residual else 1
            graphs.append(Graph(build.__name__, batch, i))
            build(graphs[-1])
        module = write_module(graphs)
        chosen, reasons = count_chosen(module, flags)
        assert len(reasons) == (points == 6) and all(
            r.startswith("F(4x4, 3x3) has an error of ") for r in reasons), reasons
        functions = compile_module(
            module, f"--bn-fast-lowering-pipeline={flags}", mcpu)
        for graph, wanted in zip(graphs, NETWORKS.values(), strict=True):
            assert chosen[graph.name] >= wanted[column], \
                f"{graph.name}: {chosen[graph.name]} with {points} points"
            check(graph, functions[graph.name], tolerance)
        print(f"{len(graphs)} networks, {sum(chosen.values())} convolutions "
              f"with at most {points} points: equal")


if __name__ == "__main__":
    main()
