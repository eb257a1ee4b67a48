//===- BlockPlanner.h - Kernels and buffers for one block of rows --*- C++
//-*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_PLAN_BLOCKPLANNER_H
#define BN_PLAN_BLOCKPLANNER_H

#include "bn/Plan/FusionGroups.h"
#include "bn/Plan/Machine.h"

namespace mlir::bn {

/// What a block function computes on: `rows` rows of the batch in `lanes`.
struct BlockShape {
  Lanes lanes;
  int64_t rows;
};

/// What a block costs, by estimate.
struct BlockCost {
  double cyclesPerRow;
  /// Bytes of all activations of the block together.
  int64_t activationBytes;
};

BlockCost estimateBlockCost(ArrayRef<FusionGroup> groups, BlockShape block,
                            const Machine &machine);

/// Builds, behind `func`, a private function that runs `groups` on one block:
///
///   @NAME.<lanes><rows>(inputs..., outputs..., %first_row: index,
///                       %workspace: memref<?xi8>, %options: !llvm.ptr)
///
/// Inputs and outputs are memrefs of the whole batch. The body is a straight
/// line of kernels on buffers of static shape, each allocated by
/// `memref.alloc`; parameters are packed in the order of execution into one
/// constant global.
func::FuncOp buildBlockFunction(func::FuncOp func, ArrayRef<FusionGroup> groups,
                                BlockShape block, const Machine &machine);

} // namespace mlir::bn

#endif // BN_PLAN_BLOCKPLANNER_H
