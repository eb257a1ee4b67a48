//===- ProductsToLinalg.cpp - Convolution and linear layers as loops ------===//
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

/// acc + x * w, for the scalars x, w and acc.
static Value createMultiplyAdd(ImplicitLocOpBuilder &b, ValueRange x) {
  return arith::AddFOp::create(b, x[2], arith::MulFOp::create(b, x[0], x[1]));
}

namespace {

struct LowerConv : public OpRewritePattern<ConvOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ConvOp op,
                                PatternRewriter &rewriter) const override {
    LinalgBuilder builder(rewriter, op);
    RankedTensorType type = op.getType();
    int64_t rank = type.getRank();
    int64_t channelAxis = getChannelAxis(rank, op.getLayout());
    int64_t groups = op.getGroups();
    RankedTensorType filterType = op.getFilter().getType();
    int64_t groupIn = filterType.getDimSize(1);
    int64_t groupOut = filterType.getDimSize(0) / groups;

    // With the channels as group and channel of the group, every index of the
    // formula is a loop of its own.
    Window window = getConvWindow(op, filterType);
    Value input = builder.splitAxis(
        createPadded(builder, window, op.getInput(), type.getShape(), 0.0),
        channelAxis, groups, groupIn);
    Value filter = builder.splitAxis(op.getFilter(), 0, groups, groupOut);
    ConvMaps convMaps = getConvMaps(builder, window);
    SmallVector<int64_t> sumShape(type.getShape());
    sumShape[channelAxis] = groups;
    sumShape.insert(sumShape.begin() + channelAxis + 1, groupOut);
    Value sum = builder.createLoops(
        {input, filter}, {convMaps.input, convMaps.filter, convMaps.result},
        builder.createFilled(sumShape, builder.getWideType(), 0.0),
        builder.getWideType(), createMultiplyAdd);
    sum = builder.mergeAxes(sum, channelAxis);

    SmallVector<Value> inputs = {sum};
    SmallVector<AffineMap> maps = {builder.getMultiDimIdentityMap(rank)};
    if (op.getBias()) {
      inputs.push_back(op.getBias());
      maps.push_back(builder.getAxesMap(rank, {channelAxis}));
    }
    rewriter.replaceOp(
        op,
        builder.createMap(type, inputs, maps, builder.getWideType(),
                          [&](ImplicitLocOpBuilder &b, ValueRange x) -> Value {
                            if (!op.getBias())
                              return x[0];
                            return arith::AddFOp::create(b, x[0], x[1]);
                          }));
    return success();
  }
};

struct LowerLinear : public OpRewritePattern<LinearOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(LinearOp op,
                                PatternRewriter &rewriter) const override {
    LinalgBuilder builder(rewriter, op);
    auto type = cast<RankedTensorType>(op.getType());
    int64_t rank = type.getRank();
    // Loops: the axes of the result, the last of which is o, then the sum's k.
    auto [outer, column, inner] = std::make_tuple(
        llvm::to_vector(llvm::seq<int64_t>(rank - 1)), rank - 1, rank);
    SmallVector<int64_t> inputAxes = outer, resultAxes = outer;
    inputAxes.push_back(inner);
    resultAxes.push_back(column);
    if (op.getTransposeInput())
      std::swap(inputAxes[0], inputAxes[1]);
    SmallVector<int64_t> weightAxes = {inner, column};
    if (op.getTransposeWeight())
      std::swap(weightAxes[0], weightAxes[1]);

    Value sum = builder.createLoops(
        {op.getInput(), op.getWeight()},
        {builder.getAxesMap(rank + 1, inputAxes),
         builder.getAxesMap(rank + 1, weightAxes),
         builder.getAxesMap(rank + 1, resultAxes)},
        builder.createFilled(type.getShape(), builder.getWideType(), 0.0),
        builder.getWideType(), createMultiplyAdd);

    SmallVector<Value> inputs = {sum};
    SmallVector<AffineMap> maps = {builder.getMultiDimIdentityMap(rank)};
    if (op.getBias()) {
      inputs.push_back(op.getBias());
      maps.push_back(builder.getAxesMap(rank, {column}));
    }
    auto scale = [](ImplicitLocOpBuilder &b, Value x,
                    const APFloat &factor) -> Value {
      if (factor.isExactlyValue(1.0))
        return x;
      Value scalar = arith::ConstantOp::create(
          b, b.getFloatAttr(x.getType(), factor.convertToDouble()));
      return arith::MulFOp::create(b, x, scalar);
    };
    rewriter.replaceOp(
        op,
        builder.createMap(type, inputs, maps, builder.getWideType(),
                          [&](ImplicitLocOpBuilder &b, ValueRange x) -> Value {
                            Value product = scale(b, x[0], op.getAlpha());
                            if (!op.getBias())
                              return product;
                            return arith::AddFOp::create(
                                b, product, scale(b, x[1], op.getBeta()));
                          }));
    return success();
  }
};

} // namespace

void bn::populateProductsToLinalgPatterns(RewritePatternSet &patterns) {
  patterns.add<LowerConv, LowerLinear>(patterns.getContext());
}
