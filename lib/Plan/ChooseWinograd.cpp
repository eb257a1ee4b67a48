//===- ChooseWinograd.cpp - Which convolutions take few products ----------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ChooseWinograd.h"

#include "bn/Dialect/BN/IR/BN.h"
#include "bn/Dialect/BN/IR/WinogradTransform.h"

#include "mlir/IR/Builders.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::bn;

/// Tiles that are about as exact as the direct sum: the error grows with the
/// number of points, and faster in two dimensions. Relative to the largest
/// output, measured for sums of 100 to 1000 terms: direct 3e-7, 4 points in two
/// dimensions 6e-7, 6 points in one dimension 1e-6, 6 in two 7e-6.
static constexpr int64_t kMostPoints = 6, kMostSquarePoints = 4;

/// A product must get this much faster to be worth its scratch memory.
static constexpr double kGain = 0.85;

namespace {

/// A convolution as all three ops see it.
struct Convolution {
  /// Channels, rows and columns of input and output.
  ArrayRef<int64_t> input, output;
  /// Output channels, input channels, rows and columns.
  ArrayRef<int64_t> filter;
  ArrayRef<int64_t> padding, strides;

  bool isStrided() const { return strides[0] > 1 || strides[1] > 1; }
  int64_t getKernel(int64_t dim) const { return filter[2 + dim]; }
};

/// The tiles of one of them.
using OutputTile = std::array<int64_t, 2>;

class WinogradChooser {
public:
  WinogradChooser(int64_t lanes, int64_t batch)
      : lanes(lanes), blocks(llvm::divideCeil(batch, lanes)) {}

  bool replace(ConvOp op);
  bool replace(ConvInputGradientOp op);
  bool replace(ConvFilterGradientOp op);

private:
  enum class Product { forward, inputGradient, filterGradient };

  template <typename Op>
  static std::optional<Convolution> match(Op op, Value input, Value output,
                                          Value filter, bool allowStrides);
  bool isProductFaster(const Convolution &conv) const;
  std::optional<OutputTile> choose(const Convolution &conv, Product product);
  double getCost(const Convolution &conv, const OutputTile &tile,
                 Product product) const;

  bool fitsCache(const Convolution &conv, int64_t tile, Product product) const;

  int64_t lanes, blocks;
};

} // namespace

