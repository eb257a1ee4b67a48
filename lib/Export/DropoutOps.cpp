//===- DropoutOps.cpp - Dropout -------------------------------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GraphExporter.h"

using namespace mlir;
using namespace mlir::bn;

std::optional<LogicalResult> bn::exportDropout(GraphExporter &graph,
                                               Operation *op) {
  auto dropout = dyn_cast<DropoutOp>(op);
  if (!dropout)
    return std::nullopt;
  onnx::TensorProto ratio, mode;
  ratio.set_data_type(onnx::TensorProto::FLOAT);
  ratio.add_float_data(dropout.getRatio().convertToDouble());
  mode.set_data_type(onnx::TensorProto::BOOL);
  mode.add_int32_data(true);
  graph.addNode(op, "Dropout",
                {graph.getName(dropout.getInput()),
                 graph.addInitializer(op, "ratio", std::move(ratio)),
                 graph.addInitializer(op, "training_mode", std::move(mode))});
  return success();
}
