//===- SampleNormOps.cpp - Normalizations within a sample -----------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GraphExporter.h"

using namespace mlir;
using namespace mlir::bn;

/// Whether `op` is written as InstanceNormalization, which has no rank 2.
static bool isInstanceNorm(GroupNormOp op) {
  return static_cast<int64_t>(op.getGroups()) == op.getChannelCount() &&
         op.getType().getRank() > 2;
}

static LogicalResult exportGroupNorm(GraphExporter &graph, GroupNormOp op) {
  bool instance = isInstanceNorm(op);
  onnx::NodeProto &node = graph.addNode(
      op, instance ? "InstanceNormalization" : "GroupNormalization",
      {graph.getChannelsFirst(op, op.getInput(), op.getLayout()),
       graph.getName(op.getScale()), graph.getName(op.getOffset())});
  graph.setFloat(node, "epsilon", op.getEpsilon().convertToDouble());
  if (!instance)
    graph.setInt(node, "num_groups", op.getGroups());
  graph.restoreLayout(op, node, op.getLayout());
  return success();
}

static LogicalResult exportLayerNorm(GraphExporter &graph, LayerNormOp op) {
  bool rootMeanSquare = op.getRootMeanSquare();
  if (rootMeanSquare && op.getOffset())
    return graph.emitError(op) << "RMSNormalization has no offset";
  SmallVector<std::string> inputs = {graph.getName(op.getInput()),
                                     graph.getName(op.getScale())};
  if (op.getOffset())
    inputs.push_back(graph.getName(op.getOffset()));
  onnx::NodeProto &node = graph.addNode(
      op, rootMeanSquare ? "RMSNormalization" : "LayerNormalization", inputs);
  graph.setInt(node, "axis", op.getAxis());
  graph.setFloat(node, "epsilon", op.getEpsilon().convertToDouble());
  return success();
}

std::optional<LogicalResult> bn::exportSampleNorm(GraphExporter &graph,
                                                  Operation *op) {
  if (auto norm = dyn_cast<GroupNormOp>(op))
    return exportGroupNorm(graph, norm);
  if (auto norm = dyn_cast<LayerNormOp>(op))
    return exportLayerNorm(graph, norm);
  return std::nullopt;
}

int bn::getSampleNormOpset(Operation *op) {
  auto groupNorm = dyn_cast<GroupNormOp>(op);
  // Since then the scale has a value per channel.
  if (groupNorm && !isInstanceNorm(groupNorm))
    return 21;
  auto layerNorm = dyn_cast<LayerNormOp>(op);
  return layerNorm && layerNorm.getRootMeanSquare() ? 23 : 0;
}
