//===- BNGradientsProducts.cpp - Gradients of conv and linear -------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BNGradients.h"

using namespace mlir;
using namespace mlir::bn;

/// The gradient of a bias: `factor` times the sum of `gradient` over all axes
/// but `channelAxis`. A batch norm in training mode subtracts each channel's
/// mean, so what its gradient sums up to is exactly zero, and only rounding
/// would come of adding it up.
static Value createBiasGradient(OpBuilder &builder, Location loc,
                                Value gradient, int64_t channelAxis,
                                double factor) {
  auto type = cast<RankedTensorType>(gradient.getType());
  auto norm = gradient.getDefiningOp<BatchNormGradientOp>();
  if (norm && gradient == norm.getResult() &&
      getChannelAxis(type.getRank(), norm.getLayout()) == channelAxis)
    return createSplat(builder, loc,
                       RankedTensorType::get({type.getDimSize(channelAxis)},
                                             type.getElementType()),
                       0.0);
  return createScaled(builder, loc,
                      sumOthers(builder, loc, gradient, channelAxis), factor);
}

LogicalResult ConvOp::buildGradients(OpBuilder &builder,
                                     ValueRange resultGradients,
                                     ArrayRef<bool> wanted,
                                     SmallVectorImpl<Value> &gradients,
                                     std::string &reason) {
  Value gradient = resultGradients[0];
  gradients.assign(getNumOperands(), Value());
  if (wanted[0])
    gradients[0] = ConvInputGradientOp::create(
        builder, getLoc(), getInput().getType(), gradient, getFilter(),
        getStrides(), getPadding(), getDilations(), getGroups(), getLayout());
  if (wanted[1])
    gradients[1] = ConvFilterGradientOp::create(
        builder, getLoc(), getFilter().getType(), gradient, getInput(),
        getStrides(), getPadding(), getDilations(), getGroups(), getLayout());
  if (getBias() && wanted[2])
    gradients[2] = createBiasGradient(
        builder, getLoc(), gradient,
        getChannelAxis(getType().getRank(), getLayout()), 1.0);
  return success();
}

/// `tensor` of rank 2 with its axes exchanged.
static Value createTransposed(OpBuilder &builder, Location loc, Value tensor) {
  return TransposeOp::create(builder, loc, tensor, ArrayRef<int64_t>{1, 0});
}

/// lhs^T . rhs, summed over the rows of the batch and all other axes but the
/// last of `lhs` (extent I) and `rhs` (extent O): O x I if `transposed`, else
/// I x O.
static Value createWeightProduct(OpBuilder &builder, Location loc, Value lhs,
                                 Value rhs, bool transposed, double factor) {
  auto leftType = cast<RankedTensorType>(lhs.getType());
  auto rightType = cast<RankedTensorType>(rhs.getType());
  if (transposed) {
    std::swap(lhs, rhs);
    std::swap(leftType, rightType);
  }
  int64_t rank = leftType.getRank();
  if (rank == 2)
    return LinearOp::create(builder, loc, lhs, rhs, /*bias=*/Value(),
                            /*transpose_input=*/true,
                            /*transpose_weight=*/false, APFloat(factor),
                            APFloat(1.0));
  // Axes of which one is dynamic cannot be merged. A convolution by a kernel of
  // one value sums over the batch and the positions.
  auto createImage = [&](Value tensor) -> Value {
    auto type = cast<RankedTensorType>(tensor.getType());
    int64_t positions =
        ShapedType::getNumElements(type.getShape().drop_front().drop_back());
    return ReshapeOp::create(
        builder, loc,
        RankedTensorType::get(
            {type.getDimSize(0), positions, type.getDimSize(rank - 1)},
            type.getElementType()),
        tensor);
  };
  int64_t rows = leftType.getDimSize(rank - 1);
  int64_t columns = rightType.getDimSize(rank - 1);
  Value filter = ConvFilterGradientOp::create(
      builder, loc,
      RankedTensorType::get({rows, columns, 1}, leftType.getElementType()),
      createImage(lhs), createImage(rhs), ArrayRef<int64_t>{1},
      ArrayRef<int64_t>{0, 0}, ArrayRef<int64_t>{1}, /*groups=*/1,
      Layout::NHWC);
  Value matrix = ReshapeOp::create(
      builder, loc,
      RankedTensorType::get({rows, columns}, leftType.getElementType()),
      filter);
  return createScaled(builder, loc, matrix, factor);
}

LogicalResult LinearOp::buildGradients(OpBuilder &builder,
                                       ValueRange resultGradients,
                                       ArrayRef<bool> wanted,
                                       SmallVectorImpl<Value> &gradients,
                                       std::string &reason) {
  Value gradient = resultGradients[0];
  Location loc = getLoc();
  auto type = cast<RankedTensorType>(getType());
  double alpha = getAlpha().convertToDouble();
  if (wanted[1] && type.getRank() > 2 &&
      ShapedType::isDynamicShape(type.getShape().drop_front())) {
    reason = "another axis than the first is dynamic";
    return failure();
  }
  gradients.assign(getNumOperands(), Value());
  if (wanted[0]) {
    gradients[0] = LinearOp::create(
        builder, loc, gradient, getWeight(), /*bias=*/Value(),
        /*transpose_input=*/false,
        /*transpose_weight=*/!getTransposeWeight(), getAlpha(), APFloat(1.0));
    if (getTransposeInput())
      gradients[0] = createTransposed(builder, loc, gradients[0]);
  }
  if (wanted[1]) {
    Value input = getInput();
    if (getTransposeInput())
      input = createTransposed(builder, loc, input);
    gradients[1] = createWeightProduct(builder, loc, input, gradient,
                                       getTransposeWeight(), alpha);
  }
  if (getBias() && wanted[2])
    gradients[2] =
        createBiasGradient(builder, loc, gradient, type.getRank() - 1,
                           getBeta().convertToDouble());
  return success();
}
