//===- ProductsToLinalg.cpp - Convolution and linear layers as loops ------===//
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
#include "mlir/Dialect/Tensor/IR/Tensor.h"
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
    int64_t rank = type.getRank(), spatial = rank - 2;
    int64_t channelAxis = getChannelAxis(rank, op.getLayout());
    int64_t groups = op.getGroups();
    RankedTensorType filterType = op.getFilter().getType();
    int64_t groupIn = filterType.getDimSize(1);
    int64_t groupOut = filterType.getDimSize(0) / groups;

    // With the channels as group and channel of the group, every index of the
    // formula is a loop of its own: n, g, o, the positions y, c, the taps k.
    Value input =
        builder.splitAxis(pad(builder, op), channelAxis, groups, groupIn);
    Value filter = builder.splitAxis(op.getFilter(), 0, groups, groupOut);
    int64_t loops = 4 + 2 * spatial;
    auto dim = [&](int64_t i) { return builder.getAffineDimExpr(i); };
    AffineExpr n = dim(0), g = dim(1), o = dim(2), c = dim(3 + spatial);
    SmallVector<AffineExpr> inputSpace, resultSpace, taps;
    for (int64_t i = 0; i < spatial; ++i) {
      AffineExpr y = dim(3 + i), k = dim(4 + spatial + i);
      inputSpace.push_back(y * op.getStrides()[i] + k * op.getDilations()[i]);
      resultSpace.push_back(y);
      taps.push_back(k);
    }
    auto imageMap = [&](ArrayRef<AffineExpr> space, AffineExpr channel) {
      SmallVector<AffineExpr> exprs = {n};
      exprs.append(space.begin(), space.end());
      exprs.insert(exprs.begin() + channelAxis, {g, channel});
      return AffineMap::get(loops, 0, exprs, builder.getContext());
    };
    SmallVector<AffineExpr> filterExprs = {g, o, c};
    filterExprs.append(taps);
    AffineMap filterMap =
        AffineMap::get(loops, 0, filterExprs, builder.getContext());

    SmallVector<int64_t> sumShape(type.getShape());
    sumShape[channelAxis] = groups;
    sumShape.insert(sumShape.begin() + channelAxis + 1, groupOut);
    Value sum = builder.createLoops(
        {input, filter},
        {imageMap(inputSpace, c), filterMap, imageMap(resultSpace, o)},
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

private:
  /// The input surrounded by zeros.
  static Value pad(LinalgBuilder &builder, ConvOp op) {
    if (llvm::all_of(op.getPadding(), [](int64_t p) { return p == 0; }))
      return op.getInput();
    RankedTensorType type = op.getInput().getType();
    SmallVector<OpFoldResult> low(type.getRank(), builder.getIndexAttr(0));
    SmallVector<OpFoldResult> high = low;
    int64_t spatial = type.getRank() - 2;
    for (int64_t i = 0; i < spatial; ++i) {
      int64_t axis = getFirstSpatialAxis(op.getLayout()) + i;
      low[axis] = builder.getIndexAttr(op.getPadding()[i]);
      high[axis] = builder.getIndexAttr(op.getPadding()[spatial + i]);
    }
    return tensor::PadOp::create(
        builder, /*resultType=*/Type(), op.getInput(), low, high,
        builder.createScalar(type.getElementType(), 0.0));
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
