//===- WeightPacking.cpp - Weights in the order of tiles ------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "WeightPacking.h"

using namespace mlir;
using namespace mlir::bn;

PackedWeights bn::packWeights(const ProductShape &product,
                              ArrayRef<float> weights, Lanes lanes,
                              const TileChoice &tile,
                              ArrayRef<int64_t> starts) {
  int64_t inputs = product.inputChannels;
  int64_t rows = product.kernel[0], columns = product.kernel[1];
  bool onBatch = lanes == Lanes::batch;
  int64_t unit = onBatch ? 1 : tile.length;
  int64_t width = tile.channels * unit;
  int64_t count = starts.size();

  PackedWeights packed;
  packed.values.reserve(count * product.getReductionSize() * width);
  auto appendStep = [&](int64_t start, int64_t c, int64_t row, int64_t column) {
    for (int64_t o = start * unit; o < start * unit + width; ++o)
      packed.values.push_back(
          o < product.outputChannels
              ? weights[((o * inputs + c) * rows + row) * columns + column]
              : 0.0f);
  };
  if (onBatch) {
    packed.extents = {count, inputs, rows, columns, width};
    for (int64_t start : starts)
      for (int64_t c = 0; c < inputs; ++c)
        for (int64_t row = 0; row < rows; ++row)
          for (int64_t column = 0; column < columns; ++column)
            appendStep(start, c, row, column);
    return packed;
  }
  packed.extents = {count, rows, columns, inputs, width};
  for (int64_t start : starts)
    for (int64_t row = 0; row < rows; ++row)
      for (int64_t column = 0; column < columns; ++column)
        for (int64_t c = 0; c < inputs; ++c)
          appendStep(start, c, row, column);
  return packed;
}
