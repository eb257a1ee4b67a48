//===- FilterTransform.cpp - Winograd transforms of filters ---------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Vectors hold neighbours along the last axis of the transformed filter, which
// are apart in the filter itself: by its taps, or, transposed, by the filters
// of a channel. Whole vectors are loaded and their values put in order in
// registers, because vectors of single values are slow to gather and to
// scatter; that is left for what does not fill a vector.
//
//===----------------------------------------------------------------------===//

#include "LaneWinograd.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace mlir::bn;

namespace {

class FilterTransformGenerator {
public:
  FilterTransformGenerator(FilterKernelOp kernel, LaneBuilder &code);
  void run();

private:
  void emitPositions(Value begin, Value end);
  void emitSquares(Value begin, Value end);
  void emitSquare(Value position, Value last);
  void emitVector(Value position, Value last);
  void emitRest(Value position, Value last, Value mask);
  SmallVector<Value> interleave(ArrayRef<Value> vectors, bool isInverse);
  SmallVector<Value> flip(SmallVector<Value> filter);
  int64_t getTaps() const { return shape[2] * shape[3]; }
  void transform(ArrayRef<Value> filter, Value position, Value last,
                 Value mask);
  SmallVector<Value> restore(Value position, Value last, Value mask);

  FilterKernelOp kernel;
  LaneBuilder &code;
  bool isGradient;
  bool isTransposed = false, isFlipped = false;
  WinogradTransform rows{1, 1, {1, 1}, {1, 1}, {1, 1}};
  WinogradTransform columns = rows;
  /// Output channels, input channels, rows and columns.
  SmallVector<int64_t> shape;
  /// The filter, in one extent, and the transformed one.
  Value filter, transformed;
};

} // namespace

FilterTransformGenerator::FilterTransformGenerator(FilterKernelOp kernel,
                                                   LaneBuilder &code)
    : kernel(kernel), code(code) {
  Operation *op = &kernel.getBody().front().front();
  ArrayRef<int64_t> tile;
  auto gradient = dyn_cast<WinogradFilterGradientOp>(op);
  isGradient = gradient != nullptr;
  if (isGradient) {
    tile = gradient.getOutputTile();
    shape = getRowShape(gradient.getResult());
    filter = kernel.getOutput();
    transformed = kernel.getInput();
  } else {
    auto forward = cast<WinogradFilterOp>(op);
    tile = forward.getOutputTile();
    isTransposed = forward.getTransposed();
    isFlipped = forward.getFlipped();
    shape = getRowShape(forward.getFilter());
    filter = kernel.getInput();
    transformed = kernel.getOutput();
  }
  rows = getWinogradTransform(tile[0], shape[2]);
  columns = getWinogradTransform(tile[1], shape[3]);
  filter = code.view(filter, shape[0] * shape[1] * shape[2] * shape[3]);
}

/// Gives the points of `position` in the lanes from `last` on.
void FilterTransformGenerator::transform(ArrayRef<Value> taps, Value position,
                                         Value last, Value mask) {
  SmallVector<Value> points =
      applyTransform(code, rows.filter, columns.filter, taps);
  for (auto [p, value] : llvm::enumerate(points)) {
    SmallVector<Value> indices = {position, code.index(p), last};
    if (mask)
      vector::MaskedStoreOp::create(code.builder, code.loc, transformed,
                                    indices, mask, value);
    else
      code.storeVector(value, transformed, indices);
  }
}

SmallVector<Value> FilterTransformGenerator::restore(Value position, Value last,
                                                     Value mask) {
  SmallVector<Value> points;
  for (int64_t p = 0; p < rows.getPoints() * columns.getPoints(); ++p) {
    SmallVector<Value> indices = {position, code.index(p), last};
    points.push_back(mask ? vector::MaskedLoadOp::create(
                                code.builder, code.loc, code.vectorType,
                                transformed, indices, mask, code.splat(0.0))
                          : code.loadVector(transformed, indices));
  }
  return applyTransform(code, rows.filter.transposed(),
                        columns.filter.transposed(), points);
}

