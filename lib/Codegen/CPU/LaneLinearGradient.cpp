//===- LaneLinearGradient.cpp - Gradients of linear layers' weights -------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The gradient of a weight is a product of matrices whose inner extent is the
// batch,
//
//   result[o, i] = sum_n gradient[n, o] * input[n, i],
//
// and both operands have the batch in their lanes. The input is transposed,
// some columns and rows of the batch at a time, so that the lanes become values
// of a row: then a register tile of outputs by vectors of inputs takes one row
// after the other, and no lanes are added up.
//
//===----------------------------------------------------------------------===//

#include "bn/Codegen/CPU/LaneGenerators.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::bn;

/// Rows of the batch that are transposed at a time: with the columns of a tile
/// they take half of a first cache of 32 KiB at most.
static constexpr int64_t kRowsAtATime = 128;

/// A register tile is so many vectors of inputs wide, where there are as many.
static constexpr int64_t kVectors = 2;

namespace {

class LinearGradientGenerator {
public:
  LinearGradientGenerator(LinearOp op, LaneBody &body, BatchSumKernelOp kernel);

  void run();

private:
  /// Some columns of the result: whole vectors, but for the last one.
  struct Columns {
    Value first;
    int64_t vectors;
    /// Lanes of the vector that are columns; null if all are.
    Value mask;
  };
  /// Blocks of rows from `begin` to `end`, and whether they are the first ones.
  struct Rows {
    Value begin, end, areFirst;
  };

  Value emitLoop(const Rows &rows, Value begin, Value end, int64_t vectors);
  void emitColumns(const Rows &rows, const Columns &columns);
  void transpose(const Rows &rows, const Columns &columns);
  void emitTile(const Rows &rows, const Columns &columns,
                const LaneIndex &output, int64_t outputs);
  SmallVector<Value> multiply(const Rows &rows, int64_t vectors,
                              const LaneIndex &output, int64_t outputs);
  Value getPlace(const Rows &rows, Value block, Value row);
  void store(const Columns &columns, Value sum, ValueRange target);
  Value load(const Columns &columns, ValueRange source);

  LaneBuilder &code;
  BatchSumKernelOp kernel;
  double alpha;
  Value gradient, input, result;
  /// Rows of the batch by values of a row.
  Value transposed;
  int64_t outputs, inputs;
};

} // namespace

LinearGradientGenerator::LinearGradientGenerator(LinearOp op, LaneBody &body,
                                                 BatchSumKernelOp kernel)
    : code(body.getCode()), kernel(kernel),
      alpha(op.getAlpha().convertToDouble()),
      gradient(body.getBuffer(op.getInput())),
      input(body.getBuffer(op.getWeight())),
      result(kernel.getOutputs().front()),
      outputs(getRowShape(op.getResult())[0]),
      inputs(getRowShape(op.getResult())[1]) {}

void LinearGradientGenerator::run() {
  AffineExpr d0 = getAffineDimExpr(0, code.builder.getContext());
  transposed =
      code.allocate({kRowsAtATime, kVectors * code.length}, code.elementType);
  Value blocks = code.apply(d0.ceilDiv(code.length), kernel.getBatch());
  int64_t blocksAtATime = kRowsAtATime / code.length;
  auto loop = scf::ForOp::create(code.builder, code.loc, code.index(0), blocks,
                                 code.index(blocksAtATime));
  OpBuilder::InsertionGuard guard(code.builder);
  code.builder.setInsertionPointToStart(loop.getBody());
  Rows rows;
  rows.begin = loop.getInductionVar();
  rows.end = arith::MinSIOp::create(code.builder, code.loc, blocks,
                                    code.add(rows.begin, blocksAtATime));
  rows.areFirst =
      arith::CmpIOp::create(code.builder, code.loc, arith::CmpIPredicate::eq,
                            rows.begin, code.index(0));
  Value middle = emitLoop(rows, kernel.getBegin(), kernel.getEnd(), kVectors);
  emitLoop(rows, middle, kernel.getEnd(), 1);
}

/// Takes the columns from `begin` on, so many vectors at a time; returns the
/// first one that is left. A single vector may reach beyond `end`.
Value LinearGradientGenerator::emitLoop(const Rows &rows, Value begin,
                                        Value end, int64_t vectors) {
  AffineExpr d0 = getAffineDimExpr(0, code.builder.getContext());
  AffineExpr d1 = getAffineDimExpr(1, code.builder.getContext());
  int64_t width = vectors * code.length;
  Value last = end;
  if (vectors > 1) {
    if (width > inputs)
      return begin;
    last = code.apply(d0 + (d1 - d0).floorDiv(width) * width, {begin, end});
  }
  auto loop = scf::ForOp::create(code.builder, code.loc, begin, last,
                                 code.index(width));
  OpBuilder::InsertionGuard guard(code.builder);
  code.builder.setInsertionPointToStart(loop.getBody());
  Columns columns = {loop.getInductionVar(), vectors, Value()};
  if (vectors == 1 && inputs % code.length != 0)
    columns.mask = code.getMask(arith::SubIOp::create(
        code.builder, code.loc, code.index(inputs), columns.first));
  emitColumns(rows, columns);
  return last;
}

/// The row of `transposed` that holds row `row` of `block`.
Value LinearGradientGenerator::getPlace(const Rows &rows, Value block,
                                        Value row) {
  Value offset =
      arith::SubIOp::create(code.builder, code.loc, block, rows.begin);
  return code.add(code.mul(offset, code.length), row);
}

