//===- TrainingMemory.h - Plans that keep to a budget -----------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_LIB_PLAN_TRAININGMEMORY_H
#define BN_LIB_PLAN_TRAININGMEMORY_H

#include "TrainingBuffers.h"

namespace mlir::bn {

/// Bytes of workspace that a call on `batch` rows by one thread needs. More
/// threads need `workerBytes` each; the plan must not depend on their number,
/// because the last bits of results do on the plan.
int64_t getWorkspaceBytes(const TrainingBuffers &buffers, int64_t lanes,
                          int64_t batch);

/// A plan and where it keeps what.
struct PlacedPlan {
  TrainingPlan plan;
  TrainingBuffers buffers;
};

/// Plans `func` so that `batch` rows need at most `budget` bytes: as long as
/// they need more, one more tensor is not kept but computed again, the one that
/// costs least per byte. `plan` is what `func` is planned as by `options`. If
/// the budget is too small, the result is the smallest plan.
PlacedPlan fitTraining(func::FuncOp func, TrainingPlanOptions options,
                       PlacedPlan plan, int64_t batch, int64_t budget);

} // namespace mlir::bn

#endif // BN_LIB_PLAN_TRAININGMEMORY_H
