//===- WinogradTiling.cpp - Convolutions by few products ------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Plan/WinogradTiling.h"

#include "WinogradFilter.h"
#include "bn/Dialect/BN/Transforms/NormalizationFacts.h"

#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::bn;

/// How much less than the direct sum it must be estimated to cost.
static constexpr double kGain = 0.9;

/// Cycles of a transform for each vector of each point: it is loaded or stored,
/// and takes part in a few additions.
static constexpr double kTransformCycles = 2.5;

/// Bytes of transformed tiles, with their products, that stay in the
/// second-level cache beside transformed filters of at most the other number.
static constexpr int64_t kHeldTileBytes = 320 << 10,
                         kHeldFilterBytes = 640 << 10;

/// Larger filters are read once for each block: from then on it is more
/// important that there are few blocks.
static constexpr int64_t kMostTileBytes = 2 << 20;

/// Errors relative to the largest output: of a layer, and of all layers, whose
/// errors are independent.
static constexpr double kLayerBound = 2e-5, kNetworkBound = 1e-4;

//===----------------------------------------------------------------------===//
// Geometry and cost
//===----------------------------------------------------------------------===//

/// Bytes of weights that a row of the batch reads, in cycles: large models have
/// more of them than caches hold.
static double getWeightCycles(int64_t values, const Machine &machine) {
  return values * sizeof(float) / machine.memoryBytesPerCycle;
}

static int64_t chooseBlockRows(const WinogradTiling &tiling,
                               const ProductShape &product) {
  int64_t filterBytes = tiling.points * product.inputChannels *
                        tiling.getOutputChannels() * sizeof(float);
  int64_t rowBytes = tiling.columns * tiling.points * sizeof(float) *
                     (product.inputChannels + tiling.getOutputChannels());
  int64_t most =
      filterBytes <= kHeldFilterBytes ? kHeldTileBytes : kMostTileBytes;
  int64_t rows = std::clamp<int64_t>(most / rowBytes, 1, tiling.rows);
  while (tiling.rows % rows != 0)
    --rows;
  return rows;
}

WinogradTiling bn::getWinogradTiling(const ProductShape &product,
                                     int64_t outputs, const Machine &machine) {
  int64_t size = outputs + product.kernel[0] - 1;
  WinogradTiling tiling;
  tiling.outputs = outputs;
  tiling.points = size * size;
  tiling.rows = llvm::divideCeil(product.extents[0], outputs);
  tiling.columns = llvm::divideCeil(product.extents[1], outputs);

  ProductShape products = {};
  products.inputChannels = product.inputChannels;
  products.outputChannels =
      tiling.points *
      llvm::alignTo(product.outputChannels, machine.vectorLength);
  products.groups = tiling.points;
  for (int i = 0; i < 2; ++i)
    products.kernel[i] = products.strides[i] = products.dilations[i] =
        products.window[i] = 1;
  tiling.products = products;
  tiling.blockRows = chooseBlockRows(tiling, product);
  tiling.products.extents[0] = tiling.blockRows;
  tiling.products.extents[1] = tiling.columns;
  tiling.tile =
      chooseTile(tiling.products, Lanes::channels, /*blockRows=*/1, machine);

  int64_t vectors =
      llvm::divideCeil(product.inputChannels, machine.vectorLength) +
      tiling.getOutputChannels() / machine.vectorLength;
  tiling.cycles =
      double(tiling.rows / tiling.blockRows) * tiling.tile.cycles +
      kTransformCycles * tiling.rows * tiling.columns * tiling.points *
          vectors +
      getWeightCycles(product.inputChannels * tiling.products.outputChannels,
                      machine);
  return tiling;
}