static ArrayRef<int64_t> getShape(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

template <typename Op>
std::optional<Convolution> WinogradChooser::match(Op op, Value input,
                                                  Value output, Value filter,
                                                  bool allowStrides) {
  auto isOne = [](int64_t value) { return value == 1; };
  // What has no rows takes the plain way.
  if (getShape(input).size() != 4 ||
      !ShapedType::isDynamic(getShape(input)[0]) ||
      op.getLayout() != Layout::NCHW || op.getGroups() != 1 ||
      (!allowStrides && !llvm::all_of(op.getStrides(), isOne)) ||
      !llvm::all_of(op.getDilations(), isOne) ||
      ShapedType::isDynamicShape(getShape(filter)) ||
      ShapedType::isDynamicShape(getShape(input).drop_front()))
    return std::nullopt;
  return Convolution{getShape(input).drop_front(),
                     getShape(output).drop_front(), getShape(filter),
                     op.getPadding(), op.getStrides()};
}

/// Cost of all rows for a pair of channels, in multiply-adds on vectors; what
/// is done once per channel is divided by the channels of the other side.
double WinogradChooser::getCost(const Convolution &conv, const OutputTile &tile,
                                Product product) const {
  double outputs = conv.output[0], inputs = conv.input[0];
  double tiles = blocks * conv.output[1] * conv.output[2] / (tile[0] * tile[1]);
  if (tile[0] == 1 && tile[1] == 1)
    return tiles * conv.getKernel(0) * conv.getKernel(1);
  double points = 1;
  for (int64_t dim = 0; dim < 2; ++dim)
    points *= conv.getKernel(dim) + tile[dim] - 1;
  // A value that is transformed is loaded, takes part in about one addition and
  // is stored; rows that have no tiles are shared by all taps.
  double values = tile[0] > 1 ? points : points / conv.getKernel(0);
  double transform = 2.5 * values;
  double cost = tiles * (points + transform / outputs + transform / inputs);
  // Filters are gathered and scattered, lane by lane.
  cost += conv.getKernel(0) * conv.getKernel(1) + points;
  // The lanes of a filter's gradient are added up for each chunk of tiles.
  if (product == Product::filterGradient)
    cost += 3 * points * std::max(1.0, tiles / 32);
  return cost;
}

/// Whether all rows of a block, transformed, stay in cache: those with tiles of
/// one row are transformed at once.
bool WinogradChooser::fitsCache(const Convolution &conv, int64_t tile,
                                Product product) const {
  constexpr int64_t kMostBytes = 1 << 20;
  if (product == Product::filterGradient)
    return true;
  ArrayRef<int64_t> source =
      product == Product::forward ? conv.input : conv.output;
  int64_t vectors = source[0] * source[1] * (conv.getKernel(1) + tile - 1) *
                    (conv.output[2] / tile);
  return vectors * lanes * static_cast<int64_t>(sizeof(float)) <= kMostBytes;
}

/// Whether the gradient of a filter is faster as a product of matrices, tap by
/// tap: measured, the direct sum reaches half of the speed of that where many
/// channels take turns in the cache.
bool WinogradChooser::isProductFaster(const Convolution &conv) const {
  constexpr int64_t kLeastChannels = 16;
  return std::min(conv.input[0], conv.output[0]) >= kLeastChannels;
}

std::optional<OutputTile> WinogradChooser::choose(const Convolution &conv,
                                                  Product product) {
  double best = kGain * getCost(conv, {1, 1}, product);
  std::optional<OutputTile> chosen;
  if (product == Product::filterGradient && isProductFaster(conv))
    chosen = {1, 1};
  if (conv.isStrided())
    return chosen;
  for (OutputTile tile : {OutputTile{2, 2}, OutputTile{1, 2}}) {
    bool isSquare = tile[0] > 1;
    bool fits = true;
    for (int64_t dim = 0; dim < 2; ++dim) {
      // Where the gradient of an input is tiled like a result, the tiles are
      // those of the input, and its padding must not be cut off.
      bool isFlipped = product == Product::inputGradient && isSquare;
      int64_t kernel = conv.getKernel(dim);
      int64_t extent = (isFlipped ? conv.input : conv.output)[1 + dim];
      if (tile[dim] > 1)
        fits &= kernel + tile[dim] - 1 <=
                (isSquare ? kMostSquarePoints : kMostPoints);
      fits &= extent % tile[dim] == 0 && kernel > 1;
      if (isFlipped)
        fits &= conv.padding[dim] < kernel && conv.padding[2 + dim] < kernel;
    }
    fits &= isSquare || fitsCache(conv, tile[1], product);
    double cost = fits ? getCost(conv, tile, product) : best;
    if (cost < best) {
      best = cost;
      chosen = tile;
    }
  }
  return chosen;
}

/// The transform of `filter`, in front of `op`.
static Value transformFilter(OpBuilder &builder, Operation *op, Value filter,
                             const OutputTile &tile, bool isTransposed,
                             bool isFlipped) {
  ArrayRef<int64_t> shape = getShape(filter);
  SmallVector<int64_t> transformed = {
      shape[0], (shape[2] + tile[0] - 1) * (shape[3] + tile[1] - 1), shape[1]};
  if (isTransposed)
    std::swap(transformed[0], transformed[2]);
  auto type = RankedTensorType::get(
      transformed, cast<RankedTensorType>(filter.getType()).getElementType());
  return WinogradFilterOp::create(builder, op->getLoc(), type, filter,
                                  ArrayRef<int64_t>(tile), isTransposed,
                                  isFlipped);
}

bool WinogradChooser::replace(ConvOp op) {
  std::optional<Convolution> conv =
      match(op, op.getInput(), op.getResult(), op.getFilter(),
            /*allowStrides=*/false);
  std::optional<OutputTile> tile =
      conv ? choose(*conv, Product::forward) : std::nullopt;
  if (!tile)
    return false;
  OpBuilder builder(op);
  Value filter = transformFilter(builder, op, op.getFilter(), *tile,
                                 /*isTransposed=*/false, /*isFlipped=*/false);
  auto product = WinogradConvOp::create(
      builder, op.getLoc(), op.getType(), op.getInput(), filter, op.getBias(),
      conv->filter.drop_front(2), ArrayRef<int64_t>(*tile), op.getPadding());
  op.replaceAllUsesWith(product.getResult());
  op.erase();
  return true;
}

bool WinogradChooser::replace(ConvInputGradientOp op) {
  std::optional<Convolution> conv =
      match(op, op.getResult(), op.getGradient(), op.getFilter(),
            /*allowStrides=*/false);
  std::optional<OutputTile> tile =
      conv ? choose(*conv, Product::inputGradient) : std::nullopt;
  if (!tile)
    return false;
  OpBuilder builder(op);
  bool isFlipped = (*tile)[0] > 1;
  Value filter = transformFilter(builder, op, op.getFilter(), *tile,
                                 /*isTransposed=*/true, isFlipped);
  ArrayRef<int64_t> kernel = conv->filter.drop_front(2);
  Value result;
  if (isFlipped) {
    SmallVector<int64_t> padding;
    for (int64_t i = 0; i < 4; ++i)
      padding.push_back(kernel[i % 2] - 1 - op.getPadding()[i]);
    result = WinogradConvOp::create(builder, op.getLoc(), op.getType(),
                                    op.getGradient(), filter, /*bias=*/Value(),
                                    kernel, ArrayRef<int64_t>(*tile), padding);
  } else {
    result = WinogradConvInputGradientOp::create(
        builder, op.getLoc(), op.getType(), op.getGradient(), filter, kernel,
        ArrayRef<int64_t>(*tile), op.getPadding());
  }
  op.replaceAllUsesWith(result);
  op.erase();
  return true;
}

bool WinogradChooser::replace(ConvFilterGradientOp op) {
  std::optional<Convolution> conv =
      match(op, op.getInput(), op.getGradient(), op.getResult(),
            /*allowStrides=*/true);
  std::optional<OutputTile> tile =
      conv ? choose(*conv, Product::filterGradient) : std::nullopt;
  if (!tile)
    return false;
  OpBuilder builder(op);
  ArrayRef<int64_t> kernel = conv->filter.drop_front(2);
  auto type = RankedTensorType::get(
      {conv->filter[0],
       (kernel[0] + (*tile)[0] - 1) * (kernel[1] + (*tile)[1] - 1),
       conv->filter[1]},
      op.getType().getElementType());
  Value transformed = WinogradConvFilterGradientOp::create(
      builder, op.getLoc(), type, op.getGradient(), op.getInput(), kernel,
      ArrayRef<int64_t>(*tile), op.getPadding(), op.getStrides());
  auto gradient =
      WinogradFilterGradientOp::create(builder, op.getLoc(), op.getType(),
                                       transformed, ArrayRef<int64_t>(*tile));
  op.replaceAllUsesWith(gradient.getResult());
  op.erase();
  return true;
}

int64_t bn::chooseWinograd(Block &body, int64_t lanes, int64_t batch) {
  WinogradChooser chooser(lanes, batch);
  int64_t count = 0;
  for (Operation &op : llvm::make_early_inc_range(body))
    count += llvm::TypeSwitch<Operation *, bool>(&op)
                 .Case<ConvOp, ConvInputGradientOp, ConvFilterGradientOp>(
                     [&](auto conv) { return chooser.replace(conv); })
                 .Default([](Operation *) { return false; });
  return count;
}
