//===- LaneNorm.cpp - Normalization within a row --------------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Group, layer and RMS norm and their gradients: the rows of a block are
// independent, so that every lane has statistics of its own. Values are read
// once for the mean, once for the variance and once to be normalized.
//
//===----------------------------------------------------------------------===//

#include "bn/Codegen/CPU/LaneGenerators.h"

#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace mlir::bn;

namespace {

/// Emits a norm. The axes of a row are, from the outermost: those that tell the
/// sets of values normalized together apart, those that tell the parameters of
/// a set apart, and the rest. Group norm's channel axis is a group and a
/// channel in it.
class NormGenerator {
public:
  NormGenerator(Operation *op, LaneBody &body, LaneKernelOp kernel);

  void run();

private:
  LanePoint getPoint(ArrayRef<LaneIndex> set, ArrayRef<LaneIndex> parameter,
                     ArrayRef<LaneIndex> rest);
  LanePoint getParameter(ArrayRef<LaneIndex> set,
                         ArrayRef<LaneIndex> parameter);
  /// Sums of as many `terms` over all values of a set.
  SmallVector<Value>
  sumSet(ArrayRef<LaneIndex> set, int64_t count,
         function_ref<SmallVector<Value>(const LanePoint &)> terms);
  void emitForward(ArrayRef<LaneIndex> set);
  void emitGradient(ArrayRef<LaneIndex> set);
  Value center(const LanePoint &point);
  void addTo(Value buffer, const LanePoint &point, Value value);

  Operation *op;
  LaneBody &body;
  LaneBuilder &code;
  bool isGradient, isGroupNorm, isRms = false;
  double epsilon;
  /// How many channels a group has.
  int64_t groupSize = 1;
  SmallVector<int64_t> sets, parameters, rest;
  double count = 1;
  Value gradient, input, scale, offset, mask;
  /// One buffer per result; null for one that is not yielded.
  SmallVector<Value> outputs;
  /// The statistics of the set at hand.
  Value mean, inverse;
};

} // namespace

NormGenerator::NormGenerator(Operation *op, LaneBody &body, LaneKernelOp kernel)
    : op(op), body(body), code(body.getCode()),
      isGradient(isa<GroupNormGradientOp, LayerNormGradientOp>(op)),
      isGroupNorm(isa<GroupNormOp, GroupNormGradientOp>(op)),
      epsilon(op->getAttrOfType<FloatAttr>("epsilon").getValueAsDouble()),
      mask(code.getMask(kernel.getRows())), outputs(op->getNumResults()) {
  SmallVector<int64_t> shape = getRowShape(op->getResult(0));
  if (isGroupNorm) {
    int64_t groups = op->getAttrOfType<IntegerAttr>("groups").getInt();
    groupSize = shape[0] / groups;
    sets = {groups};
    parameters = {groupSize};
    rest.assign(shape.begin() + 1, shape.end());
  } else {
    int64_t axis = op->getAttrOfType<IntegerAttr>("axis").getInt() - 1;
    sets.assign(shape.begin(), shape.begin() + axis);
    parameters.assign(shape.begin() + axis, shape.end());
    isRms = op->hasAttr("root_mean_square");
  }
  for (int64_t extent : llvm::concat<int64_t>(parameters, rest))
    count *= extent;

  unsigned next = 0;
  auto take = [&]() -> Value {
    return next < op->getNumOperands() ? body.getBuffer(op->getOperand(next++))
                                       : Value();
  };
  if (isGradient)
    gradient = take();
  input = take();
  scale = take();
  if (!isGradient)
    offset = take();
  for (auto [yielded, output] :
       llvm::zip_equal(body.getBlock().getTerminator()->getOperands(),
                       kernel.getOutputs())) {
    Value value = yielded;
    while (auto reshape = value.getDefiningOp<ReshapeOp>())
      value = reshape.getInput();
    SmallVector<int64_t> shape = getRowShape(value);
    shape.push_back(code.length);
    outputs[cast<OpResult>(value).getResultNumber()] = code.view(output, shape);
  }
}

/// The channel of a group norm.
static LaneIndex addIndices(LaneBuilder &code, const LaneIndex &group,
                            int64_t size, const LaneIndex &channel) {
  if (!channel.base)
    return group.affine(size, channel.offset);
  if (!group.base)
    return channel.affine(1, group.offset * size);
  Value sum = code.add(code.mul(code.materialize(group), size),
                       code.materialize(channel));
  return LaneIndex(sum, group.extent * size);
}

LanePoint NormGenerator::getParameter(ArrayRef<LaneIndex> set,
                                      ArrayRef<LaneIndex> parameter) {
  if (isGroupNorm)
    return {addIndices(code, set[0], groupSize, parameter[0])};
  return LanePoint(parameter);
}

