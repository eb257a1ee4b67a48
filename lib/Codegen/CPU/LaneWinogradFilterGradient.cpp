//===- LaneWinogradFilterGradient.cpp - Gradients of transformed filters --===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A product of matrices for each point of a tile: output channels times input
// channels, summed over tiles and lanes. The points of a row are done together,
// because they share half of both transforms, of a chunk of tiles at a time,
// because what is transformed shall stay in cache. The lanes of a chunk's sums
// are added up before they go to memory, or stay apart if the output has lanes.
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

/// What a chunk of the work is made of.
struct ChunkStart {
  /// The row of points.
  int64_t row;
  /// The first block, and how many there are; null if the buffers hold but one.
  Value block, blocks;
  /// The first row of tiles.
  LaneIndex tileRow;
  /// The first input channel, and how many there are.
  LaneIndex input;
  int64_t inputs;
  /// Whether there is nothing to add to yet.
  Value isFirst;
};

/// A register tile: output channels, from `output` on, and input channels.
struct TileStart {
  Value output, point;
  LaneIndex input;
  int64_t outputs, inputs;
};

/// Where the first sum of a register tile belongs in the transformed filter.
struct FilterPlace {
  Value output, point, input;
};

class WinogradFilterGradientGenerator {
public:
  WinogradFilterGradientGenerator(WinogradConvFilterGradientOp op,
                                  LaneBody &body, Value output, Value scratch);

  void emitBatch(Value begin, Value end, Value batch);
  void emitBlock(Value rows);

private:
  void chooseTile();
  void emitPoints(int64_t row, Value begin, Value end, Value blocks);
  void emitChunk(const ChunkStart &chunk, Value begin, Value end);
  void transformInput(const ChunkStart &chunk);
  void transformGradient(const ChunkStart &chunk, Value first, Value count);
  void emitProducts(const ChunkStart &chunk, Value first, Value count);
  void emitTile(const ChunkStart &chunk, const TileStart &start, Value first,
                Value tiles);
  void addTotals(const ChunkStart &chunk, const TileStart &start,
                 const FilterPlace &place, ArrayRef<Value> sums);
  void addLaneSums(const TileStart &start, const FilterPlace &place,
                   ArrayRef<Value> sums);
  void forTiles(const ChunkStart &chunk,
                function_ref<void(Value number, LaneIndex row, LaneIndex column,
                                  Value place)>
                    body);
  void forValues(Value begin, Value end, int64_t step,
                 function_ref<void(Value)> body);

  LaneBody &body;
  LaneBuilder &code;
  Value gradient, input, output;
  WinogradTransform rows, columns;
  SmallVector<int64_t> padding, gradientShape, inputShape;
  /// Rows and columns of the input from one tile to the next.
  SmallVector<int64_t> steps;
  WinogradChunk size;
  /// Columns of tiles that are transformed together.
  int64_t columnGroup = 1;
  LaneTile tile;
  /// Points of a row x channels x tiles.
  Value transformedInput, transformedGradient;
  /// Rows of the batch; null if all lanes of a block are to be taken.
  Value batch;
  /// Of one block, which lanes hold a row.
  Value mask;
  bool keepsLanes = false;
};

} // namespace

WinogradFilterGradientGenerator::WinogradFilterGradientGenerator(
    WinogradConvFilterGradientOp op, LaneBody &body, Value output,
    Value scratch)
    : body(body), code(body.getCode()),
      gradient(body.getBuffer(op.getGradient())),
      input(body.getBuffer(op.getInput())), output(output),
      rows(getWinogradTransform(op.getOutputTile()[0], op.getKernel()[0])),
      columns(getWinogradTransform(op.getOutputTile()[1], op.getKernel()[1])),
      padding(op.getPadding()), gradientShape(getRowShape(op.getGradient())),
      inputShape(getRowShape(op.getInput())), steps{rows.outputs *
                                                        op.getStrides()[0],
                                                    columns.outputs *
                                                        op.getStrides()[1]},
      size(getWinogradChunk(op)) {
  int64_t tileColumns = gradientShape[2] / columns.outputs;
  for (columnGroup = std::min<int64_t>(4, tileColumns);
       tileColumns % columnGroup;)
    --columnGroup;
  chooseTile();
  ScratchArena arena(code, scratch);
  int64_t points = columns.getPoints();
  transformedInput = arena.take({points, size.inputs, size.stride});
  transformedGradient = arena.take({points, size.outputs, size.stride});
}

