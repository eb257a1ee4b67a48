//===- ElementOps.cpp - One value of each op's result ---------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ElementBuilder.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::bn;

Value ElementBuilder::compute(OpResult result, ArrayRef<Value> point) {
  Operation *op = result.getOwner();
  return llvm::TypeSwitch<Operation *, Value>(op)
      .Case<ReluOp, SigmoidOp, TanhOp, ExpOp, SqrtOp>(
          [&](auto) { return computeUnary(op, point); })
      .Case<AddOp, SubOp, MulOp, DivOp, PowOp>(
          [&](auto) { return computeBinary(op, point); })
      .Case<ScaleShiftOp, BatchNormInferenceOp, GroupNormOp, LayerNormOp>(
          [&](auto) { return computeNorm(op, point); })
      .Case(
          [&](BatchNormTrainingOp) { return computeBatchNorm(result, point); })
      .Case([&](ConvOp conv) { return computeConv(conv, point); })
      .Case([&](LinearOp linear) { return computeLinear(linear, point); })
      .Case([&](MaxPoolOp pool) { return computePool(pool, point); })
      .Case([&](AveragePoolOp pool) { return computePool(pool, point); })
      .Case<ReduceMeanOp, ReduceSumOp>(
          [&](auto) { return computeReduction(op, point); })
      .Case([&](ReshapeOp reshape) {
        return evaluate(reshape.getInput(), placeReshaped(reshape, point));
      })
      .Case([&](TransposeOp transpose) {
        Point own(point.size());
        for (auto [i, axis] : llvm::enumerate(transpose.getPermutation()))
          own[axis] = point[i];
        return evaluate(transpose.getInput(), own);
      })
      .Case([&](SliceOp slice) {
        Point own(point);
        Value &position = own[slice.getAxis()];
        position = addIndex(position, index(slice.getBegin()));
        return evaluate(slice.getInput(), own);
      })
      .Case([&](ConcatOp concat) { return computeConcat(concat, point); })
      .Default([&](Operation *) { return computeGradient(result, point); });
}

Value ElementBuilder::computeUnary(Operation *op, ArrayRef<Value> point) {
  Value x = evaluate(op->getOperand(0), point);
  return llvm::TypeSwitch<Operation *, Value>(op)
      .Case([&](ReluOp) -> Value {
        // Keeps NaN: x is returned unless it is below zero.
        Value zero = number(0.0);
        Value negative = arith::CmpFOp::create(
            builder, loc, arith::CmpFPredicate::OLT, x, zero);
        return arith::SelectOp::create(builder, loc, negative, zero, x);
      })
      .Case([&](SigmoidOp) -> Value {
        Value negated = arith::NegFOp::create(builder, loc, x);
        Value exponential = math::ExpOp::create(builder, loc, negated);
        return div(number(1.0), add(number(1.0), exponential));
      })
      .Case([&](TanhOp) -> Value {
        return math::TanhOp::create(builder, loc, x);
      })
      .Case(
          [&](ExpOp) -> Value { return math::ExpOp::create(builder, loc, x); })
      .Case([&](SqrtOp) -> Value {
        return math::SqrtOp::create(builder, loc, x);
      });
}

Value ElementBuilder::computeBinary(Operation *op, ArrayRef<Value> point) {
  Value lhs = evaluateBroadcast(op->getOperand(0), point);
  Value rhs = evaluateBroadcast(op->getOperand(1), point);
  return llvm::TypeSwitch<Operation *, Value>(op)
      .Case([&](AddOp) { return add(lhs, rhs); })
      .Case([&](SubOp) { return sub(lhs, rhs); })
      .Case([&](MulOp) { return mul(lhs, rhs); })
      .Case([&](DivOp) { return div(lhs, rhs); })
      .Case([&](PowOp) -> Value {
        return math::PowFOp::create(builder, loc, lhs, rhs);
      });
}

//===----------------------------------------------------------------------===//
// Normalizations
//===----------------------------------------------------------------------===//

Value ElementBuilder::computeNorm(Operation *op, ArrayRef<Value> point) {
  Value x = evaluate(op->getOperand(0), point);
  auto getChannel = [&](auto norm) {
    return point[getChannelAxis(point.size(), norm.getLayout())];
  };
  // (x - mean) * (inverse deviation * scale) + offset: subtracting the mean
  // first keeps the digits of a large one.
  auto apply = [&](Value mean, Value inverse, Value scale, Value offset) {
    Value centered = mean ? sub(x, mean) : x;
    Value factor = mul(inverse, scale);
    return offset ? fma(centered, factor, offset) : mul(centered, factor);
  };
  return llvm::TypeSwitch<Operation *, Value>(op)
      .Case([&](ScaleShiftOp norm) {
        Value channel = getChannel(norm);
        return fma(x, evaluate(norm.getScale(), channel),
                   evaluate(norm.getShift(), channel));
      })
      .Case([&](BatchNormInferenceOp norm) {
        Value channel = getChannel(norm);
        Value inverse = invertDeviation(evaluate(norm.getVariance(), channel),
                                        norm.getEpsilon());
        return apply(evaluate(norm.getMean(), channel), inverse,
                     evaluate(norm.getScale(), channel),
                     evaluate(norm.getOffset(), channel));
      })
      .Case([&](GroupNormOp norm) {
        Value channel = getChannel(norm);
        int64_t size = norm.getChannelCount() / norm.getGroups();
        Point group = {point[0], divIndex(channel, size)};
        auto [mean, inverse] = source.getStatistics(norm);
        return apply(load(mean, group), load(inverse, group),
                     evaluate(norm.getScale(), channel),
                     evaluate(norm.getOffset(), channel));
      })
      .Case([&](LayerNormOp norm) {
        ArrayRef<Value> outer = point.take_front(norm.getAxis());
        ArrayRef<Value> inner = point.drop_front(norm.getAxis());
        auto [mean, inverse] = source.getStatistics(norm);
        Value offset =
            norm.getOffset() ? evaluate(norm.getOffset(), inner) : Value();
        return apply(mean ? load(mean, outer) : Value(), load(inverse, outer),
                     evaluate(norm.getScale(), inner), offset);
      });
}

