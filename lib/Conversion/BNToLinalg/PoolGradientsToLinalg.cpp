//===- PoolGradientsToLinalg.cpp - Pools and means backwards --------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "WindowLoops.h"

#include "bn/Conversion/BNToLinalg/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/PatternMatch.h"

#include <limits>

using namespace mlir;
using namespace mlir::bn;

/// In the body of loops by getPoolMaps: the place of the tap in the row-major
/// order of the window, as a float of `type`.
static Value createTapNumber(ImplicitLocOpBuilder &b, const Window &window,
                             FloatType type) {
  size_t spatial = window.kernel.size();
  Value number = arith::ConstantIndexOp::create(b, 0);
  for (size_t i = 0; i < spatial; ++i) {
    Value extent = arith::ConstantIndexOp::create(b, window.kernel[i]);
    Value tap = linalg::IndexOp::create(b, 2 + spatial + i);
    number =
        arith::AddIOp::create(b, arith::MulIOp::create(b, number, extent), tap);
  }
  return arith::SIToFPOp::create(
      b, type, arith::IndexCastOp::create(b, b.getI64Type(), number));
}

/// What the windows of an op's pool give to their taps: for each window and tap
/// `formula` (over the values of `inputs` at the window, one without meaning,
/// and the sum so far) adds to the input value there, in the padding too.
template <typename Op>
static Value createSpread(LinalgBuilder &builder, Op op, ValueRange inputs,
                          LinalgBuilder::Formula formula) {
  RankedTensorType type = op.getType();
  Window window = getWindow(op);
  FloatType wide = builder.getWideType();
  PoolMaps maps = getPoolMaps(builder, window);
  SmallVector<Value> values(inputs);
  SmallVector<AffineMap> positions(inputs.size(), maps.result);
  // A tensor that nobody reads tells the loops the window's shape.
  values.push_back(builder.createEmpty(window.kernel, wide));
  positions.append({maps.taps, maps.input});
  Value sum = builder.createLoops(
      values, positions,
      builder.createFilled(
          getPaddedShape(window, type.getShape(),
                         op.getGradient().getType().getShape()),
          wide, 0.0),
      wide, formula);
  return createUnpadded(builder, window, sum, type);
}

namespace {

struct LowerMaxPoolGradient : public OpRewritePattern<MaxPoolGradientOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(MaxPoolGradientOp op,
                                PatternRewriter &rewriter) const override {
    LinalgBuilder builder(rewriter, op);
    Window window = getWindow(op);
    ArrayRef<int64_t> shape = op.getGradient().getType().getShape();
    FloatType wide = builder.getWideType();
    PoolMaps maps = getPoolMaps(builder, window);
    constexpr double infinity = std::numeric_limits<double>::infinity();
    Value input =
        createPadded(builder, window, op.getInput(), shape, -infinity);
    Value taps = builder.createEmpty(window.kernel, wide);
    Value maximum =
        builder.createLoops({input, taps}, {maps.input, maps.taps, maps.result},
                            builder.createFilled(shape, wide, -infinity), wide,
                            [](ImplicitLocOpBuilder &b, ValueRange x) -> Value {
                              return arith::MaximumFOp::create(b, x[0], x[2]);
                            });
    // The number of the first tap that holds the maximum; the first of all if
    // that is no number.
    Value first = builder.createLoops(
        {input, maximum, taps},
        {maps.input, maps.result, maps.taps, maps.result},
        builder.createFilled(shape, wide, infinity), wide,
        [&](ImplicitLocOpBuilder &b, ValueRange x) -> Value {
          Value number = createTapNumber(b, window, wide);
          Value smaller = arith::MinimumFOp::create(b, number, x[3]);
          Value holds =
              arith::CmpFOp::create(b, arith::CmpFPredicate::UEQ, x[0], x[1]);
          return arith::SelectOp::create(b, holds, smaller, x[3]);
        });
    rewriter.replaceOp(
        op, createSpread(builder, op, {op.getGradient(), first},
                         [&](ImplicitLocOpBuilder &b, ValueRange x) -> Value {
                           Value number = createTapNumber(b, window, wide);
                           Value isFirst = arith::CmpFOp::create(
                               b, arith::CmpFPredicate::OEQ, number, x[1]);
                           Value sum = arith::AddFOp::create(b, x[3], x[0]);
                           return arith::SelectOp::create(b, isFirst, sum,
                                                          x[3]);
                         }));
    return success();
  }
};

struct LowerAveragePoolGradient
    : public OpRewritePattern<AveragePoolGradientOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(AveragePoolGradientOp op,
                                PatternRewriter &rewriter) const override {
    LinalgBuilder builder(rewriter, op);
    Window window = getWindow(op);
    RankedTensorType gradientType = op.getGradient().getType();
    FloatType wide = builder.getWideType();
    Value shares = builder.createMap(
        gradientType.clone(wide), op.getGradient(),
        builder.getMultiDimIdentityMap(gradientType.getRank()), wide,
        [&](ImplicitLocOpBuilder &b, ValueRange x) -> Value {
          Value count = createTapCount(b, window, op.getType().getShape(),
                                       gradientType.getShape(),
                                       op.getCountIncludePad(), wide);
          return arith::DivFOp::create(b, x[0], count);
        });
    rewriter.replaceOp(
        op, createSpread(builder, op, shares,
                         [](ImplicitLocOpBuilder &b, ValueRange x) -> Value {
                           return arith::AddFOp::create(b, x[2], x[0]);
                         }));
    return success();
  }
};

struct LowerReduceMeanGradient : public OpRewritePattern<ReduceMeanGradientOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ReduceMeanGradientOp op,
                                PatternRewriter &rewriter) const override {
    LinalgBuilder builder(rewriter, op);
    auto type = cast<RankedTensorType>(op.getType());
    int64_t rank = type.getRank();
    SmallVector<AffineExpr> position;
    for (int64_t axis = 0; axis < rank; ++axis) {
      if (!llvm::is_contained(op.getAxes(), axis))
        position.push_back(builder.getAffineDimExpr(axis));
      else if (op.getKeepDims())
        position.push_back(builder.getAffineConstantExpr(0));
    }
    Value count = builder.createCount(type, op.getAxes());
    rewriter.replaceOp(
        op, builder.createMap(
                type, op.getGradient(),
                AffineMap::get(rank, 0, position, builder.getContext()),
                builder.getWideType(),
                [&](ImplicitLocOpBuilder &b, ValueRange x) -> Value {
                  return arith::DivFOp::create(b, x[0], count);
                }));
    return success();
  }
};

} // namespace

void bn::populatePoolGradientsToLinalgPatterns(RewritePatternSet &patterns) {
  patterns.add<LowerMaxPoolGradient, LowerAveragePoolGradient,
               LowerReduceMeanGradient>(patterns.getContext());
}
