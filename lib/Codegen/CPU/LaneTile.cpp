//===- LaneTile.cpp - Shapes of register tiles ----------------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Codegen/CPU/LaneGenerators.h"

using namespace mlir;
using namespace mlir::bn;

/// Multiply-adds that must be under way at once, so that none waits for the
/// result of the one before it.
static constexpr double kLatencyFmas = 8;

/// What the loop itself costs, in multiply-adds.
static constexpr double kLoopFmas = 1.5;

double bn::estimateLaneStep(double fmas, double loads) {
  return std::max({fmas, loads, kLatencyFmas}) + 0.05 * loads + kLoopFmas;
}

LaneTile bn::chooseLaneTile(int64_t rows, int64_t columns, double rowLoad,
                            double columnLoad, int64_t registers) {
  LaneTile best;
  double bestCost = std::numeric_limits<double>::infinity();
  for (int64_t r = 1; r <= std::min(rows, registers); ++r)
    for (int64_t c = 1; c <= std::min(columns, registers); ++c) {
      // The smaller side of the operands stays, one of the other passes by.
      int64_t needed = r * c + std::min(r, c) + 1;
      if (needed > registers && r * c > 1)
        continue;
      auto getStep = [&](int64_t r, int64_t c) {
        return estimateLaneStep(r * c, r * rowLoad + c * columnLoad);
      };
      int64_t fullRows = rows / r, restRows = rows % r;
      int64_t fullColumns = columns / c, restColumns = columns % c;
      double cost = fullRows * fullColumns * getStep(r, c);
      if (restRows)
        cost += fullColumns * getStep(restRows, c);
      if (restColumns)
        cost += fullRows * getStep(r, restColumns);
      if (restRows && restColumns)
        cost += getStep(restRows, restColumns);
      if (cost < bestCost) {
        bestCost = cost;
        best = {r, c};
      }
    }
  return best;
}
