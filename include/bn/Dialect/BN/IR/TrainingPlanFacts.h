//===- TrainingPlanFacts.h - How a training step was planned ----*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The attribute `bn.training_plan` of a planned training step: a dictionary,
// for reports and tests, of what planning decided and what that costs.
//
//===----------------------------------------------------------------------===//

#ifndef BN_DIALECT_BN_IR_TRAININGPLANFACTS_H
#define BN_DIALECT_BN_IR_TRAININGPLANFACTS_H

#include "mlir/IR/BuiltinAttributes.h"

#include <optional>
#include <string>
#include <vector>

namespace mlir::bn {

inline constexpr llvm::StringLiteral kTrainingPlanAttr = "bn.training_plan";

/// Passes over tensors of a normalization's surroundings: its input, what is
/// computed from that up to the next convolution or linear layer, and their
/// gradients. A pass is a loop over the batch that reads or writes a whole
/// tensor in memory; what a thread has just computed of one block and reads
/// again is none. The unit is one tensor of the size of the normalization's
/// input. In the attribute they are six numbers in this order.
struct Passes {
  double forwardReads = 0, forwardWrites = 0;
  double backwardReads = 0, backwardWrites = 0;
  /// By the layers behind: reads of their own input, writes of its gradient.
  double nextReads = 0, nextWrites = 0;

  Passes &operator+=(const Passes &other);
  double getReads() const { return forwardReads + backwardReads + nextReads; }
  double getWrites() const {
    return forwardWrites + backwardWrites + nextWrites;
  }
};

/// One of the tensors around a normalization.
struct TensorFacts {
  /// The layer that computes it; with ` gradient` behind it in the backward
  /// pass.
  std::string name;
  int64_t bytesPerRow = 0;
  /// `stored` for a later phase, `recomputed` in each that reads it, or
  /// `block`: needed in one phase alone, at most in a thread's own memory.
  std::string place;
  /// Without fusion and as planned.
  Passes before, after;
};

struct LayerFacts {
  std::string name;
  std::vector<TensorFacts> tensors;

  Passes getBefore() const;
  Passes getAfter() const;
};

struct TrainingPlanFacts {
  bool fused = true;
  /// Bytes of workspace for `batch` rows and one thread; with the budget, if
  /// there was one, that it had to keep to.
  int64_t batch = 0, peakBytes = 0;
  std::optional<int64_t> memoryBudget;
  /// What they are made of: the same for any batch, and for each thread.
  int64_t fixedBytes = 0, bytesPerRow = 0, bytesPerThread = 0;
  /// In the order of the program.
  std::vector<LayerFacts> layers;

  DictionaryAttr toAttribute(MLIRContext *context) const;
  /// Nothing if `attribute` is no such dictionary.
  static std::optional<TrainingPlanFacts> fromAttribute(Attribute attribute);
};

} // namespace mlir::bn

#endif // BN_DIALECT_BN_IR_TRAININGPLANFACTS_H
