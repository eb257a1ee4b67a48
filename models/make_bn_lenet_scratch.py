#!/usr/bin/env python3
"""Writes the trained BN-LeNet with every batch norm spelled out.

Same weights as bn-lenet.onnx, but a from-scratch layer in place of PyTorch's:
Sub, Add epsilon, Sqrt, Div, Mul, Add, and no BatchNormalization node. Node
names are the exporter's own.
"""

import argparse
import collections
import pathlib

import onnx

import lenet

HERE = pathlib.Path(__file__).parent


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--trained", type=pathlib.Path, default=HERE / "bn-lenet.onnx")
    parser.add_argument("-o", "--output", type=pathlib.Path, default=HERE / "bn-lenet-scratch.onnx")
    args = parser.parse_args()

    net = lenet.load_parameters(lenet.BNLeNet(lenet.ScratchBatchNorm), onnx.load(args.trained))
    model = lenet.export(net)

    # The point of the file: the exporter must have neither raised nor folded anything.
    count = collections.Counter(node.op_type for node in model.graph.node)
    expected = {"BatchNormalization": 0, "Sub": 4, "Sqrt": 4, "Div": 4, "Mul": 4, "Add": 8}
    for op, number in expected.items():
        if count[op] != number:
            raise SystemExit(f"expected {number} {op} nodes, the exporter wrote {count[op]}")
    doc = "BN-LeNet for 28x28 digits, batch norm as from-scratch arithmetic"
    lenet.finish(model, "bn-lenet-scratch", doc, args.output)


if __name__ == "__main__":
    main()
