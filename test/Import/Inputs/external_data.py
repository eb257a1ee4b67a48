# ===- external_data.py - Models whose tensors lie in other files ---------===//
#
# Part of the bn-opt project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------===//
#
# Usage: external_data.py DIR. Writes DIR/model/NAME.onnx for each case, with
# the data files that they name.
#
# ===----------------------------------------------------------------------===//

import os
import sys

import numpy
import onnx
from onnx import TensorProto, helper

root = os.path.join(sys.argv[1], "model")
os.makedirs(root, exist_ok=True)
data = numpy.arange(6, dtype=numpy.float32).tobytes()


def write(name, **entries):
    tensor = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[6])
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in entries.items():
        tensor.external_data.add(key=key, value=str(value))
    inputs = [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 6])]
    outputs = [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 6])]
    node = helper.make_node("Add", ["x", "w"], ["y"], name="add")
    graph = helper.make_graph([node], "net", inputs, outputs, [tensor])
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8
    )
    with open(os.path.join(root, name + ".onnx"), "wb") as file:
        file.write(model.SerializeToString())


with open(os.path.join(root, "weights.bin"), "wb") as file:
    file.write(b"head" + data)
with open(os.path.join(sys.argv[1], "outside.bin"), "wb") as file:
    file.write(data)
with open(os.path.join(root, "linked.bin"), "wb") as file:
    file.write(data)
for link in ["symbolic.bin", "hard.bin"]:
    if os.path.lexists(os.path.join(root, link)):
        os.remove(os.path.join(root, link))
os.symlink(os.path.join("..", "outside.bin"), os.path.join(root, "symbolic.bin"))
os.link(os.path.join(root, "linked.bin"), os.path.join(root, "hard.bin"))

write("good", location="weights.bin", offset=4, length=24)
write("beyond", location="weights.bin", offset=8)
write("length", location="weights.bin", offset=4, length=20)
write("negative", location="weights.bin", offset=-4)
write("nowhere", offset=0)
write("missing", location="missing.bin")
write("parent", location="../outside.bin")
write("absolute", location=os.path.join(os.path.abspath(sys.argv[1]), "outside.bin"))
write("symbolic", location="symbolic.bin")
write("hard", location="hard.bin")
write("folder", location=".")
