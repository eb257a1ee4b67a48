//===- SampleNormsToLinalg.cpp - Normalizations within a sample -----------===//
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

namespace {

/// Scale, offset, mean and variance of a normalization; offset and mean may be
/// null.
struct Normalization {
  Value scale, offset, mean, variance;
};

} // namespace

/// scale * (input - mean) / sqrt(variance + epsilon) + offset, where
/// `parameterMap` holds the position in scale and offset for one in `input`,
/// `statisticMap` that in mean and variance.
static Value createResult(LinalgBuilder &builder, Value input,
                          const Normalization &norm, AffineMap parameterMap,
                          AffineMap statisticMap, const APFloat &epsilon) {
  auto type = cast<RankedTensorType>(input.getType());
  SmallVector<Value> inputs = {input, norm.scale, norm.variance};
  SmallVector<AffineMap> maps = {builder.getMultiDimIdentityMap(type.getRank()),
                                 parameterMap, statisticMap};
  if (norm.mean) {
    inputs.push_back(norm.mean);
    maps.push_back(statisticMap);
  }
  if (norm.offset) {
    inputs.push_back(norm.offset);
    maps.push_back(parameterMap);
  }
  return builder.createMap(type, inputs, maps, builder.getWideType(),
                           [&](ImplicitLocOpBuilder &b, ValueRange x) -> Value {
                             Value mean = norm.mean ? x[3] : Value();
                             Value normalized =
                                 createNormalized(b, x[0], mean, x[2], epsilon);
                             Value scaled =
                                 arith::MulFOp::create(b, x[1], normalized);
                             if (!norm.offset)
                               return scaled;
                             return arith::AddFOp::create(b, scaled, x.back());
                           });
}

namespace {

struct LowerGroupNorm : public OpRewritePattern<GroupNormOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(GroupNormOp op,
                                PatternRewriter &rewriter) const override {
    LinalgBuilder builder(rewriter, op);
    int64_t rank = op.getType().getRank();
    int64_t axis = getChannelAxis(rank, op.getLayout());
    int64_t groups = op.getGroups();
    int64_t channelsPerGroup = op.getChannelCount() / groups;

    // Statistics keep the batch and, of the channels as groups of channels,
    // the groups.
    Value grouped =
        builder.splitAxis(op.getInput(), axis, groups, channelsPerGroup);
    SmallVector<int64_t> keptAxes = {0, axis};
    Value count = createReducedCount(builder, grouped, keptAxes);
    Value mean = createMean(builder, grouped, keptAxes, count);
    Value variance = createQuotients(
        builder, createSquareSum(builder, grouped, mean, keptAxes), count);

    AffineExpr channel = builder.getAffineDimExpr(axis);
    AffineMap statisticMap = AffineMap::get(
        rank, 0,
        {builder.getAffineDimExpr(0), channel.floorDiv(channelsPerGroup)},
        builder.getContext());
    rewriter.replaceOp(
        op, createResult(builder, op.getInput(),
                         {op.getScale(), op.getOffset(), mean, variance},
                         builder.getAxesMap(rank, {axis}), statisticMap,
                         op.getEpsilon()));
    return success();
  }
};

struct LowerLayerNorm : public OpRewritePattern<LayerNormOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(LayerNormOp op,
                                PatternRewriter &rewriter) const override {
    LinalgBuilder builder(rewriter, op);
    Value input = op.getInput();
    int64_t rank = op.getType().getRank(), axis = op.getAxis();
    auto keptAxes = llvm::to_vector(llvm::seq<int64_t>(0, axis));
    auto normalizedAxes = llvm::to_vector(llvm::seq<int64_t>(axis, rank));
    Value count = createReducedCount(builder, input, keptAxes);
    Value mean;
    if (!op.getRootMeanSquare())
      mean = createMean(builder, input, keptAxes, count);
    Value variance = createQuotients(
        builder, createSquareSum(builder, input, mean, keptAxes), count);
    rewriter.replaceOp(
        op, createResult(builder, input,
                         {op.getScale(), op.getOffset(), mean, variance},
                         builder.getAxesMap(rank, normalizedAxes),
                         builder.getAxesMap(rank, keptAxes), op.getEpsilon()));
    return success();
  }
};

} // namespace

void bn::populateSampleNormsToLinalgPatterns(RewritePatternSet &patterns) {
  patterns.add<LowerGroupNorm, LowerLayerNorm>(patterns.getContext());
}