/// Input channels by output channels. Of the latter, whose number is unknown,
/// what is left is done one by one.
void WinogradFilterGradientGenerator::chooseTile() {
  constexpr int64_t kMostInputs = 8, kMostOutputs = 4;
  double best = std::numeric_limits<double>::infinity();
  for (int64_t r = 1; r <= std::min(kMostInputs, size.inputs); ++r)
    for (int64_t c = 1; c <= std::min(kMostOutputs, size.outputs); ++c) {
      if (r * c + std::min(r, c) + 1 > code.registers && r * c > 1)
        continue;
      auto getCost = [&](int64_t outputs) {
        double cost =
            size.inputs / r * estimateLaneStep(r * outputs, r + outputs);
        if (int64_t rest = size.inputs % r)
          cost += estimateLaneStep(rest * outputs, rest + outputs);
        return cost;
      };
      double cost =
          size.outputs / c * getCost(c) + size.outputs % c * getCost(1);
      if (cost < best) {
        best = cost;
        tile = {r, c};
      }
    }
}

void WinogradFilterGradientGenerator::forValues(
    Value begin, Value end, int64_t step, function_ref<void(Value)> body) {
  auto loop =
      scf::ForOp::create(code.builder, code.loc, begin, end, code.index(step));
  OpBuilder::InsertionGuard guard(code.builder);
  code.builder.setInsertionPointToStart(loop.getBody());
  body(loop.getInductionVar());
}

//===----------------------------------------------------------------------===//
// Transforms
//===----------------------------------------------------------------------===//

/// Loops over groups of tiles of a chunk: `place` is the first one's in the
/// scratch.
void WinogradFilterGradientGenerator::forTiles(
    const ChunkStart &chunk, function_ref<void(Value number, LaneIndex row,
                                               LaneIndex column, Value place)>
                                 emit) {
  int64_t tileColumns = gradientShape[2] / columns.outputs;
  auto emitBlock = [&](Value number, Value base) {
    code.forShape(
        {size.rows, tileColumns / columnGroup}, [&](ArrayRef<LaneIndex> point) {
          Value row = code.materialize(point[0]);
          LaneIndex column = point[1].affine(columnGroup);
          Value place =
              code.add(code.mul(row, tileColumns), code.materialize(column));
          if (base)
            place = code.add(place, base);
          LaneIndex tileRow(code.add(code.materialize(chunk.tileRow), row),
                            gradientShape[1] / rows.outputs);
          emit(number, tileRow, column, place);
        });
  };
  if (!chunk.block)
    return emitBlock(Value(), Value());
  forValues(code.index(0), chunk.blocks, 1, [&](Value i) {
    emitBlock(code.add(chunk.block, i), code.mul(i, size.rows * tileColumns));
  });
}

/// One row of the transform of rows, without its zeros; `used` gets their
/// columns.
static TransformMatrix takeRow(const TransformMatrix &matrix, int64_t row,
                               SmallVector<int64_t> &used) {
  for (int64_t k = 0; k < matrix.columns; ++k)
    if (matrix.at(row, k) != 0)
      used.push_back(k);
  TransformMatrix result(1, used.size());
  for (auto [i, k] : llvm::enumerate(used))
    result.at(0, i) = matrix.at(row, k);
  return result;
}

