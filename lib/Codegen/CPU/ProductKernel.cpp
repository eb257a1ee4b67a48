//===- ProductKernel.cpp - Register tiles for convolutions and linear layers
//-===//
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

using namespace mlir;
using namespace mlir::bn;

namespace {

/// One dimension of the reduction: input channels or a dimension of the kernel.
struct ReductionLoop {
  enum Kind { Channels, KernelRows, KernelColumns } kind;
  int64_t extent;
  /// Steps that one iteration of the loop holds; equal to `extent` when there
  /// is no loop.
  int64_t unroll = 1;
};

/// A position of the register tile: which row and column of the values before
/// pooling, from the tile's first, and which vector of the batch.
struct Position {
  int64_t row, column, batch;
};

/// Where a register tile stands: the first row and column of the output, first
/// index into the batch, and tile of the weights.
struct TileStart {
  Value row, column, batch, weights;
};

class ProductGenerator {
public:
  ProductGenerator(ProductKernelOp op, OpBuilder &builder)
      : op(op), tile(op.getTile()), onBatch(op.getLanes() == Lanes::batch),
        code(builder, op.getLoc(),
             cast<MemRefType>(op.getInput().getType()).getElementType(),
             tile.getLength()) {}

  void run();

private:
  void emitLoops();
  void emitTile(const TileStart &start);
  SmallVector<Value> emitReduction(const TileStart &start,
                                   SmallVector<Value> accumulators,
                                   unsigned depth,
                                   std::array<Value, 3> indices);
  void emitStep(const TileStart &start, std::array<Value, 3> indices,
                MutableArrayRef<Value> accumulators);
  void emitEpilogue(const TileStart &start, ArrayRef<Value> accumulators);

  Value loadData(const TileStart &start, const Position &position,
                 std::array<Value, 3> indices);
  Value loadWeight(const TileStart &start, int64_t channel,
                   std::array<Value, 3> indices);
  Value loadPerChannel(Value memref, Value channel);
  Value getChannel(const TileStart &start, int64_t channel);
  void store(const TileStart &start, int64_t row, int64_t column, int64_t batch,
             int64_t channel, Value value);
  void planReduction();

  /// Number of accumulators of one copy of the tile.
  int64_t countAccumulators() const {
    return positions.size() * tile.getChannels();
  }

  ProductKernelOp op;
  TileAttr tile;
  bool onBatch;
  KernelBuilder code;
  SmallVector<Position> positions;
  SmallVector<ReductionLoop, 3> reduction;
  /// Copies of the accumulators that the unrolled steps take in turn, so that
  /// enough multiply-adds are under way at once.
  int64_t copies = 1;
};

} // namespace

/// Accumulators that must be under way at once to hide the latency of a
/// multiply-add: two a cycle, four cycles each.
static constexpr int64_t kIndependentFmas = 8;

/// Multiply-adds that one iteration of the innermost loop may hold.
static constexpr int64_t kMaxUnrolledFmas = 128;

/// Steps of the reduction that one iteration may hold.
static constexpr int64_t kMaxUnroll = 8;

/// Chooses the order of the reduction's loops, from the outermost, and how far
/// the inner ones are unrolled: kernel columns lie next to each other in the
/// batch storage, channels in the channels storage.
void ProductGenerator::planReduction() {
  ArrayRef<int64_t> kernel = op.getKernelExtents();
  ReductionLoop channels = {ReductionLoop::Channels, op.getInputChannels()};
  ReductionLoop rows = {ReductionLoop::KernelRows, kernel[0]};
  ReductionLoop columns = {ReductionLoop::KernelColumns, kernel[1]};
  if (onBatch)
    reduction = {channels, rows, columns};
  else
    reduction = {rows, columns, channels};
  // Dimensions of one step are no loops and stay out of the inner ones' way.
  std::stable_partition(
      reduction.begin(), reduction.end(),
      [](const ReductionLoop &loop) { return loop.extent == 1; });

  // Only channels are unrolled: neighbouring taps of the kernel read the same
  // data, which LLVM would then keep in registers that there are not.
  int64_t unrolled = 1;
  ReductionLoop &innermost = reduction.back();
  if (innermost.kind == ReductionLoop::Channels) {
    int64_t most = std::clamp<int64_t>(kMaxUnrolledFmas / countAccumulators(),
                                       1, kMaxUnroll);
    for (int64_t factor = std::min(most, innermost.extent); factor > 1;
         --factor)
      if (innermost.extent % factor == 0) {
        innermost.unroll = unrolled = factor;
        break;
      }
  }
  while (copies < unrolled && copies * countAccumulators() < kIndependentFmas &&
         2 * copies <= unrolled)
    copies *= 2;
}

