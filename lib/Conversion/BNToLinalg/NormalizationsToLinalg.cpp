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
    AffineMap identity = builder.getMultiDimIdentityMap(1);
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
