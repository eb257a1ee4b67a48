//===- FilterTransform.cpp - Winograd transforms of filters ---------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Vectors hold neighbours along the last axis of the transformed filter, which
// are apart in the filter itself: it is gathered from and scattered to.
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
  void emitVector(Value position, const LaneIndex &first, Value mask);
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

/// The filter's values for the lanes from `first` on.
void FilterTransformGenerator::emitVector(Value position,
                                          const LaneIndex &first, Value mask) {
  int64_t taps = shape[2] * shape[3];
  int64_t laneStride = isTransposed ? shape[1] * taps : taps;
  int64_t positionStride = isTransposed ? taps : shape[1] * taps;
  Value last = code.materialize(first);
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
  auto getTap = [&](int64_t k) {
    return code.add(base, isFlipped ? taps - 1 - k : k);
  };
  if (isGradient) {
    for (auto [k, value] : llvm::enumerate(restore(position, last, mask)))
      vector::ScatterOp::create(code.builder, code.loc, /*result=*/Type(),
                                filter, ValueRange{getTap(k)}, lanes, all,
                                value, /*alignment=*/IntegerAttr());
    return;
  }
  SmallVector<Value> values;
  for (int64_t k = 0; k < taps; ++k)
    values.push_back(vector::GatherOp::create(
        code.builder, code.loc, code.vectorType, filter, ValueRange{getTap(k)},
        lanes, all, code.splat(0.0), /*alignment=*/IntegerAttr()));
  transform(values, position, last, mask);
}

void FilterTransformGenerator::run() {
  int64_t extent = shape[isTransposed ? 0 : 1];
  int64_t count = extent / code.length, rest = extent % code.length;
  auto loop = scf::ForOp::create(code.builder, code.loc, kernel.getBegin(),
                                 kernel.getEnd(), code.index(1));
  OpBuilder::InsertionGuard guard(code.builder);
  code.builder.setInsertionPointToStart(loop.getBody());
  Value position = loop.getInductionVar();
  if (count)
    code.forEach(count, [&](LaneIndex i) {
      emitVector(position, i.affine(code.length), Value());
    });
  if (rest)
    emitVector(position, LaneIndex(count * code.length),
               code.getMask(code.index(rest)));
}

void bn::generateFilterTransform(FilterKernelOp kernel, LaneBuilder &code) {
  FilterTransformGenerator(kernel, code).run();
}