Value ElementBuilder::computeBatchNorm(OpResult result, ArrayRef<Value> point) {
  auto norm = cast<BatchNormTrainingOp>(result.getOwner());
  Value channel = point[0];
  if (result.getResultNumber() == 0) {
    channel = point[getChannelAxis(point.size(), norm.getLayout())];
    Value inverse = invertDeviation(evaluate(norm.getBatchVariance(), channel),
                                    norm.getEpsilon());
    Value centered = sub(evaluate(norm.getInput(), point),
                         evaluate(norm.getBatchMean(), channel));
    return fma(centered, mul(inverse, evaluate(norm.getScale(), channel)),
               evaluate(norm.getOffset(), channel));
  }
  bool isMean = result == norm.getNewRunningMean();
  Value batch =
      evaluate(isMean ? norm.getBatchMean() : norm.getBatchVariance(), channel);
  return blendStatistics(norm, isMean, batch, channel);
}

/// The running mean or variance of `channel` after a batch with the statistic
/// `batch`.
template <typename Op>
Value ElementBuilder::blendStatistics(Op op, bool isMean, Value batch,
                                      Value channel) {
  Value running =
      evaluate(isMean ? op.getRunningMean() : op.getRunningVariance(), channel);
  if (!isMean && op.getVarianceBias() == RunningVariance::unbiased) {
    auto [values, overBatch] =
        countValues(getTensorType(op.getInput()).getShape());
    int64_t channels = getTensorType(op.getRunningMean()).getNumElements();
    Value m = count(values / channels, overBatch);
    batch = mul(batch, div(m, sub(m, number(1.0))));
  }
  double momentum = op.getMomentum().convertToDouble();
  if (op.getConvention() == MomentumConvention::torch)
    momentum = 1.0 - momentum;
  return fma(running, number(momentum), mul(batch, number(1.0 - momentum)));
}

template Value ElementBuilder::blendStatistics(RunningStatisticsOp, bool, Value,
                                               Value);

//===----------------------------------------------------------------------===//
// Shapes
//===----------------------------------------------------------------------===//

/// Where in its input the value at `point` of the reshaped tensor is.
Point ElementBuilder::placeReshaped(ReshapeOp reshape, ArrayRef<Value> point) {
  Value input = reshape.getInput();
  ArrayRef<int64_t> from = getTensorType(reshape.getResult()).getShape();
  ArrayRef<int64_t> to = getTensorType(input).getShape();
  // Axes in front that stay as they are, as the batch does.
  Point own;
  while (!from.empty() && !to.empty() && from.front() == to.front()) {
    own.push_back(point.front());
    point = point.drop_front();
    from = from.drop_front();
    to = to.drop_front();
  }
  auto names = getAxisNames(input);
  own.append(split(join(point, from), to,
                   ArrayRef<StringRef>(names).take_back(to.size())));
  return own;
}

Value ElementBuilder::computeConcat(ConcatOp concat, ArrayRef<Value> point) {
  int64_t axis = concat.getAxis();
  int64_t begin = 0;
  // Nested branches: within the first input, or else the second, ...
  auto build = [&](auto &&self, ValueRange inputs) -> Value {
    Point own(point);
    own[axis] =
        builder.createOrFold<arith::SubIOp>(loc, own[axis], index(begin));
    if (inputs.size() == 1)
      return evaluate(inputs.front(), own);
    begin += getTensorType(inputs.front()).getDimSize(axis);
    Value isInside = arith::CmpIOp::create(
        builder, loc, arith::CmpIPredicate::slt, point[axis], index(begin));
    auto branch = scf::IfOp::create(builder, named("chosen"),
                                    TypeRange{builder.getF32Type()}, isInside,
                                    /*withElseRegion=*/true);
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(branch.thenBlock());
    scf::YieldOp::create(builder, loc, evaluate(inputs.front(), own));
    builder.setInsertionPointToStart(branch.elseBlock());
    scf::YieldOp::create(builder, loc, self(self, inputs.drop_front()));
    return branch.getResult(0);
  };
  return build(build, concat.getInputs());
}
