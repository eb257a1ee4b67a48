//===- ElementGradients.cpp - One value of each gradient ------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ElementWindow.h"

#include "bn/Dialect/BN/IR/DropoutHash.h"
#include "bn/Plan/StoredTensors.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/ADT/TypeSwitch.h"

#include <limits>

using namespace mlir;
using namespace mlir::bn;

Value ElementBuilder::computeGradient(OpResult result, ArrayRef<Value> point) {
  Operation *op = result.getOwner();
  return llvm::TypeSwitch<Operation *, Value>(op)
      .Case([&](ReluGradientOp relu) -> Value {
        Value gradient = evaluate(relu.getGradient(), point);
        Value zero = number(0.0);
        Value isPositive =
            arith::CmpFOp::create(builder, loc, arith::CmpFPredicate::OGT,
                                  evaluate(relu.getOutput(), point), zero);
        return arith::SelectOp::create(builder, loc, isPositive, gradient,
                                       zero);
      })
      .Case([&](ReduceMeanGradientOp mean) {
        Point kept;
        for (auto [axis, position] : llvm::enumerate(point))
          if (!llvm::is_contained(mean.getAxes(), int64_t(axis)))
            kept.push_back(position);
          else if (mean.getKeepDims())
            kept.push_back(index(0));
        int64_t values = 1;
        RankedTensorType type = getTensorType(mean.getInput());
        bool overBatch = false;
        for (int64_t axis : mean.getAxes()) {
          overBatch |= type.isDynamicDim(axis);
          values *= type.isDynamicDim(axis) ? 1 : type.getDimSize(axis);
        }
        return div(evaluate(mean.getGradient(), kept),
                   count(values, overBatch));
      })
      .Case([&](AveragePoolGradientOp pool) {
        return computePoolGradient(pool, point);
      })
      .Case([&](MaxPoolGradientOp pool) {
        return computePoolGradient(pool, point);
      })
      .Case<ConvInputGradientOp, BatchNormInputGradientOp>(
          [&](auto gradient) { return computeInputGradient(gradient, point); })
      .Case<GroupNormGradientOp, LayerNormGradientOp>(
          [&](auto) { return computeSampleNormGradient(op, point); })
      .Case([&](RunningStatisticsOp running) {
        bool isMean = result == running.getNewRunningMean();
        Value batch =
            evaluate(isMean ? running.getMean() : running.getVariance(), point);
        return blendStatistics(running, isMean, batch, point[0]);
      })
      .Case([&](DropoutOp dropout) { return computeDropout(dropout, point); });
}

//===----------------------------------------------------------------------===//
// Windows that a position lies in
//===----------------------------------------------------------------------===//

/// Moves the spatial coordinates of `position` from the image to the window
/// that is `steps` before the last one which begins there or earlier, and
/// returns whether there is one and it reads the position; null if that always
/// holds. `taps` are where it does.
Value ElementBuilder::findWindow(const Window &window, Point &position,
                                 ArrayRef<Value> steps,
                                 SmallVectorImpl<Value> &taps) {
  using Predicate = arith::CmpIPredicate;
  Value inside;
  auto require = [&](Predicate predicate, Value a, int64_t b) {
    Value holds = compare(predicate, a, index(b));
    inside = both(inside, holds);
  };
  static constexpr StringLiteral names[] = {"out_z", "out_y", "out_x"};
  for (size_t i = 0; i < window.size(); ++i) {
    Value &along = position[window.firstAxis + i];
    int64_t stride = window.strides[i], kernel = window.kernel[i];
    Value shifted = addIndex(along, index(window.padding[i]));
    Value tap = steps[i];
    bool below = window.getCoverCount(i) > 1;
    if (window.dilations[i] != 1) {
      Value distance = builder.createOrFold<arith::SubIOp>(
          loc, shifted, mulIndex(tap, window.dilations[i]));
      require(Predicate::sge, distance, 0);
      if (stride > 1)
        require(Predicate::eq, remIndex(distance, stride), 0);
      along = divIndex(distance, stride);
      below = false;
    } else {
      if (stride > 1)
        tap = addIndex(remIndex(shifted, stride), mulIndex(tap, stride));
      if (kernel % stride != 0)
        require(Predicate::slt, tap, kernel);
      along = builder.createOrFold<arith::SubIOp>(
          loc, divIndex(shifted, stride), steps[i]);
    }
    taps.push_back(tap);
    bool above =
        (window.from[i] - 1 + window.padding[i]) / stride >= window.to[i];
    if (isa_and_nonnull<arith::AddIOp, arith::DivUIOp, arith::SubIOp>(
            along.getDefiningOp()))
      along.setLoc(named(names[3 - window.size() + i]));
    if (below)
      require(Predicate::sge, along, 0);
    if (above)
      require(Predicate::slt, along, window.to[i]);
  }
  return inside;
}

template <typename Extents>
static SmallVector<Value> getCoverExtents(ElementBuilder &code,
                                          const Extents &window) {
  SmallVector<Value> extents;
  for (size_t i = 0; i < window.size(); ++i)
    extents.push_back(code.index(window.getCoverCount(i)));
  return extents;
}

