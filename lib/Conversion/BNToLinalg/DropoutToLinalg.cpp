//===- DropoutToLinalg.cpp - Zeros at random ------------------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LinalgBuilder.h"

#include "bn/Conversion/BNToLinalg/Passes.h"
#include "bn/Dialect/BN/IR/BN.h"
#include "bn/Dialect/BN/IR/DropoutHash.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace mlir::bn;

/// The hash of the row and the position within it of the value that a loop nest
/// over a tensor of `type` is at.
static Value createPlaceHash(ImplicitLocOpBuilder &b, RankedTensorType type,
                             Value state) {
  auto getWord = [&](Value index) -> Value {
    return arith::IndexCastOp::create(b, b.getI32Type(), index);
  };
  Value row = arith::ConstantIndexOp::create(b, 0), position = row;
  for (int64_t axis = 0; axis < type.getRank(); ++axis) {
    Value index = linalg::IndexOp::create(b, axis);
    if (axis == 0) {
      row = index;
      continue;
    }
    Value extent = arith::ConstantIndexOp::create(b, type.getDimSize(axis));
    position = arith::AddIOp::create(
        b, arith::MulIOp::create(b, position, extent), index);
  }
  return createHashStep(b, createHashStep(b, state, getWord(row)),
                        getWord(position));
}

namespace {

struct LowerDropout : public OpRewritePattern<DropoutOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(DropoutOp op,
                                PatternRewriter &rewriter) const override {
    if (!op.getSeed())
      return rewriter.notifyMatchFailure(op, "it has no seed");
    LinalgBuilder builder(rewriter, op);
    auto type = cast<RankedTensorType>(op.getType());
    if (ShapedType::isDynamicShape(
            type.getShape().drop_front(std::min<int64_t>(1, type.getRank()))))
      return rewriter.notifyMatchFailure(op, "a row has a dynamic extent");
    auto getSeed = [&](int64_t i) -> Value {
      return tensor::ExtractOp::create(
          builder, op.getSeed(),
          ValueRange(arith::ConstantIndexOp::create(builder, i)));
    };
    Value runSeed = getSeed(0), stepSeed = getSeed(1);
    Value state = createHashState(builder, runSeed, stepSeed, op.getStream());
    double ratio = op.getRatio().convertToDouble();
    rewriter.replaceOp(
        op,
        builder.createMap(
            type, op.getInput(), builder.getMultiDimIdentityMap(type.getRank()),
            builder.getWideType(),
            [&](ImplicitLocOpBuilder &b, ValueRange x) -> Value {
              Value kept =
                  createIsKept(b, createPlaceHash(b, type, state), ratio);
              auto getConstant = [&](double value) -> Value {
                return arith::ConstantOp::create(
                    b, b.getFloatAttr(x[0].getType(), value));
              };
              Value enlarged =
                  arith::DivFOp::create(b, x[0], getConstant(1.0 - ratio));
              return arith::SelectOp::create(b, kept, enlarged,
                                             getConstant(0.0));
            }));
    return success();
  }
};

} // namespace

void bn::populateDropoutToLinalgPatterns(RewritePatternSet &patterns) {
  patterns.add<LowerDropout>(patterns.getContext());
}
