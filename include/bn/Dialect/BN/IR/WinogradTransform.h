//===- WinogradTransform.h - Matrices of minimal filtering ------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_DIALECT_BN_IR_WINOGRADTRANSFORM_H
#define BN_DIALECT_BN_IR_WINOGRADTRANSFORM_H

#include "mlir/IR/Operation.h"

namespace mlir::bn {

/// A small dense matrix, row by row.
struct TransformMatrix {
  TransformMatrix(int64_t rows, int64_t columns)
      : rows(rows), columns(columns), values(rows * columns) {}

  double &at(int64_t row, int64_t column) {
    return values[row * columns + column];
  }
  double at(int64_t row, int64_t column) const {
    return values[row * columns + column];
  }
  TransformMatrix transposed() const;

  int64_t rows, columns;
  SmallVector<double> values;
};

/// F(m, r) in one dimension: m outputs y of r taps g from n = m + r - 1 inputs
/// d by n products, y = output * [(filter * g) . (input * d)].
///
/// The Toom-Cook construction at the points 0, 1, -1, 2, -2, 1/2, -1/2 and
/// infinity, as many as are needed. For m = 1 the direct sum over the taps.
struct WinogradTransform {
  int64_t outputs, taps;
  /// B^T (n x n), G (n x r) and A^T (m x n).
  TransformMatrix input, filter, output;
  int64_t getPoints() const { return input.rows; }
};

/// The largest m + r - 1 that there are points for.
constexpr int64_t kMostWinogradPoints = 8;

/// Requires outputs and taps >= 1, and outputs + taps - 1 of at most
/// kMostWinogradPoints unless `outputs` is 1.
WinogradTransform getWinogradTransform(int64_t outputs, int64_t taps);

/// How the kernel of a `bn.winograd_conv_filter_gradient` divides its work so
/// that what is transformed stays in cache: input channels, output channels,
/// rows of tiles of a block, and blocks.
struct WinogradChunk {
  int64_t inputs, outputs, rows, blocks;
  /// Tiles of all that, and what lies from one channel to the next.
  int64_t tiles, stride;
};
WinogradChunk getWinogradChunk(Operation *op);

/// Tiles of a `bn.winograd_conv` with tiles in both dimensions that are
/// transformed together at most.
constexpr int64_t kMostWinogradTiles = 4;
/// Accumulators in a register tile at most.
constexpr int64_t kMostWinogradSums = 32;

/// Channels from one point of what is transformed to the next: all points of a
/// tile are stored together, and a power of two would map them to the same
/// places of a cache.
constexpr int64_t getWinogradPlane(int64_t channels) { return channels + 1; }

/// Memory in f32 values that the kernel of `op` needs besides its operands, for
/// vectors of `lanes` values; 0 for ops without a transform.
int64_t getWinogradScratch(Operation *op, int64_t lanes);

} // namespace mlir::bn

#endif // BN_DIALECT_BN_IR_WINOGRADTRANSFORM_H
