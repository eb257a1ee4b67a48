# ===- check.py - The files that a study leaves -----------------*- Python -*-===//
#
# Part of the bn-opt project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===---------------------------------------------------------------------===//

"""Reads what `bn-run study NAME -o DIR` wrote, fails where it is not what it
should be, and prints for each run its settings, the ops of its network but
convolution, pooling and linear layers, and the shape of its input.

usage: check.py DIR NAME EPOCHS
"""

import json
import re
import sys
import xml.etree.ElementTree

import onnx

KEYS = ["run", "network", "batch", "learning_rate", "init_scale"]
EPOCH_KEYS = ["epoch", "train_loss", "train_accuracy", "test_accuracy",
              "examples_per_second"]
LAYER_KEYS = ["name", "mean_spread", "variance_spread"]
SVG = "{http://www.w3.org/2000/svg}"
EVERYWHERE = {"Conv", "AveragePool", "Flatten", "Gemm"}


def read_lines(path):
    """Epochs and spreads, by run."""
    epochs, spreads = {}, {}
    with open(path, encoding="utf-8") as file:
        for line in map(json.loads, file):
            if "epoch" in line:
                assert list(line) == KEYS + EPOCH_KEYS, line
                epochs.setdefault(line["run"], []).append(line)
                continue
            assert list(line) == KEYS + ["layers"], line
            for layer in line["layers"]:
                assert list(layer) == LAYER_KEYS, layer
                assert layer["mean_spread"] > 0 < layer["variance_spread"]
            spreads[line["run"]] = line["layers"]
    return epochs, spreads


def check_picture(path):
    """Points of curves lie in the plot, and texts are there. Returns the number
    of panels."""
    root = xml.etree.ElementTree.parse(path).getroot()
    assert root.tag == SVG + "svg"
    panels = root.findall(SVG + "g")
    for panel in panels:
        texts = [text.text for text in panel.findall(SVG + "text")]
        assert texts and all(texts), texts
        for circle in panel.iter(SVG + "circle"):
            assert 58 <= float(circle.get("cx")) <= 406
    return len(panels)


def describe_network(path):
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    ops = [node.op_type for node in model.graph.node
           if node.op_type not in EVERYWHERE]
    shape = [d.dim_value for d in
             model.graph.input[0].type.tensor_type.shape.dim][1:]
    classes = model.graph.output[0].type.tensor_type.shape.dim[1].dim_value
    return " ".join(ops) + f" {shape} {classes}"


def main():
    directory, name, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    epochs, spreads = read_lines(f"{directory}/{name}.jsonl")
    for run, lines in epochs.items():
        assert [line["epoch"] for line in lines] == list(range(1, count + 1))
        file = re.sub("[^a-z0-9.]+", "-", run.lower())
        network = describe_network(f"{directory}/{name}-{file}.onnx")
        settings = " ".join(str(lines[0][key]) for key in KEYS[1:])
        print(f"{run}: {settings}: {network}, {len(spreads.get(run, []))} spreads")
    print(f"{check_picture(f'{directory}/{name}.svg')} panels")


if __name__ == "__main__":
    main()