Value ElementBuilder::computeInputGradient(ConvInputGradientOp op,
                                           ArrayRef<Value> point) {
  ArrayRef<int64_t> filter = getTensorType(op.getFilter()).getShape();
  Window window(op, filter.drop_front(2), op.getResult(), op.getGradient());
  int64_t channelAxis = getChannelAxis(point.size(), op.getLayout());
  Value channel = point[channelAxis];
  int64_t groups = op.getGroups();
  Value first = index(0);
  if (groups > 1) {
    first = mulIndex(divIndex(channel, filter[1]), filter[0] / groups);
    channel = remIndex(channel, filter[1]);
  }
  return reduce(getCoverExtents(*this, window), getTapNames(window.size()),
                number(0.0), "sum", [&](ArrayRef<Value> steps, Value sum) {
                  Point position(point);
                  SmallVector<Value> taps;
                  Value inside = findWindow(window, position, steps, taps);
                  return choose(inside, sum, [&] {
                    return reduce(
                        index(filter[0] / groups), {"o"}, sum, "sum",
                        [&](ArrayRef<Value> outputs, Value sum) {
                          position[channelAxis] = addIndex(first, outputs[0]);
                          Point place = {position[channelAxis], channel};
                          place.append(taps.begin(), taps.end());
                          return fma(evaluate(op.getGradient(), position),
                                     evaluate(op.getFilter(), place), sum);
                        });
                  });
                });
}

Value ElementBuilder::addToFilter(ConvFilterGradientOp op,
                                  ArrayRef<Value> point, ArrayRef<Value> place,
                                  Value sum) {
  ArrayRef<int64_t> filter = getTensorType(op.getResult()).getShape();
  Window window(op, filter.drop_front(2), op.getInput(), op.getGradient());
  int64_t channelAxis = getChannelAxis(point.size(), op.getLayout());
  Point output(place);
  output.insert(output.begin() + channelAxis, point[0]);
  Point position(output);
  position[channelAxis] = point[1];
  if (op.getGroups() > 1) {
    int64_t size = filter[0] / static_cast<int64_t>(op.getGroups());
    position[channelAxis] =
        addIndex(mulIndex(divIndex(point[0], size), filter[1]), point[1]);
  }
  Value inside = placeWindow(window, position, point.drop_front(2));
  return choose(inside, sum, [&] {
    return fma(evaluate(op.getGradient(), output),
               evaluate(op.getInput(), position), sum);
  });
}

Value ElementBuilder::sumOverWindows(
    const Window &window, ArrayRef<Value> point,
    function_ref<Value(const Point &, ArrayRef<Value>, Value)> add) {
  return reduce(getCoverExtents(*this, window), getTapNames(window.size()),
                number(0.0), "sum", [&](ArrayRef<Value> steps, Value sum) {
                  Point position(point);
                  SmallVector<Value> taps;
                  Value inside = findWindow(window, position, steps, taps);
                  return choose(inside, sum,
                                [&] { return add(position, taps, sum); });
                });
}

Value ElementBuilder::computePoolGradient(AveragePoolGradientOp op,
                                          ArrayRef<Value> point) {
  Window window(op, op.getKernel(), op.getResult(), op.getGradient());
  return sumOverWindows(
      window, point,
      [&](const Point &position, ArrayRef<Value>, Value sum) -> Value {
        Value gradient = evaluate(op.getGradient(), position);
        Value share =
            div(gradient, countTaps(window, position, op.getCountIncludePad()));
        return add(sum, share);
      });
}

/// The number of the first tap with the largest value of the window at `point`.
Value ElementBuilder::findLargestTap(MaxPoolGradientOp op, const Window &window,
                                     ArrayRef<Value> point) {
  auto [taps, isDynamic] = countValues(window.kernel);
  static_cast<void>(isDynamic);
  Value lowest = number(-std::numeric_limits<double>::infinity());
  return loop(
      index(0), index(taps), index(1), "tap", {lowest, index(0)},
      {"largest", "first"},
      [&](Value tap, ValueRange sofar) -> SmallVector<Value> {
        Point position(point);
        Value inside =
            placeWindow(window, position,
                        split(tap, window.kernel, getTapNames(window.size())));
        Value x = choose(inside, lowest,
                         [&] { return evaluate(op.getInput(), position); });
        Value isLarger = arith::CmpFOp::create(
            builder, named("larger"), arith::CmpFPredicate::OGT, x, sofar[0]);
        return {arith::SelectOp::create(builder, loc, isLarger, x, sofar[0]),
                arith::SelectOp::create(builder, loc, isLarger, tap, sofar[1])};
      })[1];
}