LanePoint NormGenerator::getPoint(ArrayRef<LaneIndex> set,
                                  ArrayRef<LaneIndex> parameter,
                                  ArrayRef<LaneIndex> rest) {
  LanePoint point = getParameter(set, parameter);
  if (!isGroupNorm)
    point.insert(point.begin(), set.begin(), set.end());
  point.append(rest.begin(), rest.end());
  return point;
}

SmallVector<Value> NormGenerator::sumSet(
    ArrayRef<LaneIndex> set, int64_t count,
    function_ref<SmallVector<Value>(const LanePoint &)> terms) {
  SmallVector<int64_t> shape(parameters);
  shape.append(rest);
  return code.sumOver(shape, count, [&](ArrayRef<LaneIndex> point) {
    return terms(getPoint(set, point.take_front(parameters.size()),
                          point.drop_front(parameters.size())));
  });
}

Value NormGenerator::center(const LanePoint &point) {
  Value value = code.loadLanes(input, point);
  return mean ? code.subF(value, mean) : value;
}

void NormGenerator::addTo(Value buffer, const LanePoint &point, Value value) {
  if (!buffer)
    return;
  Value before = code.loadLanes(buffer, point);
  code.storeLanes(code.addF(before, code.masked(value, mask)), buffer, point);
}

void NormGenerator::run() {
  Value part = code.splat(1 / count);
  code.forShape(sets, [&](ArrayRef<LaneIndex> set) {
    mean = Value();
    if (!isRms) {
      Value sum = sumSet(set, 1, [&](const LanePoint &point) {
                    return SmallVector<Value>{code.loadLanes(input, point)};
                  }).front();
      mean = code.mulF(sum, part);
    }
    Value squares = sumSet(set, 1, [&](const LanePoint &point) {
                      Value centered = center(point);
                      return SmallVector<Value>{code.mulF(centered, centered)};
                    }).front();
    Value variance = code.fma(squares, part, code.splat(epsilon));
    Value deviation = math::SqrtOp::create(code.builder, code.loc, variance);
    inverse = code.divF(code.splat(1.0), deviation);
    if (isGradient)
      emitGradient(set);
    else
      emitForward(set);
  });
}

void NormGenerator::emitForward(ArrayRef<LaneIndex> set) {
  code.forShape(parameters, [&](ArrayRef<LaneIndex> parameter) {
    LanePoint place = getParameter(set, parameter);
    Value factor = code.mulF(code.loadParameter(scale, place), inverse);
    Value shift = offset ? code.loadParameter(offset, place) : Value();
    code.forShape(rest, [&](ArrayRef<LaneIndex> position) {
      LanePoint point = getPoint(set, parameter, position);
      Value centered = center(point);
      code.storeLanes(shift ? code.fma(centered, factor, shift)
                            : code.mulF(centered, factor),
                      outputs[0], point);
    });
  });
}

/// With a = sum(gradient * x^) and b = sum(gradient) over the values of each
/// parameter, sum(h * x^) is the sum of scale * a, and sum(h) that of scale *
/// b.
void NormGenerator::emitGradient(ArrayRef<LaneIndex> set) {
  SmallVector<Value> sums =
      code.sumOver(parameters, 2, [&](ArrayRef<LaneIndex> parameter) {
        LanePoint place = getParameter(set, parameter);
        SmallVector<Value> parts =
            code.sumOver(rest, 2, [&](ArrayRef<LaneIndex> position) {
              LanePoint point = getPoint(set, parameter, position);
              Value g = code.loadLanes(gradient, point);
              return SmallVector<Value>{code.mulF(g, center(point)), g};
            });
        parts[0] = code.mulF(parts[0], inverse);
        addTo(outputs[1], place, parts[0]);
        addTo(outputs[2], place, parts[1]);
        Value factor = code.loadParameter(scale, place);
        for (Value &sum : parts)
          sum = code.mulF(sum, factor);
        return parts;
      });
  if (!outputs[0])
    return;

  // result = (h - mean(h) - (input - mean) * slope) * inverse.
  Value part = code.splat(1 / count);
  Value slope = code.mulF(code.mulF(sums[0], part), inverse);
  Value meanGradient = code.mulF(sums[1], part);
  code.forShape(parameters, [&](ArrayRef<LaneIndex> parameter) {
    Value factor = code.loadParameter(scale, getParameter(set, parameter));
    code.forShape(rest, [&](ArrayRef<LaneIndex> position) {
      LanePoint point = getPoint(set, parameter, position);
      Value h = code.mulF(code.loadLanes(gradient, point), factor);
      if (!isRms)
        h = code.subF(h, meanGradient);
      h = code.subF(h, code.mulF(center(point), slope));
      code.storeLanes(code.mulF(h, inverse), outputs[0], point);
    });
  });
}

void bn::generateNorm(Operation *op, LaneBody &body, LaneKernelOp kernel) {
  NormGenerator(op, body, kernel).run();
}
