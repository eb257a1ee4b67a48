//===- WinogradFilter.cpp - Transformed filters of a model ----------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "WinogradFilter.h"

#include "bn/Dialect/BN/IR/WinogradTransform.h"

#include <random>

using namespace mlir;
using namespace mlir::bn;

/// `matrix * values * matrix^T` for a square of values, in the precision `T`.
template <typename T>
static SmallVector<T, 64> transformSquare(const TransformMatrix &matrix,
                                          ArrayRef<T> values) {
  int64_t rows = matrix.rows, columns = matrix.columns;
  SmallVector<T, 64> half(rows * columns), result(rows * rows);
  for (int64_t y = 0; y < rows; ++y)
    for (int64_t x = 0; x < columns; ++x)
      for (int64_t k = 0; k < columns; ++k)
        half[y * columns + x] += T(matrix.at(y, k)) * values[k * columns + x];
  for (int64_t y = 0; y < rows; ++y)
    for (int64_t x = 0; x < rows; ++x)
      for (int64_t k = 0; k < columns; ++k)
        result[y * rows + x] += T(matrix.at(x, k)) * half[y * columns + k];
  return result;
}

/// The transformed taps of one pair of channels.
static SmallVector<double, 64> transformTaps(const TransformMatrix &matrix,
                                             ArrayRef<float> weights,
                                             int64_t pair) {
  int64_t taps = matrix.columns * matrix.columns;
  SmallVector<double, 64> values(weights.slice(pair * taps, taps));
  return transformSquare<double>(matrix, values);
}

SmallVector<float> bn::transformFilter(const ProductShape &product,
                                       ArrayRef<float> weights, int64_t outputs,
                                       int64_t channels) {
  WinogradTransform transform =
      getWinogradTransform(outputs, product.kernel[0]);
  int64_t inputs = product.inputChannels;
  int64_t points = transform.getPoints() * transform.getPoints();
  SmallVector<float> transformed(points * channels * inputs);
  for (int64_t o = 0; o < product.outputChannels; ++o)
    for (int64_t c = 0; c < inputs; ++c)
      for (auto [p, value] : llvm::enumerate(
               transformTaps(transform.filter, weights, o * inputs + c)))
        transformed[(p * channels + o) * inputs + c] =
            static_cast<float>(value);
  return transformed;
}

//===----------------------------------------------------------------------===//
// Errors
//===----------------------------------------------------------------------===//

/// Output channels and tiles of a probe at most.
static constexpr int64_t kProbeChannels = 16, kProbeTiles = 2;

namespace {

/// Values of tiles and what is computed of them.
class Probe {
public:
  Probe(const ProductShape &product, ArrayRef<float> weights, int64_t outputs)
      : product(product), weights(weights),
        transform(getWinogradTransform(outputs, product.kernel[0])) {}

  /// The error for values that may be negative, or not.
  double measure(bool isSigned);

private:
  void draw(bool isSigned);
  void compare(int64_t channel);
  double sumDirectly(int64_t channel, int64_t y, int64_t x) const;

  const ProductShape &product;
  ArrayRef<float> weights;
  WinogradTransform transform;
  std::mt19937 random{1};
  /// By input channel, one tile and its transform.
  std::vector<SmallVector<float, 64>> values, transformed;
  double largest = 0, error = 0;
};

} // namespace

void Probe::draw(bool isSigned) {
  values.clear();
  transformed.clear();
  int64_t points = transform.getPoints() * transform.getPoints();
  for (int64_t c = 0; c < product.inputChannels; ++c) {
    SmallVector<float, 64> tile;
    for (int64_t p = 0; p < points; ++p) {
      float value = static_cast<float>(random() >> 8) * 0x1p-24f;
      tile.push_back(isSigned ? 2 * value - 1 : value);
    }
    transformed.push_back(transformSquare<float>(transform.input, tile));
    values.push_back(std::move(tile));
  }
}

double Probe::sumDirectly(int64_t channel, int64_t y, int64_t x) const {
  int64_t taps = transform.taps, inputs = product.inputChannels;
  double sum = 0;
  for (int64_t c = 0; c < inputs; ++c)
    for (int64_t ky = 0; ky < taps; ++ky)
      for (int64_t kx = 0; kx < taps; ++kx)
        sum +=
            double(weights[((channel * inputs + c) * taps + ky) * taps + kx]) *
            values[c][(y + ky) * transform.getPoints() + x + kx];
  return sum;
}

void Probe::compare(int64_t channel) {
  SmallVector<float, 64> sums(transform.getPoints() * transform.getPoints());
  for (int64_t c = 0; c < product.inputChannels; ++c)
    for (auto [p, tap] : llvm::enumerate(transformTaps(
             transform.filter, weights, channel * product.inputChannels + c)))
      // A multiply-add, rounded once.
      sums[p] = static_cast<float>(sums[p] + double(static_cast<float>(tap)) *
                                                 transformed[c][p]);
  SmallVector<float, 64> outputs =
      transformSquare<float>(transform.output, sums);
  for (int64_t y = 0; y < transform.outputs; ++y)
    for (int64_t x = 0; x < transform.outputs; ++x) {
      double expected = sumDirectly(channel, y, x);
      double difference =
          std::abs(outputs[y * transform.outputs + x] - expected);
      largest = std::max(largest, std::abs(expected));
      // What is no number must not get lost.
      error =
          error <= difference || std::isnan(difference) ? difference : error;
    }
}

double Probe::measure(bool isSigned) {
  largest = error = 0;
  int64_t count = std::min(kProbeChannels, product.outputChannels);
  for (int64_t tile = 0; tile < kProbeTiles; ++tile) {
    draw(isSigned);
    for (int64_t i = 0; i < count; ++i)
      compare(i * product.outputChannels / count);
  }
  return error == 0 ? 0 : error / largest;
}

double bn::measureWinogradError(const ProductShape &product,
                                ArrayRef<float> weights, int64_t outputs) {
  Probe probe(product, weights, outputs);
  double isSigned = probe.measure(true), isPositive = probe.measure(false);
  return isSigned <= isPositive || std::isnan(isPositive) ? isPositive
                                                          : isSigned;
}
