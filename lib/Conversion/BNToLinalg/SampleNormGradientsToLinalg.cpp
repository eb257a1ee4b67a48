//===- SampleNormGradientsToLinalg.cpp - Group and layer norm backwards ---===//
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

/// A normalization of `input`, backwards: its statistics have the extents of
/// `keptAxes` of the input, its scale those of `parameterAxes`.
class SampleNormGradient {
public:
  SampleNormGradient(LinalgBuilder &builder, Value gradient, Value input,
                     Value scale, ArrayRef<int64_t> keptAxes,
                     ArrayRef<int64_t> parameterAxes, const APFloat &epsilon,
                     bool centered)
      : builder(builder), gradient(gradient), input(input), scale(scale),
        epsilon(epsilon), type(cast<RankedTensorType>(input.getType())),
        all(builder.getMultiDimIdentityMap(type.getRank())),
        kept(builder.getAxesMap(type.getRank(), keptAxes)),
        parameters(builder.getAxesMap(type.getRank(), parameterAxes)),
        count(createReducedCount(builder, input, keptAxes)) {
    if (centered)
      mean = createMean(builder, input, keptAxes, count);
    variance = createQuotients(
        builder, createSquareSum(builder, input, mean, keptAxes), count);
  }

  /// The gradient of the input, of type `result`.
  Value createInputGradient(RankedTensorType result) {
    Value meanScaled = createQuotients(
        builder, createSum(variance, kept, /*scaled=*/true, /*times=*/true),
        count);
    SmallVector<Value> inputs = getInputs();
    SmallVector<AffineMap> maps = getMaps();
    inputs.push_back(meanScaled);
    maps.push_back(kept);
    if (mean) {
      inputs.push_back(createQuotients(
          builder, createSum(variance, kept, /*scaled=*/true, /*times=*/false),
          count));
      maps.push_back(kept);
    }
    return builder.createMap(
        result, inputs, maps, builder.getWideType(),
        [&](ImplicitLocOpBuilder &b, ValueRange x) -> Value {
          ValueRange means = x.drop_front(mean ? 5 : 4);
          Value rest = arith::MulFOp::create(b, x[0], x[2]);
          if (mean)
            rest = arith::SubFOp::create(b, rest, means[1]);
          rest = arith::SubFOp::create(
              b, rest,
              arith::MulFOp::create(b, createNormalizedInput(b, x), means[0]));
          return createNormalized(b, rest, Value(), x[3], epsilon);
        });
  }

  /// The gradients of scale and offset, in the wide type.
  Value createScaleGradient() {
    return createSum(scale, parameters, /*scaled=*/false, /*times=*/true);
  }
  Value createOffsetGradient() {
    return createSum(scale, parameters, /*scaled=*/false, /*times=*/false);
  }

private:
  SmallVector<Value> getInputs() {
    SmallVector<Value> inputs = {gradient, input, scale, variance};
    if (mean)
      inputs.push_back(mean);
    return inputs;
  }
  SmallVector<AffineMap> getMaps() {
    SmallVector<AffineMap> maps = {all, all, parameters, kept};
    if (mean)
      maps.push_back(kept);
    return maps;
  }
  /// Of the scalars of getInputs().
  Value createNormalizedInput(ImplicitLocOpBuilder &b, ValueRange x) {
    return createNormalized(b, x[1], mean ? x[4] : Value(), x[3], epsilon);
  }

  /// The sum of the gradient (`scaled` by the scale, `times` the normalized
  /// input) into a tensor of the shape of `like`, at the positions of `target`.
  Value createSum(Value like, AffineMap target, bool scaled, bool times) {
    SmallVector<AffineMap> maps = getMaps();
    maps.push_back(target);
    FloatType wide = builder.getWideType();
    ArrayRef<int64_t> shape = cast<RankedTensorType>(like.getType()).getShape();
    return builder.createLoops(
        getInputs(), maps, builder.createFilled(shape, wide, 0.0), wide,
        [&](ImplicitLocOpBuilder &b, ValueRange x) -> Value {
          Value term = x[0];
          if (scaled)
            term = arith::MulFOp::create(b, term, x[2]);
          if (times)
            term = arith::MulFOp::create(b, term, createNormalizedInput(b, x));
          return arith::AddFOp::create(b, x.back(), term);
        });
  }

  LinalgBuilder &builder;
  Value gradient, input, scale;
  APFloat epsilon;
  RankedTensorType type;
  AffineMap all, kept, parameters;
  Value count, mean, variance;
};

} // namespace

/// `tensor` rounded to the element type of `like`, which has its shape.
static Value round(LinalgBuilder &builder, Value tensor, Value like) {
  auto type = cast<RankedTensorType>(like.getType());
  return builder.createMap(
      type, tensor, builder.getMultiDimIdentityMap(type.getRank()),
      builder.getWideType(),
      [](ImplicitLocOpBuilder &, ValueRange x) { return x[0]; });
}

namespace {

struct LowerGroupNormGradient : public OpRewritePattern<GroupNormGradientOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(GroupNormGradientOp op,
                                PatternRewriter &rewriter) const override {
    LinalgBuilder builder(rewriter, op);
    RankedTensorType type = op.getInput().getType();
    int64_t axis = getChannelAxis(type.getRank(), op.getLayout());
    int64_t groups = op.getGroups();
    // The channels as groups and channels of a group.
    int64_t channels = op.getScale().getType().getDimSize(0) / groups;
    auto split = [&](Value tensor, int64_t at) {
      return builder.splitAxis(tensor, at, groups, channels);
    };
    Value input = split(op.getInput(), axis);
    SampleNormGradient norm(builder, split(op.getGradient(), axis), input,
                            split(op.getScale(), 0), {0, axis},
                            {axis, axis + 1}, op.getEpsilon(),
                            /*centered=*/true);
    Value result = builder.mergeAxes(
        norm.createInputGradient(cast<RankedTensorType>(input.getType())),
        axis);
    Value scale = builder.mergeAxes(norm.createScaleGradient(), 0);
    Value offset = builder.mergeAxes(norm.createOffsetGradient(), 0);
    scale = round(builder, scale, op.getScaleGradient());
    offset = round(builder, offset, op.getOffsetGradient());
    rewriter.replaceOp(op, {result, scale, offset});
    return success();
  }
};

struct LowerLayerNormGradient : public OpRewritePattern<LayerNormGradientOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(LayerNormGradientOp op,
                                PatternRewriter &rewriter) const override {
    LinalgBuilder builder(rewriter, op);
    auto type = cast<RankedTensorType>(op.getResult().getType());
    int64_t rank = type.getRank(), axis = op.getAxis();
    SampleNormGradient norm(
        builder, op.getGradient(), op.getInput(), op.getScale(),
        llvm::to_vector(llvm::seq<int64_t>(0, axis)),
        llvm::to_vector(llvm::seq<int64_t>(axis, rank)), op.getEpsilon(),
        /*centered=*/!op.getRootMeanSquare());
    Value result = norm.createInputGradient(type);
    Value scale =
        round(builder, norm.createScaleGradient(), op.getScaleGradient());
    Value offset =
        round(builder, norm.createOffsetGradient(), op.getOffsetGradient());
    rewriter.replaceOp(op, {result, scale, offset});
    return success();
  }
};

} // namespace

void bn::populateSampleNormGradientsToLinalgPatterns(
    RewritePatternSet &patterns) {
  patterns.add<LowerGroupNormGradient, LowerLayerNormGradient>(
      patterns.getContext());
}
