//===- WindowLoops.cpp - Loops over sliding windows -----------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "WindowLoops.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::bn;

SmallVector<int64_t> bn::getPaddedShape(const Window &window,
                                        ArrayRef<int64_t> inputShape,
                                        ArrayRef<int64_t> positions) {
  SmallVector<int64_t> shape(inputShape);
  for (size_t i = 0; i < window.kernel.size(); ++i) {
    int64_t axis = getFirstSpatialAxis(window.layout) + i;
    int64_t end = (positions[axis] - 1) * window.strides[i] +
                  window.dilations[i] * (window.kernel[i] - 1) + 1;
    shape[axis] = std::max(end, window.padding[i] + inputShape[axis]);
  }
  return shape;
}

Value bn::createPadded(LinalgBuilder &builder, const Window &window,
                       Value input, ArrayRef<int64_t> positions, double value) {
  auto type = cast<RankedTensorType>(input.getType());
  SmallVector<int64_t> shape =
      getPaddedShape(window, type.getShape(), positions);
  if (type.getShape() == ArrayRef(shape))
    return input;
  SmallVector<OpFoldResult> low(type.getRank(), builder.getIndexAttr(0));
  SmallVector<OpFoldResult> high = low;
  for (size_t i = 0; i < window.kernel.size(); ++i) {
    int64_t axis = getFirstSpatialAxis(window.layout) + i;
    low[axis] = builder.getIndexAttr(window.padding[i]);
    high[axis] = builder.getIndexAttr(shape[axis] - window.padding[i] -
                                      type.getDimSize(axis));
  }
  return tensor::PadOp::create(
      builder, /*resultType=*/Type(), input, low, high,
      builder.createScalar(type.getElementType(), value));
}

Value bn::createUnpadded(LinalgBuilder &builder, const Window &window,
                         Value padded, RankedTensorType type) {
  SmallVector<OpFoldResult> offsets(type.getRank(), builder.getIndexAttr(0));
  SmallVector<OpFoldResult> strides(type.getRank(), builder.getIndexAttr(1));
  for (size_t i = 0; i < window.kernel.size(); ++i)
    offsets[getFirstSpatialAxis(window.layout) + i] =
        builder.getIndexAttr(window.padding[i]);
  Value inner = tensor::ExtractSliceOp::create(
      builder, padded, offsets, builder.getExtents(type.getShape()), strides);
  return builder.createMap(
      type, inner, builder.getMultiDimIdentityMap(type.getRank()),
      getFloatType(padded),
      [](ImplicitLocOpBuilder &, ValueRange x) { return x[0]; });
}

PoolMaps bn::getPoolMaps(LinalgBuilder &builder, const Window &window) {
  int64_t spatial = window.kernel.size(), rank = spatial + 2;
  SmallVector<AffineExpr> position, taps;
  for (int64_t axis = 0; axis < rank; ++axis)
    position.push_back(builder.getAffineDimExpr(axis));
  auto getMap = [&](ArrayRef<AffineExpr> exprs) {
    return AffineMap::get(rank + spatial, 0, exprs, builder.getContext());
  };
  AffineMap result = getMap(position);
  for (int64_t i = 0; i < spatial; ++i) {
    AffineExpr &expr = position[getFirstSpatialAxis(window.layout) + i];
    AffineExpr tap = builder.getAffineDimExpr(rank + i);
    taps.push_back(tap);
    expr = expr * window.strides[i] + tap * window.dilations[i];
  }
  return {getMap(position), getMap(taps), result};
}

/// The count along spatial dimension `i`: of the t from 0 to kernel - 1 with
/// begin <= position * stride - padding + t * dilation < end.
static Value createTapCount(ImplicitLocOpBuilder &b, const Window &window,
                            int64_t i, ArrayRef<int64_t> inputShape,
                            ArrayRef<int64_t> shape, bool countPadding) {
  int64_t axis = getFirstSpatialAxis(window.layout) + i;
  int64_t kernel = window.kernel[i], stride = window.strides[i];
  int64_t padding = window.padding[i], dilation = window.dilations[i];
  int64_t begin = 0, end = inputShape[axis];
  if (countPadding) {
    begin -= padding;
    end += window.padding[window.kernel.size() + i];
  }
  // Where no window leaves what counts, all taps do.
  int64_t lastTap =
      (shape[axis] - 1) * stride - padding + dilation * (kernel - 1);
  if (begin <= -padding && lastTap < end)
    return arith::ConstantIndexOp::create(b, kernel);
  AffineExpr first = b.getAffineDimExpr(0) * stride - padding;
  auto createLimit = [&](int64_t index) {
    return (b.getAffineConstantExpr(index) - first).ceilDiv(dilation);
  };
  Value position = linalg::IndexOp::create(b, axis);
  auto getMap = [&](int64_t bound, int64_t index) {
    return AffineMap::get(1, 0,
                          {b.getAffineConstantExpr(bound), createLimit(index)},
                          b.getContext());
  };
  Value lower = affine::AffineMaxOp::create(b, getMap(0, begin), position);
  Value upper = affine::AffineMinOp::create(b, getMap(kernel, end), position);
  return arith::SubIOp::create(b, upper, lower);
}

Value bn::createTapCount(ImplicitLocOpBuilder &b, const Window &window,
                         ArrayRef<int64_t> inputShape, ArrayRef<int64_t> shape,
                         bool countPadding, FloatType type) {
  Value count;
  for (size_t i = 0; i < window.kernel.size(); ++i) {
    Value along =
        ::createTapCount(b, window, i, inputShape, shape, countPadding);
    count = count ? arith::MulIOp::create(b, count, along).getResult() : along;
  }
  return arith::SIToFPOp::create(
      b, type, arith::IndexCastOp::create(b, b.getI64Type(), count));
}

ConvMaps bn::getConvMaps(LinalgBuilder &builder, const Window &window) {
  int64_t spatial = window.kernel.size(), loops = 4 + 2 * spatial;
  auto dim = [&](int64_t i) { return builder.getAffineDimExpr(i); };
  AffineExpr n = dim(0), g = dim(1), o = dim(2), c = dim(3 + spatial);
  SmallVector<AffineExpr> inputSpace, resultSpace, filter = {g, o, c};
  for (int64_t i = 0; i < spatial; ++i) {
    AffineExpr y = dim(3 + i), k = dim(4 + spatial + i);
    inputSpace.push_back(y * window.strides[i] + k * window.dilations[i]);
    resultSpace.push_back(y);
    filter.push_back(k);
  }
  auto getMap = [&](ArrayRef<AffineExpr> exprs) {
    return AffineMap::get(loops, 0, exprs, builder.getContext());
  };
  auto getImageMap = [&](ArrayRef<AffineExpr> space, AffineExpr channel) {
    SmallVector<AffineExpr> exprs = {n};
    exprs.append(space.begin(), space.end());
    exprs.insert(exprs.begin() + getChannelAxis(spatial + 2, window.layout),
                 {g, channel});
    return getMap(exprs);
  };
  return {getImageMap(inputSpace, c), getMap(filter),
          getImageMap(resultSpace, o)};
}
