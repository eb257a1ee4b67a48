//===- WinogradTransform.cpp - Matrices of minimal filtering --------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Dialect/BN/IR/WinogradTransform.h"

#include "bn/Dialect/BN/IR/BN.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::bn;

TransformMatrix TransformMatrix::transposed() const {
  TransformMatrix result(columns, rows);
  for (int64_t i = 0; i < rows; ++i)
    for (int64_t j = 0; j < columns; ++j)
      result.at(j, i) = at(i, j);
  return result;
}

/// The coefficients of the product of (x - root), the constant one first.
static SmallVector<double> expandRoots(ArrayRef<double> roots) {
  SmallVector<double> coefficients = {1};
  for (double root : roots) {
    coefficients.push_back(0);
    for (size_t i = coefficients.size(); i-- > 0;)
      coefficients[i] = (i ? coefficients[i - 1] : 0) - root * coefficients[i];
  }
  return coefficients;
}

static WinogradTransform getDirectSum(int64_t taps) {
  WinogradTransform transform{1, taps, TransformMatrix(taps, taps),
                              TransformMatrix(taps, taps),
                              TransformMatrix(1, taps)};
  for (int64_t i = 0; i < taps; ++i)
    transform.input.at(i, i) = transform.filter.at(i, i) =
        transform.output.at(0, i) = 1;
  return transform;
}

WinogradTransform bn::getWinogradTransform(int64_t outputs, int64_t taps) {
  static constexpr double kPoints[] = {0, 1, -1, 2, -2, 0.5, -0.5};
  if (outputs == 1)
    return getDirectSum(taps);
  // The product of the polynomials with coefficients g and y' is known from its
  // values at n - 1 points a and its leading coefficient, "at infinity":
  //   s(x) = sum_j s(a_j) L_j(x) + s_inf prod_l (x - a_l),
  // L_j(x) = prod_{l != j} (x - a_l) / (a_j - a_l). Filtering is its transpose.
  int64_t n = outputs + taps - 1;
  assert(n <= kMostWinogradPoints && "too few points");
  ArrayRef<double> points = ArrayRef(kPoints).take_front(n - 1);
  WinogradTransform transform{outputs, taps, TransformMatrix(n, n),
                              TransformMatrix(n, taps),
                              TransformMatrix(outputs, n)};
  for (int64_t j = 0; j < n - 1; ++j) {
    SmallVector<double> others;
    double divisor = 1;
    for (int64_t l = 0; l < n - 1; ++l)
      if (l != j) {
        others.push_back(points[l]);
        divisor *= points[j] - points[l];
      }
    for (auto [k, coefficient] : llvm::enumerate(expandRoots(others)))
      transform.input.at(j, k) = coefficient;
    double power = 1;
    for (int64_t k = 0; k < std::max(outputs, taps); ++k) {
      if (k < taps)
        transform.filter.at(j, k) = power / divisor;
      if (k < outputs)
        transform.output.at(k, j) = power;
      power *= points[j];
    }
  }
  for (auto [k, coefficient] : llvm::enumerate(expandRoots(points)))
    transform.input.at(n - 1, k) = coefficient;
  transform.filter.at(n - 1, taps - 1) = 1;
  transform.output.at(outputs - 1, n - 1) = 1;
  return transform;
}

//===----------------------------------------------------------------------===//
// Memory of kernels
//===----------------------------------------------------------------------===//

static ArrayRef<int64_t> getShape(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

/// Products of a tile along a dimension.
static int64_t getPoints(ArrayRef<int64_t> kernel, ArrayRef<int64_t> outputTile,
                         int64_t dim) {
  return kernel[dim] + outputTile[dim] - 1;
}

/// What is transformed at a time: about half of a second-level cache of 1 MB,
/// and enough terms that the lanes of their sums are added up rarely.
static constexpr int64_t kChunkTiles = 32, kChunkVectors = 9 << 10,
                         kChunkOutputs = 32;

WinogradChunk bn::getWinogradChunk(Operation *op) {
  auto gradient = cast<WinogradConvFilterGradientOp>(op);
  ArrayRef<int64_t> shape = getShape(gradient.getGradient());
  ArrayRef<int64_t> tile = gradient.getOutputTile();
  int64_t rows = shape[2] / tile[0], columns = shape[3] / tile[1];
  WinogradChunk chunk;
  chunk.rows = std::clamp<int64_t>(kChunkTiles / columns, 1, rows);
  while (rows % chunk.rows)
    --chunk.rows;
  chunk.blocks = 1;
  // Sums over the batch take several small blocks together.
  if (chunk.rows == rows)
    chunk.blocks = std::max<int64_t>(1, kChunkTiles / (rows * columns));
  chunk.tiles = chunk.blocks * chunk.rows * columns;
  // A power of two would map all channels to the same places of a cache.
  chunk.stride = chunk.tiles + 1;
  int64_t points = getPoints(gradient.getKernel(), tile, 1);
  chunk.inputs = std::min(
      std::max<int64_t>(kChunkVectors / (points * chunk.stride) / 8 * 8, 8),
      getShape(gradient.getInput())[1]);
  chunk.outputs = std::min(kChunkOutputs, shape[1]);
  return chunk;
}

int64_t bn::getWinogradScratch(Operation *op, int64_t lanes) {
  auto getTiled = [&](Value source, Value tiled, ArrayRef<int64_t> kernel,
                      ArrayRef<int64_t> tile, bool allTiles) {
    int64_t channels = getWinogradPlane(getShape(source)[1]);
    int64_t points = getPoints(kernel, tile, 1);
    if (tile[0] > 1)
      return getPoints(kernel, tile, 0) * points *
             (channels * kMostWinogradTiles + kMostWinogradSums);
    // All rows, which are read once for every tap.
    int64_t columns = getShape(tiled)[3] / tile[1];
    return points * (getShape(source)[2] * channels * columns +
                     kMostWinogradSums * (allTiles ? columns : 1));
  };
  return lanes *
         llvm::TypeSwitch<Operation *, int64_t>(op)
             .Case([&](WinogradConvOp conv) {
               return getTiled(conv.getInput(), conv.getResult(),
                               conv.getKernel(), conv.getOutputTile(), false);
             })
             .Case([&](WinogradConvInputGradientOp conv) {
               return getTiled(conv.getGradient(), conv.getGradient(),
                               conv.getKernel(), conv.getOutputTile(), true);
             })
             .Case([&](WinogradConvFilterGradientOp conv) {
               WinogradChunk chunk = getWinogradChunk(conv);
               return getPoints(conv.getKernel(), conv.getOutputTile(), 1) *
                      chunk.stride * (chunk.inputs + chunk.outputs);
             })
             .Default([](Operation *) { return int64_t(0); });
}
