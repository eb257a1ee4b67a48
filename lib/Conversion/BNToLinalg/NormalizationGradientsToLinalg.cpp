//===- NormalizationGradientsToLinalg.cpp - Batch norm backwards ----------===//
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
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace mlir::bn;

namespace {
/// The gradients of scale and offset, in the wide type.
struct ParameterGradients {
  Value scale, offset;
};
} // namespace

/// The maps of `images` activations of `rank`, then of `count` channel vectors.
static SmallVector<AffineMap> getMaps(LinalgBuilder &builder, int64_t rank,
                                      Layout layout, int64_t images,
                                      int64_t count) {
  SmallVector<AffineMap> maps(images, builder.getMultiDimIdentityMap(rank));
  maps.append(count, builder.getAxesMap(rank, {getChannelAxis(rank, layout)}));
  return maps;
}

/// Sums over the batch and all positions; see bn.batch_norm_gradient.
template <typename Op>
static ParameterGradients createSums(LinalgBuilder &builder, Op op) {
  RankedTensorType type = op.getInput().getType();
  int64_t rank = type.getRank();
  FloatType wide = builder.getWideType();
  auto createZeros = [&] {
    int64_t axis = getChannelAxis(rank, op.getLayout());
    return builder.createFilled({type.getDimSize(axis)}, wide, 0.0);
  };
  Value scale = builder.createLoops(
      {op.getGradient(), op.getInput(), op.getMean(), op.getVariance()},
      getMaps(builder, rank, op.getLayout(), /*images=*/2, /*count=*/3),
      createZeros(), wide, [&](ImplicitLocOpBuilder &b, ValueRange x) -> Value {
        Value normalized =
            createNormalized(b, x[1], x[2], x[3], op.getEpsilon());
        return arith::AddFOp::create(
            b, x[4], arith::MulFOp::create(b, x[0], normalized));
      });
  Value offset = builder.createLoops(
      op.getGradient(),
      getMaps(builder, rank, op.getLayout(), /*images=*/1, /*count=*/1),
      createZeros(), wide, [](ImplicitLocOpBuilder &b, ValueRange x) -> Value {
        return arith::AddFOp::create(b, x[1], x[0]);
      });
  return {scale, offset};
}

/// The gradient of the input, given the sums.
template <typename Op>
static Value createInputGradient(LinalgBuilder &builder, Op op,
                                 ParameterGradients sums) {
  RankedTensorType type = op.getInput().getType();
  int64_t rank = type.getRank();
  Value count = createReducedCount(builder, op.getInput(),
                                   {getChannelAxis(rank, op.getLayout())});
  return builder.createMap(
      type,
      {op.getGradient(), op.getInput(), op.getScale(), op.getMean(),
       op.getVariance(), sums.scale, sums.offset},
      getMaps(builder, rank, op.getLayout(), /*images=*/2, /*count=*/5),
      builder.getWideType(),
      [&](ImplicitLocOpBuilder &b, ValueRange x) -> Value {
        Value normalized =
            createNormalized(b, x[1], x[3], x[4], op.getEpsilon());
        // Both means over the values of the channel: what the batch's own
        // mean and variance take away.
        Value meanScale = arith::DivFOp::create(b, x[5], count);
        Value meanOffset = arith::DivFOp::create(b, x[6], count);
        Value rest = arith::SubFOp::create(
            b, arith::SubFOp::create(b, x[0], meanOffset),
            arith::MulFOp::create(b, normalized, meanScale));
        // scale / sqrt(variance + epsilon) is scale, normalized about zero.
        Value factor =
            createNormalized(b, x[2], Value(), x[4], op.getEpsilon());
        return arith::MulFOp::create(b, factor, rest);
      });
}

static Value round(LinalgBuilder &builder, Value vector, Value like) {
  return builder.createMap(
      cast<RankedTensorType>(like.getType()), vector,
      builder.getMultiDimIdentityMap(1), builder.getWideType(),
      [](ImplicitLocOpBuilder &, ValueRange x) { return x[0]; });
}

namespace {

struct LowerBatchNormGradient : public OpRewritePattern<BatchNormGradientOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(BatchNormGradientOp op,
                                PatternRewriter &rewriter) const override {
    LinalgBuilder builder(rewriter, op);
    ParameterGradients sums = createSums(builder, op);
    Value result = createInputGradient(builder, op, sums);
    Value scale = round(builder, sums.scale, op.getScaleGradient());
    Value offset = round(builder, sums.offset, op.getOffsetGradient());
    rewriter.replaceOp(op, {result, scale, offset});
    return success();
  }
};

struct LowerParameterGradient
    : public OpRewritePattern<BatchNormParameterGradientOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(BatchNormParameterGradientOp op,
                                PatternRewriter &rewriter) const override {
    LinalgBuilder builder(rewriter, op);
    ParameterGradients sums = createSums(builder, op);
    Value scale = round(builder, sums.scale, op.getScaleGradient());
    Value offset = round(builder, sums.offset, op.getOffsetGradient());
    rewriter.replaceOp(op, {scale, offset});
    return success();
  }
};

struct LowerInputGradient : public OpRewritePattern<BatchNormInputGradientOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(BatchNormInputGradientOp op,
                                PatternRewriter &rewriter) const override {
    LinalgBuilder builder(rewriter, op);
    rewriter.replaceOp(
        op, createInputGradient(
                builder, op, {op.getScaleGradient(), op.getOffsetGradient()}));
    return success();
  }
};

} // namespace

void bn::populateNormalizationGradientsToLinalgPatterns(
    RewritePatternSet &patterns) {
  patterns
      .add<LowerBatchNormGradient, LowerParameterGradient, LowerInputGradient>(
          patterns.getContext());
}
