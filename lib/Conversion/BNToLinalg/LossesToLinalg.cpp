//===- LossesToLinalg.cpp - Losses as loops -------------------------------===//
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
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/PatternMatch.h"

#include <limits>

using namespace mlir;
using namespace mlir::bn;

namespace {

/// The loops of a loss over rows n and classes k, in the wide type.
template <typename LossOp> class LossBuilder {
public:
  LossBuilder(PatternRewriter &rewriter, LossOp op)
      : builder(rewriter, op), op(op),
        type(cast<RankedTensorType>(op.getInput().getType())),
        wide(builder.getWideType()), all(builder.getMultiDimIdentityMap(2)),
        row(builder.getAxesMap(2, {0})), none(builder.getAxesMap(2, {})),
        maximum(reduceRows(op.getInput(), {},
                           -std::numeric_limits<double>::infinity(),
                           [](ImplicitLocOpBuilder &b, ValueRange x) -> Value {
                             return arith::MaximumFOp::create(b, x[0], x[1]);
                           })) {}

  /// One value per row, from `start` on: of the formula over the value, those
  /// of `perRow`, and the result so far.
  Value reduceRows(Value input, ValueRange perRow, double start,
                   LinalgBuilder::Formula formula) {
    return reduce(input, perRow, row, {type.getDimSize(0)}, start, formula);
  }

  /// The target of class `linalg.index 1` in a row of `label`.
  Value createTarget(ImplicitLocOpBuilder &b, Value label) {
    double smoothing = op.getLabelSmoothing().convertToDouble();
    double share = smoothing / type.getDimSize(1);
    auto constant = [&](double value) -> Value {
      return arith::ConstantOp::create(b, b.getFloatAttr(wide, value));
    };
    Value column = arith::IndexCastOp::create(b, b.getI64Type(),
                                              linalg::IndexOp::create(b, 1));
    Value isLabel =
        arith::CmpIOp::create(b, arith::CmpIPredicate::eq, column, label);
    return arith::SelectOp::create(
        b, isLabel, constant(1.0 - smoothing + share), constant(share));
  }

  /// The scalar result: `formula` (over the value, those of `perRow`, and the
  /// sum so far) over all values, divided by `count`.
  Value createLoss(ValueRange perRow, Value count,
                   LinalgBuilder::Formula formula) {
    Value sum = reduce(op.getInput(), perRow, none, {}, 0.0, formula);
    return builder.createMap(
        cast<RankedTensorType>(op.getLoss().getType()), sum,
        builder.getMultiDimIdentityMap(0), wide,
        [&](ImplicitLocOpBuilder &b, ValueRange x) -> Value {
          return arith::DivFOp::create(b, x[0], count);
        });
  }

  /// The number of rows whose first largest value is at the label.
  Value createHits() {
    Value first = reduceRows(
        op.getInput(), maximum, type.getDimSize(1),
        [&](ImplicitLocOpBuilder &b, ValueRange x) -> Value {
          Value column = arith::SIToFPOp::create(
              b, wide,
              arith::IndexCastOp::create(b, b.getI64Type(),
                                         linalg::IndexOp::create(b, 1)));
          Value holds =
              arith::CmpFOp::create(b, arith::CmpFPredicate::OEQ, x[0], x[1]);
          return arith::SelectOp::create(
              b, holds, arith::MinimumFOp::create(b, column, x[2]), x[2]);
        });
    AffineMap rows = builder.getMultiDimIdentityMap(1);
    Value sum = builder.createLoops(
        {first, op.getLabels()}, {rows, rows, builder.getAxesMap(1, {})},
        builder.createFilled({}, wide, 0.0), wide,
        [&](ImplicitLocOpBuilder &b, ValueRange x) -> Value {
          Value label = arith::SIToFPOp::create(b, wide, x[1]);
          Value hit =
              arith::CmpFOp::create(b, arith::CmpFPredicate::OEQ, x[0], label);
          Value one = arith::ConstantOp::create(b, b.getFloatAttr(wide, 1.0));
          Value more = arith::AddFOp::create(b, x[2], one);
          return arith::SelectOp::create(b, hit, more, x[2]);
        });
    AffineMap scalar = builder.getMultiDimIdentityMap(0);
    auto hitsType = cast<RankedTensorType>(op.getHits().getType());
    Value init = builder.createEmpty({}, hitsType.getElementType());
    return linalg::GenericOp::create(
               builder, TypeRange{hitsType}, sum, init,
               ArrayRef<AffineMap>{scalar, scalar},
               ArrayRef<utils::IteratorType>{},
               [&](OpBuilder &nested, Location loc, ValueRange x) {
                 Value count = arith::FPToSIOp::create(
                     nested, loc, hitsType.getElementType(), x[0]);
                 linalg::YieldOp::create(nested, loc, count);
               })
        .getResult(0);
  }

  /// The gradient: `formula` over the value and those of `perRow`.
  Value createGradient(ValueRange perRow, LinalgBuilder::Formula formula) {
    SmallVector<Value> inputs = {op.getInput()};
    llvm::append_range(inputs, perRow);
    SmallVector<AffineMap> maps(1 + perRow.size(), row);
    maps[0] = all;
    return builder.createMap(type, inputs, maps, wide, formula);
  }

  LinalgBuilder builder;

private:
  Value reduce(Value input, ValueRange perRow, AffineMap target,
               ArrayRef<int64_t> shape, double start,
               LinalgBuilder::Formula formula) {
    SmallVector<Value> inputs = {input};
    llvm::append_range(inputs, perRow);
    SmallVector<AffineMap> maps = {all};
    maps.append(perRow.size(), row);
    maps.push_back(target);
    return builder.createLoops(
        inputs, maps, builder.createFilled(shape, wide, start), wide, formula);
  }

  LossOp op;
  RankedTensorType type;
  FloatType wide;
  AffineMap all, row, none;

public:
  /// The largest value of each row.
  Value maximum;
};

struct LowerCrossEntropyLoss : public OpRewritePattern<CrossEntropyLossOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(CrossEntropyLossOp op,
                                PatternRewriter &rewriter) const override {
    LossBuilder<CrossEntropyLossOp> loss(rewriter, op);
    LinalgBuilder &builder = loss.builder;
    Value count = builder.createCount(
        cast<RankedTensorType>(op.getInput().getType()), {0});
    // About the largest value, nothing overflows.
    auto createExp = [](ImplicitLocOpBuilder &b, Value x, Value maximum) {
      return math::ExpOp::create(b, arith::SubFOp::create(b, x, maximum));
    };
    Value sums = loss.reduceRows(
        op.getInput(), loss.maximum, 0.0,
        [&](ImplicitLocOpBuilder &b, ValueRange x) -> Value {
          return arith::AddFOp::create(b, x[2], createExp(b, x[0], x[1]));
        });
    SmallVector<Value> perRow = {loss.maximum, sums, op.getLabels()};
    Value result = loss.createLoss(
        perRow, count, [&](ImplicitLocOpBuilder &b, ValueRange x) -> Value {
          Value logProbability =
              arith::SubFOp::create(b, arith::SubFOp::create(b, x[0], x[1]),
                                    math::LogOp::create(b, x[2]));
          Value target = loss.createTarget(b, x[3]);
          // 0 * -inf is no number: a class that is not wanted may be
          // impossible.
          Value zero = arith::ConstantOp::create(
              b, b.getFloatAttr(target.getType(), 0.0));
          Value wanted =
              arith::CmpFOp::create(b, arith::CmpFPredicate::OGT, target, zero);
          Value term = arith::MulFOp::create(b, target, logProbability);
          return arith::SelectOp::create(
              b, wanted, arith::SubFOp::create(b, x[4], term), x[4]);
        });
    Value hits = loss.createHits();
    Value gradient = loss.createGradient(
        perRow, [&](ImplicitLocOpBuilder &b, ValueRange x) -> Value {
          Value probability =
              arith::DivFOp::create(b, createExp(b, x[0], x[1]), x[2]);
          Value difference =
              arith::SubFOp::create(b, probability, loss.createTarget(b, x[3]));
          return arith::DivFOp::create(b, difference, count);
        });
    rewriter.replaceOp(op, {result, hits, gradient});
    return success();
  }
};

