//===- BNVerifiers.cpp - Verifiers of bn ops ------------------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BNVerifiers.h"

using namespace mlir;
using namespace mlir::bn;

LogicalResult bn::verifyChannelVectors(Operation *op, int64_t channels,
                                       ValueRange vectors,
                                       ArrayRef<StringRef> names) {
  for (auto [vector, name] : llvm::zip_equal(vectors, names)) {
    int64_t extent = cast<RankedTensorType>(vector.getType()).getDimSize(0);
    if (extent != channels)
      return op->emitOpError("expected ")
             << name << " of " << channels << " values, one per channel, got "
             << extent;
  }
  return success();
}

int64_t bn::getChannels(Value input, Layout layout) {
  auto type = cast<RankedTensorType>(input.getType());
  return type.getDimSize(getChannelAxis(type.getRank(), layout));
}

LogicalResult bn::verifyEpsilon(Operation *op, const APFloat &epsilon) {
  if (epsilon.isNegative() || !epsilon.isFinite())
    return op->emitOpError("expected a finite epsilon of at least 0, got ")
           << epsilon.convertToDouble();
  return success();
}

LogicalResult ConvOp::verify() {
  RankedTensorType filter = getFilter().getType();
  int64_t groups = getGroups();
  int64_t channels = getChannels(getInput(), getLayout());
  if (groups < 1 || filter.getDimSize(0) % groups != 0)
    return emitOpError("expected groups to divide the ")
           << filter.getDimSize(0) << " output channels, got " << groups;
  if (filter.getDimSize(1) * groups != channels)
    return emitOpError("expected a filter of ")
           << channels << " / " << groups << " input channels, got "
           << filter.getDimSize(1);
  if (getBias())
    return verifyChannelVectors(*this, filter.getDimSize(0), getBias(),
                                {"bias"});
  return success();
}

LogicalResult LinearOp::verify() {
  if (getBias())
    return verifyChannelVectors(
        *this, getWeight().getType().getDimSize(getTransposeWeight() ? 0 : 1),
        getBias(), {"bias"});
  return success();
}

LogicalResult BatchNormInferenceOp::verify() {
  if (failed(verifyEpsilon(*this, getEpsilon())))
    return failure();
  return verifyChannelVectors(
      *this, getChannels(getInput(), getLayout()),
      {getScale(), getOffset(), getMean(), getVariance()},
      {"scale", "offset", "mean", "variance"});
}

LogicalResult BatchNormTrainingOp::verify() {
  if (failed(verifyEpsilon(*this, getEpsilon())))
    return failure();
  double momentum = getMomentum().convertToDouble();
  if (!(momentum >= 0.0 && momentum <= 1.0))
    return emitOpError("expected a momentum from 0 to 1, got ") << momentum;

  RankedTensorType input = getInput().getType();
  int64_t axis = getChannelAxis(input.getRank(), getLayout());
  int64_t values = 1;
  for (int64_t i = 0; i < input.getRank(); ++i)
    if (i != axis && !ShapedType::isDynamic(values))
      values = input.isDynamicDim(i) ? ShapedType::kDynamic
                                     : values * input.getDimSize(i);
  if (values == 1)
    return emitOpError("expected at least two values per channel, got one: the "
                       "variance of the batch would be 0");
  return verifyChannelVectors(
      *this, input.getDimSize(axis),
      {getScale(), getOffset(), getRunningMean(), getRunningVariance()},
      {"scale", "offset", "running mean", "running variance"});
}

LogicalResult GroupNormOp::verify() {
  if (failed(verifyEpsilon(*this, getEpsilon())))
    return failure();
  int64_t channels = getChannels(getInput(), getLayout());
  if (ShapedType::isDynamic(channels))
    return emitOpError("expected a static number of channels");
  int64_t groups = getGroups();
  if (groups < 1 || channels % groups != 0)
    return emitOpError("expected groups to divide the ")
           << channels << " channels, got " << groups;
  return verifyChannelVectors(*this, channels, {getScale(), getOffset()},
                              {"scale", "offset"});
}

