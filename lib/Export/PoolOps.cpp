//===- PoolOps.cpp - Pools and reductions ---------------------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GraphExporter.h"

using namespace mlir;
using namespace mlir::bn;

/// The padding with which windows are counted without rounding up: readers
/// disagree on the last window of `ceil_mode`. Padding after the end neither
/// wins a maximum nor counts in a mean that leaves padding out.
template <typename OpTy> static SmallVector<int64_t> getExactPadding(OpTy op) {
  SmallVector<int64_t> padding(op.getPadding());
  size_t rank = op.getKernel().size();
  RankedTensorType input = op.getInput().getType(), result = op.getType();
  for (size_t i = 0; i < rank; ++i) {
    size_t axis = getFirstSpatialAxis(op.getLayout()) + i;
    int64_t end = (result.getDimSize(axis) - 1) * op.getStrides()[i] +
                  op.getDilations()[i] * (op.getKernel()[i] - 1) + 1;
    int64_t present = input.getDimSize(axis) + padding[i];
    padding[rank + i] = std::max(padding[rank + i], end - present);
  }
  return padding;
}

template <typename OpTy>
static onnx::NodeProto &addPool(GraphExporter &graph, OpTy op, StringRef type,
                                bool ceilMode) {
  onnx::NodeProto &node = graph.addNode(
      op, type, {graph.getChannelsFirst(op, op.getInput(), op.getLayout())});
  graph.setInts(node, "kernel_shape", op.getKernel());
  graph.setInts(node, "strides", op.getStrides());
  if (ceilMode) {
    graph.setInts(node, "pads", op.getPadding());
    graph.setInt(node, "ceil_mode", 1);
  } else {
    graph.setInts(node, "pads", getExactPadding(op));
  }
  return node;
}

static LogicalResult exportMaxPool(GraphExporter &graph, MaxPoolOp op) {
  onnx::NodeProto &node = addPool(graph, op, "MaxPool", /*ceilMode=*/false);
  graph.setInts(node, "dilations", op.getDilations());
  graph.restoreLayout(op, node, op.getLayout());
  return success();
}

static LogicalResult exportAveragePool(GraphExporter &graph, AveragePoolOp op) {
  // Padding that counts cannot stand for rounding up, which does not count.
  bool roundsUp = getExactPadding(op) != op.getPadding();
  onnx::NodeProto &node =
      addPool(graph, op, "AveragePool",
              /*ceilMode=*/roundsUp && op.getCountIncludePad());
  graph.setInt(node, "count_include_pad", op.getCountIncludePad());
  if (graph.getOpset() >= 19)
    graph.setInts(node, "dilations", op.getDilations());
  graph.restoreLayout(op, node, op.getLayout());
  return success();
}

static LogicalResult exportReduceMean(GraphExporter &graph, ReduceMeanOp op) {
  SmallVector<std::string> inputs{graph.getName(op.getInput())};
  // The axes became an input with opset 18.
  bool asInput = graph.getOpset() >= 18;
  if (asInput)
    inputs.push_back(graph.addIntegers(op, op.getAxes()));
  onnx::NodeProto &node = graph.addNode(op, "ReduceMean", inputs);
  if (!asInput)
    graph.setInts(node, "axes", op.getAxes());
  graph.setInt(node, "keepdims", op.getKeepDims());
  return success();
}

std::optional<LogicalResult> bn::exportPool(GraphExporter &graph,
                                            Operation *op) {
  if (auto pool = dyn_cast<MaxPoolOp>(op))
    return exportMaxPool(graph, pool);
  if (auto pool = dyn_cast<AveragePoolOp>(op))
    return exportAveragePool(graph, pool);
  if (auto mean = dyn_cast<ReduceMeanOp>(op))
    return exportReduceMean(graph, mean);
  return std::nullopt;
}
