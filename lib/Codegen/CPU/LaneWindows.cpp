//===- LaneWindows.cpp - Pooling in lane kernels --------------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Codegen/CPU/LaneGenerators.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace mlir::bn;

namespace {

/// The attributes of a pooling op.
struct Window {
  template <typename PoolOp>
  explicit Window(PoolOp op)
      : kernel(op.getKernel()), strides(op.getStrides()),
        padding(op.getPadding()), dilations(op.getDilations()) {}

  ArrayRef<int64_t> kernel, strides, padding, dilations;
};

} // namespace

/// Both conditions, of which each may be null for true.
static Value both(LaneBuilder &code, Value lhs, Value rhs) {
  if (!lhs || !rhs)
    return lhs ? lhs : rhs;
  return arith::AndIOp::create(code.builder, code.loc, lhs, rhs);
}

/// The number of positions along `dim` that count in the divisor of the window
/// at `position`: a scalar.
static Value countPositions(LaneBuilder &code, const AveragedWindow &window,
                            const LaneIndex &position, int64_t dim,
                            int64_t extent) {
  // Padding that counts makes the extent longer.
  int64_t before = 0;
  if (window.countsPadding) {
    before = window.padding[dim];
    extent += before + window.padding[dim + 2];
  }
  Value one = arith::ConstantOp::create(code.builder, code.loc,
                                        code.builder.getF32FloatAttr(1));
  double always = 0;
  Value count;
  for (int64_t k = 0; k < window.kernel[dim]; ++k) {
    LaneIndex index =
        position.affine(window.strides[dim], k * window.dilations[dim] -
                                                 window.padding[dim] + before);
    if (index.isWithin(extent)) {
      ++always;
      continue;
    }
    if (index.getMax() < 0 || index.getMin() >= extent)
      continue;
    Value place = code.materialize(index);
    auto compare = [&](arith::CmpIPredicate predicate, int64_t limit) -> Value {
      return arith::CmpIOp::create(code.builder, code.loc, predicate, place,
                                   code.index(limit));
    };
    Value inside = both(code, compare(arith::CmpIPredicate::sge, 0),
                        compare(arith::CmpIPredicate::slt, extent));
    Value term = code.select(inside, one, code.constantLike(one, 0));
    count = count ? code.addF(count, term) : term;
  }
  Value certain = code.constantLike(one, always);
  return count ? code.addF(count, certain) : certain;
}

Value bn::countAveraged(LaneBuilder &code, const AveragedWindow &window,
                        ArrayRef<LaneIndex> pooled, ArrayRef<int64_t> shape) {
  Value rows = countPositions(code, window, pooled[1], 0, shape[1]);
  Value columns = countPositions(code, window, pooled[2], 1, shape[2]);
  return code.broadcast(code.mulF(rows, columns));
}

Value LaneBody::computeWindow(Operation *op, ArrayRef<LaneIndex> point) {
  auto average = dyn_cast<AveragePoolOp>(op);
  Window window = average ? Window(average) : Window(cast<MaxPoolOp>(op));
  Value input = op->getOperand(0);
  SmallVector<int64_t> shape = getRowShape(input);
  SmallVector<Value> taps;
  bool isCovered = true;
  for (int64_t y = 0; y < window.kernel[0]; ++y)
    for (int64_t x = 0; x < window.kernel[1]; ++x) {
      ClampedIndex row =
          clamp(point[1].affine(window.strides[0],
                                y * window.dilations[0] - window.padding[0]),
                shape[1]);
      ClampedIndex column =
          clamp(point[2].affine(window.strides[1],
                                x * window.dilations[1] - window.padding[1]),
                shape[2]);
      isCovered &=
          !row.inside && !row.outside && !column.inside && !column.outside;
      if (row.outside || column.outside)
        continue;
      Value value = evaluate(input, {point[0], row.index, column.index});
      if (Value inside = both(code, row.inside, column.inside))
        value = code.select(
            inside, value,
            code.splat(average ? 0.0
                               : -std::numeric_limits<double>::infinity()));
      taps.push_back(value);
    }
  if (!average) {
    Value largest = taps.front();
    for (Value tap : ArrayRef<Value>(taps).drop_front())
      largest = arith::MaximumFOp::create(code.builder, code.loc, largest, tap);
    return largest;
  }
  Value sum = taps.empty() ? code.splat(0.0) : code.sum(taps);
  int64_t size = window.kernel[0] * window.kernel[1];
  if (isCovered)
    return code.mulF(sum, code.splat(1.0 / size));
  return code.divF(
      sum, countAveraged(code,
                         {window.kernel, window.strides, window.padding,
                          window.dilations, average.getCountIncludePad()},
                         point, shape));
}

