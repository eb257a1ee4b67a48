//===- ElementwiseToLinalg.cpp - Elementwise ops as loops -----------------===//
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
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace mlir::bn;

/// Whether computing `Op` in a wider type and rounding gives other bits than
/// computing in its element type: not so for one correctly rounded operation.
template <typename Op>
static constexpr bool needsWideType =
    llvm::is_one_of<Op, SigmoidOp, TanhOp, ExpOp, PowOp>::value;

/// The formula of `op` over the scalars `x`.
static Value createFormula(ReluOp, ImplicitLocOpBuilder &b, ValueRange x) {
  Value zero =
      arith::ConstantOp::create(b, b.getFloatAttr(x[0].getType(), 0.0));
  return arith::MaximumFOp::create(b, x[0], zero);
}
static Value createFormula(ClipOp op, ImplicitLocOpBuilder &b, ValueRange x) {
  auto bound = [&](const APFloat &value) -> Value {
    return arith::ConstantOp::create(
        b, b.getFloatAttr(x[0].getType(), value.convertToDouble()));
  };
  Value above = arith::MaximumFOp::create(b, x[0], bound(op.getMinimum()));
  return arith::MinimumFOp::create(b, above, bound(op.getMaximum()));
}
static Value createFormula(ReluGradientOp, ImplicitLocOpBuilder &b,
                           ValueRange x) {
  Value zero =
      arith::ConstantOp::create(b, b.getFloatAttr(x[0].getType(), 0.0));
  Value passes =
      arith::CmpFOp::create(b, arith::CmpFPredicate::OGT, x[1], zero);
  return arith::SelectOp::create(b, passes, x[0], zero);
}
static Value createFormula(SigmoidOp, ImplicitLocOpBuilder &b, ValueRange x) {
  Value one = arith::ConstantOp::create(b, b.getFloatAttr(x[0].getType(), 1.0));
  Value exp = math::ExpOp::create(b, arith::NegFOp::create(b, x[0]));
  return arith::DivFOp::create(b, one, arith::AddFOp::create(b, one, exp));
}
static Value createFormula(TanhOp, ImplicitLocOpBuilder &b, ValueRange x) {
  return math::TanhOp::create(b, x[0]);
}
static Value createFormula(ExpOp, ImplicitLocOpBuilder &b, ValueRange x) {
  return math::ExpOp::create(b, x[0]);
}
static Value createFormula(SqrtOp, ImplicitLocOpBuilder &b, ValueRange x) {
  return math::SqrtOp::create(b, x[0]);
}
static Value createFormula(AddOp, ImplicitLocOpBuilder &b, ValueRange x) {
  return arith::AddFOp::create(b, x[0], x[1]);
}
static Value createFormula(SubOp, ImplicitLocOpBuilder &b, ValueRange x) {
  return arith::SubFOp::create(b, x[0], x[1]);
}
static Value createFormula(MulOp, ImplicitLocOpBuilder &b, ValueRange x) {
  return arith::MulFOp::create(b, x[0], x[1]);
}
static Value createFormula(DivOp, ImplicitLocOpBuilder &b, ValueRange x) {
  return arith::DivFOp::create(b, x[0], x[1]);
}
static Value createFormula(PowOp, ImplicitLocOpBuilder &b, ValueRange x) {
  return math::PowFOp::create(b, x[0], x[1]);
}

/// The position in `operand` for a position in a result of `type` that it was
/// broadcast to: aligned at the last axes, 0 along an extent of 1.
static AffineMap getBroadcastMap(Value operand, RankedTensorType type) {
  auto from = cast<RankedTensorType>(operand.getType());
  int64_t missing = type.getRank() - from.getRank();
  SmallVector<AffineExpr> exprs;
  for (int64_t axis = 0; axis < from.getRank(); ++axis) {
    bool repeated =
        from.getDimSize(axis) == 1 && type.getDimSize(missing + axis) != 1;
    exprs.push_back(repeated
                        ? getAffineConstantExpr(0, type.getContext())
                        : getAffineDimExpr(missing + axis, type.getContext()));
  }
  return AffineMap::get(type.getRank(), 0, exprs, type.getContext());
}

namespace {

/// An elementwise op of one or two operands.
template <typename Op> struct LowerElementwise : public OpRewritePattern<Op> {
  using OpRewritePattern<Op>::OpRewritePattern;
  LogicalResult matchAndRewrite(Op op,
                                PatternRewriter &rewriter) const override {
    LinalgBuilder builder(rewriter, op);
    auto type = cast<RankedTensorType>(op.getType());
    SmallVector<AffineMap> maps;
    for (Value operand : op->getOperands())
      maps.push_back(getBroadcastMap(operand, type));
    FloatType computeType = needsWideType<Op> ? builder.getWideType()
                                              : getFloatType(op.getResult());
    rewriter.replaceOp(
        op, builder.createMap(type, op->getOperands(), maps, computeType,
                              [&](ImplicitLocOpBuilder &b, ValueRange x) {
                                return createFormula(op, b, x);
                              }));
    return success();
  }
};

} // namespace

void bn::populateElementwiseToLinalgPatterns(RewritePatternSet &patterns) {
  patterns.add<LowerElementwise<ReluOp>, LowerElementwise<SigmoidOp>,
               LowerElementwise<TanhOp>, LowerElementwise<ExpOp>,
               LowerElementwise<SqrtOp>, LowerElementwise<AddOp>,
               LowerElementwise<SubOp>, LowerElementwise<MulOp>,
               LowerElementwise<DivOp>, LowerElementwise<PowOp>,
               LowerElementwise<ClipOp>, LowerElementwise<ReluGradientOp>>(
      patterns.getContext());
}