/// The taps in the order of the transform.
SmallVector<Value> FilterTransformGenerator::flip(SmallVector<Value> filter) {
  if (isFlipped)
    std::reverse(filter.begin(), filter.end());
  return filter;
}

//===----------------------------------------------------------------------===//
// Whole vectors
//===----------------------------------------------------------------------===//

/// From as many vectors as there are taps, with the taps of a lane side by
/// side, makes one of each tap, or, inversely, these from those.
SmallVector<Value> FilterTransformGenerator::interleave(ArrayRef<Value> vectors,
                                                        bool isInverse) {
  int64_t length = code.length, taps = getTaps();
  SmallVector<Value> results;
  for (int64_t k = 0; k < taps; ++k) {
    SmallVector<int64_t> sources, lanes;
    for (int64_t lane = 0; lane < length; ++lane) {
      int64_t flat = isInverse ? k * length + lane : lane * taps + k;
      int64_t divisor = isInverse ? taps : length;
      sources.push_back(isInverse ? flat % divisor : flat / divisor);
      lanes.push_back(isInverse ? flat / divisor : flat % divisor);
    }
    // Each shuffle puts the values of one more source in their places.
    Value mixed;
    for (auto [source, vector] : llvm::enumerate(vectors)) {
      SmallVector<int64_t> mask;
      for (int64_t lane = 0; lane < length; ++lane) {
        bool isHere = sources[lane] == static_cast<int64_t>(source);
        mask.push_back(isHere ? (mixed ? length : 0) + lanes[lane] : lane);
      }
      if (llvm::is_contained(sources, static_cast<int64_t>(source)))
        mixed = vector::ShuffleOp::create(code.builder, code.loc,
                                          mixed ? mixed : vector, vector, mask);
    }
    results.push_back(mixed);
  }
  return results;
}

/// What is not transposed: the taps of the lanes lie side by side.
void FilterTransformGenerator::emitVector(Value position, Value last) {
  int64_t taps = getTaps();
  Value base =
      code.add(code.mul(position, shape[1] * taps), code.mul(last, taps));
  auto getPlace = [&](int64_t k) { return code.add(base, k * code.length); };
  if (isGradient) {
    SmallVector<Value> values =
        interleave(restore(position, last, Value()), /*isInverse=*/true);
    for (auto [k, value] : llvm::enumerate(values))
      code.storeVector(value, filter, getPlace(k));
    return;
  }
  SmallVector<Value> values;
  for (int64_t k = 0; k < taps; ++k)
    values.push_back(code.loadVector(filter, getPlace(k)));
  transform(flip(interleave(values, /*isInverse=*/false)), position, last,
            Value());
}

/// Transposed: as many positions as there are lanes from `position` on, whose
/// taps lie side by side.
void FilterTransformGenerator::emitSquare(Value position, Value last) {
  int64_t length = code.length, taps = getTaps();
  Value base =
      code.add(code.mul(last, shape[1] * taps), code.mul(position, taps));
  Value square = code.allocate({length * taps, length}, code.elementType);
  code.forEach(taps, [&](LaneIndex i) {
    Value first = code.mul(code.materialize(i), length);
    SmallVector<Value> values;
    for (int64_t lane = 0; lane < length; ++lane)
      values.push_back(code.loadVector(
          filter, code.add(code.add(base, first), lane * shape[1] * taps)));
    for (auto [k, value] :
         llvm::enumerate(code.transposeSquare(std::move(values))))
      code.storeVector(value, square, {code.add(first, k), code.index(0)});
  });
  code.forEach(length, [&](LaneIndex i) {
    Value number = code.materialize(i);
    SmallVector<Value> values;
    for (int64_t k = 0; k < taps; ++k)
      values.push_back(code.loadVector(
          square, {code.add(code.mul(number, taps), k), code.index(0)}));
    transform(flip(std::move(values)), code.add(position, number), last,
              Value());
  });
}