/// The window, of those of extent and stride `size`, that `index` lies in.
static LaneIndex getWindow(LaneBuilder &code, const LaneIndex &index,
                           int64_t size) {
  if (std::optional<LaneIndex> window = index.dividedBy(size))
    return *window;
  Value position = code.materialize(index);
  return LaneIndex(arith::DivUIOp::create(code.builder, code.loc, position,
                                          code.index(size)),
                   index.getMax() / size + 1);
}

Value LaneBody::computeAveragePoolGradient(Operation *op,
                                           ArrayRef<LaneIndex> point) {
  auto pool = cast<AveragePoolGradientOp>(op);
  SmallVector<int64_t> pooled = getRowShape(pool.getGradient());
  ArrayRef<int64_t> kernel = pool.getKernel();
  // Positions behind the last window are in none.
  ClampedIndex row = clamp(getWindow(code, point[1], kernel[0]), pooled[1]);
  ClampedIndex column = clamp(getWindow(code, point[2], kernel[1]), pooled[2]);
  Value zero = code.splat(0.0);
  if (row.outside || column.outside)
    return zero;
  Value gradient =
      evaluate(pool.getGradient(), {point[0], row.index, column.index});
  gradient = code.mulF(gradient, code.splat(1.0 / (kernel[0] * kernel[1])));
  Value inside = both(code, row.inside, column.inside);
  return inside ? code.select(inside, gradient, zero) : gradient;
}

Value LaneBody::computeMaxPoolGradient(Operation *op,
                                       ArrayRef<LaneIndex> point) {
  auto pool = cast<MaxPoolGradientOp>(op);
  OpBuilder &builder = code.builder;
  SmallVector<int64_t> pooled = getRowShape(pool.getGradient());
  ArrayRef<int64_t> kernel = pool.getKernel();
  ClampedIndex row = clamp(getWindow(code, point[1], kernel[0]), pooled[1]);
  ClampedIndex column = clamp(getWindow(code, point[2], kernel[1]), pooled[2]);
  Value zero = code.splat(0.0);
  if (row.outside || column.outside)
    return zero;
  auto getTap = [&](int64_t y, int64_t x) -> LanePoint {
    return {point[0], row.index.affine(kernel[0], y),
            column.index.affine(kernel[1], x)};
  };

  // Which tap is this point: known statically if loops run over windows.
  auto isTap = [&](const LaneIndex &index, const LaneIndex &window,
                   int64_t size, int64_t k) -> std::optional<bool> {
    LaneIndex tap = window.affine(size, k);
    if (index == tap)
      return true;
    if (index.base == tap.base && (!index.base || index.scale == tap.scale))
      return false;
    return std::nullopt;
  };

  Value largest = evaluate(pool.getInput(), getTap(0, 0));
  for (int64_t i = 1; i < kernel[0] * kernel[1]; ++i)
    largest = arith::MaximumFOp::create(
        builder, code.loc, largest,
        evaluate(pool.getInput(), getTap(i / kernel[1], i % kernel[1])));
  Value gradient =
      evaluate(pool.getGradient(), {point[0], row.index, column.index});

  // The first tap that is the largest takes the gradient. (NaN, which equals
  // nothing, takes none.)
  Value result = zero, taken;
  for (int64_t i = 0; i < kernel[0] * kernel[1]; ++i) {
    auto [y, x] = std::pair(i / kernel[1], i % kernel[1]);
    Value hit =
        arith::CmpFOp::create(builder, code.loc, arith::CmpFPredicate::OEQ,
                              evaluate(pool.getInput(), getTap(y, x)), largest);
    Value passed = code.select(hit, gradient, zero);
    if (taken)
      passed = code.select(taken, zero, passed);
    taken =
        taken ? arith::OrIOp::create(builder, code.loc, taken, hit).getResult()
              : hit;
    Value isHere;
    bool isElsewhere = false;
    auto restrict = [&](const LaneIndex &index, const LaneIndex &window,
                        int64_t size, int64_t k) {
      std::optional<bool> known = isTap(index, window, size, k);
      if (!known)
        isHere = both(
            code, isHere,
            arith::CmpIOp::create(builder, code.loc, arith::CmpIPredicate::eq,
                                  code.materialize(index),
                                  code.materialize(window.affine(size, k))));
      else if (!*known)
        isElsewhere = true;
    };
    restrict(point[1], row.index, kernel[0], y);
    restrict(point[2], column.index, kernel[1], x);
    if (isElsewhere)
      continue;
    result = isHere ? code.select(isHere, passed, result) : passed;
  }
  Value inside = both(code, row.inside, column.inside);
  return inside ? code.select(inside, result, zero) : result;
}

