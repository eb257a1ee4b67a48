//===- PoolsToLinalg.cpp - Pools and reductions as loops ------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LinalgBuilder.h"

#include "bn/Conversion/BNToLinalg/Passes.h"
#include "bn/Dialect/BN/IR/BN.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/PatternMatch.h"

#include <limits>

using namespace mlir;
using namespace mlir::bn;

static Value createSum(ImplicitLocOpBuilder &b, ValueRange x) {
  return arith::AddFOp::create(b, x.front(), x.back());
}

/// Combines the values under each window of `op` with `formula` (over a value,
/// one of the window's shape that has no meaning, and the result so far). The
/// input is surrounded by `start`, as far as the last windows reach.
template <typename PoolOp>
static Value createWindowLoops(LinalgBuilder &builder, PoolOp op,
                               FloatType computeType, double start,
                               LinalgBuilder::Formula formula) {
  RankedTensorType inputType = op.getInput().getType();
  RankedTensorType type = op.getType();
  int64_t rank = type.getRank(), spatial = rank - 2;
  // Loops: the axes of the result, then the taps of the window.
  int64_t loops = rank + spatial;
  SmallVector<AffineExpr> position, taps;
  for (int64_t axis = 0; axis < rank; ++axis)
    position.push_back(builder.getAffineDimExpr(axis));
  AffineMap resultMap =
      AffineMap::get(loops, 0, position, builder.getContext());

  SmallVector<OpFoldResult> low(rank, builder.getIndexAttr(0)), high = low;
  bool padded = false;
  for (int64_t i = 0; i < spatial; ++i) {
    int64_t axis = getFirstSpatialAxis(op.getLayout()) + i;
    int64_t stride = op.getStrides()[i], dilation = op.getDilations()[i];
    AffineExpr tap = builder.getAffineDimExpr(rank + i);
    taps.push_back(tap);
    position[axis] = position[axis] * stride + tap * dilation;

    int64_t before = op.getPadding()[i];
    int64_t end = (type.getDimSize(axis) - 1) * stride +
                  dilation * (op.getKernel()[i] - 1) + 1;
    int64_t after =
        std::max<int64_t>(0, end - before - inputType.getDimSize(axis));
    low[axis] = builder.getIndexAttr(before);
    high[axis] = builder.getIndexAttr(after);
    padded |= before > 0 || after > 0;
  }
  Value input = op.getInput();
  if (padded)
    input = tensor::PadOp::create(
        builder, /*resultType=*/Type(), input, low, high,
        builder.createScalar(inputType.getElementType(), start));
  // A tensor that nobody reads tells the loops the window's shape.
  Value window = builder.createEmpty(op.getKernel(), computeType);
  return builder.createLoops(
      {input, window},
      {AffineMap::get(loops, 0, position, builder.getContext()),
       AffineMap::get(loops, 0, taps, builder.getContext()), resultMap},
      builder.createFilled(type.getShape(), computeType, start), computeType,
      formula);
}

/// How many taps of the average pool's window count in the divisor, in spatial
/// dimension `i` at the loops' position: those t from 0 to kernel - 1 with
/// begin <= position * stride - padding + t * dilation < end.
static Value countTaps(ImplicitLocOpBuilder &b, AveragePoolOp op, int64_t i) {
  int64_t axis = getFirstSpatialAxis(op.getLayout()) + i;
  int64_t spatial = op.getKernel().size();
  int64_t begin = 0, end = op.getInput().getType().getDimSize(axis);
  if (op.getCountIncludePad()) {
    begin -= op.getPadding()[i];
    end += op.getPadding()[spatial + i];
  }
  // Where no window leaves what counts, all taps do.
  int64_t lastTap = (op.getType().getDimSize(axis) - 1) * op.getStrides()[i] -
                    op.getPadding()[i] +
                    op.getDilations()[i] * (op.getKernel()[i] - 1);
  if (begin <= -op.getPadding()[i] && lastTap < end)
    return arith::ConstantIndexOp::create(b, op.getKernel()[i]);
  AffineExpr first =
      b.getAffineDimExpr(0) * op.getStrides()[i] - op.getPadding()[i];
  auto createLimit = [&](int64_t index) {
    return (b.getAffineConstantExpr(index) - first)
        .ceilDiv(op.getDilations()[i]);
  };
  Value position = linalg::IndexOp::create(b, axis);
  auto zero = b.getAffineConstantExpr(0);
  auto kernel = b.getAffineConstantExpr(op.getKernel()[i]);
  Value lower = affine::AffineMaxOp::create(
      b, AffineMap::get(1, 0, {zero, createLimit(begin)}, b.getContext()),
      position);
  Value upper = affine::AffineMinOp::create(
      b, AffineMap::get(1, 0, {kernel, createLimit(end)}, b.getContext()),
      position);
  return arith::SubIOp::create(b, upper, lower);
}

