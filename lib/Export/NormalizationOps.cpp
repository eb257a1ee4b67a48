//===- NormalizationOps.cpp - BatchNormalization, Mul and Add -------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GraphExporter.h"

using namespace mlir;
using namespace mlir::bn;

static LogicalResult exportInference(GraphExporter &graph,
                                     BatchNormInferenceOp op) {
  onnx::NodeProto &node = graph.addNode(
      op, "BatchNormalization",
      {graph.getChannelsFirst(op, op.getInput(), op.getLayout()),
       graph.getName(op.getScale()), graph.getName(op.getOffset()),
       graph.getName(op.getMean()), graph.getName(op.getVariance())});
  graph.setFloat(node, "epsilon", op.getEpsilon().convertToDouble());
  if (auto momentum = op->getAttrOfType<FloatAttr>(BNDialect::kMomentumAttr))
    graph.setFloat(node, "momentum", momentum.getValueAsDouble());
  graph.restoreLayout(op, node, op.getLayout());
  return success();
}

static LogicalResult exportTraining(GraphExporter &graph,
                                    BatchNormTrainingOp op) {
  if (!op.getBatchMean().use_empty() || !op.getBatchVariance().use_empty())
    return graph.emitError(op)
           << "the statistics of the batch are no outputs of "
              "BatchNormalization";
  if (op.getVarianceBias() == RunningVariance::unbiased &&
      !op.getNewRunningVariance().use_empty())
    return graph.emitError(op) << "BatchNormalization averages the biased "
                                  "variance, this op the unbiased one";
  onnx::NodeProto &node = graph.addNode(
      op, "BatchNormalization",
      {graph.getChannelsFirst(op, op.getInput(), op.getLayout()),
       graph.getName(op.getScale()), graph.getName(op.getOffset()),
       graph.getName(op.getRunningMean()),
       graph.getName(op.getRunningVariance())});
  // ONNX's op has the running statistics as second and third output.
  for (Value statistic : {op.getNewRunningMean(), op.getNewRunningVariance()})
    node.add_output(graph.addResultName(op, statistic));
  graph.setFloat(node, "epsilon", op.getEpsilon().convertToDouble());
  double momentum = op.getMomentum().convertToDouble();
  graph.setFloat(node, "momentum",
                 op.getConvention() == MomentumConvention::onnx
                     ? momentum
                     : 1.0 - momentum);
  graph.setInt(node, "training_mode", 1);
  graph.restoreLayout(op, node, op.getLayout());
  return success();
}

static LogicalResult exportScaleShift(GraphExporter &graph, ScaleShiftOp op) {
  int64_t rank = op.getType().getRank();
  int64_t axis = getChannelAxis(rank, op.getLayout());
  std::string scaled =
      graph
          .addHelper(op, "Mul",
                     {graph.getName(op.getInput()),
                      graph.addChannelTensor(op, op.getScale(), axis, rank)})
          .output(0);
  graph.addNode(
      op, "Add",
      {scaled, graph.addChannelTensor(op, op.getShift(), axis, rank)});
  return success();
}

std::optional<LogicalResult> bn::exportNormalization(GraphExporter &graph,
                                                     Operation *op) {
  if (auto inference = dyn_cast<BatchNormInferenceOp>(op))
    return exportInference(graph, inference);
  if (auto training = dyn_cast<BatchNormTrainingOp>(op))
    return exportTraining(graph, training);
  if (auto scaleShift = dyn_cast<ScaleShiftOp>(op))
    return exportScaleShift(graph, scaleShift);
  return std::nullopt;
}
