//===- TiledProduct.cpp - Which products are computed in tiles ------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TiledProduct.h"

#include "DeviceModel.h"

#include "bn/Dialect/BN/IR/Parameters.h"
#include "bn/Plan/StoredTensors.h"

using namespace mlir;
using namespace mlir::bn;

static ArrayRef<int64_t> getShape(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

/// Whether a value of the op's result is made of the operands' values at the
/// same point.
static bool isPointwise(Operation *op) {
  return isa<ReluOp, SigmoidOp, TanhOp, ExpOp, SqrtOp, AddOp, SubOp, MulOp,
             DivOp, PowOp, ScaleShiftOp, BatchNormInferenceOp>(op);
}

static bool isProduct(Operation *op) { return isa<ConvOp, LinearOp>(op); }

/// The only product from which the expression of `tensor` takes a value at the
/// same point; null if there is none, or one at another point.
static Operation *findProduct(Value tensor,
                              llvm::function_ref<bool(Value)> isStored) {
  Operation *op = tensor.getDefiningOp();
  if (!op || isProduct(op))
    return op;
  if (!isPointwise(op))
    return nullptr;
  Operation *found = nullptr;
  for (Value operand : op->getOperands()) {
    if (isStored(operand) ||
        llvm::none_of(getExpressionOps(operand, isStored), isProduct))
      continue;
    if (found || getShape(operand) != getShape(tensor))
      return nullptr;
    found = findProduct(operand, isStored);
    if (!found)
      return nullptr;
  }
  return found;
}

std::optional<TiledProduct>
bn::findTiledProduct(Value tensor, llvm::function_ref<bool(Value)> isStored) {
  Operation *op = findProduct(tensor, isStored);
  if (!op)
    return std::nullopt;
  TiledProduct product = {op, 0, 1, 1, false};
  SmallVector<int64_t> points(getShape(op->getResult(0)));
  if (auto conv = dyn_cast<ConvOp>(op)) {
    ArrayRef<int64_t> filter = getShape(conv.getFilter());
    if (conv.getGroups() != 1 || conv.getLayout() != Layout::NCHW ||
        !getConstantElements(conv.getFilter()))
      return std::nullopt;
    product.channels = filter[0];
    for (int64_t extent : filter.drop_front())
      product.depth *= extent;
  } else {
    auto linear = cast<LinearOp>(op);
    ArrayRef<int64_t> weight = getShape(linear.getWeight());
    if (linear.getTransposeInput() || !getConstantElements(linear.getWeight()))
      return std::nullopt;
    bool transposed = linear.getTransposeWeight();
    product.channels = weight[transposed ? 0 : 1];
    product.depth = weight[transposed ? 1 : 0];
  }
  points.erase(points.begin() + 1);
  std::tie(product.points, product.overBatch) = countValues(points);
  return product;
}

//===----------------------------------------------------------------------===//
// Costs
//===----------------------------------------------------------------------===//

// In clock cycles, as in DeviceModel.h.
/// Multiply-adds of a processor in tiles, of 128 that it could do.
static constexpr double kTiledRate = 96;
/// A step of a tile takes that long at least: memory and the barrier.
static constexpr double kStepLatency = 500;
/// What starting and ending a tile takes.
static constexpr double kTileLatency = 1500;

static constexpr ProductTile kTiles[] = {{128, 128, 8, 8, 8},
                                         {64, 64, 16, 8, 4},
                                         {64, 32, 16, 4, 4},
                                         {32, 64, 16, 4, 4}};

static double countPoints(const TiledProduct &product) {
  return static_cast<double>(product.points) *
         (product.overBatch ? kAssumedBatch : 1);
}

static double getDirectCycles(const TiledProduct &product) {
  double work = countPoints(product) * product.channels * product.depth;
  return std::max(work / (kProcessors * kDirectRate),
                  product.depth * kDirectLatency);
}

static double getTiledCycles(const TiledProduct &product,
                             const ProductTile &tile) {
  double blocks = std::ceil(countPoints(product) / tile.points) *
                  std::ceil(double(product.channels) / tile.channels);
  double steps = std::ceil(double(product.depth) / tile.depth);
  double blocksOfProcessor = std::ceil(blocks / kProcessors);
  double step = tile.channels * tile.points * tile.depth / kTiledRate;
  return kTileLatency +
         steps * std::max(blocksOfProcessor * step, kStepLatency);
}

std::optional<ProductTile> bn::chooseTile(const TiledProduct &product,
                                          ProductKernels kernels) {
  if (kernels == ProductKernels::direct)
    return std::nullopt;
  const ProductTile *best = nullptr;
  double least = kernels == ProductKernels::tiled
                     ? std::numeric_limits<double>::infinity()
                     : getDirectCycles(product);
  for (const ProductTile &tile : kTiles) {
    double cycles = getTiledCycles(product, tile);
    if (cycles >= least)
      continue;
    least = cycles;
    best = &tile;
  }
  return best ? std::optional<ProductTile>(*best) : std::nullopt;
}