void WinogradFilterGradientGenerator::transformInput(const ChunkStart &chunk) {
  SmallVector<int64_t> used;
  TransformMatrix rowTransform = takeRow(rows.input, chunk.row, used);
  code.forEach(chunk.inputs, [&](LaneIndex channel) {
    LaneIndex source(
        code.add(code.materialize(chunk.input), code.materialize(channel)),
        inputShape[0]);
    LaneIndex next(code.add(code.materialize(chunk.input),
                            code.minimum(code.add(code.materialize(channel), 1),
                                         chunk.inputs - 1)),
                   inputShape[0]);
    forTiles(chunk, [&](Value number, LaneIndex tileRow, LaneIndex column,
                        Value place) {
      PaddedSource padded(body, input, inputShape, number);
      SmallVector<LaneIndex> sourceRows;
      for (int64_t k : used)
        sourceRows.push_back(tileRow.affine(steps[0], k - padding[0]));
      if (number)
        padded.prefetchTiles(next, sourceRows, column, columnGroup, steps[1]);
      transformTiles(code, padded, source, sourceRows, rowTransform,
                     columns.input, column, columnGroup, steps[1], padding[1],
                     [&](int64_t, int64_t x, int64_t t, Value value) {
                       code.storeVector(value, transformedInput,
                                        {code.index(x),
                                         code.materialize(channel),
                                         code.add(place, t), code.index(0)});
                     });
    });
  });
}

/// Of `count` output channels from `first` on. Lanes without a row become zero
/// here: of two factors that is enough.
void WinogradFilterGradientGenerator::transformGradient(const ChunkStart &chunk,
                                                        Value first,
                                                        Value count) {
  SmallVector<int64_t> used;
  TransformMatrix rowTransform =
      takeRow(rows.output.transposed(), chunk.row, used);
  AffineExpr d0 = getAffineDimExpr(0, code.builder.getContext()),
             d1 = getAffineDimExpr(1, code.builder.getContext());
  Value last = code.apply(d0 - 1, count);
  forValues(code.index(0), count, 1, [&](Value channel) {
    LaneIndex source(code.add(first, channel), gradientShape[0]);
    Value next =
        code.add(first, arith::MinSIOp::create(code.builder, code.loc,
                                               code.add(channel, 1), last));
    forTiles(chunk, [&](Value number, LaneIndex tileRow, LaneIndex column,
                        Value place) {
      PaddedSource padded(body, gradient, gradientShape, number);
      Value lanes = mask;
      if (number) {
        Value left = code.apply(d0 - d1 * code.length, {batch, number});
        lanes = code.getMask(code.minimum(left, code.length));
      }
      SmallVector<LaneIndex> sourceRows;
      for (int64_t k : used)
        sourceRows.push_back(tileRow.affine(rows.outputs, k));
      if (number)
        padded.prefetchTiles(LaneIndex(next, gradientShape[0]), sourceRows,
                             column, columnGroup, columns.outputs);
      transformTiles(
          code, padded, source, sourceRows, rowTransform,
          columns.output.transposed(), column, columnGroup, columns.outputs,
          /*padding=*/0, [&](int64_t, int64_t x, int64_t t, Value value) {
            code.storeVector(
                code.masked(value, lanes), transformedGradient,
                {code.index(x), channel, code.add(place, t), code.index(0)});
          });
    });
  });
}

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

void WinogradFilterGradientGenerator::emitTile(const ChunkStart &chunk,
                                               const TileStart &start,
                                               Value first, Value tiles) {
  SmallVector<Value> zeros(start.inputs * start.outputs, code.splat(0.0));
  SmallVector<Value> sums = code.forCarried(
      code.index(0), tiles, zeros, [&](Value t, SmallVector<Value> sums) {
        auto load = [&](Value buffer, Value channel) {
          return code.loadVector(buffer,
                                 {start.point, channel, t, code.index(0)});
        };
        SmallVector<Value> gradients;
        for (int64_t o = 0; o < start.outputs; ++o)
          gradients.push_back(
              load(transformedGradient, code.add(start.output, o)));
        for (int64_t i = 0; i < start.inputs; ++i) {
          Value value = load(transformedInput,
                             code.materialize(start.input.affine(1, i)));
          for (int64_t o = 0; o < start.outputs; ++o) {
            Value &sum = sums[o * start.inputs + i];
            sum = code.fma(gradients[o], value, sum);
          }
        }
        return sums;
      });
  Value output = code.add(first, start.output);
  Value point = code.add(start.point, chunk.row * columns.getPoints());
  Value input =
      code.add(code.materialize(chunk.input), code.materialize(start.input));
  if (keepsLanes)
    addLaneSums(start, {output, point, input}, sums);
  else
    addTotals(chunk, start, {output, point, input}, sums);
}

