//===- BNTrainingVerifiers.cpp - Verifiers of ops of training -------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BNVerifiers.h"

using namespace mlir;
using namespace mlir::bn;

//===----------------------------------------------------------------------===//
// Convolutions and pools
//===----------------------------------------------------------------------===//

/// Checks that a window over `input` gives a tensor of the type of `gradient`.
static LogicalResult
verifyWindow(Operation *op, RankedTensorType input, RankedTensorType gradient,
             int64_t channels, ArrayRef<int64_t> kernel,
             ArrayRef<int64_t> strides, ArrayRef<int64_t> padding,
             ArrayRef<int64_t> dilations, bool ceilMode, Layout layout) {
  SmallVector<Type> types;
  if (failed(inferWindow(op->getLoc(), input, channels, kernel, strides,
                         padding, dilations, ceilMode, layout, types)))
    return failure();
  if (types.front() != gradient)
    return op->emitOpError("expected the gradient of a result of type ")
           << types.front() << ", got " << gradient;
  return success();
}

template <typename Op>
static LogicalResult verifyConv(Op op, RankedTensorType input,
                                RankedTensorType filter) {
  if (filter.getRank() != input.getRank() || !filter.hasStaticShape())
    return op.emitOpError("expected a filter of static shape and the rank of "
                          "the input, got ")
           << filter;
  int64_t channels =
      input.getDimSize(getChannelAxis(input.getRank(), op.getLayout()));
  int64_t groups = op.getGroups();
  if (groups < 1 || filter.getDimSize(0) % groups != 0 ||
      filter.getDimSize(1) * groups != channels)
    return op.emitOpError("expected a filter of ")
           << channels << " / " << groups << " input channels, got " << filter;
  return verifyWindow(op, input, op.getGradient().getType(),
                      filter.getDimSize(0), filter.getShape().drop_front(2),
                      op.getStrides(), op.getPadding(), op.getDilations(),
                      /*ceilMode=*/false, op.getLayout());
}

LogicalResult ConvInputGradientOp::verify() {
  return verifyConv(*this, getType(), getFilter().getType());
}

LogicalResult ConvFilterGradientOp::verify() {
  return verifyConv(*this, getInput().getType(), getType());
}

template <typename Op> static LogicalResult verifyPool(Op op) {
  RankedTensorType input = op.getType();
  return verifyWindow(
      op, input, op.getGradient().getType(),
      input.getDimSize(getChannelAxis(input.getRank(), op.getLayout())),
      op.getKernel(), op.getStrides(), op.getPadding(), op.getDilations(),
      op.getCeilMode(), op.getLayout());
}

LogicalResult MaxPoolGradientOp::verify() { return verifyPool(*this); }
LogicalResult AveragePoolGradientOp::verify() { return verifyPool(*this); }

LogicalResult ReduceMeanGradientOp::verify() {
  auto input = cast<RankedTensorType>(getInput().getType());
  ArrayRef<int64_t> axes = getAxes();
  for (size_t i = 0; i < axes.size(); ++i)
    if (axes[i] < 0 || axes[i] >= input.getRank() ||
        (i > 0 && axes[i] <= axes[i - 1]))
      return emitOpError("expected sorted axes from 0 to ")
             << input.getRank() - 1 << ", got " << axes[i];
  SmallVector<int64_t> shape;
  for (int64_t axis = 0; axis < input.getRank(); ++axis) {
    if (!llvm::is_contained(axes, axis))
      shape.push_back(input.getDimSize(axis));
    else if (getKeepDims())
      shape.push_back(1);
  }
  auto expected = RankedTensorType::get(shape, input.getElementType());
  if (getGradient().getType() != expected)
    return emitOpError("expected the gradient of a result of type ")
           << expected << ", got " << getGradient().getType();
  return success();
}

//===----------------------------------------------------------------------===//
// Normalizations
//===----------------------------------------------------------------------===//

LogicalResult BatchNormGradientOp::verify() {
  if (failed(verifyEpsilon(*this, getEpsilon())))
    return failure();
  return verifyChannelVectors(
      *this, getChannels(getInput(), getLayout()),
      {getScale(), getMean(), getVariance(), getScaleGradient(),
       getOffsetGradient()},
      {"scale", "mean", "variance", "scale gradient", "offset gradient"});
}

LogicalResult BatchNormParameterGradientOp::verify() {
  if (getGradient().getType() != getInput().getType())
    return emitOpError("expected gradient and input of one type");
  if (failed(verifyEpsilon(*this, getEpsilon())))
    return failure();
  return verifyChannelVectors(
      *this, getChannels(getInput(), getLayout()),
      {getMean(), getVariance(), getScaleGradient(), getOffsetGradient()},
      {"mean", "variance", "scale gradient", "offset gradient"});
}

