//===- ColumnKernel.cpp - Convolutions by vectors of columns --------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Codegen/CPU/KernelGenerators.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include <functional>

using namespace mlir;
using namespace mlir::bn;

namespace {

/// A vector of the register tile: its row before pooling, from the tile's
/// first, and its column in the pooling window.
struct Position {
  int64_t row, column;
};

class ColumnGenerator {
public:
  ColumnGenerator(ColumnKernelOp op, OpBuilder &builder)
      : op(op), code(builder, op.getLoc(),
                     cast<MemRefType>(op.getInput().getType()).getElementType(),
                     op.getLength()),
        channels(cast<MemRefType>(op.getWeights().getType()).getDimSize(3)) {}

  void run();

private:
  void emitTile(Value row, Value column);
  SmallVector<Value> emitReduction(Value row, Value column,
                                   SmallVector<Value> sums);
  Value loadData(Value row, Value column, const Position &position,
                 ArrayRef<Value> tap);
  void emitEpilogue(Value row, Value column, ArrayRef<Value> sums);
  void storeColumns(Value row, Value column, SmallVector<Value> vectors);

  ColumnKernelOp op;
  KernelBuilder code;
  int64_t channels;
  SmallVector<Position> positions;
};

} // namespace

/// The data of `position` for `tap`: a channel, and a row and column of the
/// kernel.
Value ColumnGenerator::loadData(Value row, Value column,
                                const Position &position, ArrayRef<Value> tap) {
  OpBuilder &builder = code.builder;
  Value y =
      code.add(code.add(code.mul(row, op.getWindow()[0] * op.getStrides()[0]),
                        code.mul(tap[1], op.getDilations()[0])),
               position.row * op.getStrides()[0] + op.getInputOffset()[0]);
  // From the first input column that `column` reads without a kernel.
  Value x =
      code.add(code.mul(tap[2], op.getDilations()[1]),
               position.column * op.getStrides()[1] + op.getInputOffset()[1]);
  Value parts = code.index(op.getParts());
  Value part = arith::RemUIOp::create(builder, code.loc, x, parts);
  Value inPart = arith::DivUIOp::create(builder, code.loc, x, parts);
  return code.loadVector(op.getInput(),
                         {tap[0], y, part, code.add(column, inPart)});
}

SmallVector<Value> ColumnGenerator::emitReduction(Value row, Value column,
                                                  SmallVector<Value> sums) {
  ArrayRef<int64_t> taps =
      cast<MemRefType>(op.getWeights().getType()).getShape().drop_back();
  SmallVector<Value> tap;
  // The loops of the reduction, from the channels inwards.
  std::function<SmallVector<Value>(SmallVector<Value>)> emit =
      [&](SmallVector<Value> values) {
        if (tap.size() < taps.size())
          return code.reduceRange(code.index(0), code.index(taps[tap.size()]),
                                  values, [&](Value index, ValueRange inner) {
                                    tap.push_back(index);
                                    SmallVector<Value> next =
                                        emit(SmallVector<Value>(inner));
                                    tap.pop_back();
                                    return next;
                                  });
        SmallVector<Value> data;
        for (const Position &position : positions)
          data.push_back(loadData(row, column, position, tap));
        for (int64_t channel = 0; channel < channels; ++channel) {
          SmallVector<Value> indices(tap);
          indices.push_back(code.index(channel));
          Value weight = code.loadBroadcast(op.getWeights(), indices);
          for (size_t p = 0; p < positions.size(); ++p) {
            Value &sum = values[p * channels + channel];
            sum = vector::FMAOp::create(code.builder, code.loc, data[p], weight,
                                        sum);
          }
        }
        return values;
      };
  return emit(std::move(sums));
}

/// Stores `vectors`, one of columns for each channel that the output stores, as
/// vectors of channels.
void ColumnGenerator::storeColumns(Value row, Value column,
                                   SmallVector<Value> vectors) {
  int64_t stored = vectors.size(), length = op.getLength();
  int64_t columns =
      std::min<int64_t>(op.getExtents()[1] / op.getWindow()[1], length);
  KernelBuilder part(code.builder, code.loc, code.elementType, stored);
  Value y = code.add(row, op.getOutputOffset()[0]);
  for (int64_t first = 0; first < columns; first += stored) {
    SmallVector<Value> square(vectors);
    if (stored < length)
      for (Value &vector : square)
        vector = vector::ExtractStridedSliceOp::create(
            code.builder, code.loc, vector, ArrayRef<int64_t>{first},
            ArrayRef<int64_t>{stored}, ArrayRef<int64_t>{1});
    square = part.transposeSquare(std::move(square));
    for (int64_t i = 0; i < stored && first + i < columns; ++i)
      part.storeVector(square[i], op.getOutput(),
                       {y,
                        code.add(column, first + i + op.getOutputOffset()[1]),
                        code.index(0)});
  }
}

/// Applies the body, reduces the pooling windows and stores.
void ColumnGenerator::emitEpilogue(Value row, Value column,
                                   ArrayRef<Value> sums) {
  ArrayRef<int64_t> window = op.getWindow();
  int64_t size = window[0] * window[1];
  int64_t stored = cast<MemRefType>(op.getOutput().getType()).getDimSize(2);
  // Positions are ordered so that those of one window follow each other.
  for (size_t first = 0; first < positions.size(); first += size) {
    SmallVector<Value> vectors;
    for (int64_t channel = 0; channel < stored; ++channel) {
      SmallVector<Value> operands;
      for (Value memref : op.getChannelOperands())
        operands.push_back(code.loadBroadcast(memref, code.index(channel)));
      Value result;
      for (int64_t i = 0; i < size; ++i) {
        SmallVector<Value> arguments = {
            channel < channels ? sums[(first + i) * channels + channel]
                               : code.splat(0.0)};
        arguments.append(operands);
        Value value = code.applyBody(op.getBody().front(), arguments);
        result = code.addToWindow(result, value, op.getPool());
      }
      vectors.push_back(code.finishWindow(result, size, op.getPool()));
    }
    storeColumns(code.add(row, positions[first].row / window[0]), column,
                 std::move(vectors));
  }
}

void ColumnGenerator::emitTile(Value row, Value column) {
  SmallVector<Value> bias;
  for (int64_t channel = 0; channel < channels; ++channel)
    bias.push_back(op.getBias()
                       ? code.loadBroadcast(op.getBias(), code.index(channel))
                       : code.splat(0.0));
  SmallVector<Value> sums;
  for (size_t p = 0; p < positions.size(); ++p)
    sums.append(bias);
  emitEpilogue(row, column, emitReduction(row, column, std::move(sums)));
}

void ColumnGenerator::run() {
  ArrayRef<int64_t> window = op.getWindow();
  int64_t tileRows = op.getRows();
  for (int64_t row = 0; row < tileRows; ++row)
    for (int64_t y = 0; y < window[0]; ++y)
      for (int64_t x = 0; x < window[1]; ++x)
        positions.push_back({row * window[0] + y, x});
  int64_t rows = op.getExtents()[0] / window[0];
  int64_t columns = op.getExtents()[1] / window[1];
  int64_t length = op.getLength();
  code.forTiles(rows, tileRows, [&](Value row) {
    code.forTiles(columns, std::min(columns, length),
                  [&](Value column) { emitTile(row, column); });
  });
}

void bn::populateColumnKernelPatterns(RewritePatternSet &patterns) {
  patterns.add<LowerKernel<ColumnKernelOp, ColumnGenerator>>(
      patterns.getContext());
}
