# ===- models.py - Models as CUDA C++, run on the CPU ----------*- Python -*-===//
#
# Part of the bn-opt project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===---------------------------------------------------------------------===//

"""Compiles models to CUDA C++, that to libraries with the headers that run it on
the CPU, and compares what they answer with the CPU target: the shipped models,
networks with every op, and residual networks with every norm. The second run
starts its threads in another order and must have the same bits. Usage:
models.py BN_OPT BN_RUN MODELS HEADERS LIBRARY [NAME...]. Works in the current
directory; CXX names the compiler."""

import os
import subprocess
import sys

import numpy as np
import onnx

INTEGRATION = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sys.path.insert(0, os.path.join(INTEGRATION, "Plain"))
import onnx_models

TOLERANCE = 1e-4
SHIPPED = ("bn-lenet", "bn-lenet-scratch", "bn-lenet-training", "simple-net")
FLAGS = ["-x", "c++", "-std=c++17", "-ffp-contract=off", "-O1", "-Wall",
         "-Wextra", "-Werror", "-Wno-unknown-pragmas", "-fPIC", "-shared"]


def run(*command, **environment):
    done = subprocess.run(command, capture_output=True, text=True,
                          env={**os.environ, **environment})
    assert done.returncode == 0, f"{' '.join(command)}:\n{done.stderr}"


class Tools:
    def __init__(self, bn_opt, bn_run, headers, library):
        self.bn_opt, self.bn_run = bn_opt, bn_run
        self.headers, self.library = headers, library

    def build(self, name, path, *options):
        """The library made of `path`, which is a model."""
        run(self.bn_opt, path, "-o", f"{name}.cu", *options)
        run(os.environ.get("CXX", "c++"), *FLAGS, "-I", self.headers,
            f"{name}.cu", "-x", "none", self.library, "-ldl", "-o",
            f"{name}.so")
        return f"./{name}.so"

    def answer(self, model, x, **environment):
        """All outputs by name."""
        np.save("x.npy", x)
        run(self.bn_run, model, "x.npy", "-o", "y.npz", **environment)
        with np.load("y.npz") as file:
            return dict(file)


def compare(name, got, wanted):
    assert got.keys() == wanted.keys(), name
    for output, values in wanted.items():
        error = np.abs(got[output] - values).max()
        bound = TOLERANCE * np.abs(values).max()
        # Written so that NaN fails.
        assert error <= bound, f"{name}, {output}: {error}, allowed {bound}"


def check(tools, name, path, x, *options):
    library = tools.build(name, path, *options)
    got = tools.answer(library, x)
    compare(name, got, tools.answer(path, x))
    again = tools.answer(library, x, BN_CUDA_SCHEDULE="random:7")
    for output, values in got.items():
        assert np.array_equal(values, again[output]), f"{name}: other bits"


def main():
    bn_opt, bn_run, models, headers, library, *names = sys.argv[1:]
    tools = Tools(bn_opt, bn_run, headers, library)
    rng = np.random.default_rng(3)
    cases = {}
    for name in SHIPPED:
        path = os.path.join(models, f"{name}.onnx")
        shape = [d.dim_value for d in onnx.load(path).graph.input[0].type
                 .tensor_type.shape.dim][1:]
        cases[name] = (path, shape)
    for name, net in onnx_models.NETWORKS.items():
        onnx.save(net.model(), f"{name}.onnx")
        cases[name] = (f"{name}.onnx", net.shape)
    for name, (path, shape) in cases.items():
        if not names or name in names:
            x = rng.normal(size=(3, *shape)).astype(np.float32)
            check(tools, name, path, x)
            print(name, "equal")


if __name__ == "__main__":
    main()