/// Outputs of a tile for the product of `group`; 0 for the direct sum.
static int64_t chooseOutputs(const FusionGroup &group, int64_t mostPoints,
                             const Machine &machine) {
  if (!isa_and_present<ConvOp>(group.product))
    return 0;
  ProductShape product = getProductShape(group);
  if (product.isDepthwise || product.groups != 1 ||
      cast<ConvOp>(group.product).getGroups() != 1 ||
      product.kernel[0] != product.kernel[1] || product.kernel[0] == 1 ||
      product.inputChannels < 4)
    return 0;
  for (int i = 0; i < 2; ++i)
    if (product.strides[i] != 1 || product.dilations[i] != 1 ||
        product.window[i] != 1)
      return 0;

  int64_t chosen = 0;
  double least =
      kGain *
      (chooseTile(product, Lanes::channels, /*blockRows=*/1, machine).cycles +
       getWeightCycles(product.getReductionSize() * product.outputChannels,
                       machine));
  int64_t most = std::min({mostPoints - product.kernel[0] + 1,
                           product.extents[0], product.extents[1]});
  for (int64_t outputs = 2; outputs <= most; outputs += 2) {
    double cycles = getWinogradTiling(product, outputs, machine).cycles;
    if (cycles < least) {
      least = cycles;
      chosen = outputs;
    }
  }
  return chosen;
}

void bn::chooseWinograd(MutableArrayRef<FusionGroup> groups, int64_t mostPoints,
                        const Machine &machine) {
  for (FusionGroup &group : groups)
    group.winogradOutputs = chooseOutputs(group, mostPoints, machine);
}

//===----------------------------------------------------------------------===//
// Errors
//===----------------------------------------------------------------------===//

namespace {
/// A convolution that is computed by few products, or was to be.
struct Layer {
  FusionGroup *group;
  ProductShape product;
  SmallVector<float> weights;
  WinogradFact fact;

  std::string getAlgorithm() const {
    if (group->winogradOutputs == 0)
      return "direct";
    return llvm::formatv("F({0}x{0}, {1}x{1})", group->winogradOutputs,
                         product.kernel[0]);
  }
  double measure() const {
    return group->winogradOutputs == 0
               ? 0.0
               : measureWinogradError(product, weights, group->winogradOutputs);
  }
  /// Takes fewer points, because of an error, which `bound` was for.
  void reduce(StringRef whose, double error, double bound,
              const Machine &machine) {
    if (!fact.reason.empty())
      fact.reason += "; ";
    fact.reason += llvm::formatv("{0} has an error of {1:e1}{2}, above {3:e1}",
                                 getAlgorithm(), error, whose, bound);
    int64_t points = group->winogradOutputs + product.kernel[0] - 1;
    group->winogradOutputs = chooseOutputs(*group, points - 1, machine);
    fact.measured = measure();
  }
};
} // namespace

std::vector<WinogradFact>
bn::limitWinogradErrors(MutableArrayRef<FusionGroup> groups,
                        const Machine &machine) {
  std::vector<Layer> layers;
  for (FusionGroup &group : groups) {
    if (group.winogradOutputs == 0)
      continue;
    Layer layer = {&group, getProductShape(group),
                   getProductParameters(group).weights, WinogradFact()};
    layer.fact.name = getLayerName(group.product);
    layer.fact.bound = kLayerBound;
    layer.fact.measured = layer.measure();
    // Also if it is no number.
    while (!(layer.fact.measured <= kLayerBound))
      layer.reduce("", layer.fact.measured, kLayerBound, machine);
    layers.push_back(std::move(layer));
  }

  while (true) {
    double squares = 0;
    for (const Layer &layer : layers)
      squares += layer.fact.measured * layer.fact.measured;
    if (std::sqrt(squares) <= kNetworkBound)
      break;
    auto worst = llvm::max_element(layers, [](const Layer &a, const Layer &b) {
      return a.fact.measured < b.fact.measured;
    });
    worst->reduce(" with those of all other layers", std::sqrt(squares),
                  kNetworkBound, machine);
  }

  std::vector<WinogradFact> facts;
  for (Layer &layer : layers) {
    layer.fact.algorithm = layer.getAlgorithm();
    facts.push_back(std::move(layer.fact));
  }
  return facts;
}
