//===- Moments.cpp - Mean and variance along axes -------------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Moments.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::bn;

static SmallVector<int64_t> getReducedAxes(Value input,
                                           ArrayRef<int64_t> keptAxes) {
  SmallVector<int64_t> axes;
  for (int64_t axis = 0; axis < getRank(input); ++axis)
    if (!llvm::is_contained(keptAxes, axis))
      axes.push_back(axis);
  return axes;
}

/// The values at position 0 of the axes that are not kept.
static Value getFirstValues(LinalgBuilder &builder, Value input,
                            ArrayRef<int64_t> keptAxes) {
  auto type = cast<RankedTensorType>(input.getType());
  OpFoldResult zero = builder.getIndexAttr(0), one = builder.getIndexAttr(1);
  SmallVector<OpFoldResult> offsets(type.getRank(), zero);
  SmallVector<OpFoldResult> sizes(type.getRank(), one), strides = sizes;
  SmallVector<OpFoldResult> extents = builder.getExtents(type.getShape());
  SmallVector<int64_t> shape;
  for (int64_t axis : keptAxes) {
    sizes[axis] = extents[axis];
    shape.push_back(type.getDimSize(axis));
  }
  return tensor::ExtractSliceOp::create(
      builder, RankedTensorType::get(shape, type.getElementType()), input,
      offsets, sizes, strides);
}

/// The sum over the axes that are not kept of `formula`, which takes a value of
/// `input` and one of `statistic`, if that is not null.
static Value createSum(LinalgBuilder &builder, Value input, Value statistic,
                       ArrayRef<int64_t> keptAxes,
                       LinalgBuilder::Formula formula) {
  auto type = cast<RankedTensorType>(input.getType());
  AffineMap all = builder.getMultiDimIdentityMap(type.getRank());
  AffineMap kept = builder.getAxesMap(type.getRank(), keptAxes);
  SmallVector<Value> inputs = {input};
  SmallVector<AffineMap> maps = {all};
  if (statistic) {
    inputs.push_back(statistic);
    maps.push_back(kept);
  }
  maps.push_back(kept);
  SmallVector<int64_t> shape;
  for (int64_t axis : keptAxes)
    shape.push_back(type.getDimSize(axis));
  FloatType wide = builder.getWideType();
  return builder.createLoops(
      inputs, maps, builder.createFilled(shape, wide, 0.0), wide,
      [&](ImplicitLocOpBuilder &b, ValueRange x) -> Value {
        return arith::AddFOp::create(b, x.back(), formula(b, x.drop_back()));
      });
}

Value bn::createReducedCount(LinalgBuilder &builder, Value input,
                             ArrayRef<int64_t> keptAxes) {
  return builder.createCount(cast<RankedTensorType>(input.getType()),
                             getReducedAxes(input, keptAxes));
}

Value bn::createMean(LinalgBuilder &builder, Value input,
                     ArrayRef<int64_t> keptAxes, Value count) {
  // mean = first + sum(x - first) / m: a large common offset costs no digits,
  // and the mean of equal values is that value, so that their normalized value
  // is exactly zero.
  Value first = getFirstValues(builder, input, keptAxes);
  Value sum = createSum(builder, input, first, keptAxes,
                        [](ImplicitLocOpBuilder &b, ValueRange x) -> Value {
                          return arith::SubFOp::create(b, x[0], x[1]);
                        });
  auto type = cast<RankedTensorType>(sum.getType());
  AffineMap identity = builder.getMultiDimIdentityMap(type.getRank());
  return builder.createMap(
      type, {first, sum}, {identity, identity}, builder.getWideType(),
      [&](ImplicitLocOpBuilder &b, ValueRange x) -> Value {
        return arith::AddFOp::create(b, x[0],
                                     arith::DivFOp::create(b, x[1], count));
      });
}

Value bn::createSquareSum(LinalgBuilder &builder, Value input, Value mean,
                          ArrayRef<int64_t> keptAxes) {
  // A pass of its own, over the deviations: E[x^2] - E[x]^2 would cancel.
  return createSum(builder, input, mean, keptAxes,
                   [](ImplicitLocOpBuilder &b, ValueRange x) -> Value {
                     Value deviation = x[0];
                     if (x.size() > 1)
                       deviation = arith::SubFOp::create(b, x[0], x[1]);
                     return arith::MulFOp::create(b, deviation, deviation);
                   });
}

Value bn::createQuotients(LinalgBuilder &builder, Value tensor, Value divisor) {
  auto type = cast<RankedTensorType>(tensor.getType());
  return builder.createMap(type, tensor,
                           builder.getMultiDimIdentityMap(type.getRank()),
                           builder.getWideType(),
                           [&](ImplicitLocOpBuilder &b, ValueRange x) -> Value {
                             return arith::DivFOp::create(b, x[0], divisor);
                           });
}

Value bn::createNormalized(ImplicitLocOpBuilder &b, Value x, Value mean,
                           Value variance, const APFloat &epsilon) {
  Value centered = mean ? arith::SubFOp::create(b, x, mean).getResult() : x;
  Value shifted = arith::AddFOp::create(
      b, variance,
      arith::ConstantOp::create(
          b, FloatAttr::get(variance.getType(), epsilon.convertToDouble())));
  return arith::DivFOp::create(b, centered, math::SqrtOp::create(b, shifted));
}
