//===- LaneFilterGradient.cpp - Gradients of weights on lanes of rows -----===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A register tile holds weights: some output channels by some input channels by
// some taps of a row of the filter, which share what is loaded of the gradient
// and of the input. All positions, and for a sum over the batch all blocks, are
// inside of it, so that accumulators leave the registers once.
//
//===----------------------------------------------------------------------===//

#include "bn/Codegen/CPU/LaneGenerators.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::bn;

namespace {

/// Extents of a register tile.
struct FilterTile {
  int64_t outputs = 1, inputs = 1, taps = 1;
  int64_t count() const { return outputs * inputs * taps; }
};

/// The block that is read.
struct BlockOfRows {
  /// Its number; null if the buffers hold but one.
  Value number;
  /// Lanes that hold a row; null if all do, or what the others add is dropped
  /// later.
  Value mask;
};

/// Where a tile stands.
struct FilterStart {
  LaneIndex output, input;
  /// The first input channel of the group.
  Value groupInput;
  LaneIndex row;
  int64_t column;
  FilterTile size;
};

class FilterGradientGenerator {
public:
  FilterGradientGenerator(ConvFilterGradientOp op, LaneBody &body);

  /// Emits the code for all output channels, or for some of the batch's.
  void emitBlock(Value output, Value rows);
  void emitBatch(BatchSumKernelOp kernel);

private:
  void chooseTile();
  void emitOutputs(LaneIndex first, int64_t size, Value groupInput,
                   function_ref<void(const FilterStart &)> emitTile);
  SmallVector<Value> emitPositions(const FilterStart &start,
                                   const BlockOfRows &block,
                                   SmallVector<Value> sums);
  void emitPosition(const FilterStart &start, const BlockOfRows &block,
                    Value row, Value inputRow, const LaneIndex &column,
                    bool isInterior, MutableArrayRef<Value> sums);
  Value load(Value buffer, const BlockOfRows &block, Value channel, Value row,
             Value column);
  SmallVector<Value> getZeros(const FilterStart &start) {
    return SmallVector<Value>(start.size.count(), code.splat(0.0));
  }
  SmallVector<SmallVector<Value>> getTargets(const FilterStart &start);
  void storeTotals(const FilterStart &start, ArrayRef<Value> sums,
                   Value output);
  bool isWithin(int64_t column, int64_t tap) const {
    int64_t x = column * strides[1] + tap * dilations[1] - padding[1];
    return x >= 0 && x < inputShape[2];
  }

  LaneBuilder &code;
  Value gradient, input;
  ArrayRef<int64_t> strides, padding, dilations;
  int64_t groups;
  /// Channels, rows and columns.
  SmallVector<int64_t> gradientShape, inputShape;
  /// Output channels, input channels of a group, rows and columns.
  SmallVector<int64_t> filterShape;
  FilterTile tile;
};

} // namespace

FilterGradientGenerator::FilterGradientGenerator(ConvFilterGradientOp op,
                                                 LaneBody &body)
    : code(body.getCode()), gradient(body.getBuffer(op.getGradient())),
      input(body.getBuffer(op.getInput())), strides(op.getStrides()),
      padding(op.getPadding()), dilations(op.getDilations()),
      groups(op.getGroups()), gradientShape(getRowShape(op.getGradient())),
      inputShape(getRowShape(op.getInput())),
      filterShape(getRowShape(op.getResult())) {
  chooseTile();
}

/// Bytes after which addresses share a set of the first-level cache, and how
/// many of them fit into it.
static constexpr int64_t kCacheSetPeriod = 4096, kCacheWays = 8;

