//===- ShapesToLinalg.cpp - Ops that move values --------------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LinalgBuilder.h"

#include "bn/Conversion/BNToLinalg/Passes.h"
#include "bn/Dialect/BN/IR/BN.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace mlir::bn;

namespace {

/// A reshape is a view of the row of all values: collapsed, then expanded.
struct LowerReshape : public OpRewritePattern<ReshapeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ReshapeOp op,
                                PatternRewriter &rewriter) const override {
    LinalgBuilder builder(rewriter, op);
    RankedTensorType type = op.getType();
    RankedTensorType inputType = op.getInput().getType();
    Value values = op.getInput();
    // All axes as one group; a scalar has none on either side.
    bool scalar = inputType.getRank() == 0 || type.getRank() == 0;
    auto getGroups = [&](int64_t rank) {
      SmallVector<ReassociationIndices> groups;
      if (!scalar)
        groups.push_back(llvm::to_vector(llvm::seq<int64_t>(rank)));
      return groups;
    };
    if (inputType.getRank() > (scalar ? 0 : 1))
      values = tensor::CollapseShapeOp::create(builder, values,
                                               getGroups(inputType.getRank()));
    if (type.getRank() > (scalar ? 0 : 1)) {
      values = tensor::ExpandShapeOp::create(
          builder, type, values, getGroups(type.getRank()),
          builder.getExtents(type.getShape()));
    }
    rewriter.replaceOp(op, values);
    return success();
  }
};

struct LowerTranspose : public OpRewritePattern<TransposeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(TransposeOp op,
                                PatternRewriter &rewriter) const override {
    LinalgBuilder builder(rewriter, op);
    auto type = cast<RankedTensorType>(op.getType());
    rewriter.replaceOp(
        op, linalg::TransposeOp::create(
                builder, op.getInput(),
                builder.createEmpty(type.getShape(), type.getElementType()),
                op.getPermutation())
                ->getResults());
    return success();
  }
};

/// The inputs are written one behind the other into the result.
struct LowerConcat : public OpRewritePattern<ConcatOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ConcatOp op,
                                PatternRewriter &rewriter) const override {
    LinalgBuilder builder(rewriter, op);
    auto type = cast<RankedTensorType>(op.getType());
    Value result = builder.createEmpty(type.getShape(), type.getElementType());
    SmallVector<OpFoldResult> offsets(type.getRank(), builder.getIndexAttr(0));
    SmallVector<OpFoldResult> strides(type.getRank(), builder.getIndexAttr(1));
    int64_t begin = 0;
    for (Value input : op.getInputs()) {
      auto inputType = cast<RankedTensorType>(input.getType());
      offsets[op.getAxis()] = builder.getIndexAttr(begin);
      begin += inputType.getDimSize(op.getAxis());
      result = tensor::InsertSliceOp::create(
          builder, input, result, offsets,
          builder.getExtents(inputType.getShape()), strides);
    }
    rewriter.replaceOp(op, result);
    return success();
  }
};

struct LowerSlice : public OpRewritePattern<SliceOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(SliceOp op,
                                PatternRewriter &rewriter) const override {
    LinalgBuilder builder(rewriter, op);
    auto type = cast<RankedTensorType>(op.getType());
    SmallVector<OpFoldResult> offsets(type.getRank(), builder.getIndexAttr(0));
    SmallVector<OpFoldResult> strides(type.getRank(), builder.getIndexAttr(1));
    offsets[op.getAxis()] = builder.getIndexAttr(op.getBegin());
    Value slice = tensor::ExtractSliceOp::create(
        builder, type, op.getInput(), offsets,
        builder.getExtents(type.getShape()), strides);
    rewriter.replaceOp(op, slice);
    return success();
  }
};

} // namespace

void bn::populateShapesToLinalgPatterns(RewritePatternSet &patterns) {
  patterns.add<LowerConcat, LowerReshape, LowerSlice, LowerTranspose>(
      patterns.getContext());
}
