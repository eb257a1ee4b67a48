//===- LaneBody.cpp - What a lane kernel computes -------------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Codegen/CPU/LaneBody.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::bn;

static int64_t getRank(Value tensor) {
  return cast<RankedTensorType>(tensor.getType()).getRank();
}

Value LaneBody::getBuffer(Value tensor) {
  if (auto reshape = tensor.getDefiningOp<ReshapeOp>()) {
    Value buffer = getBuffer(reshape.getInput());
    SmallVector<int64_t> shape = getRowShape(tensor);
    if (buffer && hasBatch(tensor))
      shape.push_back(code.length);
    return buffer ? code.view(buffer, shape) : Value();
  }
  auto argument = dyn_cast<BlockArgument>(tensor);
  return argument ? inputs[argument.getArgNumber()] : Value();
}

//===----------------------------------------------------------------------===//
// Values that are computed once
//===----------------------------------------------------------------------===//

void LaneBody::define(Value tensor, ArrayRef<LaneIndex> point, Value vector) {
  values.push_back({Key(tensor, LanePoint(point)), vector});
}

SmallVector<Value> LaneBody::getReadBehind(Operation *product) {
  SmallVector<int64_t> shape = getRowShape(product->getResult(0));
  SmallVector<Value> tensors;
  for (BlockArgument argument : block.getArguments()) {
    auto isRead = [&](Operation *user) {
      return user != product && !user->hasTrait<OpTrait::IsTerminator>();
    };
    if (hasBatch(argument) && getRowShape(argument) == shape &&
        llvm::any_of(argument.getUsers(), isRead))
      tensors.push_back(argument);
  }
  return tensors;
}

void LaneBody::prefetch(Operation *product, ArrayRef<LanePoint> points) {
  for (Value tensor : getReadBehind(product))
    for (const LanePoint &point : points) {
      SmallVector<Value> indices = code.materialize(point);
      indices.push_back(code.index(0));
      memref::PrefetchOp::create(code.builder, code.loc, getBuffer(tensor),
                                 indices, /*isWrite=*/false,
                                 /*localityHint=*/3, /*isDataCache=*/true);
    }
}

Value LaneBody::evaluate(Value tensor, ArrayRef<LaneIndex> point) {
  for (auto &[key, value] : values)
    if (key.first == tensor && ArrayRef<LaneIndex>(key.second) == point)
      return value;
  Value result;
  if (Value buffer = getBuffer(tensor))
    result = hasBatch(tensor) ? code.loadLanes(buffer, point)
                              : loadParameter(tensor, point);
  else
    result = compute(cast<OpResult>(tensor), point);
  define(tensor, point, result);
  return result;
}

SmallVector<Value> LaneBody::getCoefficients(Operation *op,
                                             const LaneIndex &channel) {
  for (auto &[key, found] : coefficients)
    if (key == std::pair<void *, LaneIndex>(op, channel))
      return found;
  return computeCoefficients(op, channel);
}

/// The axis of `tensor`, a parameter, along which its values lie, if there is
/// one only.
static std::optional<int64_t> getOnlyAxis(Value tensor) {
  std::optional<int64_t> axis;
  for (auto [i, extent] : llvm::enumerate(getRowShape(tensor))) {
    if (extent == 1)
      continue;
    if (axis)
      return std::nullopt;
    axis = i;
  }
  return axis.value_or(-1);
}

Value LaneBody::loadParameter(Value tensor, ArrayRef<LaneIndex> point) {
  // By channel it may be there already.
  if (std::optional<int64_t> axis = getOnlyAxis(tensor))
    for (auto &[key, found] : coefficients)
      if (key.first == tensor.getAsOpaquePointer() &&
          (*axis < 0 || key.second == point[*axis]))
        return found.front();
  return code.loadParameter(getBuffer(tensor), point);
}

void LaneBody::enterChannel(const LaneIndex &channel) {
  for (Operation &op : block) {
    if (isa<BatchNormInferenceOp, BatchNormInputGradientOp, ScaleShiftOp,
            BatchNormParameterGradientOp>(op)) {
      SmallVector<Value> values = computeCoefficients(&op, channel);
      coefficients.push_back({{&op, channel}, std::move(values)});
      continue;
    }
    if (!isa<AddOp, SubOp, MulOp, DivOp, PowOp>(op))
      continue;
    // Parameters that differ by channel at most: axis 1 of the result.
    for (Value operand : op.getOperands()) {
      if (hasBatch(operand) || !getBuffer(operand))
        continue;
      std::optional<int64_t> axis = getOnlyAxis(operand);
      int64_t channelAxis = 1 + getRank(operand) - getRank(op.getResult(0));
      if (!axis || (*axis >= 0 && *axis != channelAxis))
        continue;
      LanePoint point(getRank(operand), LaneIndex(0));
      if (*axis >= 0)
        point[*axis] = channel;
      coefficients.push_back({{operand.getAsOpaquePointer(), channel},
                              {code.loadParameter(getBuffer(operand), point)}});
    }
  }
}

