//===- ProductReduction.cpp - The inner loops of product kernels ----------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ProductGenerator.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::bn;

/// Accumulators that must be under way at once to hide the latency of a
/// multiply-add: two a cycle, four cycles each.
static constexpr int64_t kIndependentFmas = 8;

/// Multiply-adds that one iteration of the innermost loop may hold.
static constexpr int64_t kMaxUnrolledFmas = 64;

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
                                 const Position &position, int64_t tileChannel,
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
  if (op.getDepthwise()) {
    channel = getChannel(start, tileChannel);
  } else if (op.getGroups() > 1) {
    Value tilesPerGroup =
        code.index(op.getChannelStarts().size() / op.getGroups());
    Value group = arith::DivUIOp::create(code.builder, code.loc, start.weights,
                                         tilesPerGroup);
    channel = code.add(channel, code.mul(group, op.getInputChannels()));
  }
  if (!onBatch && op.getDepthwise())
    return code.loadVector(op.getInput(), {row, column, channel});
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
  if (op.getDepthwise()) {
    for (int64_t channel = 0; channel < channels; ++channel) {
      Value weight = loadWeight(start, channel, indices);
      for (size_t p = 0; p < positions.size(); ++p)
        multiply(p, channel, loadData(start, positions[p], channel, indices),
                 weight);
    }
    return;
  }
  // The operand with fewer values stays in registers; the other passes by.
  if (static_cast<int64_t>(positions.size()) <= channels) {
    SmallVector<Value> data;
    for (const Position &position : positions)
      data.push_back(loadData(start, position, 0, indices));
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
    Value data = loadData(start, positions[p], 0, indices);
    for (int64_t channel = 0; channel < channels; ++channel)
      multiply(p, channel, data, weights[channel]);
  }
}

/// Fetches a part of what the next tile of the weights has in the place of the
/// weights that the innermost iteration at `indices` multiplies. The tiles of
/// positions that pass by a tile of the weights share that among them.
void ProductGenerator::emitPrefetch(const TileStart &start,
                                    std::array<Value, 3> indices) {
  constexpr int64_t kLine = 16; // values of f32 in a cache line
  ArrayRef<int64_t> window = op.getWindow();
  int64_t lines = llvm::divideCeil(
      reduction.back().unroll * tile.getChannels() * tile.getLength(), kLine);
  int64_t rowTiles =
      llvm::divideCeil(op.getExtents()[0] / window[0], tile.getRows());
  int64_t columnTiles =
      llvm::divideCeil(op.getExtents()[1] / window[1], tile.getColumns());
  int64_t share = llvm::divideCeil(lines, rowTiles * columnTiles);

  OpBuilder &builder = code.builder;
  auto divide = [&](Value value, int64_t divisor) -> Value {
    return arith::CeilDivUIOp::create(builder, code.loc, value,
                                      code.index(divisor));
  };
  // Starts of last tiles, which are moved back, are rounded up.
  Value number =
      code.add(code.mul(divide(start.row, tile.getRows()), columnTiles),
               divide(start.column, tile.getColumns()));
  number = arith::RemUIOp::create(builder, code.loc, number,
                                  code.index(llvm::divideCeil(lines, share)));
  Value first = code.mul(number, share * kLine);
  auto [c, row, column] = indices;
  for (int64_t i = 0; i < share; ++i)
    memref::PrefetchOp::create(
        builder, code.loc, op.getWeights(),
        ValueRange{code.add(start.weights, 1), row, column, c,
                   code.add(first, i * kLine)},
        /*isWrite=*/false, /*localityHint=*/3, /*isDataCache=*/true);
}

/// Emits the loops of the reduction from `depth` inwards and returns the new
/// accumulators.
SmallVector<Value>
ProductGenerator::emitReduction(const TileStart &start,
                                SmallVector<Value> accumulators, unsigned depth,
                                std::array<Value, 3> indices) {
  // Emits one iteration of the loop at `depth` from index `base`.
  const ReductionLoop &loop = reduction[depth];
  bool isInnermost = depth + 1 == reduction.size();
  auto emitIteration = [&](Value base, SmallVector<Value> values) {
    if (isInnermost && op.getPrefetch()) {
      std::array<Value, 3> first = indices;
      first[loop.kind] = base;
      emitPrefetch(start, first);
    }
    for (int64_t i = 0; i < loop.unroll; ++i) {
      std::array<Value, 3> inner = indices;
      inner[loop.kind] = code.add(base, i);
      if (!isInnermost) {
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