/// Adds up the lanes, and adds that to the output.
void WinogradFilterGradientGenerator::addTotals(const ChunkStart &chunk,
                                                const TileStart &start,
                                                const FilterPlace &place,
                                                ArrayRef<Value> sums) {
  for (size_t begin = 0; begin < sums.size(); begin += code.length) {
    ArrayRef<Value> part = sums.drop_front(begin).take_front(code.length);
    Value totals = code.addLanes(SmallVector<Value>(part));
    // Neighbouring input channels are neighbours in memory.
    for (int64_t i = 0, n = part.size(); i < n;) {
      int64_t o = (begin + i) / start.inputs, k = (begin + i) % start.inputs;
      int64_t size = std::min<int64_t>(start.inputs - k, n - i);
      Value run = vector::ExtractStridedSliceOp::create(
          code.builder, code.loc, totals, ArrayRef<int64_t>{i},
          ArrayRef<int64_t>{size}, ArrayRef<int64_t>{1});
      SmallVector<Value> indices = {code.add(place.output, o), place.point,
                                    code.add(place.input, k)};
      Value before = vector::LoadOp::create(code.builder, code.loc,
                                            cast<VectorType>(run.getType()),
                                            output, indices);
      before =
          code.select(chunk.isFirst, code.constantLike(before, 0.0), before);
      code.storeVector(code.addF(before, run), output, indices);
      i += size;
    }
  }
}

void WinogradFilterGradientGenerator::addLaneSums(const TileStart &start,
                                                  const FilterPlace &place,
                                                  ArrayRef<Value> sums) {
  for (int64_t o = 0; o < start.outputs; ++o)
    for (int64_t i = 0; i < start.inputs; ++i) {
      SmallVector<Value> indices = {code.add(place.output, o), place.point,
                                    code.add(place.input, i), code.index(0)};
      Value before = code.loadVector(output, indices);
      code.storeVector(code.addF(before, sums[o * start.inputs + i]), output,
                       indices);
    }
}

/// All points of the row, for `count` output channels from `first` on.
void WinogradFilterGradientGenerator::emitProducts(const ChunkStart &chunk,
                                                   Value first, Value count) {
  int64_t perBlock = size.rows * (gradientShape[2] / columns.outputs);
  Value tiles =
      chunk.block ? code.mul(chunk.blocks, perBlock) : code.index(perBlock);
  AffineExpr d0 = getAffineDimExpr(0, code.builder.getContext());
  Value whole = code.apply(d0.floorDiv(tile.columns) * tile.columns, count);
  code.forEach(columns.getPoints(), [&](LaneIndex p) {
    Value point = code.materialize(p);
    auto emitInputs = [&](Value output, int64_t outputs) {
      int64_t full = chunk.inputs / tile.rows;
      if (full)
        code.forEach(full, [&](LaneIndex i) {
          emitTile(chunk,
                   {output, point, i.affine(tile.rows), outputs, tile.rows},
                   first, tiles);
        });
      if (int64_t rest = chunk.inputs % tile.rows)
        emitTile(chunk,
                 {output, point, LaneIndex(full * tile.rows), outputs, rest},
                 first, tiles);
    };
    forValues(code.index(0), whole, tile.columns,
              [&](Value output) { emitInputs(output, tile.columns); });
    // The rest one by one.
    if (tile.columns > 1)
      forValues(whole, count, 1, [&](Value output) { emitInputs(output, 1); });
  });
}

//===----------------------------------------------------------------------===//
// Chunks
//===----------------------------------------------------------------------===//

void WinogradFilterGradientGenerator::emitChunk(const ChunkStart &chunk,
                                                Value begin, Value end) {
  transformInput(chunk);
  AffineExpr d0 = getAffineDimExpr(0, code.builder.getContext()),
             d1 = getAffineDimExpr(1, code.builder.getContext());
  forValues(begin, end, size.outputs, [&](Value first) {
    Value count = code.minimum(code.apply(d1 - d0, {first, end}), size.outputs);
    transformGradient(chunk, first, count);
    emitProducts(chunk, first, count);
  });
}

