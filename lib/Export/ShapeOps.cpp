//===- ShapeOps.cpp - Reshape, Transpose, Concat, Slice -------------------===//
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

static LogicalResult exportConcat(GraphExporter &graph, ConcatOp op) {
  SmallVector<std::string> inputs;
  for (Value input : op.getInputs())
    inputs.push_back(graph.getName(input));
  onnx::NodeProto &node = graph.addNode(op, "Concat", inputs);
  graph.setInt(node, "axis", op.getAxis());
  return success();
}

static LogicalResult exportSlice(GraphExporter &graph, SliceOp op) {
  int64_t begin = op.getBegin(), end = begin + op.getSize();
  graph.addNode(op, "Slice",
                {graph.getName(op.getInput()),
                 graph.addIntegers(op, begin, "starts"),
                 graph.addIntegers(op, end, "ends"),
                 graph.addIntegers(op, op.getAxis(), "axes")});
  return success();
}

std::optional<LogicalResult> bn::exportShape(GraphExporter &graph,
                                             Operation *op) {
  if (auto reshape = dyn_cast<ReshapeOp>(op))
    return exportReshape(graph, reshape);
  if (auto transpose = dyn_cast<TransposeOp>(op))
    return exportTranspose(graph, transpose);
  if (auto concat = dyn_cast<ConcatOp>(op))
    return exportConcat(graph, concat);
  if (auto slice = dyn_cast<SliceOp>(op))
    return exportSlice(graph, slice);
  return std::nullopt;
}
