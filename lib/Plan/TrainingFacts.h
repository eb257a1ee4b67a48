//===- TrainingFacts.h - What planning did to batch norms -------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_LIB_PLAN_TRAININGFACTS_H
#define BN_LIB_PLAN_TRAININGFACTS_H

#include "TrainingPlan.h"

#include "bn/Dialect/BN/Transforms/NormalizationFacts.h"

namespace mlir::bn {

/// Tensors of floats with rows that kernels read and write, and their bytes per
/// row of the batch.
struct Traffic {
  int64_t tensors = 0;
  int64_t bytes = 0;
};

/// What the ops of `graph` read and write if each is a kernel of its own.
Traffic countOps(Block &graph);

/// What the kernels of `plan` do, with the packing of arguments.
Traffic countKernels(const TrainingPlan &plan);

/// Records which kernels the batch norms of `graph` are in; `isFused` says
/// whether ops were to be joined at all, `before` what is read and written if
/// they are not.
void recordFusions(NormalizationFacts &facts, const TrainingPlan &plan,
                   Block &graph, bool isFused, const Traffic &before);

} // namespace mlir::bn

#endif // BN_LIB_PLAN_TRAININGFACTS_H