LogicalResult BatchNormInputGradientOp::verify() {
  if (failed(verifyEpsilon(*this, getEpsilon())))
    return failure();
  return verifyChannelVectors(
      *this, getChannels(getInput(), getLayout()),
      {getScale(), getMean(), getVariance(), getScaleGradient(),
       getOffsetGradient()},
      {"scale", "mean", "variance", "scale gradient", "offset gradient"});
}

LogicalResult BatchStatisticsOp::verify() {
  return verifyChannelVectors(*this, getChannels(getInput(), getLayout()),
                              {getMean(), getVariance()}, {"mean", "variance"});
}

LogicalResult RunningStatisticsOp::verify() {
  double momentum = getMomentum().convertToDouble();
  if (!(momentum >= 0.0 && momentum <= 1.0))
    return emitOpError("expected a momentum from 0 to 1, got ") << momentum;
  return verifyChannelVectors(
      *this, getChannels(getInput(), getLayout()),
      {getMean(), getVariance(), getRunningMean(), getRunningVariance(),
       getNewRunningMean(), getNewRunningVariance()},
      {"mean", "variance", "running mean", "running variance",
       "new running mean", "new running variance"});
}

LogicalResult GroupNormGradientOp::verify() {
  if (failed(verifyEpsilon(*this, getEpsilon())))
    return failure();
  int64_t channels = getChannels(getInput(), getLayout());
  int64_t groups = getGroups();
  if (groups < 1 || channels % groups != 0)
    return emitOpError("expected groups to divide the ")
           << channels << " channels, got " << groups;
  return verifyChannelVectors(
      *this, channels, {getScale(), getScaleGradient(), getOffsetGradient()},
      {"scale", "scale gradient", "offset gradient"});
}

LogicalResult LayerNormGradientOp::verify() {
  if (failed(verifyEpsilon(*this, getEpsilon())))
    return failure();
  auto input = cast<RankedTensorType>(getInput().getType());
  int64_t axis = getAxis();
  if (axis < 1 || axis >= input.getRank())
    return emitOpError("expected an axis from 1 to ")
           << input.getRank() - 1 << ", got " << axis;
  ArrayRef<int64_t> extents = input.getShape().drop_front(axis);
  if (ShapedType::isDynamicShape(extents) ||
      cast<RankedTensorType>(getScale().getType()).getShape() != extents)
    return emitOpError("expected a scale of the static extents of the "
                       "normalized axes, got ")
           << getScale().getType();
  return success();
}

//===----------------------------------------------------------------------===//
// Losses and optimizers
//===----------------------------------------------------------------------===//

template <typename LossOp> static LogicalResult verifyLoss(LossOp op) {
  auto input = cast<RankedTensorType>(op.getInput().getType());
  auto labels = cast<RankedTensorType>(op.getLabels().getType());
  if (input.isDynamicDim(1) || input.getDimSize(1) < 1)
    return op.emitOpError("expected a static number of classes, got ") << input;
  if (labels.getDimSize(0) != input.getDimSize(0))
    return op.emitOpError("expected one label per row, got ")
           << labels << " for " << input;
  if (getElementTypeOrSelf(op.getLoss().getType()) != input.getElementType())
    return op.emitOpError("expected a loss of the input's element type, got ")
           << op.getLoss().getType();
  double smoothing = op.getLabelSmoothing().convertToDouble();
  if (!(smoothing >= 0.0 && smoothing <= 1.0))
    return op.emitOpError("expected label smoothing from 0 to 1, got ")
           << smoothing;
  return success();
}

LogicalResult CrossEntropyLossOp::verify() { return verifyLoss(*this); }
LogicalResult MeanSquaredErrorLossOp::verify() { return verifyLoss(*this); }

static LogicalResult verifySettings(Operation *op, Value settings,
                                    Value parameters, int64_t count) {
  auto expected = RankedTensorType::get(
      {count}, getElementTypeOrSelf(parameters.getType()));
  if (settings.getType() != expected)
    return op->emitOpError("expected settings of type ")
           << expected << ", got " << settings.getType();
  return success();
}

LogicalResult SgdUpdateOp::verify() {
  return verifySettings(*this, getSettings(), getParameters(), 4);
}

LogicalResult AdamUpdateOp::verify() {
  return verifySettings(*this, getSettings(), getParameters(), 7);
}