LogicalResult LayerNormOp::verify() {
  if (failed(verifyEpsilon(*this, getEpsilon())))
    return failure();
  auto input = cast<RankedTensorType>(getInput().getType());
  int64_t axis = getAxis();
  if (axis < 1 || axis >= input.getRank())
    return emitOpError("expected an axis from 1 to ")
           << input.getRank() - 1 << ", got " << axis;
  ArrayRef<int64_t> extents = input.getShape().drop_front(axis);
  if (ShapedType::isDynamicShape(extents))
    return emitOpError("expected static extents of the normalized axes");
  for (auto [vector, name] : {std::pair<Value, StringRef>(getScale(), "scale"),
                              {getOffset(), "offset"}})
    if (vector &&
        cast<RankedTensorType>(vector.getType()).getShape() != extents)
      return emitOpError("expected ")
             << name << " of the extents of the normalized axes, got "
             << vector.getType();
  return success();
}

LogicalResult DropoutOp::verify() {
  double ratio = getRatio().convertToDouble();
  if (!(ratio >= 0.0 && ratio < 1.0))
    return emitOpError("expected a ratio of at least 0 and less than 1, got ")
           << ratio;
  if (getSeed() && getSeed().getType().getDimSize(0) != 2)
    return emitOpError("expected a seed of 2 values, got ")
           << getSeed().getType();
  return success();
}

LogicalResult ScaleShiftOp::verify() {
  return verifyChannelVectors(*this, getChannels(getInput(), getLayout()),
                              {getScale(), getShift()}, {"scale", "shift"});
}

/// The first of `count` windows whose taps all lie beside the `extent` values
/// of a dimension, because `dilation` is larger than that; none if there is no
/// such window. The padding before the values is less than a window's extent.
static std::optional<int64_t> findSkippingWindow(int64_t extent, int64_t count,
                                                 int64_t stride,
                                                 int64_t dilation,
                                                 int64_t padding) {
  if (dilation <= extent)
    return std::nullopt;
  // The place of the first tap behind the padding recurs after `dilation`
  // windows, and a window that starts behind the padding sees a value there.
  for (int64_t i = 0; i < std::min(count, dilation) && i * stride < padding;
       ++i) {
    int64_t before = (padding - i * stride) % dilation;
    if (before != 0 && dilation - before >= extent)
      return i;
  }
  return std::nullopt;
}

/// Checks that every window sees at least one value: then a maximum exists, and
/// a mean has a divisor.
template <typename PoolOp> static LogicalResult verifyPool(PoolOp op) {
  size_t spatial = op.getKernel().size();
  int64_t first = getFirstSpatialAxis(op.getLayout());
  for (size_t i = 0; i < spatial; ++i) {
    int64_t dilation = op.getDilations()[i];
    int64_t extent = dilation * (op.getKernel()[i] - 1) + 1;
    if (op.getPadding()[i] >= extent || op.getPadding()[spatial + i] >= extent)
      return op.emitOpError("expected padding below the window's extent ")
             << extent << " in spatial dimension " << i;
    std::optional<int64_t> skipping = findSkippingWindow(
        cast<RankedTensorType>(op.getInput().getType()).getDimSize(first + i),
        cast<RankedTensorType>(op.getResult().getType()).getDimSize(first + i),
        op.getStrides()[i], dilation, op.getPadding()[i]);
    if (skipping)
      return op.emitOpError("expected every window to see a value, but the "
                            "taps of window ")
             << *skipping << " all lie in the padding in spatial dimension "
             << i;
  }
  return success();
}

LogicalResult MaxPoolOp::verify() { return verifyPool(*this); }
LogicalResult AveragePoolOp::verify() { return verifyPool(*this); }

LogicalResult ReduceMeanOp::verify() {
  if (getAxes().empty())
    return emitOpError("expected at least one axis");
  return success();
}

/// The product of the static extents and the number of dynamic ones.
static std::pair<int64_t, int64_t> countElements(RankedTensorType type) {
  int64_t product = 1, dynamic = 0;
  for (int64_t extent : type.getShape()) {
    if (ShapedType::isDynamic(extent))
      ++dynamic;
    else
      product *= extent;
  }
  return {product, dynamic};
}

LogicalResult ReshapeOp::verify() {
  RankedTensorType input = getInput().getType(), result = getType();
  auto [inputCount, inputDynamic] = countElements(input);
  auto [resultCount, resultDynamic] = countElements(result);
  if (inputDynamic != resultDynamic || inputDynamic > 1)
    return emitOpError("expected at most one dynamic extent, on both sides");
  if (inputCount != resultCount)
    return emitOpError("expected ")
           << inputCount << " values as in the input, got " << resultCount;
  return success();
}
