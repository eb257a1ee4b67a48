//===- LaneWinograd.cpp - Parts of Winograd kernels on lanes --------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LaneWinograd.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace mlir::bn;

//===----------------------------------------------------------------------===//
// Transforms
//===----------------------------------------------------------------------===//

/// The sum of `factors` times `values`; null if that is zero.
static Value combine(LaneBuilder &code, ArrayRef<double> factors,
                     ArrayRef<Value> values) {
  // Additions first: they need no product in front of them.
  SmallVector<unsigned> order;
  for (unsigned i = 0; i < values.size(); ++i)
    if (values[i] && factors[i] != 0)
      order.push_back(i);
  llvm::stable_sort(order, [&](unsigned a, unsigned b) {
    return (factors[a] == 1) > (factors[b] == 1);
  });
  Value sum;
  for (unsigned i : order) {
    double factor = factors[i];
    if (!sum)
      sum = factor == 1 ? values[i] : code.mulF(values[i], code.splat(factor));
    else if (factor == 1)
      sum = code.addF(sum, values[i]);
    else if (factor == -1)
      sum = code.subF(sum, values[i]);
    else
      sum = code.fma(values[i], code.splat(factor), sum);
  }
  return sum;
}

SmallVector<Value> bn::applyTransform(LaneBuilder &code,
                                      const TransformMatrix &matrix,
                                      ArrayRef<Value> values) {
  int64_t rows = matrix.rows, columns = matrix.columns;
  SmallVector<Value> results(rows);
  SmallVector<bool> isDone(rows, false);
  auto getFactors = [&](int64_t row) {
    return ArrayRef<double>(matrix.values).slice(row * columns, columns);
  };
  // Terms with the same sign in both rows, and with opposite ones.
  auto split = [&](int64_t i, int64_t j, SmallVector<double> &same,
                   SmallVector<double> &opposite) {
    int64_t sameTerms = 0, oppositeTerms = 0;
    for (int64_t k = 0; k < columns; ++k) {
      double a = matrix.at(i, k), b = matrix.at(j, k);
      if (std::abs(a) != std::abs(b))
        return false;
      bool isSame = a == b;
      same.push_back(isSame ? a : 0);
      opposite.push_back(isSame ? 0 : a);
      if (a != 0 && values[k])
        ++(isSame ? sameTerms : oppositeTerms);
    }
    return sameTerms > 0 && oppositeTerms > 0;
  };
  for (int64_t i = 0; i < rows; ++i) {
    if (isDone[i])
      continue;
    for (int64_t j = i + 1; j < rows; ++j) {
      SmallVector<double> same, opposite;
      if (isDone[j] || !split(i, j, same, opposite))
        continue;
      Value s = combine(code, same, values);
      Value o = combine(code, opposite, values);
      results[i] = code.addF(s, o);
      results[j] = code.subF(s, o);
      isDone[i] = isDone[j] = true;
      break;
    }
    if (!isDone[i])
      results[i] = combine(code, getFactors(i), values);
  }
  return results;
}