//===----------------------------------------------------------------------===//
// Coordinates
//===----------------------------------------------------------------------===//

ClampedIndex LaneBody::clamp(const LaneIndex &index, int64_t extent) {
  if (index.isWithin(extent))
    return {index, Value(), false};
  if (index.getMax() < 0 || index.getMin() >= extent)
    return {LaneIndex(0), Value(), true};
  Value position = code.materialize(index);
  Value clamped = code.minimum(code.maximum(position, 0), extent - 1);
  Value inside = arith::CmpIOp::create(
      code.builder, code.loc, arith::CmpIPredicate::eq, position, clamped);
  return {LaneIndex(clamped, extent), inside, false};
}

Value LaneBody::evaluateBroadcast(Value operand, ArrayRef<LaneIndex> point) {
  // Aligned at the last axes; the point has no batch, which is axis 0.
  SmallVector<int64_t> shape = getRowShape(operand);
  LanePoint own;
  int64_t first = static_cast<int64_t>(point.size()) - shape.size();
  for (auto [i, extent] : llvm::enumerate(shape))
    own.push_back(extent == 1 ? LaneIndex(0) : point[first + i]);
  return evaluate(operand, own);
}

//===----------------------------------------------------------------------===//
// Ops
//===----------------------------------------------------------------------===//

Value LaneBody::compute(OpResult result, ArrayRef<LaneIndex> point) {
  Operation *op = result.getOwner();
  return llvm::TypeSwitch<Operation *, Value>(op)
      .Case([&](arith::ConstantOp constant) {
        auto elements = cast<DenseElementsAttr>(constant.getValue());
        return code.splat(elements.getSplatValue<APFloat>().convertToDouble());
      })
      .Case<ReluOp, ClipOp, SigmoidOp, TanhOp, ExpOp, SqrtOp>([&](auto unary) {
        return computeUnary(op, evaluate(unary.getInput(), point));
      })
      .Case<AddOp, SubOp, MulOp, DivOp, PowOp, ReluGradientOp>(
          [&](auto) { return computeBinary(op, point); })
      .Case<BatchNormInferenceOp, BatchNormInputGradientOp, ScaleShiftOp>(
          [&](auto) { return computeNorm(op, point); })
      .Case([&](DropoutOp dropout) { return computeDropout(dropout, point); })
      .Case<AveragePoolOp, MaxPoolOp>(
          [&](auto) { return computeWindow(op, point); })
      .Case<AveragePoolGradientOp>(
          [&](auto) { return computeAveragePoolGradient(op, point); })
      .Case<MaxPoolGradientOp>(
          [&](auto) { return computeMaxPoolGradient(op, point); })
      .Case<ReduceMeanOp, ReduceSumOp>(
          [&](auto) { return computeReduction(op, point); })
      .Case<ReduceMeanGradientOp>(
          [&](auto) { return computeMeanGradient(op, point); })
      .Case<TransposeOp>([&](TransposeOp transpose) {
        LanePoint own(point);
        for (auto [i, axis] : llvm::enumerate(transpose.getPermutation()))
          if (axis != 0)
            own[axis - 1] = point[i - 1];
        return evaluate(transpose.getInput(), own);
      })
      .Case<SliceOp>([&](SliceOp slice) {
        LanePoint own(point);
        LaneIndex &index = own[slice.getAxis() - 1];
        index = index.affine(1, slice.getBegin());
        return evaluate(slice.getInput(), own);
      });
}

