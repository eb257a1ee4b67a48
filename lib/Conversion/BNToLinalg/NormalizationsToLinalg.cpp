//===- NormalizationsToLinalg.cpp - Normalizations as loops ---------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LinalgBuilder.h"

#include "bn/Conversion/BNToLinalg/Passes.h"
#include "bn/Dialect/BN/IR/BN.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace mlir::bn;

static Value createConstant(ImplicitLocOpBuilder &b, Type type,
                            const APFloat &value) {
  return arith::ConstantOp::create(
      b, FloatAttr::get(type, value.convertToDouble()));
}

/// scale * (x - mean) / sqrt(variance + epsilon) + offset, for the scalars
/// x, scale, offset, mean, variance.
static Value createNormalization(ImplicitLocOpBuilder &b, ValueRange x,
                                 const APFloat &epsilon) {
  Value centered = arith::SubFOp::create(b, x[0], x[3]);
  Value shifted = arith::AddFOp::create(
      b, x[4], createConstant(b, x[4].getType(), epsilon));
  Value normalized =
      arith::DivFOp::create(b, centered, math::SqrtOp::create(b, shifted));
  return arith::AddFOp::create(b, arith::MulFOp::create(b, x[1], normalized),
                               x[2]);
}

/// The maps of an activation of `rank`, then of `count` channel vectors.
static SmallVector<AffineMap> getMaps(LinalgBuilder &builder, int64_t rank,
                                      Layout layout, int64_t count) {
  SmallVector<AffineMap> maps = {builder.getMultiDimIdentityMap(rank)};
  maps.append(count, builder.getAxesMap(rank, {getChannelAxis(rank, layout)}));
  return maps;
}

namespace {

struct LowerBatchNormInference : public OpRewritePattern<BatchNormInferenceOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(BatchNormInferenceOp op,
                                PatternRewriter &rewriter) const override {
    LinalgBuilder builder(rewriter, op);
    RankedTensorType type = op.getType();
    rewriter.replaceOp(
        op, builder.createMap(type, op->getOperands(),
                              getMaps(builder, type.getRank(), op.getLayout(),
                                      /*count=*/4),
                              builder.getWideType(),
                              [&](ImplicitLocOpBuilder &b, ValueRange x) {
                                return createNormalization(b, x,
                                                           op.getEpsilon());
                              }));
    return success();
  }
};

struct LowerScaleShift : public OpRewritePattern<ScaleShiftOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ScaleShiftOp op,
                                PatternRewriter &rewriter) const override {
    LinalgBuilder builder(rewriter, op);
    RankedTensorType type = op.getType();
    rewriter.replaceOp(
        op, builder.createMap(
                type, op->getOperands(),
                getMaps(builder, type.getRank(), op.getLayout(), /*count=*/2),
                builder.getWideType(),
                [](ImplicitLocOpBuilder &b, ValueRange x) -> Value {
                  return arith::AddFOp::create(
                      b, arith::MulFOp::create(b, x[0], x[1]), x[2]);
                }));
    return success();
  }
};

