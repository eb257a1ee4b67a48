#!/usr/bin/env python3
"""Writes SimpleNet: Conv, BatchNormalization, ReLU, Flatten, Gemm on N x 3 x 32 x 32.

Untrained; everything comes from one seed. The batch norm is far from the
identity: gammas of both signs and one exact zero, means and variances far
from 0 and 1, an epsilon that is not the default. A wrong fold shows.
"""

import argparse
import pathlib

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET = 17
SEED = 20
CHANNELS = 16
ZERO_GAMMA = 5
HERE = pathlib.Path(__file__).parent


def parameters(rng):
    """All initializers by name, float32. Products keep a deviation of about 1."""
    gamma = rng.uniform(0.5, 2.0, CHANNELS) * np.where(np.arange(CHANNELS) % 3 == 1, -1, 1)
    gamma[ZERO_GAMMA] = 0
    fan_in = CHANNELS * 32 * 32
    values = {
        "conv.weight": rng.normal(0, 1 / np.sqrt(27), (CHANNELS, 3, 3, 3)),
        "conv.bias": rng.normal(0, 0.5, CHANNELS),
        "bn.weight": gamma,
        "bn.bias": rng.uniform(-1, 1, CHANNELS),
        "bn.running_mean": rng.choice([-1, 1], CHANNELS) * rng.uniform(0.5, 3.0, CHANNELS),
        # Log-uniform from 0.05 to 20.
        "bn.running_var": 10 ** rng.uniform(np.log10(0.05), np.log10(20), CHANNELS),
        "fc.weight": rng.normal(0, 1 / np.sqrt(fan_in), (10, fan_in)),
        "fc.bias": rng.normal(0, 0.5, 10),
    }
    return {name: value.astype(np.float32) for name, value in values.items()}


def build(values):
    batch_norm = ["bn.weight", "bn.bias", "bn.running_mean", "bn.running_var"]
    nodes = [
        helper.make_node(
            "Conv",
            ["input", "conv.weight", "conv.bias"],
            ["conv"],
            name="conv",
            kernel_shape=[3, 3],
            pads=[1, 1, 1, 1],
        ),
        helper.make_node(
            "BatchNormalization", ["conv", *batch_norm], ["bn"], name="bn", epsilon=1e-3
        ),
        helper.make_node("Relu", ["bn"], ["relu"], name="relu"),
        helper.make_node("Flatten", ["relu"], ["flatten"], name="flatten"),
        helper.make_node(
            "Gemm", ["flatten", "fc.weight", "fc.bias"], ["logits"], name="fc", transB=1
        ),
    ]
    return helper.make_graph(
        nodes,
        "simple-net",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["batch", 3, 32, 32])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", 10])],
        [numpy_helper.from_array(value, name) for name, value in values.items()],
    )


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("-o", "--output", type=pathlib.Path, default=HERE / "simple-net.onnx")
    args = parser.parse_args()

    model = helper.make_model(
        build(parameters(np.random.default_rng(SEED))),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=8,
        doc_string="Conv, batch norm, ReLU, linear; seeded, untrained",
    )
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, args.output)


if __name__ == "__main__":
    main()
