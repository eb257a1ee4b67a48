# ===- lane_kernels.py - Call lane kernels from NumPy ----------*- Python -*-===//
#
# Part of the bn-opt project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===---------------------------------------------------------------------===//

"""Wraps bodies of lane kernels in functions, compiles them and runs them block by
block on NumPy arrays whose first axis is the batch."""

import ctypes
import os
import sys

import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
from compiled import build_library, describe

# What lanes without a row hold: finite, and enough to be seen in any sum.
JUNK = 7


def extents(shape):
    return "".join(f"{e}x" for e in shape)


def element(array):
    return {"float32": "f32", "int64": "i64"}[str(array.dtype)]


def aligned(shape, dtype, fill):
    """An array at an address that is a multiple of 64."""
    size = int(np.prod(shape)) * np.dtype(dtype).itemsize
    memory = np.zeros(size + 64, np.uint8)
    start = -memory.ctypes.data % 64
    array = memory[start:start + size].view(dtype).reshape(shape)
    array[...] = fill
    return array


def to_lanes(rows, length):
    """N x S as blocks x S x length."""
    blocks = -(-len(rows) // length)
    result = aligned((blocks, *rows.shape[1:], length), rows.dtype, JUNK)
    for i, row in enumerate(rows):
        result[i // length, ..., i % length] = row
    return result


def from_lanes(lanes, count):
    length = lanes.shape[-1]
    return np.stack([lanes[i // length, ..., i % length] for i in range(count)])


class Rows:
    """A yielded value with one row per row of the batch."""

    def __init__(self, name, *shape):
        self.name, self.shape = name, shape

    def get_type(self, dtype="f32"):
        return f"tensor<?x{extents(self.shape)}{dtype}>"


class Sum(Rows):
    """A yielded sum over the batch."""

    dtype = "f32"

    def get_type(self):
        return f"tensor<{extents(self.shape)}{self.dtype}>"


class Count(Sum):
    dtype = "i64"


class Statistic(Sum):
    """A result of bn.batch_statistics."""


class Kernel:
    """A body with its inputs: arrays of the batch, or parameters (in a list)."""

    def __init__(self, inputs, body, outputs, scratch=0):
        self.inputs, self.body, self.outputs = inputs, body, outputs
        # f32 values that the kernel may use besides.
        self.scratch = scratch
        self.batched = [not isinstance(i, list) for i in inputs]
        self.arrays = [i if b else i[0] for i, b in zip(inputs, self.batched)]
        self.batch = next(len(a) for a, b in zip(self.arrays, self.batched)
                          if b)

    def input_types(self):
        for array, batched in zip(self.arrays, self.batched):
            shape = ["?", *array.shape[1:]] if batched else array.shape
            yield f"tensor<{extents(shape)}{element(array)}>"

    def text(self, name, length):
        buffers = []
        for array, batched in zip(self.arrays, self.batched):
            shape = (*array.shape[1:], length) if batched else array.shape
            buffers.append(f"memref<{extents(shape)}{element(array)}>")
        count = len(buffers)
        for output in self.outputs:
            if isinstance(output, Statistic):
                buffers.append(f"memref<{extents(output.shape)}f64>")
            else:
                dtype = getattr(output, "dtype", "f32")
                buffers.append(
                    f"memref<{extents((*output.shape, length))}{dtype}>")
        total = len(buffers)
        if self.scratch:
            buffers.append(f"memref<{self.scratch}xf32>")
        names = [f"%m{i}" for i in range(len(buffers))]
        arguments = ", ".join(f"{n}: {t}" for n, t in zip(names, buffers))

        def group(keyword, begin, end):
            return (f"{keyword}({', '.join(names[begin:end])} : "
                    f"{', '.join(buffers[begin:end])})")

        block = ", ".join(f"%{i}: {t}" for i, t in enumerate(self.input_types()))
        yielded = ", ".join(o.name for o in self.outputs)
        types = ", ".join(o.get_type() for o in self.outputs)
        return f"""
func.func @{name}({arguments}, %rows: index, %batch: index, %first: index) {{
  bn.lane_kernel rows(%rows of %batch from %first) {group("inputs", 0, count)}
      {group("outputs", count, total)}
      {group("scratch", total, len(buffers)) if self.scratch else ""} {{
  ^bb0({block}):
    {self.body}
    bn.yield {yielded} : {types}
  }}
  return
}}
"""

    def run(self, function, length):
        """All blocks; sums of all lanes that hold a row; statistics merged."""
        blocks = -(-self.batch // length)
        inputs = [to_lanes(a, length) if b else np.ascontiguousarray(a)
                  for a, b in zip(self.arrays, self.batched)]
        outputs = []
        for output in self.outputs:
            if isinstance(output, Statistic):
                outputs.append(aligned((blocks, *output.shape), np.float64,
                                       JUNK))
            elif isinstance(output, Sum):
                dtype = np.int64 if output.dtype == "i64" else np.float32
                outputs.append(aligned((*output.shape, length), dtype, 0))
            else:
                outputs.append(aligned((blocks, *output.shape, length),
                                       np.float32, np.nan))
        scratch = aligned((self.scratch,), np.float32, np.nan)
        for block in range(blocks):
            flat = []
            for array, batched in zip(inputs, self.batched):
                flat += describe(array[block] if batched else array)
            for array, output in zip(outputs, self.outputs):
                isSum = isinstance(output, Sum) and not isinstance(
                    output, Statistic)
                flat += describe(array if isSum else array[block])
            if self.scratch:
                flat += describe(scratch)
            rows = min(length, self.batch - block * length)
            function(*flat, ctypes.c_int64(rows), ctypes.c_int64(self.batch),
                     ctypes.c_int64(block * length))
        results = []
        for array, output in zip(outputs, self.outputs):
            if isinstance(output, Statistic):
                results.append(array)
            elif isinstance(output, Sum):
                results.append(array.sum(-1))
            else:
                results.append(from_lanes(array, self.batch))
        return results


class BatchSum(Kernel):
    """The gradient of a weight over the whole batch, in two parts."""

    def text(self, name, length):
        buffers = [f"memref<?x{extents(a.shape[1:])}{length}xf32>"
                   for a in self.arrays]
        output = self.outputs[0]
        target = f"memref<{extents(output.shape)}f32>"
        more = f"memref<{self.scratch}xf32>"
        block = ", ".join(f"%{i}: {t}" for i, t in enumerate(self.input_types()))
        return f"""
func.func @{name}(%m0: {buffers[0]}, %m1: {buffers[1]}, %m2: {target},
                  %m3: {more}, %begin: index, %end: index, %batch: index) {{
  bn.batch_sum_kernel positions(%begin to %end) batch(%batch)
      inputs(%m0, %m1 : {", ".join(buffers)}) outputs(%m2 : {target})
      {f"scratch(%m3 : {more})" if self.scratch else ""} {{
  ^bb0({block}):
    {self.body}
    bn.yield {output.name} : {output.get_type()}
  }}
  return
}}
"""

    def run(self, function, length):
        inputs = [to_lanes(a, length) for a in self.arrays]
        output = np.full(self.outputs[0].shape, np.nan, np.float32)
        scratch = aligned((self.scratch,), np.float32, np.nan)
        flat = [a for array in [*inputs, output, scratch]
                for a in describe(array)]
        if self.scratch:  # rows of products, then channels
            size = len(output) * self.product_rows
            middle = size // 3
        elif output.ndim == 2:  # whole vectors of columns
            size = output.shape[1]
            middle = min(size // 3 // length * length, size)
        else:
            size = len(output)
            middle = size // 3
        for begin, end in [(0, middle), (middle, size)]:
            function(*flat, ctypes.c_int64(begin), ctypes.c_int64(end),
                     ctypes.c_int64(self.batch))
        return [output]


def compile_kernels(kernels, length, registers, mcpu, extra=""):
    """Returns a library with one function per name in `kernels`."""
    text = extra + "".join(k.text(name, length) for name, k in kernels.items())
    passes = (f"builtin.module(func.func(bn-lower-lane-kernels{{"
              f"vector-registers={registers}}},bn-expand-vector-math),"
              "canonicalize,cse)")
    return build_library(text, [f"--pass-pipeline={passes}"], mcpu)[1]
