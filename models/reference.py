#!/usr/bin/env python3
"""Runs an ONNX model in double precision, in NumPy, straight from the formulas.

An oracle, not an engine: slow, and only the operators that the models of this
directory need. ONNX is used for reading files alone. Batch norm in training
mode is ONNX's: normalize with the biased variance of the batch,
running = momentum * running + (1 - momentum) * batch, biased too.

As a program it runs a model on arrays named as the inputs and writes arrays
named as the outputs (float64).
"""

import argparse
import pathlib

import numpy as np
import onnx
from onnx import numpy_helper


def channelwise(values, rank):
    """[C] shaped so that it broadcasts along axis 1 of a tensor of this rank."""
    return values.reshape((1, -1) + (1,) * (rank - 2))


def conv(attributes, x, weight, bias=None):
    """2-D, one group, explicit padding."""
    require(attributes, auto_pad=(b"NOTSET",), group=(1,), dilations=([1, 1],))
    top, left, bottom, right = attributes.get("pads", [0, 0, 0, 0])
    x = np.pad(x, ((0, 0), (0, 0), (top, bottom), (left, right)))
    windows = np.lib.stride_tricks.sliding_window_view(x, weight.shape[2:], (2, 3))
    rows, columns = attributes.get("strides", [1, 1])
    y = np.einsum("nchwij,ocij->nohw", windows[:, :, ::rows, ::columns], weight, optimize=True)
    return y if bias is None else y + channelwise(bias, 4)


def average_pool(attributes, x):
    """2-D, no padding."""
    require(attributes, auto_pad=(b"NOTSET",), ceil_mode=(0,), pads=([0, 0, 0, 0],))
    windows = np.lib.stride_tricks.sliding_window_view(x, attributes["kernel_shape"], (2, 3))
    rows, columns = attributes.get("strides", [1, 1])
    return windows[:, :, ::rows, ::columns].mean((4, 5))


def batch_normalization(attributes, x, scale, bias, running_mean, running_var):
    """Opset 14 and later. In training mode also the new running mean and variance."""
    epsilon = attributes.get("epsilon", 1e-5)
    mean, var, extra = running_mean, running_var, ()
    if attributes.get("training_mode", 0):
        axes = (0, *range(2, x.ndim))
        mean = x.mean(axes)
        var = ((x - channelwise(mean, x.ndim)) ** 2).mean(axes)
        momentum = attributes.get("momentum", 0.9)
        extra = (
            momentum * running_mean + (1 - momentum) * mean,
            momentum * running_var + (1 - momentum) * var,
        )
    x_hat = (x - channelwise(mean, x.ndim)) / np.sqrt(channelwise(var, x.ndim) + epsilon)
    return (channelwise(scale, x.ndim) * x_hat + channelwise(bias, x.ndim), *extra)


def gemm(attributes, a, b, c=0.0):
    a = a.T if attributes.get("transA", 0) else a
    b = b.T if attributes.get("transB", 0) else b
    return attributes.get("alpha", 1.0) * (a @ b) + attributes.get("beta", 1.0) * c


def sigmoid(attributes, x):
    # Of a non-positive number only, so that nothing overflows.
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, 1, e) / (1 + e)


def flatten(attributes, x):
    axis = attributes.get("axis", 1)
    return x.reshape(int(np.prod(x.shape[:axis])), -1)


OPERATORS = {
    "Add": lambda attributes, a, b: a + b,
    "AveragePool": average_pool,
    "BatchNormalization": batch_normalization,
    "Constant": lambda attributes: widen(attributes["value"]),
    "Conv": conv,
    "Div": lambda attributes, a, b: a / b,
    "Flatten": flatten,
    "Gemm": gemm,
    "Mul": lambda attributes, a, b: a * b,
    "Relu": lambda attributes, x: np.maximum(x, 0),
    "Sigmoid": sigmoid,
    "Sqrt": lambda attributes, x: np.sqrt(x),
    "Sub": lambda attributes, a, b: a - b,
}


def require(attributes, **supported):
    """Refuses an attribute whose value is none of those that the formula covers."""
    for name, values in supported.items():
        if name in attributes and attributes[name] not in values:
            raise NotImplementedError(f"{name}={attributes[name]}")


def widen(tensor):
    return numpy_helper.to_array(tensor).astype(np.float64)


def run(model, inputs):
    """Graph outputs by name, float64, for `inputs`, a dictionary of arrays by name."""
    values = {name: np.asarray(array, np.float64) for name, array in inputs.items()}
    values |= {tensor.name: widen(tensor) for tensor in model.graph.initializer}
    for node in model.graph.node:
        if node.op_type not in OPERATORS:
            raise NotImplementedError(f"node '{node.name}': operator {node.op_type}")
        attributes = {each.name: onnx.helper.get_attribute_value(each) for each in node.attribute}
        results = OPERATORS[node.op_type](attributes, *(values[name] for name in node.input))
        if not isinstance(results, tuple):
            results = (results,)
        values |= zip(node.output, results)
    return {output.name: values[output.name] for output in model.graph.output}


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("input", type=pathlib.Path, help=".npz with an array per input")
    parser.add_argument("-o", "--output", type=pathlib.Path, required=True, help=".npz to write")
    args = parser.parse_args()

    model = onnx.load(args.model)
    with np.load(args.input) as arrays:
        inputs = {each.name: arrays[each.name] for each in model.graph.input}
    np.savez_compressed(args.output, **run(model, inputs))


if __name__ == "__main__":
    main()