Value ProductGenerator::loadData(const TileStart &start,
                                 const Position &position,
                                 std::array<Value, 3> indices) {
  auto coordinate = [&](int dim, Value tileStart, int64_t offset, Value k) {
    int64_t stride = op.getStrides()[dim];
    Value first = code.mul(tileStart, op.getWindow()[dim] * stride);
    Value tap = code.mul(k, op.getDilations()[dim]);
    return code.add(code.add(first, tap),
                    offset * stride + op.getInputOffset()[dim]);
  };
  Value row = coordinate(0, start.row, position.row,
                         indices[ReductionLoop::KernelRows]);
  Value column = coordinate(1, start.column, position.column,
                            indices[ReductionLoop::KernelColumns]);
  Value channel = indices[ReductionLoop::Channels];
  if (!onBatch)
    return code.loadBroadcast(op.getInput(), {row, column, channel});
  Value lane = code.add(start.batch, position.batch * tile.getLength());
  return code.loadVector(op.getInput(), {channel, row, column, lane});
}

Value ProductGenerator::loadWeight(const TileStart &start, int64_t channel,
                                   std::array<Value, 3> indices) {
  auto [c, row, column] = indices;
  if (onBatch)
    return code.loadBroadcast(
        op.getWeights(), {start.weights, c, row, column, code.index(channel)});
  return code.loadVector(
      op.getWeights(),
      {start.weights, row, column, c, code.index(channel * tile.getLength())});
}

/// One step of the reduction: every position by every channel.
void ProductGenerator::emitStep(const TileStart &start,
                                std::array<Value, 3> indices,
                                MutableArrayRef<Value> accumulators) {
  int64_t channels = tile.getChannels();
  auto multiply = [&](size_t position, int64_t channel, Value data,
                      Value weight) {
    Value &accumulator = accumulators[position * channels + channel];
    accumulator = vector::FMAOp::create(code.builder, code.loc, data, weight,
                                        accumulator);
  };
  // The operand with fewer values stays in registers; the other passes by.
  if (static_cast<int64_t>(positions.size()) <= channels) {
    SmallVector<Value> data;
    for (const Position &position : positions)
      data.push_back(loadData(start, position, indices));
    for (int64_t channel = 0; channel < channels; ++channel) {
      Value weight = loadWeight(start, channel, indices);
      for (size_t p = 0; p < positions.size(); ++p)
        multiply(p, channel, data[p], weight);
    }
    return;
  }
  SmallVector<Value> weights;
  for (int64_t channel = 0; channel < channels; ++channel)
    weights.push_back(loadWeight(start, channel, indices));
  for (size_t p = 0; p < positions.size(); ++p) {
    Value data = loadData(start, positions[p], indices);
    for (int64_t channel = 0; channel < channels; ++channel)
      multiply(p, channel, data, weights[channel]);
  }
}

/// Emits the loops of the reduction from `depth` inwards and returns the new
/// accumulators.
SmallVector<Value>
ProductGenerator::emitReduction(const TileStart &start,
                                SmallVector<Value> accumulators, unsigned depth,
                                std::array<Value, 3> indices) {
  // Emits one iteration of the loop at `depth` from index `base`.
  const ReductionLoop &loop = reduction[depth];
  auto emitIteration = [&](Value base, SmallVector<Value> values) {
    for (int64_t i = 0; i < loop.unroll; ++i) {
      std::array<Value, 3> inner = indices;
      inner[loop.kind] = code.add(base, i);
      if (depth + 1 < reduction.size()) {
        values = emitReduction(start, std::move(values), depth + 1, inner);
        continue;
      }
      // Innermost: the steps take the copies of the accumulators in turn.
      int64_t count = countAccumulators();
      emitStep(start, inner,
               MutableArrayRef<Value>(values).slice(i % copies * count, count));
    }
    return values;
  };
  if (loop.unroll == loop.extent)
    return emitIteration(code.index(0), std::move(accumulators));

  OpBuilder &builder = code.builder;
  auto forOp = scf::ForOp::create(builder, code.loc, code.index(0),
                                  code.index(loop.extent),
                                  code.index(loop.unroll), accumulators);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(forOp.getBody());
  SmallVector<Value> values = emitIteration(
      forOp.getInductionVar(), SmallVector<Value>(forOp.getRegionIterArgs()));
  scf::YieldOp::create(builder, code.loc, values);
  return SmallVector<Value>(forOp.getResults());
}

/// The output channel (batch storage) or the first of a vector of channels.
Value ProductGenerator::getChannel(const TileStart &start, int64_t channel) {
  ArrayRef<int64_t> starts = op.getChannelStarts();
  int64_t unit = onBatch ? 1 : tile.getLength();
  if (starts.size() == 1)
    return code.index((starts[0] + channel) * unit);
  Value first = code.mul(start.weights, tile.getChannels());
  if (starts.back() % tile.getChannels() != 0)
    first = arith::MinSIOp::create(code.builder, code.loc, first,
                                   code.index(starts.back()));
  return code.mul(code.add(first, channel), unit);
}

Value ProductGenerator::loadPerChannel(Value memref, Value channel) {
  return onBatch ? code.loadBroadcast(memref, channel)
                 : code.loadVector(memref, channel);
}

