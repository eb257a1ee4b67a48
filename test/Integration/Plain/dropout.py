# ===- dropout.py - Dropout, the plain way ----------------------*- Python -*-===//
#
# Part of the bn-opt project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===---------------------------------------------------------------------===//

"""Dropout keeps what the documented hash says, in f32 and f64, and the zeros of
different seeds, streams and rows look independent."""

import os
import sys

import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
import reference as ref
from compiled import compile_module

ROWS = 50
SHAPES = {"vector": (), "features": (84,), "images": (3, 5, 7)}
RATIOS = {"none": 0.0, "tenth": 0.1, "half": 0.5, "most": 0.999}


def write_function(name, shape, ratio, stream, element):
    tensor = f"tensor<?x{''.join(f'{e}x' for e in shape)}{element}>"
    return f"""
func.func @{name}(%x: {tensor}, %seed: tensor<2xi64>) -> {tensor} {{
  %y = bn.dropout %x seed %seed {{ratio = {ratio:e} : f64, stream = {stream}}}
    : ({tensor}, tensor<2xi64>) -> {tensor}
  return %y : {tensor}
}}"""


def check_values(functions, dtype):
    rng = np.random.default_rng(3)
    for shape_name, shape in SHAPES.items():
        x = rng.normal(size=(ROWS, *shape)).astype(dtype)
        for ratio_name, ratio in RATIOS.items():
            for seed in ((0, 0), (1, 7), (-5, 2**40 + 3)):
                got, = functions[f"{shape_name}_{ratio_name}"](
                    x, np.array(seed), batch=ROWS)
                expected = ref.dropout(x.astype(np.float64), seed, ratio, 4)
                np.testing.assert_array_equal(got == 0, expected == 0)
                np.testing.assert_allclose(got, expected.astype(dtype), rtol=0,
                                           atol=0)


def check_independence(functions, dtype):
    """Shares of zeros, alone and in common, against 5 standard deviations."""
    ones = np.ones((ROWS, 84), dtype)

    def zeros(name, seed):
        return functions[name](ones, np.array(seed), batch=ROWS)[0] == 0

    masks = [zeros("features_half", (1, 1)), zeros("features_half", (1, 2)),
             zeros("features_half", (2, 1)), zeros("other_stream", (1, 1))]
    masks.append(np.roll(masks[0], 1, axis=0))
    masks.append(np.roll(masks[0], 1, axis=1))
    deviation = 0.5 / np.sqrt(ones.size)
    for i, left in enumerate(masks):
        assert abs(left.mean() - 0.5) < 5 * deviation
        for right in masks[:i]:
            assert abs((left == right).mean() - 0.5) < 5 * deviation
    share = np.mean([zeros("features_tenth", (5, step)).mean()
                     for step in range(20)])
    assert abs(share - 0.1) < 5 * 0.3 / np.sqrt(20 * ones.size)


def main():
    for element, dtype in (("f32", np.float32), ("f64", np.float64)):
        text = "".join(write_function(f"{s}_{r}", SHAPES[s], RATIOS[r], 4,
                                      element)
                       for s in SHAPES for r in RATIOS)
        text += write_function("other_stream", (84,), 0.5, 5, element)
        functions = compile_module(text)
        check_values(functions, dtype)
        check_independence(functions, dtype)
    print("dropout: as documented")


if __name__ == "__main__":
    main()