/// One row of points, for the output channels from `begin` to `end`.
void WinogradFilterGradientGenerator::emitPoints(int64_t row, Value begin,
                                                 Value end, Value blocks) {
  int64_t rowChunks = gradientShape[1] / rows.outputs / size.rows;
  auto emitInputs = [&](LaneIndex input, int64_t inputs) {
    auto emitRows = [&](Value block, Value count) {
      code.forEach(rowChunks, [&](LaneIndex i) {
        ChunkStart chunk{row,   block,  count,  i.affine(size.rows),
                         input, inputs, Value()};
        auto isZero = [&](Value value) -> Value {
          return arith::CmpIOp::create(code.builder, code.loc,
                                       arith::CmpIPredicate::eq, value,
                                       code.index(0));
        };
        chunk.isFirst = isZero(code.materialize(i));
        if (block)
          chunk.isFirst = arith::AndIOp::create(code.builder, code.loc,
                                                chunk.isFirst, isZero(block));
        emitChunk(chunk, begin, end);
      });
    };
    if (!blocks)
      return emitRows(Value(), Value());
    AffineExpr d0 = getAffineDimExpr(0, code.builder.getContext()),
               d1 = getAffineDimExpr(1, code.builder.getContext());
    forValues(code.index(0), blocks, size.blocks, [&](Value block) {
      emitRows(block,
               code.minimum(code.apply(d1 - d0, {block, blocks}), size.blocks));
    });
  };
  int64_t full = inputShape[0] / size.inputs;
  code.forEach(full, [&](LaneIndex i) {
    emitInputs(i.affine(size.inputs), size.inputs);
  });
  if (int64_t rest = inputShape[0] % size.inputs)
    emitInputs(LaneIndex(full * size.inputs), rest);
}

/// Positions are output channels of the first row of points, then of the next.
void WinogradFilterGradientGenerator::emitBatch(Value begin, Value end,
                                                Value batch) {
  this->batch = batch;
  int64_t outputs = gradientShape[0];
  AffineExpr d0 = getAffineDimExpr(0, code.builder.getContext());
  Value blocks = code.apply(d0.ceilDiv(code.length), batch);
  for (int64_t row = 0; row < rows.getPoints(); ++row) {
    auto clampTo = [&](Value position) {
      return code.minimum(
          code.maximum(code.apply(d0 - row * outputs, position), 0), outputs);
    };
    Value first = clampTo(begin), last = clampTo(end);
    Value isHere = arith::CmpIOp::create(
        code.builder, code.loc, arith::CmpIPredicate::slt, first, last);
    auto branch = scf::IfOp::create(code.builder, code.loc, isHere,
                                    /*withElseRegion=*/false);
    OpBuilder::InsertionGuard guard(code.builder);
    code.builder.setInsertionPointToStart(branch.thenBlock());
    emitPoints(row, first, last, blocks);
  }
}

void WinogradFilterGradientGenerator::emitBlock(Value rowCount) {
  mask = code.getMask(rowCount);
  keepsLanes = true;
  for (int64_t row = 0; row < rows.getPoints(); ++row)
    emitPoints(row, code.index(0), code.index(gradientShape[0]), Value());
}

void bn::generateWinogradFilterGradient(WinogradConvFilterGradientOp op,
                                        LaneBody &body, Value output,
                                        LaneKernelOp kernel) {
  WinogradFilterGradientGenerator(op, body, output, kernel.getScratch())
      .emitBlock(kernel.getRows());
}

void bn::generateWinogradFilterGradient(WinogradConvFilterGradientOp op,
                                        LaneBody &body,
                                        BatchSumKernelOp kernel) {
  WinogradFilterGradientGenerator(op, body, kernel.getOutputs().front(),
                                  kernel.getScratch())
      .emitBatch(kernel.getBegin(), kernel.getEnd(), kernel.getBatch());
}