//===----------------------------------------------------------------------===//
// The rest
//===----------------------------------------------------------------------===//

/// Gathers the filter's values for the lanes from `last` on, or scatters them.
void FilterTransformGenerator::emitRest(Value position, Value last,
                                        Value mask) {
  int64_t taps = getTaps();
  int64_t laneStride = isTransposed ? shape[1] * taps : taps;
  int64_t positionStride = isTransposed ? taps : shape[1] * taps;
  Value base =
      code.add(code.mul(position, positionStride), code.mul(last, laneStride));
  SmallVector<int32_t> offsets;
  for (int64_t lane = 0; lane < code.length; ++lane)
    offsets.push_back(lane * laneStride);
  auto type = VectorType::get(code.length, code.builder.getI32Type());
  Value lanes = arith::ConstantOp::create(
      code.builder, code.loc,
      DenseElementsAttr::get(type, ArrayRef<int32_t>(offsets)));
  Value all = mask;
  if (!all)
    all = arith::ConstantOp::create(
        code.builder, code.loc,
        DenseElementsAttr::get(
            VectorType::get(code.length, code.builder.getI1Type()), true));
  if (isGradient) {
    for (auto [k, value] : llvm::enumerate(restore(position, last, mask)))
      vector::ScatterOp::create(code.builder, code.loc, /*result=*/Type(),
                                filter, ValueRange{code.add(base, k)}, lanes,
                                all, value, /*alignment=*/IntegerAttr());
    return;
  }
  SmallVector<Value> values;
  for (int64_t k = 0; k < taps; ++k)
    values.push_back(vector::GatherOp::create(
        code.builder, code.loc, code.vectorType, filter,
        ValueRange{code.add(base, k)}, lanes, all, code.splat(0.0),
        /*alignment=*/IntegerAttr()));
  transform(flip(std::move(values)), position, last, mask);
}

/// Positions of a transposed filter, as many at a time as there are lanes.
void FilterTransformGenerator::emitSquares(Value begin, Value end) {
  int64_t count = shape[0] / code.length;
  auto loop = scf::ForOp::create(code.builder, code.loc, begin, end,
                                 code.index(code.length));
  OpBuilder::InsertionGuard guard(code.builder);
  code.builder.setInsertionPointToStart(loop.getBody());
  code.forEach(count, [&](LaneIndex i) {
    emitSquare(loop.getInductionVar(), code.materialize(i.affine(code.length)));
  });
}

/// Positions one by one.
void FilterTransformGenerator::emitPositions(Value begin, Value end) {
  int64_t extent = shape[isTransposed ? 0 : 1];
  int64_t count = extent / code.length, rest = extent % code.length;
  auto loop =
      scf::ForOp::create(code.builder, code.loc, begin, end, code.index(1));
  OpBuilder::InsertionGuard guard(code.builder);
  code.builder.setInsertionPointToStart(loop.getBody());
  Value position = loop.getInductionVar();
  if (count)
    code.forEach(count, [&](LaneIndex i) {
      Value last = code.materialize(i.affine(code.length));
      if (isTransposed)
        emitRest(position, last, Value());
      else
        emitVector(position, last);
    });
  if (rest)
    emitRest(position, code.index(count * code.length),
             code.getMask(code.index(rest)));
}

void FilterTransformGenerator::run() {
  Value begin = kernel.getBegin(), end = kernel.getEnd();
  // What is left of the output channels would need its positions once more.
  if (isTransposed && shape[0] % code.length == 0) {
    AffineExpr d0 = getAffineDimExpr(0, code.builder.getContext()),
               d1 = getAffineDimExpr(1, code.builder.getContext());
    Value middle = code.apply(
        d0 + (d1 - d0).floorDiv(code.length) * code.length, {begin, end});
    emitSquares(begin, middle);
    begin = middle;
  }
  emitPositions(begin, end);
}

void bn::generateFilterTransform(FilterKernelOp kernel, LaneBuilder &code) {
  FilterTransformGenerator(kernel, code).run();
}
