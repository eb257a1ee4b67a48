//===- NormalizationsToLinalg.cpp - Normalizations as loops ---------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Moments.h"

#include "bn/Conversion/BNToLinalg/Passes.h"
#include "bn/Dialect/BN/IR/BN.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace mlir::bn;

/// scale * (x - mean) / sqrt(variance + epsilon) + offset, for the scalars
/// x, scale, offset, mean, variance.
static Value createNormalization(ImplicitLocOpBuilder &b, ValueRange x,
                                 const APFloat &epsilon) {
  Value normalized = createNormalized(b, x[0], x[3], x[4], epsilon);
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

/// The new running statistic, by the op's momentum and convention.
template <typename Op>
static Value blend(LinalgBuilder &builder, Op op, Value running, Value batch) {
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

/// `vector` in another element type.
static Value convert(LinalgBuilder &builder, Value vector, FloatType type) {
  return builder.createMap(
      cast<RankedTensorType>(vector.getType()).clone(type), vector,
      builder.getMultiDimIdentityMap(1), builder.getWideType(),
      [](ImplicitLocOpBuilder &, ValueRange x) { return x[0]; });
}

/// `vector` in the element type of `like`.
static Value round(LinalgBuilder &builder, Value vector, Value like) {
  return convert(builder, vector, getFloatType(like));
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
    Value count = createReducedCount(builder, op.getInput(), channelAxis);
    Value mean = createMean(builder, op.getInput(), channelAxis, count);
    Value squares = createSquareSum(builder, op.getInput(), mean, channelAxis);
    Value variance = createQuotients(builder, squares, count);
    Value averagedVariance = variance;
    if (op.getVarianceBias() == RunningVariance::unbiased)
      averagedVariance =
          createQuotients(builder, squares,
                          arith::SubFOp::create(
                              builder, count, builder.createScalar(wide, 1.0)));

    Value result = builder.createMap(
        type, {op.getInput(), op.getScale(), op.getOffset(), mean, variance},
        getMaps(builder, rank, op.getLayout(), /*count=*/4), wide,
        [&](ImplicitLocOpBuilder &b, ValueRange x) {
          return createNormalization(b, x, op.getEpsilon());
        });
    rewriter.replaceOp(
        op, {result, round(builder, mean, op.getBatchMean()),
             round(builder, variance, op.getBatchVariance()),
             blend(builder, op, op.getRunningMean(), mean),
             blend(builder, op, op.getRunningVariance(), averagedVariance)});
    return success();
  }
};

struct LowerBatchStatistics : public OpRewritePattern<BatchStatisticsOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(BatchStatisticsOp op,
                                PatternRewriter &rewriter) const override {
    LinalgBuilder builder(rewriter, op);
    int64_t axis = getChannelAxis(getRank(op.getInput()), op.getLayout());
    Value count = createReducedCount(builder, op.getInput(), axis);
    Value mean = createMean(builder, op.getInput(), axis, count);
    Value variance = createQuotients(
        builder, createSquareSum(builder, op.getInput(), mean, axis), count);
    rewriter.replaceOp(op, {round(builder, mean, op.getMean()),
                            round(builder, variance, op.getVariance())});
    return success();
  }
};

struct LowerRunningStatistics : public OpRewritePattern<RunningStatisticsOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(RunningStatisticsOp op,
                                PatternRewriter &rewriter) const override {
    LinalgBuilder builder(rewriter, op);
    Value variance = op.getVariance();
    if (op.getVarianceBias() == RunningVariance::unbiased) {
      int64_t axis = getChannelAxis(getRank(op.getInput()), op.getLayout());
      Value count = createReducedCount(builder, op.getInput(), axis);
      Value others = arith::SubFOp::create(
          builder, count, builder.createScalar(builder.getWideType(), 1.0));
      Value ratio = arith::DivFOp::create(builder, others, count);
      variance = createQuotients(
          builder, convert(builder, variance, builder.getWideType()), ratio);
    }
    rewriter.replaceOp(op,
                       {blend(builder, op, op.getRunningMean(), op.getMean()),
                        blend(builder, op, op.getRunningVariance(), variance)});
    return success();
  }
};

} // namespace

void bn::populateNormalizationsToLinalgPatterns(RewritePatternSet &patterns) {
  patterns.add<LowerBatchNormInference, LowerBatchNormTraining,
               LowerBatchStatistics, LowerRunningStatistics, LowerScaleShift>(
      patterns.getContext());
}
