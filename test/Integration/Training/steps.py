# ===- steps.py - Training steps, fast and plain ---------------*- Python -*-===//
#
# Part of the bn-opt project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===---------------------------------------------------------------------===//

"""usage: steps.py LANES REGISTERS CPU

Loss, gradients and running statistics of small networks: the fast way in f32
against the plain way in f64, for whole and partial blocks of rows. However the
tasks of a step are ordered and given to threads, the results have the same bits.
"""

import os
import subprocess
import sys

import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
from compiled import compile_module

RNG = np.random.default_rng(23)
TOLERANCE = 1e-5
# Rounding may put a value on the other side of a kink of relu or max pool; other
# data is tried then.
DRAWS = 3


class Network:
    """A network in training mode as a function on tensors."""

    def __init__(self, shape):
        self.data = shape
        self.shape = list(shape)
        self.lines, self.parameters, self.statistics = [], [], []
        self.value, self.count = "%data", 0

    def type(self, shape=None):
        shape = self.shape if shape is None else shape
        return f"tensor<?x{''.join(f'{e}x' for e in shape)}ELEMENT>"

    def parameter(self, value, role="weight"):
        name = f"p{len(self.parameters) + len(self.statistics)}"
        statistic = role.startswith("running")
        (self.statistics if statistic else self.parameters).append(
            (name, value, role))
        return f"%{name}", constant_type(value.shape)

    def emit(self, op, operands, types, attributes="", shape=None):
        before = self.type()
        self.shape = list(shape or self.shape)
        self.count += 1
        result = f"%v{self.count}"
        self.lines.append(
            f"{result} = bn.{op} {self.value}{operands} {attributes} : "
            f"({', '.join([before] + types)}) -> {self.type()}")
        self.value = result
        return self

    def unary(self, op):
        self.count += 1
        self.lines.append(f"%v{self.count} = bn.{op} {self.value} : "
                          f"{self.type()}")
        self.value = f"%v{self.count}"
        return self

    def conv(self, channels, kernel, stride=1, pad=0, bias=True, groups=1):
        c, h, w = self.shape
        filt, filter_type = self.parameter(
            RNG.normal(size=(channels, c // groups, kernel, kernel)) /
            np.sqrt(c * kernel * kernel))
        operands, types = f", {filt}", [filter_type]
        if bias:
            name, bias_type = self.parameter(RNG.normal(size=channels), "bias")
            operands += f" bias {name}"
            types.append(bias_type)
        extent = lambda e: (e + 2 * pad - kernel) // stride + 1
        return self.emit("conv", operands, types,
                         f"{{dilations = array<i64: 1, 1>, groups = {groups} : "
                         f"i64, padding = array<i64: {pad}, {pad}, {pad}, "
                         f"{pad}>, strides = array<i64: {stride}, {stride}>}}",
                         (channels, extent(h), extent(w)))

    def pool(self, op, kernel, stride=None, pad=0):
        stride = stride or kernel
        c, h, w = self.shape
        extent = lambda e: (e + 2 * pad - kernel) // stride + 1
        include = "count_include_pad = false, " if op == "average_pool" else ""
        return self.emit(op, "", [],
                         f"{{ceil_mode = false, {include}dilations = "
                         f"array<i64: 1, 1>, kernel = array<i64: {kernel}, "
                         f"{kernel}>, padding = array<i64: {pad}, {pad}, {pad},"
                         f" {pad}>, strides = array<i64: {stride}, {stride}>}}",
                         (c, extent(h), extent(w)))

    def dropout(self, ratio):
        stream = sum("bn.dropout" in line for line in self.lines)
        return self.emit("dropout", "", [], f"{{ratio = {ratio} : f64, stream = "
                         f"{stream} : i64}}")

    def mean(self):
        return self.emit("reduce_mean", "", [], "{axes = array<i64: 2, 3>}",
                         self.shape[:1])

    def norm(self):
        c = self.shape[0]
        operands, types = "", []
        for role, value in (("scale", RNG.uniform(0.5, 1.5, c)),
                            ("offset", RNG.normal(size=c)),
                            ("running_mean", RNG.normal(size=c)),
                            ("running_variance", RNG.uniform(0.5, 1.5, c))):
            name, kind = self.parameter(value, role)
            operands += f", {role} {name}"
            types.append(kind)
        self.count += 1
        n, vector = self.count, constant_type((c,))
        self.lines.append(
            f"%v{n}, %m{n}, %s{n}, %rm{n}, %rv{n} = bn.batch_norm_training "
            f"{self.value}{operands} {{epsilon = 1.0e-05 : f64, momentum = 0.1 "
            f": f64, convention = #bn<momentum_convention torch>, variance_bias "
            f"= #bn<running_variance unbiased>}} : ({self.type()}, "
            f"{', '.join(types)}) -> ({self.type()}, "
            f"{', '.join([vector] * 4)})")
        self.results = getattr(self, "results", []) + [f"%rm{n}", f"%rv{n}"]
        self.value = f"%v{n}"
        return self

    def flatten(self):
        before = self.type()
        self.shape = [int(np.prod(self.shape))]
        self.count += 1
        self.lines.append(f"%v{self.count} = bn.reshape {self.value} : {before}"
                          f" -> {self.type()}")
        self.value = f"%v{self.count}"
        return self

    def linear(self, features):
        weight, kind = self.parameter(
            RNG.normal(size=(features, self.shape[0])) /
            np.sqrt(self.shape[0]))
        bias, bias_kind = self.parameter(RNG.normal(size=features), "bias")
        return self.emit("linear", f", {weight} bias {bias}", [kind, bias_kind],
                         "{transpose_weight}", (features,))

    def residual(self, other):
        return self.emit("add", f", {other}", [self.type()])

    def text(self, element):
        arguments = [f"%data: {self.type(self.data)} {{bn.name = \"data\"}}"]
        for name, value, role in self.parameters + self.statistics:
            arguments.append(
                f"%{name}: {constant_type(value.shape)} {{bn.name = \"{name}\","
                f" bn.parameter = \"{role}\"}}")
        statistics = getattr(self, "results", [])
        results = [self.type() + ' {bn.name = "logits"}']
        kinds = [self.type()]
        for name, value, _ in self.statistics:
            kinds.append(constant_type(value.shape))
            results.append(f"{kinds[-1]} {{bn.new_value_of = \"{name}\"}}")
        body = "\n  ".join(self.lines)
        return (f"func.func @gradients({', '.join(arguments)}) -> "
                f"({', '.join(results)}) {{\n  {body}\n  return "
                f"{', '.join([self.value] + statistics)} : {', '.join(kinds)}\n"
                f"}}").replace("ELEMENT", element)


def constant_type(shape):
    return f"tensor<{''.join(f'{e}x' for e in shape)}ELEMENT>"


def lenet(activation="sigmoid", pool="average_pool", norm=True):
    net = Network((1, 28, 28))

    def layer():
        if norm:
            net.norm()
        net.unary(activation)

    net.conv(6, 5)
    layer()
    net.pool(pool, 2).conv(16, 5)
    layer()
    net.pool(pool, 2).flatten().linear(120)
    layer()
    net.linear(84)
    layer()
    return net.linear(10)


def residual():
    """Blocks with and without a convolution beside them, and padding."""
    net = Network((3, 8, 8))
    net.conv(8, 3, pad=1, bias=False).norm().unary("relu")
    skip = net.value
    net.conv(8, 3, pad=1, bias=False).norm().unary("relu")
    net.conv(8, 3, pad=1, bias=False).norm().residual(skip).unary("relu")
    start, shape = net.value, list(net.shape)
    net.conv(12, 1, stride=2, bias=False).norm()
    skip, net.value, net.shape = net.value, start, shape
    net.conv(12, 3, stride=2, pad=1, bias=False).norm().unary("relu")
    net.conv(12, 3, pad=1, bias=False).norm().residual(skip).unary("relu")
    return net.mean().linear(10)


def padded_pool():
    net = Network((2, 9, 9))
    net.conv(4, 3, stride=2, pad=1, groups=2).norm().unary("tanh")
    net.pool("max_pool", 3, stride=2, pad=1)
    return net.flatten().linear(5)


def dropout():
    """Behind a pooling, within a phase, and in front of a batch norm."""
    net = Network((2, 12, 12))
    net.conv(4, 3).norm().unary("relu").pool("max_pool", 2).dropout(0.25)
    net.conv(6, 3).unary("sigmoid").dropout(0.1).norm().flatten().dropout(0.5)
    net.linear(20).unary("tanh").dropout(0.5)
    return net.linear(5)


NETWORKS = {
    "lenet": lenet,
    "lenet-relu": lambda: lenet("relu", "max_pool"),
    "lenet-plain": lambda: lenet(norm=False),
    "residual": residual,
    "padded-pool": padded_pool,
    "dropout": dropout,
}


def differentiate(text):
    done = subprocess.run(
        [os.environ.get("BN_OPT", "bn-opt"), "--bn-differentiate",
         "--canonicalize", "--cse"], input=text.encode(), capture_output=True)
    if done.returncode:
        raise RuntimeError(done.stderr.decode())
    return done.stdout.decode()


def relative_error(actual, expected):
    largest = np.abs(expected).max()
    return np.abs(actual - expected).max() / (largest if largest else 1.0)


def main():
    lanes, registers, cpu = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    fast_way = (f"--bn-fast-training-pipeline=vector-length={lanes} "
                f"vector-registers={registers}")
    chosen = sys.argv[4:] or NETWORKS
    failed = False
    for name in chosen:
        net = NETWORKS[name]()
        plain = compile_module(differentiate(net.text("f64")))["gradients"]
        fast = compile_module(differentiate(net.text("f32")), fast_way,
                              cpu)["gradients"]
        assert fast.blocks, f"{name} took the plain way"
        values = [v for _, v, _ in net.parameters + net.statistics]
        # Both ways see the same numbers.
        values = [v.astype(np.float32) for v in values]
        for batch in (7, 2 * max(lanes, 4), 2 * lanes + 3, 5 * lanes + 1):
            for _ in range(DRAWS):
                data = RNG.normal(size=(batch, *net.data)).astype(np.float32)
                labels = RNG.integers(0, net.shape[0], batch)
                inputs = [data, labels, np.array([1, 2]), *values]
                expected = plain(*inputs, batch=batch)
                actual = fast(*inputs, batch=batch)
                errors = [relative_error(a, e)
                          for a, e in zip(actual, expected)]
                worst = int(np.argmax(errors))
                print(f"{name:12} batch {batch:3}: largest error "
                      f"{errors[worst]:.1e} in result {worst}")
                if errors[worst] <= TOLERANCE:
                    break
            else:
                failed = True
            for threads in (2, 5):
                again = fast(*inputs, batch=batch, threads=threads)
                for a, b in zip(actual, again):
                    assert a.tobytes() == b.tobytes(), "threads change bits"
    sys.exit(failed)


if __name__ == "__main__":
    main()