/// Tries all tiles that fit into the registers.
void FilterGradientGenerator::chooseTile() {
  int64_t outputs = filterShape[0] / groups;
  // Channels of images of a power of two push each other out of the cache.
  int64_t channelBytes =
      gradientShape[1] * gradientShape[2] * code.length * sizeof(float);
  int64_t mostChannels =
      channelBytes % kCacheSetPeriod ? code.registers : kCacheWays - 1;
  double best = std::numeric_limits<double>::infinity();
  auto sumOver = [](int64_t extent, int64_t size,
                    function_ref<double(int64_t)> cost) {
    double sum = extent / size * cost(size);
    return extent % size ? sum + cost(extent % size) : sum;
  };
  FilterTile size;
  constexpr int64_t kMostTaps = 8;
  for (size.taps = 1; size.taps <= std::min(filterShape[3], kMostTaps);
       ++size.taps)
    for (size.inputs = 1; size.inputs <= filterShape[1] &&
                          size.inputs * size.taps < code.registers;
         ++size.inputs)
      for (size.outputs = 1;
           size.outputs <= outputs && size.outputs < code.registers;
           ++size.outputs) {
        int64_t data = size.inputs * size.taps;
        int64_t needed = size.count() + std::min(size.outputs, data) + 1;
        bool conflicts = size.outputs + size.inputs > mostChannels;
        if ((needed > code.registers || conflicts) && size.count() > 1)
          continue;
        double cost = sumOver(outputs, size.outputs, [&](int64_t o) {
          return sumOver(filterShape[1], size.inputs, [&](int64_t i) {
            return sumOver(filterShape[3], size.taps, [&](int64_t t) {
              return estimateLaneStep(o * i * t, o + i * t);
            });
          });
        });
        if (cost < best) {
          best = cost;
          tile = size;
        }
      }
}

Value FilterGradientGenerator::load(Value buffer, const BlockOfRows &block,
                                    Value channel, Value row, Value column) {
  SmallVector<Value> indices;
  if (block.number)
    indices.push_back(block.number);
  indices.append({channel, row, column, code.index(0)});
  return code.loadVector(buffer, indices);
}

/// One position: every output channel by every input value of the tile.
void FilterGradientGenerator::emitPosition(const FilterStart &start,
                                           const BlockOfRows &block, Value row,
                                           Value inputRow,
                                           const LaneIndex &column,
                                           bool isInterior,
                                           MutableArrayRef<Value> sums) {
  const FilterTile &size = start.size;
  Value x = code.materialize(column);
  auto loadGradient = [&](int64_t output) {
    Value value =
        load(gradient, block, code.materialize(start.output.affine(1, output)),
             row, x);
    return block.mask ? code.masked(value, block.mask) : value;
  };
  struct Operand {
    int64_t place;
    LaneIndex input, column;
  };
  SmallVector<Operand> operands;
  for (int64_t i = 0; i < size.inputs; ++i)
    for (int64_t t = 0; t < size.taps; ++t) {
      int64_t tap = start.column + t;
      if (isInterior || isWithin(column.offset, tap))
        operands.push_back(
            {i * size.taps + t, start.input.affine(1, i),
             column.affine(strides[1], tap * dilations[1] - padding[1])});
    }
  auto loadInput = [&](const Operand &operand) {
    Value channel = code.materialize(operand.input);
    if (start.groupInput)
      channel = code.add(start.groupInput, channel);
    return load(input, block, channel, inputRow,
                code.materialize(operand.column));
  };
  auto multiply = [&](int64_t output, const Operand &operand, Value g,
                      Value value) {
    Value &sum = sums[output * size.inputs * size.taps + operand.place];
    sum = code.fma(g, value, sum);
  };
  if (size.outputs <= static_cast<int64_t>(operands.size())) {
    SmallVector<Value> gradients;
    for (int64_t output = 0; output < size.outputs; ++output)
      gradients.push_back(loadGradient(output));
    for (const Operand &operand : operands) {
      Value value = loadInput(operand);
      for (int64_t output = 0; output < size.outputs; ++output)
        multiply(output, operand, gradients[output], value);
    }
    return;
  }
  SmallVector<Value> values = llvm::map_to_vector(operands, loadInput);
  for (int64_t output = 0; output < size.outputs; ++output) {
    Value g = loadGradient(output);
    for (auto [operand, value] : llvm::zip_equal(operands, values))
      multiply(output, operand, g, value);
  }
}

