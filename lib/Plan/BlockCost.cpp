//===- BlockCost.cpp - What a block of rows costs, by estimate ------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BufferPlan.h"
#include "RowKernels.h"
#include "bn/Plan/BlockPlanner.h"
#include "bn/Plan/WinogradTiling.h"

using namespace mlir;
using namespace mlir::bn;

BlockCost bn::estimateBlockCost(ArrayRef<FusionGroup> groups, BlockShape block,
                                const Machine &machine) {
  BlockCost cost = {0.0, 0};
  for (const FusionGroup &group : groups) {
    ImageShape result = getImageShape(group.getResult());
    int64_t values = result.channels * result.height * result.width;
    cost.activationBytes += values * block.rows * sizeof(float);
    if (group.product && group.winogradOutputs > 0 &&
        block.lanes == Lanes::channels)
      cost.cyclesPerRow += getWinogradTiling(getProductShape(group),
                                             group.winogradOutputs, machine)
                               .cycles;
    else if (group.product && block.lanes == Lanes::channels)
      cost.cyclesPerRow +=
          chooseRowKernel(group, groups, machine).second.cycles;
    else if (group.product)
      cost.cyclesPerRow +=
          chooseTile(getProductShape(group), block.lanes, block.rows, machine)
              .cycles /
          block.rows;
    else
      cost.cyclesPerRow += double(values) / machine.vectorLength;
  }
  return cost;
}
