//===- BatchSums.cpp - What is summed over a batch ------------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BatchSums.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::bn;

/// Rows that a batch is expected to have, for the number of parts alone.
static constexpr int64_t kExpectedBatch = 128;
/// Threads that should have work, and what is enough for one of them.
static constexpr int64_t kWantedThreads = 1 << 16;
static constexpr int64_t kEnoughValues = 64;
static constexpr int64_t kMostParts = 64;

static ArrayRef<int64_t> getShape(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

BatchSum::BatchSum(Operation *op) : op(op) {
  llvm::TypeSwitch<Operation *>(op)
      .Case([&](BatchStatisticsOp statistics) {
        setChannels(statistics.getInput(), statistics.getLayout());
      })
      .Case([&](BatchNormParameterGradientOp norm) {
        setChannels(norm.getInput(), norm.getLayout());
      })
      .Case([&](GroupNormGradientOp norm) {
        setChannels(norm.getInput(), norm.getLayout());
      })
      .Case([&](LayerNormGradientOp norm) {
        count = 2;
        int64_t axis = norm.getAxis();
        auto inputNames = getAxisNames(norm.getInput());
        ArrayRef<int64_t> input = getShape(norm.getInput());
        shape = SmallVector<int64_t>(input.drop_front(axis));
        names.assign(inputNames.begin() + axis, inputNames.end());
        extents = SmallVector<int64_t>(input.take_front(axis));
        innerNames.assign(inputNames.begin(), inputNames.begin() + axis);
      })
      .Case([&](ConvFilterGradientOp conv) {
        static constexpr StringLiteral taps[] = {"kz", "ky", "kx"};
        setChannels(conv.getGradient(), conv.getLayout());
        shape = SmallVector<int64_t>(getShape(conv.getResult()));
        names = {"o", "c"};
        names.append(std::end(taps) - (shape.size() - 2), std::end(taps));
        count = 1;
        byThreads = true;
      })
      .Case([&](LinearOp linear) {
        shape = SmallVector<int64_t>(getShape(linear.getResult()));
        names = {"o", "k"};
        extents = {getShape(linear.getInput())[0]};
        innerNames = {"row"};
      })
      .Case([&](ReduceSumOp sum) { setReduction(sum); });
  chooseParts();
}

void BatchSum::setChannels(Value input, Layout layout) {
  count = 2;
  extents = SmallVector<int64_t>(getShape(input));
  innerNames = getAxisNames(input);
  channelAxis = getChannelAxis(extents.size(), layout);
  byThreads = channelAxis + 1 == extents.size();
  shape = {extents[channelAxis]};
  names = {"channel"};
  extents.erase(extents.begin() + channelAxis);
  innerNames.erase(innerNames.begin() + channelAxis);
}

void BatchSum::setReduction(ReduceSumOp sum) {
  auto inputNames = getAxisNames(sum.getInput());
  ArrayRef<int64_t> input = getShape(sum.getInput());
  for (auto [axis, extent] : llvm::enumerate(input)) {
    bool isSummed = llvm::is_contained(sum.getAxes(), int64_t(axis));
    (isSummed ? extents : shape).push_back(extent);
    (isSummed ? innerNames : names).push_back(inputNames[axis]);
  }
  byThreads = !llvm::is_contained(sum.getAxes(), int64_t(input.size()) - 1);
}

void BatchSum::chooseParts() {
  int64_t values = 1;
  for (int64_t extent : extents)
    values *= ShapedType::isDynamic(extent) ? kExpectedBatch : extent;
  int64_t threads = countValues(shape).first;
  int64_t enough = kEnoughValues;
  if (!byThreads) {
    threads *= kBlockSize;
    enough *= kBlockSize / 8;
  }
  parts = std::min(llvm::divideCeil(kWantedThreads, threads),
                   uint64_t(std::max<int64_t>(1, values / enough)));
  parts = std::min(parts, kMostParts);
}

Point BatchSum::placeChannel(ArrayRef<Value> inner, Value channel) const {
  Point place(inner);
  place.insert(place.begin() + channelAxis, channel);
  return place;
}

Value BatchSum::getShift(ElementBuilder &code, ArrayRef<Value> point,
                         ArrayRef<Value> inner) const {
  if (!isStatistics())
    return {};
  Value shift = code.evaluate(op->getOperand(0), placeChannel(inner, point[0]));
  shift.setLoc(code.named("shift"));
  return shift;
}

SmallVector<Value> BatchSum::add(ElementBuilder &code, ArrayRef<Value> point,
                                 ArrayRef<Value> inner, ValueRange sofar,
                                 Value shift) const {
  using Values = SmallVector<Value>;
  auto addGradient = [&](Value gradient, Value normalized) -> Values {
    return {code.fma(gradient, normalized, sofar[0]),
            code.add(sofar[1], gradient)};
  };
  return llvm::TypeSwitch<Operation *, Values>(op)
      .Case([&](BatchStatisticsOp statistics) -> Values {
        Point place = placeChannel(inner, point[0]);
        Value x = code.sub(code.evaluate(statistics.getInput(), place), shift);
        return {code.add(sofar[0], x), code.fma(x, x, sofar[1])};
      })
      .Case([&](BatchNormParameterGradientOp norm) {
        Point place = placeChannel(inner, point[0]);
        Value gradient = code.evaluate(norm.getGradient(), place);
        return addGradient(gradient, code.normalizeChannel(norm, place));
      })
      .Case([&](GroupNormGradientOp norm) {
        Point place = placeChannel(inner, point[0]);
        return addGradient(code.evaluate(norm.getGradient(), place),
                           code.normalizeSample(norm, place));
      })
      .Case([&](LayerNormGradientOp norm) {
        Point place(inner);
        place.append(point.begin(), point.end());
        return addGradient(code.evaluate(norm.getGradient(), place),
                           code.normalizeSample(norm, place));
      })
      .Case([&](ConvFilterGradientOp conv) -> Values {
        return {code.addToFilter(conv, point, inner, sofar[0])};
      })
      .Case([&](LinearOp linear) -> Values {
        Value x = code.evaluate(linear.getInput(), {inner[0], point[0]});
        Value y = code.evaluate(linear.getWeight(), {inner[0], point[1]});
        return {code.fma(x, y, sofar[0])};
      })
      .Case([&](ReduceSumOp sum) -> Values {
        Point place;
        size_t kept = 0, summed = 0;
        for (size_t axis = 0; axis < point.size() + inner.size(); ++axis)
          place.push_back(llvm::is_contained(sum.getAxes(), int64_t(axis))
                              ? inner[summed++]
                              : point[kept++]);
        return {code.add(sofar[0], code.evaluate(sum.getInput(), place))};
      });
}

SmallVector<Value> BatchSum::finish(ElementBuilder &code,
                                    ArrayRef<Value> sums) const {
  auto linear = dyn_cast<LinearOp>(op);
  double alpha = linear ? linear.getAlpha().convertToDouble() : 1.0;
  if (alpha == 1.0)
    return SmallVector<Value>(sums);
  return {code.mul(sums[0], code.number(alpha))};
}