/// Adds all positions of a block to `sums`. Rows whose input is outside are
/// left out by the bounds of the loop, columns one by one.
SmallVector<Value>
FilterGradientGenerator::emitPositions(const FilterStart &start,
                                       const BlockOfRows &block,
                                       SmallVector<Value> sums) {
  int64_t rows = gradientShape[1], columns = gradientShape[2];
  int64_t begin = 0, end = columns;
  auto allWithin = [&](int64_t column) {
    for (int64_t t = 0; t < start.size.taps; ++t)
      if (!isWithin(column, start.column + t))
        return false;
    return true;
  };
  while (begin < end && !allWithin(begin))
    ++begin;
  while (begin < end && !allWithin(end - 1))
    --end;

  // 0 <= row * stride + tap * dilation - padding < inputs.
  Value tap = code.materialize(start.row);
  Value first = code.index(0), last = code.index(rows);
  bool alwaysWithin =
      padding[0] == 0 &&
      (rows - 1) * strides[0] + (filterShape[2] - 1) * dilations[0] <
          inputShape[1];
  if (!alwaysWithin) {
    AffineExpr d0 = getAffineDimExpr(0, code.builder.getContext());
    AffineExpr offset = d0 * dilations[0] - padding[0];
    first = code.maximum(code.apply((-offset).ceilDiv(strides[0]), tap), 0);
    last = code.minimum(
        code.apply((inputShape[1] - 1 - offset).floorDiv(strides[0]) + 1, tap),
        rows);
  }
  auto emitRow = [&](Value row, SmallVector<Value> sums) {
    Value inputRow =
        code.add(code.mul(row, strides[0]),
                 code.materialize(start.row.affine(dilations[0], -padding[0])));
    for (int64_t x = 0; x < begin; ++x)
      emitPosition(start, block, row, inputRow, LaneIndex(x), false, sums);
    if (begin < end)
      sums = code.forCarried(end - begin, std::move(sums),
                             [&](LaneIndex x, SmallVector<Value> sums) {
                               emitPosition(start, block, row, inputRow,
                                            x.affine(1, begin), true, sums);
                               return sums;
                             });
    for (int64_t x = end; x < columns; ++x)
      emitPosition(start, block, row, inputRow, LaneIndex(x), false, sums);
    return sums;
  };
  if (rows == 1 && alwaysWithin)
    return emitRow(code.index(0), std::move(sums));
  return code.forCarried(first, last, std::move(sums), emitRow);
}

/// Loops over the input channels and taps of some output channels.
void FilterGradientGenerator::emitOutputs(
    LaneIndex first, int64_t size, Value groupInput,
    function_ref<void(const FilterStart &)> emitTile) {
  auto emitTaps = [&](LaneIndex input, int64_t inputs) {
    code.forEach(filterShape[2], [&](LaneIndex row) {
      for (int64_t column = 0; column < filterShape[3]; column += tile.taps)
        emitTile(
            {first,
             input,
             groupInput,
             row,
             column,
             {size, inputs, std::min(tile.taps, filterShape[3] - column)}});
    });
  };
  int64_t count = filterShape[1] / tile.inputs;
  code.forEach(count, [&](LaneIndex i) {
    emitTaps(i.affine(tile.inputs), tile.inputs);
  });
  if (int64_t rest = filterShape[1] % tile.inputs)
    emitTaps(LaneIndex(count * tile.inputs), rest);
}

/// Where the sums of a tile belong in a buffer of the filter's shape.
SmallVector<SmallVector<Value>>
FilterGradientGenerator::getTargets(const FilterStart &start) {
  SmallVector<SmallVector<Value>> targets;
  for (int64_t o = 0; o < start.size.outputs; ++o)
    for (int64_t i = 0; i < start.size.inputs; ++i)
      for (int64_t t = 0; t < start.size.taps; ++t) {
        targets.push_back({code.materialize(start.output.affine(1, o)),
                           code.materialize(start.input.affine(1, i)),
                           code.materialize(start.row),
                           code.index(start.column + t)});
      }
  return targets;
}

void FilterGradientGenerator::emitBlock(Value output, Value rows) {
  Value mask = code.getMask(rows);
  auto emitTile = [&](const FilterStart &start) {
    SmallVector<Value> sums =
        emitPositions(start, BlockOfRows(), getZeros(start));
    for (auto [sum, target] : llvm::zip_equal(sums, getTargets(start))) {
      target.push_back(code.index(0));
      Value before = code.loadVector(output, target);
      code.storeVector(code.addF(before, code.masked(sum, mask)), output,
                       target);
    }
  };
  int64_t outputs = filterShape[0] / groups;
  code.forEach(groups, [&](LaneIndex group) {
    Value groupInput, groupOutput;
    if (groups > 1) {
      groupInput = code.mul(code.materialize(group), filterShape[1]);
      groupOutput = code.mul(code.materialize(group), outputs);
    }
    auto emit = [&](LaneIndex first, int64_t size) {
      if (groupOutput)
        first = LaneIndex(code.add(groupOutput, code.materialize(first)),
                          filterShape[0]);
      emitOutputs(first, size, groupInput, emitTile);
    };
    int64_t count = outputs / tile.outputs;
    code.forEach(count, [&](LaneIndex i) {
      emit(i.affine(tile.outputs), tile.outputs);
    });
    if (int64_t rest = outputs % tile.outputs)
      emit(LaneIndex(count * tile.outputs), rest);
  });
}