void ProductGenerator::store(const TileStart &start, int64_t row,
                             int64_t column, int64_t batch, int64_t channel,
                             Value value) {
  Value y = code.add(start.row, row + op.getOutputOffset()[0]);
  Value x = code.add(start.column, column + op.getOutputOffset()[1]);
  Value c = getChannel(start, channel);
  if (onBatch)
    code.storeVector(
        value, op.getOutput(),
        {c, y, x, code.add(start.batch, batch * tile.getLength())});
  else
    code.storeVector(value, op.getOutput(), {y, x, c});
}

/// Applies the body, reduces the pooling windows and stores.
void ProductGenerator::emitEpilogue(const TileStart &start,
                                    ArrayRef<Value> accumulators) {
  ArrayRef<int64_t> window = op.getWindow();
  int64_t channels = tile.getChannels();
  SmallVector<SmallVector<Value>> operands(channels);
  for (int64_t channel = 0; channel < channels; ++channel)
    for (Value memref : op.getChannelOperands())
      operands[channel].push_back(
          loadPerChannel(memref, getChannel(start, channel)));

  // Positions are ordered so that those of one window follow each other.
  int64_t size = window[0] * window[1];
  for (size_t first = 0; first < positions.size(); first += size) {
    const Position &position = positions[first];
    for (int64_t channel = 0; channel < channels; ++channel) {
      Value result;
      for (int64_t i = 0; i < size; ++i) {
        SmallVector<Value> arguments = {
            accumulators[(first + i) * channels + channel]};
        arguments.append(operands[channel]);
        Value value = code.applyBody(op.getBody().front(), arguments);
        result = code.addToWindow(result, value, op.getPool());
      }
      result = code.finishWindow(result, size, op.getPool());
      store(start, position.row / window[0], position.column / window[1],
            position.batch, channel, result);
    }
  }
}

void ProductGenerator::emitTile(const TileStart &start) {
  int64_t channels = tile.getChannels();
  SmallVector<Value> bias;
  for (int64_t channel = 0; channel < channels; ++channel)
    bias.push_back(
        op.getBias() ? loadPerChannel(op.getBias(), getChannel(start, channel))
                     : code.splat(0.0));
  SmallVector<Value> accumulators;
  for (size_t p = 0; p < positions.size(); ++p)
    accumulators.append(bias);
  int64_t count = countAccumulators();
  accumulators.resize(count * copies, copies > 1 ? code.splat(0.0) : Value());

  std::array<Value, 3> indices;
  accumulators = emitReduction(start, std::move(accumulators), 0, indices);
  for (int64_t stride = copies / 2; stride > 0; stride /= 2)
    for (int64_t i = 0; i < stride * count; ++i)
      accumulators[i] =
          arith::AddFOp::create(code.builder, code.loc, accumulators[i],
                                accumulators[stride * count + i]);
  emitEpilogue(start, ArrayRef<Value>(accumulators).take_front(count));
}

/// In the batch storage weights are small and data is large, so that the tiles
/// of the channels are innermost; in the channels storage it is the other way
/// around.
void ProductGenerator::emitLoops() {
  int64_t rows = op.getExtents()[0] / op.getWindow()[0];
  int64_t columns = op.getExtents()[1] / op.getWindow()[1];
  int64_t weightTiles = op.getChannelStarts().size();
  TileStart start;
  auto emitPositions = [&](function_ref<void()> body) {
    code.forTiles(rows, tile.getRows(), [&](Value row) {
      code.forTiles(columns, tile.getColumns(), [&](Value column) {
        start.row = row;
        start.column = column;
        body();
      });
    });
  };
  auto emitChannels = [&](function_ref<void()> body) {
    code.forRange(weightTiles, 1, [&](Value index) {
      start.weights = index;
      body();
    });
  };
  if (!onBatch) {
    emitChannels([&] { emitPositions([&] { emitTile(start); }); });
    return;
  }
  int64_t batch = cast<MemRefType>(op.getOutput().getType()).getDimSize(3);
  code.forRange(batch, tile.getBatch() * tile.getLength(), [&](Value lane) {
    start.batch = lane;
    emitPositions([&] { emitChannels([&] { emitTile(start); }); });
  });
}

void ProductGenerator::run() {
  ArrayRef<int64_t> window = op.getWindow();
  for (int64_t row = 0; row < tile.getRows(); ++row)
    for (int64_t column = 0; column < tile.getColumns(); ++column)
      for (int64_t batch = 0; batch < tile.getBatch(); ++batch)
        for (int64_t y = 0; y < window[0]; ++y)
          for (int64_t x = 0; x < window[1]; ++x)
            positions.push_back(
                {row * window[0] + y, column * window[1] + x, batch});
  planReduction();
  emitLoops();
}

void bn::populateProductKernelPatterns(RewritePatternSet &patterns) {
  patterns.add<LowerKernel<ProductKernelOp, ProductGenerator>>(
      patterns.getContext());
}
