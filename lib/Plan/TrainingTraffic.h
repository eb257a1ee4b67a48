//===- TrainingTraffic.h - Passes over tensors around norms -----*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_LIB_PLAN_TRAININGTRAFFIC_H
#define BN_LIB_PLAN_TRAININGTRAFFIC_H

#include "TrainingPlan.h"

#include "bn/Dialect/BN/IR/TrainingPlanFacts.h"

namespace mlir::bn {

/// Passes over the tensors around batch norms, each pass as 1.
using PassTable = llvm::DenseMap<Value, Passes>;

/// Counts those of the kernels of `plan`, a plan of `graph`.
PassTable countPasses(Block &graph, const TrainingPlan &plan);

/// The batch norms of `graph`, in their order, with the tensors around each and
/// the passes over them: `before`, and by the kernels of `after`, a plan of
/// `graph`.
std::vector<LayerFacts> describeLayers(Block &graph, const PassTable &before,
                                       const TrainingPlan &after);

} // namespace mlir::bn

#endif // BN_LIB_PLAN_TRAININGTRAFFIC_H