struct LowerBatchNormTraining : public OpRewritePattern<BatchNormTrainingOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(BatchNormTrainingOp op,
                                PatternRewriter &rewriter) const override {
    LinalgBuilder builder(rewriter, op);
    RankedTensorType type = op.getInput().getType();
    FloatType wide = builder.getWideType();
    int64_t rank = type.getRank();
    int64_t channelAxis = getChannelAxis(rank, op.getLayout());
    auto wideVector =
        RankedTensorType::get({type.getDimSize(channelAxis)}, wide);
    AffineMap all = builder.getMultiDimIdentityMap(rank);
    AffineMap channel = builder.getAxesMap(rank, {channelAxis});
    AffineMap identity = builder.getMultiDimIdentityMap(1);
    SmallVector<int64_t> summedAxes;
    for (int64_t axis = 0; axis < rank; ++axis)
      if (axis != channelAxis)
        summedAxes.push_back(axis);
    Value count = builder.createCount(type, summedAxes);
    auto createZeros = [&] {
      return builder.createFilled(wideVector.getShape(), wide, 0.0);
    };

    // mean = first + sum(x - first) / m, where `first` is the channel's first
    // value: a large common offset costs no digits, and the mean of a constant
    // channel is that constant, so that its result is exactly the offset.
    Value first = getFirstValues(builder, op.getInput(), channelAxis);
    Value sum = builder.createLoops(
        {op.getInput(), first}, {all, channel, channel}, createZeros(), wide,
        [](ImplicitLocOpBuilder &b, ValueRange x) -> Value {
          return arith::AddFOp::create(b, x[2],
                                       arith::SubFOp::create(b, x[0], x[1]));
        });
    Value mean =
        builder.createMap(wideVector, {first, sum}, {identity, identity}, wide,
                          [&](ImplicitLocOpBuilder &b, ValueRange x) -> Value {
                            return arith::AddFOp::create(
                                b, x[0], arith::DivFOp::create(b, x[1], count));
                          });

    // The second pass, over the deviations: E[x^2] - E[x]^2 would cancel.
    Value squares = builder.createLoops(
        {op.getInput(), mean}, {all, channel, channel}, createZeros(), wide,
        [](ImplicitLocOpBuilder &b, ValueRange x) -> Value {
          Value deviation = arith::SubFOp::create(b, x[0], x[1]);
          return arith::AddFOp::create(
              b, x[2], arith::MulFOp::create(b, deviation, deviation));
        });
    auto divideSquares = [&](Value divisor) {
      return builder.createMap(
          wideVector, squares, identity, wide,
          [&](ImplicitLocOpBuilder &b, ValueRange x) -> Value {
            return arith::DivFOp::create(b, x[0], divisor);
          });
    };
    Value variance = divideSquares(count);
    Value averagedVariance = variance;
    if (op.getVarianceBias() == RunningVariance::unbiased)
      averagedVariance = divideSquares(arith::SubFOp::create(
          builder, count, builder.createScalar(wide, 1.0)));

    Value result = builder.createMap(
        type, {op.getInput(), op.getScale(), op.getOffset(), mean, variance},
        getMaps(builder, rank, op.getLayout(), /*count=*/4), wide,
        [&](ImplicitLocOpBuilder &b, ValueRange x) {
          return createNormalization(b, x, op.getEpsilon());
        });
    auto round = [&](Value vector, Value like) {
      return builder.createMap(
          cast<RankedTensorType>(like.getType()), vector, identity, wide,
          [](ImplicitLocOpBuilder &, ValueRange x) { return x[0]; });
    };
    rewriter.replaceOp(
        op, {result, round(mean, op.getBatchMean()),
             round(variance, op.getBatchVariance()),
             blend(builder, op, op.getRunningMean(), mean),
             blend(builder, op, op.getRunningVariance(), averagedVariance)});
    return success();
  }

private:
  /// The value of each channel at position 0 of the other axes.
  static Value getFirstValues(LinalgBuilder &builder, Value input,
                              int64_t channelAxis) {
    auto type = cast<RankedTensorType>(input.getType());
    OpFoldResult zero = builder.getIndexAttr(0), one = builder.getIndexAttr(1);
    SmallVector<OpFoldResult> offsets(type.getRank(), zero);
    SmallVector<OpFoldResult> sizes(type.getRank(), one), strides = sizes;
    int64_t channels = type.getDimSize(channelAxis);
    sizes[channelAxis] = ShapedType::isDynamic(channels)
                             ? OpFoldResult(builder.getBatch())
                             : builder.getIndexAttr(channels);
    return tensor::ExtractSliceOp::create(
        builder, RankedTensorType::get({channels}, type.getElementType()),
        input, offsets, sizes, strides);
  }

  /// The new running statistic, by the op's momentum and convention.
  static Value blend(LinalgBuilder &builder, BatchNormTrainingOp op,
                     Value running, Value batch) {
    double momentum = op.getMomentum().convertToDouble();
    bool keeps = op.getConvention() == MomentumConvention::onnx;
    double runningShare = keeps ? momentum : 1.0 - momentum;
    double batchShare = keeps ? 1.0 - momentum : momentum;
    AffineMap identity = builder.getMultiDimIdentityMap(1);
    return builder.createMap(
        cast<RankedTensorType>(running.getType()), {running, batch},
        {identity, identity}, builder.getWideType(),
        [&](ImplicitLocOpBuilder &b, ValueRange x) -> Value {
          auto weigh = [&](Value value, double share) -> Value {
            return arith::MulFOp::create(
                b, value,
                arith::ConstantOp::create(
                    b, b.getFloatAttr(value.getType(), share)));
          };
          // One after the other: C++ leaves the order of arguments open.
          Value kept = weigh(x[0], runningShare);
          Value added = weigh(x[1], batchShare);
          return arith::AddFOp::create(b, kept, added);
        });
  }
};

} // namespace

void bn::populateNormalizationsToLinalgPatterns(RewritePatternSet &patterns) {
  patterns
      .add<LowerBatchNormInference, LowerBatchNormTraining, LowerScaleShift>(
          patterns.getContext());
}