/// Adds up the lanes of the sums of a tile and stores them.
void FilterGradientGenerator::storeTotals(const FilterStart &start,
                                          ArrayRef<Value> sums, Value output) {
  SmallVector<SmallVector<Value>> targets = getTargets(start);
  // So many of them are neighbours in memory.
  int64_t run = start.size.taps;
  for (size_t first = 0; first < sums.size(); first += code.length) {
    ArrayRef<Value> part = sums.drop_front(first).take_front(code.length);
    Value totals = code.addLanes(SmallVector<Value>(part));
    for (size_t i = 0; i < part.size();) {
      bool isRun = (first + i) % run == 0 && i + run <= part.size();
      int64_t size = isRun ? run : 1;
      ArrayRef<Value> target = targets[first + i];
      if (size == 1)
        memref::StoreOp::create(code.builder, code.loc,
                                vector::ExtractOp::create(
                                    code.builder, code.loc, totals,
                                    ArrayRef<int64_t>{static_cast<int64_t>(i)}),
                                output, target);
      else
        code.storeVector(vector::ExtractStridedSliceOp::create(
                             code.builder, code.loc, totals,
                             ArrayRef<int64_t>{static_cast<int64_t>(i)},
                             ArrayRef<int64_t>(size), ArrayRef<int64_t>{1}),
                         output, target);
      i += size;
    }
  }
}

void FilterGradientGenerator::emitBatch(BatchSumKernelOp kernel) {
  MLIRContext *context = code.builder.getContext();
  AffineExpr d0 = getAffineDimExpr(0, context),
             d1 = getAffineDimExpr(1, context);
  Value batch = kernel.getBatch(), output = kernel.getOutputs().front();
  Value full = code.apply(d0.floorDiv(code.length), batch);
  Value blocks = code.apply(d0.ceilDiv(code.length), batch);

  auto emitTile = [&](const FilterStart &start) {
    SmallVector<Value> sums = code.forCarried(
        code.index(0), full, getZeros(start),
        [&](Value number, SmallVector<Value> sums) {
          return emitPositions(start, {number, Value()}, std::move(sums));
        });
    // The last block may hold fewer rows.
    sums = code.forCarried(
        full, blocks, std::move(sums),
        [&](Value number, SmallVector<Value> sums) {
          Value rows = code.apply(d0 - d1 * code.length, {batch, number});
          return emitPositions(start, {number, code.getMask(rows)},
                               std::move(sums));
        });
    storeTotals(start, sums, output);
  };
  int64_t outputs = filterShape[0] / groups;
  auto emitLoop = [&](Value begin, Value end, int64_t size) {
    auto loop = scf::ForOp::create(code.builder, code.loc, begin, end,
                                   code.index(size));
    OpBuilder::InsertionGuard guard(code.builder);
    code.builder.setInsertionPointToStart(loop.getBody());
    LaneIndex first(loop.getInductionVar(), filterShape[0]);
    Value groupInput;
    if (groups > 1)
      groupInput = code.mul(code.apply(d0.floorDiv(outputs), first.base),
                            filterShape[1]);
    emitOutputs(first, size, groupInput, emitTile);
  };
  // Whole tiles, then the rest one by one. A tile is within one group.
  Value begin = kernel.getBegin(), end = kernel.getEnd();
  int64_t size = groups > 1 ? 1 : tile.outputs;
  Value middle = begin;
  if (size > 1) {
    middle = code.apply(d0 + (d1 - d0).floorDiv(size) * size, {begin, end});
    emitLoop(begin, middle, size);
  }
  emitLoop(middle, end, 1);
}

void bn::generateFilterGradient(ConvFilterGradientOp op, LaneBody &body,
                                Value output, Value rows) {
  FilterGradientGenerator(op, body).emitBlock(output, rows);
}

void bn::generateFilterGradient(ConvFilterGradientOp op, LaneBody &body,
                                BatchSumKernelOp kernel) {
  FilterGradientGenerator(op, body).emitBatch(kernel);
}