namespace {

struct LowerMaxPool : public OpRewritePattern<MaxPoolOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(MaxPoolOp op,
                                PatternRewriter &rewriter) const override {
    LinalgBuilder builder(rewriter, op);
    rewriter.replaceOp(
        op, createWindowLoops(
                builder, op, getFloatType(op.getResult()),
                -std::numeric_limits<double>::infinity(),
                [](ImplicitLocOpBuilder &b, ValueRange x) -> Value {
                  return arith::MaximumFOp::create(b, x.front(), x.back());
                }));
    return success();
  }
};

struct LowerAveragePool : public OpRewritePattern<AveragePoolOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(AveragePoolOp op,
                                PatternRewriter &rewriter) const override {
    LinalgBuilder builder(rewriter, op);
    RankedTensorType type = op.getType();
    int64_t rank = type.getRank();
    FloatType wide = builder.getWideType();
    Value sum = createWindowLoops(builder, op, wide, 0.0, createSum);
    rewriter.replaceOp(
        op, builder.createMap(
                type, sum, builder.getMultiDimIdentityMap(rank), wide,
                [&](ImplicitLocOpBuilder &b, ValueRange x) -> Value {
                  Value count = countTaps(b, op, 0);
                  for (int64_t i = 1; i < rank - 2; ++i)
                    count =
                        arith::MulIOp::create(b, count, countTaps(b, op, i));
                  Value integer =
                      arith::IndexCastOp::create(b, b.getI64Type(), count);
                  return arith::DivFOp::create(
                      b, x[0], arith::SIToFPOp::create(b, wide, integer));
                }));
    return success();
  }
};

struct LowerReduceMean : public OpRewritePattern<ReduceMeanOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ReduceMeanOp op,
                                PatternRewriter &rewriter) const override {
    LinalgBuilder builder(rewriter, op);
    auto inputType = cast<RankedTensorType>(op.getInput().getType());
    auto type = cast<RankedTensorType>(op.getType());
    FloatType wide = builder.getWideType();
    int64_t rank = inputType.getRank();

    // `kept` axes of the input are `places` of the result.
    SmallVector<int64_t> kept, places, sumShape;
    for (int64_t axis = 0; axis < rank; ++axis) {
      if (llvm::is_contained(op.getAxes(), axis))
        continue;
      places.push_back(op.getKeepDims() ? axis : kept.size());
      kept.push_back(axis);
      sumShape.push_back(inputType.getDimSize(axis));
    }
    Value sum = builder.createLoops(
        op.getInput(),
        {builder.getMultiDimIdentityMap(rank), builder.getAxesMap(rank, kept)},
        builder.createFilled(sumShape, wide, 0.0), wide, createSum);
    Value count = builder.createCount(inputType, op.getAxes());
    rewriter.replaceOp(
        op, builder.createMap(
                type, sum, builder.getAxesMap(type.getRank(), places), wide,
                [&](ImplicitLocOpBuilder &b, ValueRange x) -> Value {
                  return arith::DivFOp::create(b, x[0], count);
                }));
    return success();
  }
};

} // namespace

void bn::populatePoolsToLinalgPatterns(RewritePatternSet &patterns) {
  patterns.add<LowerMaxPool, LowerAveragePool, LowerReduceMean>(
      patterns.getContext());
}
