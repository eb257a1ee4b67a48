#!/usr/bin/env python3
"""Writes BN-LeNet in training mode: one forward pass as a training step makes it.

Starts from the trained parameters of bn-lenet.onnx, so that every value
differs from its neighbours. Each BatchNormalization has training_mode=1 and
its new running statistics are graph outputs. The momentum is neither ONNX's
default (0.9) nor PyTorch's (0.1), so that a reader who overlooks or reverses
it is found out.
"""

import argparse
import pathlib

import onnx
from onnx import TensorProto, helper

OPSET = 17
MOMENTUM = 0.8
HERE = pathlib.Path(__file__).parent


def build(trained):
    """The training graph over the initializers of `trained`."""
    nodes, outputs = [], []
    initializers = {tensor.name: tensor for tensor in trained.graph.initializer}

    def node(op, name, inputs, results=None, **attributes):
        results = results or [name]
        nodes.append(helper.make_node(op, inputs, results, name=name, **attributes))
        return results[0]

    def batch_norm(name, x):
        statistics = [f"{name}.running_mean", f"{name}.running_var"]
        results = [name] + [f"{each}.new" for each in statistics]
        for result, statistic in zip(results[1:], statistics):
            shape = list(initializers[statistic].dims)
            outputs.append(helper.make_tensor_value_info(result, TensorProto.FLOAT, shape))
        inputs = [x, f"{name}.weight", f"{name}.bias", *statistics]
        return node(
            "BatchNormalization",
            name,
            inputs,
            results,
            epsilon=1e-5,
            momentum=MOMENTUM,
            training_mode=1,
        )

    def linear(name, x, result=None):
        inputs = [x, f"{name}.weight", f"{name}.bias"]
        return node("Gemm", name, inputs, [result or name], transB=1)

    x = "input"
    for i in (1, 2):
        inputs = [x, f"conv{i}.weight", f"conv{i}.bias"]
        x = batch_norm(f"bn{i}", node("Conv", f"conv{i}", inputs, kernel_shape=[5, 5]))
        x = node("Sigmoid", f"sigmoid{i}", [x])
        x = node("AveragePool", f"pool{i}", [x], kernel_shape=[2, 2], strides=[2, 2])
    x = node("Flatten", "flatten", [x])
    for i in (1, 2):
        x = batch_norm(f"bn{i + 2}", linear(f"fc{i}", x))
        x = node("Sigmoid", f"sigmoid{i + 2}", [x])
    linear("fc3", x, "logits")

    graph_input = helper.make_tensor_value_info("input", TensorProto.FLOAT, ["batch", 1, 28, 28])
    logits = helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", 10])
    return helper.make_graph(
        nodes, "bn-lenet-training", [graph_input], [logits, *outputs], list(initializers.values())
    )


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--trained", type=pathlib.Path, default=HERE / "bn-lenet.onnx")
    parser.add_argument(
        "-o", "--output", type=pathlib.Path, default=HERE / "bn-lenet-training.onnx"
    )
    args = parser.parse_args()

    trained = onnx.load(args.trained)
    model = helper.make_model(
        build(trained),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=8,
        doc_string="BN-LeNet for 28x28 digits, forward pass in training mode",
    )
    helper.set_model_props(model, {each.key: each.value for each in trained.metadata_props})
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, args.output)


if __name__ == "__main__":
    main()