struct LowerMeanSquaredErrorLoss
    : public OpRewritePattern<MeanSquaredErrorLossOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(MeanSquaredErrorLossOp op,
                                PatternRewriter &rewriter) const override {
    LossBuilder<MeanSquaredErrorLossOp> loss(rewriter, op);
    LinalgBuilder &builder = loss.builder;
    Value count = builder.createCount(
        cast<RankedTensorType>(op.getInput().getType()), {0, 1});
    Value result = loss.createLoss(
        op.getLabels(), count,
        [&](ImplicitLocOpBuilder &b, ValueRange x) -> Value {
          Value difference =
              arith::SubFOp::create(b, x[0], loss.createTarget(b, x[1]));
          return arith::AddFOp::create(
              b, x[2], arith::MulFOp::create(b, difference, difference));
        });
    Value hits = loss.createHits();
    Value gradient = loss.createGradient(
        op.getLabels(), [&](ImplicitLocOpBuilder &b, ValueRange x) -> Value {
          Value difference =
              arith::SubFOp::create(b, x[0], loss.createTarget(b, x[1]));
          Value twice = arith::AddFOp::create(b, difference, difference);
          return arith::DivFOp::create(b, twice, count);
        });
    rewriter.replaceOp(op, {result, hits, gradient});
    return success();
  }
};

} // namespace

void bn::populateLossesToLinalgPatterns(RewritePatternSet &patterns) {
  patterns.add<LowerCrossEntropyLoss, LowerMeanSquaredErrorLoss>(
      patterns.getContext());
}
