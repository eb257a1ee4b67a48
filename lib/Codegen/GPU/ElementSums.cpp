//===- ElementSums.cpp - Products, windows and sums as loops --------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ElementWindow.h"
#include "bn/Plan/StoredTensors.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

#include <limits>

using namespace mlir;
using namespace mlir::bn;

/// Moves the spatial coordinates of `position` from the result to where `taps`
/// read the input. Returns whether that is inside of it, null if it always is.
Value ElementBuilder::placeWindow(const Window &window, Point &position,
                                  ArrayRef<Value> taps) {
  Value inside;
  auto require = [&](arith::CmpIPredicate predicate, Value a, int64_t b) {
    Value holds = arith::CmpIOp::create(builder, loc, predicate, a, index(b));
    inside = both(inside, holds);
  };
  static constexpr StringLiteral names[] = {"in_z", "in_y", "in_x"};
  for (size_t i = 0; i < window.size(); ++i) {
    Value &along = position[window.firstAxis + i];
    along = addIndex(mulIndex(along, window.strides[i]),
                     mulIndex(taps[i], window.dilations[i]));
    bool below = window.padding[i] > 0;
    bool above = window.getLast(i) >= window.from[i];
    if (below)
      along =
          arith::SubIOp::create(builder, loc, along, index(window.padding[i]));
    if ((below || above) &&
        isa_and_nonnull<arith::AddIOp, arith::MulIOp, arith::SubIOp>(
            along.getDefiningOp()))
      along.setLoc(named(names[3 - window.size() + i]));
    if (below)
      require(arith::CmpIPredicate::sge, along, 0);
    if (above)
      require(arith::CmpIPredicate::slt, along, window.from[i]);
  }
  return inside;
}

Value ElementBuilder::evaluateTap(ConvOp conv, ArrayRef<Value> point,
                                  ArrayRef<Value> taps, Value condition) {
  Window window(conv, getTensorType(conv.getFilter()).getShape().drop_front(2),
                conv.getInput(), conv.getResult());
  Point position(point);
  position[getChannelAxis(point.size(), conv.getLayout())] = taps[0];
  Value inside = placeWindow(window, position, taps.drop_front());
  return choose(both(condition, inside), number(0.0),
                [&] { return evaluate(conv.getInput(), position); });
}

Value ElementBuilder::computeConv(ConvOp conv, ArrayRef<Value> point) {
  ArrayRef<int64_t> filter = getTensorType(conv.getFilter()).getShape();
  Window window(conv, filter.drop_front(2), conv.getInput(), conv.getResult());
  int64_t channelAxis = getChannelAxis(point.size(), conv.getLayout());
  Value output = point[channelAxis];
  int64_t channels = filter[1];
  // Of the input, the first channel of the output's group.
  Value firstChannel = index(0);
  if (conv.getGroups() > 1)
    firstChannel = mulIndex(
        divIndex(output, filter[0] / static_cast<int64_t>(conv.getGroups())),
        channels);
  SmallVector<Value> extents;
  for (int64_t extent : filter.drop_front(1))
    extents.push_back(index(extent));
  SmallVector<StringRef> names = {"c"};
  names.append(getTapNames(window.size()));
  Value bias = conv.getBias() ? evaluate(conv.getBias(), output) : number(0.0);
  return reduce(
      extents, names, bias, "sum", [&](ArrayRef<Value> taps, Value sum) {
        Point position(point);
        position[channelAxis] = addIndex(firstChannel, taps[0]);
        Value inside = placeWindow(window, position, taps.drop_front());
        return choose(inside, sum, [&] {
          Value x = evaluate(conv.getInput(), position);
          Point place = {output};
          place.append(taps.begin(), taps.end());
          return fma(x, evaluate(conv.getFilter(), place), sum);
        });
      });
}

Value ElementBuilder::computeLinear(LinearOp linear, ArrayRef<Value> point) {
  ArrayRef<int64_t> weight = getTensorType(linear.getWeight()).getShape();
  double alpha = linear.getAlpha().convertToDouble();
  double beta = linear.getBeta().convertToDouble();
  Value bias;
  if (linear.getBias()) {
    bias = evaluate(linear.getBias(), point.back());
    if (beta != 1.0)
      bias = mul(bias, number(beta));
  }
  bool startsWithBias = bias && alpha == 1.0;
  Value sum = reduce(index(weight[linear.getTransposeWeight() ? 1 : 0]), {"k"},
                     startsWithBias ? bias : number(0.0), "sum",
                     [&](ArrayRef<Value> taps, Value sum) {
                       Point position(point);
                       position.back() = taps[0];
                       if (linear.getTransposeInput())
                         std::swap(position[0], position[1]);
                       Point place = {taps[0], point.back()};
                       if (linear.getTransposeWeight())
                         std::swap(place[0], place[1]);
                       Value x = evaluate(linear.getInput(), position);
                       return fma(x, evaluate(linear.getWeight(), place), sum);
                     });
  if (alpha == 1.0)
    return sum;
  return bias ? fma(sum, number(alpha), bias) : mul(sum, number(alpha));
}

