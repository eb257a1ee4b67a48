//===- PoolsToLinalg.cpp - Pools and reductions as loops ------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "WindowLoops.h"

#include "bn/Conversion/BNToLinalg/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
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
  ArrayRef<int64_t> shape = op.getType().getShape();
  Window window = getWindow(op);
  PoolMaps maps = getPoolMaps(builder, window);
  Value input = createPadded(builder, window, op.getInput(), shape, start);
  // A tensor that nobody reads tells the loops the window's shape.
  Value taps = builder.createEmpty(window.kernel, computeType);
  return builder.createLoops(
      {input, taps}, {maps.input, maps.taps, maps.result},
      builder.createFilled(shape, computeType, start), computeType, formula);
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
    Window window = getWindow(op);
    ArrayRef<int64_t> inputShape = op.getInput().getType().getShape();
    bool countPadding = op.getCountIncludePad();
    rewriter.replaceOp(
        op,
        builder.createMap(type, sum, builder.getMultiDimIdentityMap(rank), wide,
                          [&](ImplicitLocOpBuilder &b, ValueRange x) -> Value {
                            Value count = createTapCount(b, window, inputShape,
                                                         type.getShape(),
                                                         countPadding, wide);
                            return arith::DivFOp::create(b, x[0], count);
                          }));
    return success();
  }
};

/// A sum over some axes, or the mean.
template <typename Op> struct LowerReduction : public OpRewritePattern<Op> {
  using OpRewritePattern<Op>::OpRewritePattern;
  LogicalResult matchAndRewrite(Op op,
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
    constexpr bool isMean = std::is_same_v<Op, ReduceMeanOp>;
    Value count =
        isMean ? builder.createCount(inputType, op.getAxes()) : Value();
    rewriter.replaceOp(
        op, builder.createMap(
                type, sum, builder.getAxesMap(type.getRank(), places), wide,
                [&](ImplicitLocOpBuilder &b, ValueRange x) -> Value {
                  return isMean ? arith::DivFOp::create(b, x[0], count) : x[0];
                }));
    return success();
  }
};

} // namespace

void bn::populatePoolsToLinalgPatterns(RewritePatternSet &patterns) {
  patterns.add<LowerMaxPool, LowerAveragePool, LowerReduction<ReduceMeanOp>,
               LowerReduction<ReduceSumOp>>(patterns.getContext());
}