void LinearGradientGenerator::transpose(const Rows &rows,
                                        const Columns &columns) {
  code.forCarried(
      rows.begin, rows.end, {},
      [&](Value block, SmallVector<Value>) -> SmallVector<Value> {
        for (int64_t v = 0; v < columns.vectors; ++v) {
          SmallVector<Value> values;
          for (int64_t i = v * code.length; i < (v + 1) * code.length; ++i) {
            Value column = code.add(columns.first, i);
            // What stands in for columns behind the last one is not stored.
            if (columns.mask)
              column = code.minimum(column, inputs - 1);
            values.push_back(
                code.loadVector(input, {block, column, code.index(0)}));
          }
          values = code.transposeSquare(std::move(values));
          for (auto [lane, row] : llvm::enumerate(values))
            code.storeVector(row, transposed,
                             {getPlace(rows, block, code.index(lane)),
                              code.index(v * code.length)});
        }
        return {};
      });
}

void LinearGradientGenerator::emitColumns(const Rows &rows,
                                          const Columns &columns) {
  transpose(rows, columns);
  LaneTile tile = chooseLaneTile(outputs, columns.vectors, /*rowLoad=*/0.5,
                                 /*columnLoad=*/1.0, code.registers);
  int64_t count = outputs / tile.rows;
  code.forEach(count, [&](LaneIndex i) {
    emitTile(rows, columns, i.affine(tile.rows), tile.rows);
  });
  if (int64_t rest = outputs % tile.rows)
    emitTile(rows, columns, LaneIndex(count * tile.rows), rest);
}

/// The sums over `rows`: for each output the vectors of inputs.
SmallVector<Value> LinearGradientGenerator::multiply(const Rows &rows,
                                                     int64_t vectors,
                                                     const LaneIndex &output,
                                                     int64_t outputs) {
  AffineExpr d0 = getAffineDimExpr(0, code.builder.getContext());
  AffineExpr d1 = getAffineDimExpr(1, code.builder.getContext());
  auto emitRow = [&](Value block, Value row, SmallVector<Value> sums) {
    Value place = getPlace(rows, block, row);
    SmallVector<Value> values;
    for (int64_t v = 0; v < vectors; ++v)
      values.push_back(
          code.loadVector(transposed, {place, code.index(v * code.length)}));
    for (int64_t o = 0; o < outputs; ++o) {
      Value channel = code.materialize(output.affine(1, o));
      Value factor = code.loadBroadcast(gradient, {block, channel, row});
      for (int64_t v = 0; v < vectors; ++v) {
        Value &sum = sums[o * vectors + v];
        sum = code.fma(factor, values[v], sum);
      }
    }
    return sums;
  };
  auto emitBlock = [&](Value block, SmallVector<Value> sums) {
    Value left = code.apply(d0 - d1 * code.length, {kernel.getBatch(), block});
    Value count = code.minimum(left, code.length);
    return code.forCarried(code.index(0), count, std::move(sums),
                           [&](Value row, SmallVector<Value> sums) {
                             return emitRow(block, row, std::move(sums));
                           });
  };
  return code.forCarried(rows.begin, rows.end,
                         SmallVector<Value>(outputs * vectors, code.splat(0.0)),
                         emitBlock);
}

Value LinearGradientGenerator::load(const Columns &columns, ValueRange source) {
  if (!columns.mask)
    return code.loadVector(result, source);
  return vector::MaskedLoadOp::create(code.builder, code.loc, code.vectorType,
                                      result, source, columns.mask,
                                      code.splat(0.0));
}

void LinearGradientGenerator::store(const Columns &columns, Value sum,
                                    ValueRange target) {
  if (!columns.mask)
    return code.storeVector(sum, result, target);
  vector::MaskedStoreOp::create(code.builder, code.loc, result, target,
                                columns.mask, sum);
}

void LinearGradientGenerator::emitTile(const Rows &rows, const Columns &columns,
                                       const LaneIndex &output,
                                       int64_t outputs) {
  SmallVector<Value> sums = multiply(rows, columns.vectors, output, outputs);
  SmallVector<SmallVector<Value>> targets;
  for (auto [i, sum] : llvm::enumerate(sums)) {
    int64_t o = i / columns.vectors, v = i % columns.vectors;
    if (alpha != 1)
      sum = code.mulF(sum, code.splat(alpha));
    targets.push_back({code.materialize(output.affine(1, o)),
                       code.add(columns.first, v * code.length)});
  }

  // What earlier rows of the batch gave is there already.
  auto branch = scf::IfOp::create(code.builder, code.loc,
                                  ValueRange(sums).getTypes(), rows.areFirst,
                                  /*withElseRegion=*/true);
  {
    OpBuilder::InsertionGuard guard(code.builder);
    code.builder.setInsertionPointToStart(branch.thenBlock());
    scf::YieldOp::create(code.builder, code.loc, sums);
    code.builder.setInsertionPointToStart(branch.elseBlock());
    SmallVector<Value> totals;
    for (auto [sum, target] : llvm::zip_equal(sums, targets))
      totals.push_back(code.addF(load(columns, target), sum));
    scf::YieldOp::create(code.builder, code.loc, totals);
  }
  for (auto [total, target] : llvm::zip_equal(branch.getResults(), targets))
    store(columns, total, target);
}

void bn::generateLinearGradient(LinearOp op, LaneBody &body,
                                BatchSumKernelOp kernel) {
  LinearGradientGenerator(op, body, kernel).run();
}