Value ElementBuilder::finishProduct(Operation *op, Value sum, Value channel) {
  if (auto conv = dyn_cast<ConvOp>(op))
    return conv.getBias() ? add(sum, evaluate(conv.getBias(), channel)) : sum;
  auto linear = cast<LinearOp>(op);
  double alpha = linear.getAlpha().convertToDouble();
  double beta = linear.getBeta().convertToDouble();
  if (alpha != 1.0)
    sum = mul(sum, number(alpha));
  if (!linear.getBias())
    return sum;
  Value bias = evaluate(linear.getBias(), channel);
  return beta == 1.0 ? add(sum, bias) : fma(bias, number(beta), sum);
}

/// The number of taps of the window at `point` that count in a mean.
Value ElementBuilder::countTaps(const Window &window, ArrayRef<Value> point,
                                bool countPadding) {
  Value total = index(1);
  for (size_t i = 0; i < window.size(); ++i) {
    int64_t kernel = window.kernel[i], dilation = window.dilations[i];
    int64_t begin = 0, end = window.from[i];
    if (countPadding) {
      begin -= window.padding[i];
      end += window.padding[window.size() + i];
    }
    // Where no window leaves what counts, all taps do.
    if (begin <= -window.padding[i] && window.getLast(i) < end) {
      total = mulIndex(total, kernel);
      continue;
    }
    Value first = mulIndex(point[window.firstAxis + i], window.strides[i]);
    first =
        arith::SubIOp::create(builder, loc, first, index(window.padding[i]));
    // The first tap from `limit` on.
    auto getTap = [&](int64_t limit) {
      Value distance = arith::SubIOp::create(builder, loc, index(limit), first);
      distance = builder.createOrFold<arith::MaxSIOp>(loc, distance, index(0));
      return divIndex(addIndex(distance, index(dilation - 1)), dilation);
    };
    Value last =
        builder.createOrFold<arith::MinSIOp>(loc, getTap(end), index(kernel));
    Value along = arith::SubIOp::create(builder, loc, last, getTap(begin));
    total = builder.createOrFold<arith::MulIOp>(loc, total, along);
  }
  return toFloat(total);
}

template <typename PoolOp>
Value ElementBuilder::computePool(PoolOp pool, ArrayRef<Value> point) {
  constexpr bool isMax = std::is_same_v<PoolOp, MaxPoolOp>;
  Window window(pool, pool.getKernel(), pool.getInput(), pool.getResult());
  SmallVector<Value> extents;
  for (int64_t extent : window.kernel)
    extents.push_back(index(extent));
  Value init = number(isMax ? -std::numeric_limits<double>::infinity() : 0.0);
  Value result =
      reduce(extents, getTapNames(window.size()), init,
             isMax ? "largest" : "sum", [&](ArrayRef<Value> taps, Value sofar) {
               Point position(point);
               Value inside = placeWindow(window, position, taps);
               return choose(inside, sofar, [&]() -> Value {
                 Value x = evaluate(pool.getInput(), position);
                 if (isMax)
                   return arith::MaximumFOp::create(builder, loc, sofar, x);
                 return add(sofar, x);
               });
             });
  if constexpr (!isMax)
    result = div(result, countTaps(window, point, pool.getCountIncludePad()));
  return result;
}

template Value ElementBuilder::computePool(MaxPoolOp, ArrayRef<Value>);
template Value ElementBuilder::computePool(AveragePoolOp, ArrayRef<Value>);

Value ElementBuilder::computeReduction(Operation *op, ArrayRef<Value> point) {
  Value input = op->getOperand(0);
  auto axes = op->getAttrOfType<DenseI64ArrayAttr>("axes").asArrayRef();
  bool keepDims = op->hasAttr("keep_dims");
  auto axisNames = getAxisNames(input);
  Point position(getTensorType(input).getRank());
  SmallVector<Value> extents;
  SmallVector<StringRef> names;
  for (size_t axis = 0, kept = 0; axis < position.size(); ++axis) {
    if (llvm::is_contained(axes, axis)) {
      extents.push_back(getExtent(input, axis));
      names.push_back(axisNames[axis]);
      kept += keepDims;
    } else {
      position[axis] = point[kept++];
    }
  }
  Value sum = reduce(extents, names, number(0.0), "sum",
                     [&](ArrayRef<Value> inner, Value sofar) {
                       for (auto [axis, along] : llvm::zip(axes, inner))
                         position[axis] = along;
                       return add(sofar, evaluate(input, position));
                     });
  if (isa<ReduceSumOp>(op))
    return sum;
  auto [values, overBatch] = getReducedCount(op);
  return div(sum, count(values, overBatch));
}
