//===- WinogradTiling.h - Convolutions by few products ----------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_PLAN_WINOGRADTILING_H
#define BN_PLAN_WINOGRADTILING_H

#include "bn/Dialect/BN/IR/WinogradFacts.h"
#include "bn/Plan/TileChoice.h"

namespace mlir::bn {

/// How a convolution is computed by few products on one row of the batch (see
/// BNWinogradKernelOps.td).
struct WinogradTiling {
  /// Outputs of a tile in each dimension, and points of a tile.
  int64_t outputs, points;
  /// Rows and columns of tiles, and rows that are transformed at a time: a
  /// divisor of all.
  int64_t rows, columns, blockRows;
  /// What the products of a block are, with a group of channels for each point,
  /// and their register tile. The outputs of a group are whole vectors.
  ProductShape products;
  TileChoice tile;
  /// Estimated cycles of the convolution.
  double cycles;

  int64_t getOutputChannels() const { return products.outputChannels / points; }
};

/// Requires square kernels, strides and dilations of 1, one group and extents
/// of at least `outputs`.
WinogradTiling getWinogradTiling(const ProductShape &product, int64_t outputs,
                                 const Machine &machine);

/// Sets for each group how many outputs a tile has in blocks of a single row,
/// by estimated cost. Tiles have at most `mostPoints` points in each dimension.
void chooseWinograd(MutableArrayRef<FusionGroup> groups, int64_t mostPoints,
                    const Machine &machine);

/// Measures the error of what was chosen, replaces what is not exact enough,
/// and returns how all that was chosen first ended.
std::vector<WinogradFact>
limitWinogradErrors(MutableArrayRef<FusionGroup> groups,
                    const Machine &machine);

} // namespace mlir::bn

#endif // BN_PLAN_WINOGRADTILING_H