Value LaneBody::computeUnary(Operation *op, Value x) {
  OpBuilder &builder = code.builder;
  Location loc = op->getLoc();
  return llvm::TypeSwitch<Operation *, Value>(op)
      .Case([&](ReluOp) -> Value {
        // Keeps NaN: x is returned unless it is below zero.
        Value zero = code.splat(0.0);
        Value negative = arith::CmpFOp::create(
            builder, loc, arith::CmpFPredicate::OLT, x, zero);
        return code.select(negative, zero, x);
      })
      .Case([&](ClipOp clip) {
        // Keeps NaN, as above.
        auto bound = [&](const APFloat &limit, arith::CmpFPredicate isBeyond) {
          if (limit.isInfinity())
            return;
          Value vector = code.splat(limit.convertToDouble());
          Value beyond =
              arith::CmpFOp::create(builder, loc, isBeyond, x, vector);
          x = code.select(beyond, vector, x);
        };
        bound(clip.getMinimum(), arith::CmpFPredicate::OLT);
        bound(clip.getMaximum(), arith::CmpFPredicate::OGT);
        return x;
      })
      .Case([&](SigmoidOp) -> Value {
        // 1 + exp needs no more digits than its own.
        Value one = code.splat(1.0);
        Value negated = arith::NegFOp::create(builder, loc, x);
        Value exponential = math::ExpOp::create(builder, loc, negated,
                                                arith::FastMathFlags::afn);
        return code.divF(one, code.addF(exponential, one));
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

Value LaneBody::computeBinary(Operation *op, ArrayRef<LaneIndex> point) {
  OpBuilder &builder = code.builder;
  Location loc = op->getLoc();
  Value lhs = evaluateBroadcast(op->getOperand(0), point);
  Value rhs = evaluateBroadcast(op->getOperand(1), point);
  return llvm::TypeSwitch<Operation *, Value>(op)
      .Case([&](AddOp) { return code.addF(lhs, rhs); })
      .Case([&](SubOp) { return code.subF(lhs, rhs); })
      .Case([&](MulOp) { return code.mulF(lhs, rhs); })
      .Case([&](DivOp) { return code.divF(lhs, rhs); })
      .Case([&](PowOp) -> Value {
        return math::PowFOp::create(builder, loc, lhs, rhs);
      })
      .Case([&](ReluGradientOp) -> Value {
        Value zero = code.splat(0.0);
        Value positive = arith::CmpFOp::create(
            builder, loc, arith::CmpFPredicate::OGT, rhs, zero);
        return code.select(positive, lhs, zero);
      });
}

//===----------------------------------------------------------------------===//
// Normalizations by given statistics
//===----------------------------------------------------------------------===//

/// As many values as the op's formula has:
///   batch_norm_inference           mean, a = scale / deviation, offset
///   batch_norm_input_gradient      mean, a, offset_gradient / m,
///                                  scale_gradient / m / deviation
///   batch_norm_parameter_gradient  mean, 1 / deviation
///   scale_shift                    scale, shift
SmallVector<Value> LaneBody::computeCoefficients(Operation *op,
                                                 const LaneIndex &channel) {
  auto load = [&](Value vector) {
    return code.loadScalar(getBuffer(vector), channel);
  };
  auto invertDeviation = [&](Value variance, const APFloat &epsilon) {
    Value scalar = load(variance);
    scalar =
        code.addF(scalar, code.constantLike(scalar, epsilon.convertToDouble()));
    Value deviation = math::SqrtOp::create(code.builder, code.loc, scalar);
    return code.divF(code.constantLike(deviation, 1.0), deviation);
  };
  SmallVector<Value> scalars =
      llvm::TypeSwitch<Operation *, SmallVector<Value>>(op)
          .Case([&](BatchNormInferenceOp norm) -> SmallVector<Value> {
            Value inverse =
                invertDeviation(norm.getVariance(), norm.getEpsilon());
            return {load(norm.getMean()),
                    code.mulF(load(norm.getScale()), inverse),
                    load(norm.getOffset())};
          })
          .Case([&](BatchNormInputGradientOp norm) -> SmallVector<Value> {
            int64_t positions = 1;
            for (int64_t extent :
                 ArrayRef(getRowShape(norm.getInput())).drop_front())
              positions *= extent;
            Type f32 = code.builder.getF32Type();
            Value rows = arith::IndexCastOp::create(
                code.builder, code.loc, code.builder.getI64Type(), batch);
            Value count =
                arith::SIToFPOp::create(code.builder, code.loc, f32, rows);
            count = code.mulF(count, code.constantLike(count, positions));
            Value part = code.divF(code.constantLike(count, 1.0), count);
            Value inverse =
                invertDeviation(norm.getVariance(), norm.getEpsilon());
            Value offset = code.mulF(load(norm.getOffsetGradient()), part);
            Value scale = code.mulF(load(norm.getScaleGradient()), part);
            return {load(norm.getMean()),
                    code.mulF(load(norm.getScale()), inverse), offset,
                    code.mulF(scale, inverse)};
          })
          .Case([&](BatchNormParameterGradientOp norm) -> SmallVector<Value> {
            return {load(norm.getMean()),
                    invertDeviation(norm.getVariance(), norm.getEpsilon())};
          })
          .Case([&](ScaleShiftOp scale) -> SmallVector<Value> {
            return {load(scale.getScale()), load(scale.getShift())};
          });
  return llvm::map_to_vector(
      scalars, [&](Value scalar) { return code.broadcast(scalar); });
}

Value LaneBody::computeNorm(Operation *op, ArrayRef<LaneIndex> point) {
  SmallVector<Value> of = getCoefficients(op, point.front());
  Value first = evaluate(op->getOperand(0), point);
  return llvm::TypeSwitch<Operation *, Value>(op)
      // Subtracting the mean first keeps the digits of a large one.
      .Case([&](BatchNormInferenceOp) {
        return code.fma(code.subF(first, of[0]), of[1], of[2]);
      })
      .Case([&](BatchNormInputGradientOp norm) {
        Value centered = code.subF(evaluate(norm.getInput(), point), of[0]);
        Value rest =
            code.subF(code.subF(first, of[2]), code.mulF(centered, of[3]));
        return code.mulF(of[1], rest);
      })
      .Case([&](ScaleShiftOp) { return code.fma(first, of[0], of[1]); });
}
