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

std::optional<LogicalResult> bn::exportElementwise(GraphExporter &graph,
                                                   Operation *op) {
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
