//===- ShapeOps.cpp - Reshape, Transpose ----------------------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GraphExporter.h"

using namespace mlir;
using namespace mlir::bn;

static LogicalResult exportReshape(GraphExporter &graph, ReshapeOp op) {
  SmallVector<int64_t> shape(op.getType().getShape());
  // The one dynamic extent is what is left.
  std::replace(shape.begin(), shape.end(), ShapedType::kDynamic, int64_t(-1));
  std::string target = graph.addIntegers(op, shape);
  graph.addNode(op, "Reshape", {graph.getName(op.getInput()), target});
  return success();
}

static LogicalResult exportTranspose(GraphExporter &graph, TransposeOp op) {
  onnx::NodeProto &node =
      graph.addNode(op, "Transpose", {graph.getName(op.getInput())});
  graph.setInts(node, "perm", op.getPermutation());
  return success();
}

std::optional<LogicalResult> bn::exportShape(GraphExporter &graph,
                                             Operation *op) {
  if (auto reshape = dyn_cast<ReshapeOp>(op))
    return exportReshape(graph, reshape);
  if (auto transpose = dyn_cast<TransposeOp>(op))
    return exportTranspose(graph, transpose);
  return std::nullopt;
}
