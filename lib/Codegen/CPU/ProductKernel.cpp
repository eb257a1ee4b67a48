//===- ProductKernel.cpp - Register tiles for convolutions and linear layers
//-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ProductGenerator.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::bn;

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

/// The vector of a tensor operand at a position of the tile.
Value ProductGenerator::loadTensor(Value memref, const TileStart &start,
                                   const Position &position, int64_t channel) {
  ArrayRef<int64_t> window = op.getWindow();
  Value lane = onBatch
                   ? code.add(start.batch, position.batch * tile.getLength())
                   : Value();
  return code.loadTensorOperand(
      memref, onBatch, code.add(code.mul(start.row, window[0]), position.row),
      code.add(code.mul(start.column, window[1]), position.column),
      getChannel(start, channel), lane);
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
        for (Value memref : op.getTensorOperands())
          arguments.push_back(
              loadTensor(memref, start, positions[first + i], channel));
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

/// Bytes of weights that stay in a core's cache while all positions pass by.
static constexpr int64_t kHeldWeightBytes = 256 << 10;

/// In the batch storage weights are small and data is large, so that the tiles
/// of the channels are innermost; in the channels storage it is the other way
/// around, and a task is one row of tiles.
void ProductGenerator::emitLoops() {
  int64_t rows = op.getExtents()[0] / op.getWindow()[0];
  int64_t columns = op.getExtents()[1] / op.getWindow()[1];
  int64_t weightTiles = op.getChannelStarts().size();
  TileStart start;
  auto emitColumns = [&](function_ref<void()> body) {
    code.forTiles(columns, tile.getColumns(), [&](Value column) {
      start.column = column;
      body();
    });
  };
  auto emitPositions = [&](function_ref<void()> body) {
    code.forTiles(rows, tile.getRows(), [&](Value row) {
      start.row = row;
      emitColumns(body);
    });
  };
  auto emitChannels = [&](function_ref<void()> body) {
    code.forRange(weightTiles, 1, [&](Value index) {
      start.weights = index;
      body();
    });
  };
  if (!onBatch) {
    ArrayRef<int64_t> kernel = op.getKernelExtents();
    int64_t work = weightTiles * tile.getChannels() * op.getExtents()[0] *
                   op.getExtents()[1] * op.getInputChannels() * kernel[0] *
                   kernel[1];
    int64_t rowTiles = llvm::divideCeil(rows, tile.getRows());
    if (work < KernelBuilder::kParallelWork || weightTiles * rowTiles < 2)
      return emitChannels([&] { emitPositions([&] { emitTile(start); }); });
    // Tasks next to each other, which one thread takes, have the same rows as
    // long as the cache holds all weights: a kernel then finds most of its
    // input where the one before left it. Otherwise they have the same weights.
    int64_t weightBytes =
        cast<MemRefType>(op.getWeights().getType()).getNumElements() *
        static_cast<int64_t>(sizeof(float));
    bool holdsWeights = weightBytes <= kHeldWeightBytes;
    code.forTasks(weightTiles * rowTiles, work, [&](Value task) {
      OpBuilder &builder = code.builder;
      Value inner = code.index(holdsWeights ? weightTiles : rowTiles);
      Value outerIndex = arith::DivUIOp::create(builder, code.loc, task, inner);
      Value innerIndex = arith::RemUIOp::create(builder, code.loc, task, inner);
      start.weights = holdsWeights ? innerIndex : outerIndex;
      start.row =
          code.mul(holdsWeights ? outerIndex : innerIndex, tile.getRows());
      if (rows % tile.getRows() != 0)
        start.row = arith::MinSIOp::create(builder, code.loc, start.row,
                                           code.index(rows - tile.getRows()));
      emitColumns([&] { emitTile(start); });
    });
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