SmallVector<Value> bn::applyTransform(LaneBuilder &code,
                                      const TransformMatrix &rows,
                                      const TransformMatrix &columns,
                                      ArrayRef<Value> values) {
  SmallVector<Value> half(rows.rows * columns.columns);
  for (int64_t x = 0; x < columns.columns; ++x) {
    SmallVector<Value> column;
    for (int64_t y = 0; y < rows.columns; ++y)
      column.push_back(values[y * columns.columns + x]);
    for (auto [y, value] : llvm::enumerate(applyTransform(code, rows, column)))
      half[y * columns.columns + x] = value;
  }
  SmallVector<Value> results;
  for (int64_t y = 0; y < rows.rows; ++y)
    llvm::append_range(
        results, applyTransform(code, columns,
                                ArrayRef<Value>(half).slice(y * columns.columns,
                                                            columns.columns)));
  return results;
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

Value ScratchArena::take(ArrayRef<int64_t> shape) {
  SmallVector<int64_t> extents(shape);
  extents.push_back(code.length);
  SmallVector<int64_t> strides(extents.size());
  int64_t size = 1;
  for (int64_t axis = extents.size() - 1; axis >= 0; --axis) {
    strides[axis] = size;
    size *= extents[axis];
  }
  MLIRContext *context = code.builder.getContext();
  auto type = MemRefType::get(extents, code.elementType,
                              StridedLayoutAttr::get(context, offset, strides));
  Value buffer = memref::ReinterpretCastOp::create(
      code.builder, code.loc, type, scratch, offset, extents, strides);
  offset += size;
  return buffer;
}

SmallVector<Value> PaddedSource::getIndices(const LaneIndex &channel,
                                            const LaneIndex &row,
                                            const LaneIndex &column) const {
  LaneBuilder &code = body.getCode();
  SmallVector<Value> indices;
  if (number)
    indices.push_back(number);
  indices.append({code.materialize(channel), code.materialize(row),
                  code.materialize(column), code.index(0)});
  return indices;
}

void PaddedSource::prefetchTiles(const LaneIndex &channel,
                                 ArrayRef<LaneIndex> rows,
                                 const LaneIndex &first, int64_t count,
                                 int64_t step) const {
  LaneBuilder &code = body.getCode();
  for (const LaneIndex &row : rows)
    for (int64_t i = 0; i < count * step; ++i) {
      ClampedIndex y = body.clamp(row, shape[1]),
                   x = body.clamp(first.affine(step, i), shape[2]);
      if (!y.outside && !x.outside)
        memref::PrefetchOp::create(code.builder, code.loc, buffer,
                                   getIndices(channel, y.index, x.index),
                                   /*isWrite=*/false, /*localityHint=*/3,
                                   /*isDataCache=*/true);
    }
}

Value PaddedSource::load(const LaneIndex &channel, const LaneIndex &row,
                         const LaneIndex &column) const {
  LaneBuilder &code = body.getCode();
  ClampedIndex y = body.clamp(row, shape[1]), x = body.clamp(column, shape[2]);
  if (y.outside || x.outside)
    return Value();
  Value value = code.loadVector(buffer, getIndices(channel, y.index, x.index));
  Value inside = y.inside ? y.inside : x.inside;
  if (y.inside && x.inside)
    inside = arith::AndIOp::create(code.builder, code.loc, y.inside, x.inside);
  return inside ? code.select(inside, value, code.splat(0.0)) : value;
}

void bn::transformTiles(
    LaneBuilder &code, const PaddedSource &source, const LaneIndex &channel,
    ArrayRef<LaneIndex> rows, const TransformMatrix &rowTransform,
    const TransformMatrix &columnTransform, const LaneIndex &first,
    int64_t count, int64_t step, int64_t padding,
    function_ref<void(int64_t, int64_t, int64_t, Value)> store) {
  // By source column, what the transform of the rows makes of it.
  std::vector<SmallVector<Value>> columns;
  for (int64_t tile = 0; tile < count; ++tile) {
    int64_t begin = tile * step, end = begin + columnTransform.columns;
    for (int64_t x = columns.size(); x < end; ++x) {
      SmallVector<Value> column;
      for (const LaneIndex &row : rows)
        column.push_back(
            x < begin
                ? Value()
                : source.load(channel, row, first.affine(step, x - padding)));
      columns.push_back(applyTransform(code, rowTransform, column));
    }
    for (int64_t y = 0; y < rowTransform.rows; ++y) {
      SmallVector<Value> row;
      for (int64_t x = begin; x < end; ++x)
        row.push_back(columns[x][y]);
      for (auto [x, value] :
           llvm::enumerate(applyTransform(code, columnTransform, row)))
        store(y, x, tile, value ? value : code.splat(0.0));
    }
  }
}
