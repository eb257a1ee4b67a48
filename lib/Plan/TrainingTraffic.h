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

/// The batch norms of `graph`, in their order, with the tensors around each and
/// the passes over them: by the kernels of `before`, a plan of the same graph
/// without fusion, and by those of `after`.
std::vector<LayerFacts> describeLayers(Block &graph, const TrainingPlan &before,
                                       const TrainingPlan &after);

} // namespace mlir::bn

#endif // BN_LIB_PLAN_TRAININGTRAFFIC_H
