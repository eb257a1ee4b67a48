//===- ProductGradientsToLinalg.cpp - Convolutions backwards --------------===//
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

using namespace mlir;
using namespace mlir::bn;

/// acc + x * y, for the scalars x, y and acc.
static Value createMultiplyAdd(ImplicitLocOpBuilder &b, ValueRange x) {
  return arith::AddFOp::create(b, x[2], arith::MulFOp::create(b, x[0], x[1]));
}

/// `shape` with the channels at `axis` as `groups` and channels of a group.
static SmallVector<int64_t> splitShape(ArrayRef<int64_t> shape, int64_t axis,
                                       int64_t groups) {
  SmallVector<int64_t> split(shape);
  split[axis] /= groups;
  split.insert(split.begin() + axis, groups);
  return split;
}

static Value splitGroups(LinalgBuilder &builder, Value tensor, int64_t axis,
                         int64_t groups) {
  auto type = cast<RankedTensorType>(tensor.getType());
  return builder.splitAxis(tensor, axis, groups,
                           type.getDimSize(axis) / groups);
}

namespace {

struct LowerConvInputGradient : public OpRewritePattern<ConvInputGradientOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ConvInputGradientOp op,
                                PatternRewriter &rewriter) const override {
    LinalgBuilder builder(rewriter, op);
    RankedTensorType type = op.getType();
    Window window = getConvWindow(op, op.getFilter().getType());
    FloatType wide = builder.getWideType();
    int64_t axis = getChannelAxis(type.getRank(), op.getLayout());
    int64_t groups = op.getGroups();
    // Each term is added where its input value stands, in the padding too.
    SmallVector<int64_t> padded = getPaddedShape(
        window, type.getShape(), op.getGradient().getType().getShape());
    ConvMaps maps = getConvMaps(builder, window);
    Value sum = builder.createLoops(
        {splitGroups(builder, op.getGradient(), axis, groups),
         splitGroups(builder, op.getFilter(), 0, groups)},
        {maps.result, maps.filter, maps.input},
        builder.createFilled(splitShape(padded, axis, groups), wide, 0.0), wide,
        createMultiplyAdd);
    rewriter.replaceOp(op, createUnpadded(builder, window,
                                          builder.mergeAxes(sum, axis), type));
    return success();
  }
};

struct LowerConvFilterGradient : public OpRewritePattern<ConvFilterGradientOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ConvFilterGradientOp op,
                                PatternRewriter &rewriter) const override {
    LinalgBuilder builder(rewriter, op);
    RankedTensorType type = op.getType();
    Window window = getConvWindow(op, type);
    FloatType wide = builder.getWideType();
    int64_t axis = getChannelAxis(type.getRank(), op.getLayout());
    int64_t groups = op.getGroups();
    Value input = createPadded(builder, window, op.getInput(),
                               op.getGradient().getType().getShape(), 0.0);
    ConvMaps maps = getConvMaps(builder, window);
    Value sum = builder.createLoops(
        {splitGroups(builder, op.getGradient(), axis, groups),
         splitGroups(builder, input, axis, groups)},
        {maps.result, maps.input, maps.filter},
        builder.createFilled(splitShape(type.getShape(), 0, groups), wide, 0.0),
        wide, createMultiplyAdd);
    rewriter.replaceOp(
        op, builder.createMap(
                type, builder.mergeAxes(sum, 0),
                builder.getMultiDimIdentityMap(type.getRank()), wide,
                [](ImplicitLocOpBuilder &, ValueRange x) { return x[0]; }));
    return success();
  }
};

} // namespace

void bn::populateProductGradientsToLinalgPatterns(RewritePatternSet &patterns) {
  patterns.add<LowerConvInputGradient, LowerConvFilterGradient>(
      patterns.getContext());
}
