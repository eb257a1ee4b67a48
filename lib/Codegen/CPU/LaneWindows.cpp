//===- LaneWindows.cpp - Pooling in lane kernels --------------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Codegen/CPU/LaneBody.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/ADT/TypeSwitch.h"

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
/// at `position`: a scalar, or null for all of them.
static Value countPositions(LaneBuilder &code, AveragePoolOp pool,
                            const LaneIndex &position, int64_t dim,
                            int64_t extent) {
  // With count_include_pad, what lies within the padded extent counts.
  int64_t before = pool.getCountIncludePad() ? pool.getPadding()[dim] : 0;
  int64_t after = pool.getCountIncludePad() ? pool.getPadding()[dim + 2] : 0;
  Value count;
  bool all = true;
  for (int64_t k = 0; k < pool.getKernel()[dim]; ++k) {
    LaneIndex index = position.affine(pool.getStrides()[dim],
                                      k * pool.getDilations()[dim] -
                                          pool.getPadding()[dim] + before);
    if (index.isWithin(extent + before + after)) {
      Value one = arith::ConstantOp::create(code.builder, code.loc,
                                            code.builder.getF32FloatAttr(1));
      count = count ? code.addF(count, one) : one;
      continue;
    }
    all = false;
    if (index.getMax() < 0 || index.getMin() >= extent + before + after)
      continue;
    Value place = code.materialize(index);
    auto compare = [&](arith::CmpIPredicate predicate, int64_t limit) -> Value {
      return arith::CmpIOp::create(code.builder, code.loc, predicate, place,
                                   code.index(limit));
    };
    Value inside =
        both(code, compare(arith::CmpIPredicate::sge, 0),
             compare(arith::CmpIPredicate::slt, extent + before + after));
    Value one = arith::UIToFPOp::create(code.builder, code.loc,
                                        code.builder.getF32Type(), inside);
    count = count ? code.addF(count, one) : one;
  }
  return all ? Value() : count;
}

Value LaneBody::computeWindow(Operation *op, ArrayRef<LaneIndex> point) {
  auto average = dyn_cast<AveragePoolOp>(op);
  Window window = average ? Window(average) : Window(cast<MaxPoolOp>(op));
  Value input = op->getOperand(0);
  SmallVector<int64_t> shape = getRowShape(input);
  SmallVector<Value> taps;
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
  Value rows = countPositions(code, average, point[1], 0, shape[1]);
  Value columns = countPositions(code, average, point[2], 1, shape[2]);
  if (!rows && !columns)
    return code.mulF(sum,
                     code.splat(1.0 / (window.kernel[0] * window.kernel[1])));
  auto known = [&](Value count, int64_t extent) {
    return count ? code.broadcast(count) : code.splat(extent);
  };
  return code.divF(sum, code.mulF(known(rows, window.kernel[0]),
                                  known(columns, window.kernel[1])));
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

  // The innermost axis in parts, each of which is added up in pairs.
  constexpr int64_t kPart = 8;
  auto outer = std::move(values);
  auto nest = [&](auto &self, size_t depth, Value sum) -> Value {
    if (depth == reduced.size())
      return code.addF(sum, evaluate(input, own));
    int64_t axis = reduced[depth];
    if (depth + 1 < reduced.size())
      return code
          .forCarried(shape[axis], SmallVector<Value>{sum},
                      [&](LaneIndex i,
                          SmallVector<Value> carried) -> SmallVector<Value> {
                        own[axis] = i;
                        return {self(self, depth + 1, carried.front())};
                      })
          .front();
    auto addPart = [&](LaneIndex part, int64_t size, Value sum) {
      startTile();
      SmallVector<Value> terms;
      for (int64_t i = 0; i < size; ++i) {
        own[axis] = part.affine(kPart, i);
        terms.push_back(evaluate(input, own));
      }
      startTile();
      return code.addF(sum, code.sum(terms));
    };
    int64_t parts = shape[axis] / kPart;
    if (parts > 0)
      sum = code.forCarried(parts, SmallVector<Value>{sum},
                            [&](LaneIndex i, SmallVector<Value> carried)
                                -> SmallVector<Value> {
                              return {addPart(i, kPart, carried.front())};
                            })
                .front();
    if (shape[axis] % kPart)
      sum = addPart(LaneIndex(parts), shape[axis] % kPart, sum);
    return sum;
  };
  Value sum = nest(nest, 0, code.splat(0.0));
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