Value ElementBuilder::computePoolGradient(MaxPoolGradientOp op,
                                          ArrayRef<Value> point) {
  Window window(op, op.getKernel(), op.getResult(), op.getGradient());
  return sumOverWindows(
      window, point,
      [&](const Point &position, ArrayRef<Value> taps, Value sum) -> Value {
        Value own = compare(arith::CmpIPredicate::eq,
                            findLargestTap(op, window, position),
                            join(taps, window.kernel));
        Value more = add(sum, evaluate(op.getGradient(), position));
        return arith::SelectOp::create(builder, loc, own, more, sum);
      });
}

//===----------------------------------------------------------------------===//
// Normalizations
//===----------------------------------------------------------------------===//

template <typename Op>
Value ElementBuilder::normalizeChannel(Op op, ArrayRef<Value> point) {
  Value channel = point[getChannelAxis(point.size(), op.getLayout())];
  Value inverse =
      invertDeviation(evaluate(op.getVariance(), channel), op.getEpsilon());
  return mul(
      sub(evaluate(op.getInput(), point), evaluate(op.getMean(), channel)),
      inverse);
}

template Value ElementBuilder::normalizeChannel(BatchNormParameterGradientOp,
                                                ArrayRef<Value>);

Value ElementBuilder::computeInputGradient(BatchNormInputGradientOp op,
                                           ArrayRef<Value> point) {
  Value channel = point[getChannelAxis(point.size(), op.getLayout())];
  auto [values, overBatch] =
      countValues(getTensorType(op.getInput()).getShape());
  int64_t channels = getTensorType(op.getScale()).getNumElements();
  Value m = count(values / channels, overBatch);
  Value inverse =
      invertDeviation(evaluate(op.getVariance(), channel), op.getEpsilon());
  Value factor = mul(evaluate(op.getScale(), channel), inverse);
  Value normalized = normalizeChannel(op, point);
  Value means = div(fma(normalized, evaluate(op.getScaleGradient(), channel),
                        evaluate(op.getOffsetGradient(), channel)),
                    m);
  return mul(factor, sub(evaluate(op.getGradient(), point), means));
}

/// Where the statistics lie for the value at `point` that the norm of samples,
/// or gradient of one, `op` reads.
static Point getSample(ElementBuilder &code, Operation *op,
                       ArrayRef<Value> point) {
  if (auto axis = op->getAttrOfType<IntegerAttr>("axis"))
    return Point(point.take_front(axis.getInt()));
  auto norm = cast<GroupNormGradientOp>(op);
  int64_t axis = getChannelAxis(point.size(), norm.getLayout());
  int64_t channels = getTensorType(norm.getInput()).getDimSize(axis);
  int64_t groups = norm.getGroups();
  return {point[0], code.divIndex(point[axis], channels / groups)};
}

Value ElementBuilder::normalizeSample(Operation *op, ArrayRef<Value> point) {
  Point sample = getSample(*this, op, point);
  auto [mean, inverse] = source.getStatistics(op);
  Value x = evaluate(op->getOperand(1), point);
  if (mean)
    x = sub(x, load(mean, sample));
  return mul(x, load(inverse, sample));
}

Value ElementBuilder::scaleGradient(Operation *op, ArrayRef<Value> point) {
  Point place;
  if (auto axis = op->getAttrOfType<IntegerAttr>("axis"))
    place = Point(point.drop_front(axis.getInt()));
  else
    place = {point[getChannelAxis(point.size(),
                                  cast<GroupNormGradientOp>(op).getLayout())]};
  return mul(evaluate(op->getOperand(0), point),
             evaluate(op->getOperand(2), place));
}

Value ElementBuilder::computeSampleNormGradient(Operation *op,
                                                ArrayRef<Value> point) {
  Point sample = getSample(*this, op, point);
  Value inverse = load(source.getStatistics(op).second, sample);
  auto [mean, product] = source.getGradientMeans(op);
  Value centered = scaleGradient(op, point);
  if (mean)
    centered = sub(centered, load(mean, sample));
  Value along = mul(normalizeSample(op, point), load(product, sample));
  return mul(sub(centered, along), inverse);
}

//===----------------------------------------------------------------------===//
// Dropout
//===----------------------------------------------------------------------===//

Value ElementBuilder::computeDropout(DropoutOp op, ArrayRef<Value> point) {
  ImplicitLocOpBuilder b(loc, builder);
  auto getSeed = [&](int64_t i) { return evaluate(op.getSeed(), index(i)); };
  auto getWord = [&](Value position) -> Value {
    return arith::IndexCastOp::create(b, b.getI32Type(), position);
  };
  Value state = createHashState(b, getSeed(0), getSeed(1), op.getStream());
  ArrayRef<int64_t> shape = getTensorType(op.getInput()).getShape();
  Value row = point.empty() ? index(0) : point.front();
  Value within = index(0);
  if (!point.empty())
    within = join(point.drop_front(), shape.drop_front());
  state = createHashStep(b, state, getWord(row));
  state = createHashStep(b, state, getWord(within));
  double ratio = op.getRatio().convertToDouble();
  Value kept = createIsKept(b, state, ratio);
  Value enlarged = div(evaluate(op.getInput(), point), number(1.0 - ratio));
  return arith::SelectOp::create(builder, loc, kept, enlarged, number(0.0));
}
