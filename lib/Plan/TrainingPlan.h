//===- TrainingPlan.h - Phases and kernels of a training step ---*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A function on rows of a batch becomes a sequence of phases. A phase is a loop
// over blocks of rows that runs as far as it can: an op that needs a sum over
// the batch belongs to the phase behind the one that computes the sum. Between
// the phases run the small ops, on tensors without rows.
//
//===----------------------------------------------------------------------===//

#ifndef BN_LIB_PLAN_TRAININGPLAN_H
#define BN_LIB_PLAN_TRAININGPLAN_H

#include "bn/Plan/FusionGroups.h"

#include "llvm/ADT/MapVector.h"

#include <vector>

namespace mlir::bn {

/// Tasks among which the blocks are divided where lanes are added up: a number
/// of its own, so that sums do not depend on the number of threads.
constexpr int64_t kShards = 4;

/// Whether `value` has a row for each row of the batch.
bool hasRows(Value value);

/// Whether `value` is a constant that kernels have in their bodies: one number,
/// which no product or whole kernel wants as a buffer.
bool isBodyConstant(Value value);

/// The bytes of one element.
int64_t getElementBytes(Type tensor);

/// The number of elements: of one row for a tensor with rows.
int64_t getElementCount(Type tensor);

/// Ops that become one lane kernel, in the order of its body.
struct LaneGroup {
  SmallVector<Operation *> ops;
  /// The operands that no op of the group computes. Those with rows have a
  /// buffer, or are packed from an argument.
  SmallVector<Value> inputs;
  /// What is stored: results that others need, and all sums over the batch.
  SmallVector<Value> outputs;
};

struct TrainingPhase {
  /// On tensors without rows, in front of the blocks.
  SmallVector<Operation *> smallOps;
  std::vector<LaneGroup> groups;
  /// Sums of the groups, to be merged behind the blocks.
  SmallVector<Value> merges;
  /// Sums that are kernels over the whole batch, behind the blocks.
  SmallVector<Operation *> batchSums;
};

/// The last phase may have nothing but small ops.
struct TrainingPlan {
  std::vector<TrainingPhase> phases;
  /// For each tensor with rows, by its root (see lookThroughReshapes): the
  /// phase that computes or packs it first, and the last that reads it.
  struct Life {
    int64_t first, last;
  };
  llvm::MapVector<Value, Life> lives;

  /// Whether the tensor is kept from one phase to another.
  bool isStored(Value root) const {
    auto life = lives.find(root);
    return life != lives.end() && life->second.first != life->second.last;
  }
};

struct TrainingPlanOptions {
  /// Rows of the batch in a vector.
  int64_t lanes = 4;
  /// Join ops to kernels; otherwise each is a phase, and all tensors are kept.
  bool fuse = true;
  /// Roots that are computed again whatever that costs, if they can be.
  llvm::DenseSet<Value> recomputed;
};

/// Plans `func`. Fails with the first op that has no kernel.
std::variant<TrainingPlan, PlanObstacle>
planTraining(func::FuncOp func, const TrainingPlanOptions &options);

/// Joins the ops of one phase, in an order in which they can run, to groups;
/// without `fuse` each is one.
std::vector<LaneGroup> formLaneGroups(ArrayRef<Operation *> ops, bool fuse);

} // namespace mlir::bn

#endif // BN_LIB_PLAN_TRAININGPLAN_H
