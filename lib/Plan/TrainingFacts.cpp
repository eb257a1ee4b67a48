//===- TrainingFacts.cpp - What planning did to batch norms ---------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TrainingFacts.h"

#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace mlir::bn;

static void count(Traffic &traffic, Value value) {
  auto type = cast<RankedTensorType>(value.getType());
  if (!hasRows(value) || !isa<FloatType>(type.getElementType()))
    return;
  ++traffic.tensors;
  traffic.bytes += getElementCount(type) * getElementBytes(type);
}

Traffic bn::countOps(Block &graph) {
  Traffic traffic;
  for (Operation &op : graph.without_terminator()) {
    // A reshape moves nothing, and of this op's rows only the number matters.
    if (isa<ReshapeOp, RunningStatisticsOp>(op))
      continue;
    llvm::SmallSetVector<Value, 4> operands(op.operand_begin(),
                                            op.operand_end());
    for (Value operand : operands)
      count(traffic, operand);
    for (Value result : op.getResults())
      count(traffic, result);
  }
  return traffic;
}

Traffic bn::countKernels(const TrainingPlan &plan) {
  Traffic traffic;
  for (const TrainingPhase &phase : plan.phases) {
    for (const LaneGroup &group : phase.groups) {
      for (Value input : group.inputs)
        count(traffic, input);
      for (Value output : group.outputs)
        count(traffic, output);
    }
    for (Operation *op : phase.batchSums)
      for (Value operand : op->getOperands())
        count(traffic, operand);
  }
  for (auto [root, life] : plan.lives)
    if (isa<BlockArgument>(root)) {
      count(traffic, root);
      count(traffic, root);
    }
  return traffic;
}

/// The group that computes `value` first.
static const LaneGroup *findGroup(const TrainingPlan &plan, Operation *op) {
  for (const TrainingPhase &phase : plan.phases)
    for (const LaneGroup &group : phase.groups)
      if (llvm::is_contained(group.ops, op))
        return &group;
  return nullptr;
}

/// An op of `group` other than the batch norm's own, or null.
static Operation *findNeighbour(const LaneGroup *group) {
  if (!group)
    return nullptr;
  for (Operation *op : group->ops)
    if (!isa<BatchStatisticsOp, BatchNormInferenceOp,
             BatchNormParameterGradientOp, BatchNormInputGradientOp>(op))
      return op;
  return nullptr;
}

void bn::recordFusions(NormalizationFacts &facts, const TrainingPlan &plan,
                       Block &graph, bool isFused, const Traffic &before) {
  Traffic after = countKernels(plan);
  for (auto statistics : graph.getOps<BatchStatisticsOp>()) {
    NormalizationFact fact;
    fact.name = getLayerName(statistics);
    fact.op = "BatchNormalization";
    Operation *producer = findNeighbour(findGroup(plan, statistics));
    Operation *consumer = nullptr;
    for (Operation *user : statistics.getMean().getUsers())
      if (isa<BatchNormInferenceOp>(user))
        consumer = findNeighbour(findGroup(plan, user));
    std::string where;
    if (producer)
      where = llvm::formatv("statistics are taken in the kernel of '{0}'",
                            getLayerName(producer));
    if (consumer)
      where += llvm::formatv("{0}it normalizes in the kernel of '{1}'",
                             where.empty() ? "" : ", ", getLayerName(consumer));
    if (where.empty()) {
      fact.reason = isFused ? "its kernels do nothing else" : "fusion is off";
    } else {
      fact.status = NormalizationStatus::Fused;
      fact.into = getLayerName(producer ? producer : consumer);
      fact.reason = llvm::formatv(
          "{0}; the step reads and writes {1} tensors ({2} KB per row) instead "
          "of {3} ({4} KB)",
          where, after.tensors, (after.bytes + 512) / 1024, before.tensors,
          (before.bytes + 512) / 1024);
    }
    facts.record(fact);
  }
}