//===----------------------------------------------------------------------===//
// Means and sums within a row
//===----------------------------------------------------------------------===//

/// Whether the axes of `op` stay with extent 1.
static bool keepsDims(Operation *op) { return op->hasAttr("keep_dims"); }

Value LaneBody::computeReduction(Operation *op, ArrayRef<LaneIndex> point) {
  ArrayRef<int64_t> axes =
      op->getAttrOfType<DenseI64ArrayAttr>("axes").asArrayRef();
  Value input = op->getOperand(0);
  SmallVector<int64_t> shape = getRowShape(input), extents;
  LanePoint own;
  SmallVector<int64_t> reduced;
  size_t next = 0;
  double count = 1;
  for (auto [i, extent] : llvm::enumerate(shape)) {
    bool isReduced = llvm::is_contained(axes, static_cast<int64_t>(i) + 1);
    own.push_back(isReduced ? LaneIndex(0) : point[next]);
    if (!isReduced || keepsDims(op))
      ++next;
    if (isReduced) {
      reduced.push_back(i);
      count *= extent;
    }
  }

  SmallVector<int64_t> reducedShape =
      llvm::map_to_vector(reduced, [&](int64_t axis) { return shape[axis]; });
  auto outer = std::move(values);
  Value sum =
      code.sumOver(reducedShape, 1,
                   [&](ArrayRef<LaneIndex> indices) -> SmallVector<Value> {
                     for (auto [axis, index] :
                          llvm::zip_equal(reduced, indices))
                       own[axis] = index;
                     // What an iteration computes is not there for others.
                     startTile();
                     return {evaluate(input, own)};
                   })
          .front();
  values = std::move(outer);
  if (isa<ReduceMeanOp>(op))
    sum = code.mulF(sum, code.splat(1.0 / count));
  return sum;
}

Value LaneBody::computeMeanGradient(Operation *op, ArrayRef<LaneIndex> point) {
  auto mean = cast<ReduceMeanGradientOp>(op);
  LanePoint own;
  double count = 1;
  for (auto [i, extent] : llvm::enumerate(getRowShape(mean.getInput()))) {
    bool isReduced =
        llvm::is_contained(mean.getAxes(), static_cast<int64_t>(i) + 1);
    if (isReduced)
      count *= extent;
    if (!isReduced || keepsDims(op))
      own.push_back(isReduced ? LaneIndex(0) : point[i]);
  }
  return code.mulF(evaluate(mean.getGradient(), own), code.splat(1.0 / count));
}
