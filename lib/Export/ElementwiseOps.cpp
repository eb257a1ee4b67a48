//===- ElementwiseOps.cpp - Elementwise ops -------------------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GraphExporter.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::bn;

/// The bounds as the inputs that they are since opset 11; an infinite one is
/// left out.
static LogicalResult exportClip(GraphExporter &graph, ClipOp op) {
  SmallVector<std::string> inputs = {graph.getName(op.getInput())};
  bool isDouble = op.getType().getElementType().isF64();
  auto addBound = [&](StringRef what, double bound) {
    if (std::isinf(bound))
      return inputs.push_back("");
    onnx::TensorProto tensor;
    if (isDouble) {
      tensor.set_data_type(onnx::TensorProto::DOUBLE);
      tensor.add_double_data(bound);
    } else {
      tensor.set_data_type(onnx::TensorProto::FLOAT);
      tensor.add_float_data(bound);
    }
    inputs.push_back(graph.addInitializer(op, what, std::move(tensor)));
  };
  addBound("min", op.getMinimum().convertToDouble());
  addBound("max", op.getMaximum().convertToDouble());
  while (inputs.back().empty())
    inputs.pop_back();
  graph.addNode(op, "Clip", inputs);
  return success();
}

std::optional<LogicalResult> bn::exportElementwise(GraphExporter &graph,
                                                   Operation *op) {
  if (auto clip = dyn_cast<ClipOp>(op))
    return exportClip(graph, clip);
  StringRef type = llvm::TypeSwitch<Operation *, StringRef>(op)
                       .Case([](AddOp) { return "Add"; })
                       .Case([](DivOp) { return "Div"; })
                       .Case([](ExpOp) { return "Exp"; })
                       .Case([](MulOp) { return "Mul"; })
                       .Case([](PowOp) { return "Pow"; })
                       .Case([](ReluOp) { return "Relu"; })
                       .Case([](SigmoidOp) { return "Sigmoid"; })
                       .Case([](SqrtOp) { return "Sqrt"; })
                       .Case([](SubOp) { return "Sub"; })
                       .Case([](TanhOp) { return "Tanh"; })
                       .Default(StringRef());
  if (type.empty())
    return std::nullopt;
  SmallVector<std::string> inputs;
  for (Value operand : op->getOperands())
    inputs.push_back(graph.getName(operand));
  graph.addNode(op, type, inputs);
  return success();
}
