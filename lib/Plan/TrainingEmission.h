//===- TrainingEmission.h - The functions of a training step ----*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_LIB_PLAN_TRAININGEMISSION_H
#define BN_LIB_PLAN_TRAININGEMISSION_H

#include "TrainingFrame.h"

namespace mlir::bn {

/// Builds the body of `step`'s entry, and behind it a function for each
/// parallel loop. `graph` is the block of tensors that was planned.
void emitTraining(const TrainingStep &step, Block &graph);

/// Builds the block loop of phase `index`, behind what `entry` has so far.
void emitBlocks(const TrainingStep &step, TrainingFrame &entry, Block &graph,
                int64_t index);

} // namespace mlir::bn

#endif // BN_LIB_PLAN_TRAININGEMISSION_H
