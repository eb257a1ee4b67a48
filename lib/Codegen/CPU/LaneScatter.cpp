//===- LaneScatter.cpp - Pooling gradients that overlap, and concat -------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Ops whose kernel runs over their operands rather than over their result. A
// value under several pooling windows is the sum of what they give it, window
// after window.
//
//===----------------------------------------------------------------------===//

#include "bn/Codegen/CPU/LaneGenerators.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace mlir::bn;

namespace {

/// One position under a window: a point of the input, and whether it is one.
struct Tap {
  LanePoint point;
  Value inside;
};

} // namespace

/// The positions under the window of `pooled` that may be inside of the input.
template <typename PoolOp>
static SmallVector<Tap, 0> getTaps(PoolOp pool, LaneBody &body,
                                   ArrayRef<LaneIndex> pooled) {
  LaneBuilder &code = body.getCode();
  SmallVector<int64_t> shape = getRowShape(pool.getResult());
  SmallVector<Tap, 0> taps;
  for (int64_t y = 0; y < pool.getKernel()[0]; ++y)
    for (int64_t x = 0; x < pool.getKernel()[1]; ++x) {
      auto locate = [&](int64_t dim, int64_t k) {
        return body.clamp(pooled[1 + dim].affine(pool.getStrides()[dim],
                                                 k * pool.getDilations()[dim] -
                                                     pool.getPadding()[dim]),
                          shape[1 + dim]);
      };
      ClampedIndex row = locate(0, y), column = locate(1, x);
      if (row.outside || column.outside)
        continue;
      Value inside = row.inside ? row.inside : column.inside;
      if (row.inside && column.inside)
        inside = arith::AndIOp::create(code.builder, code.loc, row.inside,
                                       column.inside);
      taps.push_back({{pooled[0], row.index, column.index}, inside});
    }
  return taps;
}

static void fillWithZeros(LaneBuilder &code, ArrayRef<int64_t> shape,
                          Value buffer) {
  Value zero = code.splat(0.0);
  code.forShape(shape, [&](ArrayRef<LaneIndex> point) {
    code.storeLanes(zero, buffer, point);
  });
}

/// Adds `value` at a tap, if it is inside.
static void addAt(LaneBuilder &code, const Tap &tap, Value buffer,
                  Value value) {
  if (tap.inside)
    value = code.select(tap.inside, value, code.splat(0.0));
  code.storeLanes(code.addF(code.loadLanes(buffer, tap.point), value), buffer,
                  tap.point);
}

static void generate(MaxPoolGradientOp pool, LaneBody &body, Value output) {
  LaneBuilder &code = body.getCode();
  fillWithZeros(code, getRowShape(pool.getResult()), output);
  Value gradients = body.getBuffer(pool.getGradient());
  Value input = body.getBuffer(pool.getInput());
  Value zero = code.splat(0.0);
  Value lowest = code.splat(-std::numeric_limits<double>::infinity());
  code.forShape(getRowShape(pool.getGradient()), [&](ArrayRef<LaneIndex> at) {
    SmallVector<Tap, 0> taps = getTaps(pool, body, at);
    SmallVector<Value> values;
    Value largest;
    for (const Tap &tap : taps) {
      Value value = code.loadLanes(input, tap.point);
      if (tap.inside)
        value = code.select(tap.inside, value, lowest);
      values.push_back(value);
      largest = largest ? arith::MaximumFOp::create(code.builder, code.loc,
                                                    largest, value)
                              .getResult()
                        : value;
    }
    // The first tap that is the largest takes the gradient.
    Value left = code.loadLanes(gradients, at);
    for (auto [tap, value] : llvm::zip_equal(taps, values)) {
      Value hit = arith::CmpFOp::create(
          code.builder, code.loc, arith::CmpFPredicate::OEQ, value, largest);
      addAt(code, tap, output, code.select(hit, left, zero));
      left = code.select(hit, zero, left);
    }
  });
}

/// A window's divisor is what its average was divided by.
static void generate(AveragePoolGradientOp pool, LaneBody &body, Value output) {
  LaneBuilder &code = body.getCode();
  SmallVector<int64_t> shape = getRowShape(pool.getResult());
  fillWithZeros(code, shape, output);
  Value gradients = body.getBuffer(pool.getGradient());
  code.forShape(getRowShape(pool.getGradient()), [&](ArrayRef<LaneIndex> at) {
    Value value = code.loadLanes(gradients, at);
    AveragedWindow window = {pool.getKernel(), pool.getStrides(),
                             pool.getPadding(), pool.getDilations(),
                             pool.getCountIncludePad()};
    value = code.divF(value, countAveraged(code, window, at, shape));
    for (const Tap &tap : getTaps(pool, body, at))
      addAt(code, tap, output, value);
  });
}

static void generate(ConcatOp concat, LaneBody &body, Value output) {
  LaneBuilder &code = body.getCode();
  int64_t axis = concat.getAxis() - 1, first = 0;
  for (Value input : concat.getInputs()) {
    SmallVector<int64_t> shape = getRowShape(input);
    Value buffer = body.getBuffer(input);
    code.forShape(shape, [&](ArrayRef<LaneIndex> point) {
      LanePoint target(point);
      target[axis] = target[axis].affine(1, first);
      code.storeLanes(code.loadLanes(buffer, point), output, target);
    });
    first += shape[axis];
  }
}

void bn::generateScatter(Operation *op, LaneBody &body, Value output) {
  if (auto pool = dyn_cast<MaxPoolGradientOp>(op))
    return generate(pool, body, output);
  if (auto pool = dyn_cast<AveragePoolGradientOp>(op))
    return generate(pool, body, output);
  generate(cast<ConcatOp>(op), body, output);
}
