//===- TileChoice.cpp - Which register tile a product kernel gets ---------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Plan/TileChoice.h"

#include "llvm/Support/MathExtras.h"
#include <limits>

using namespace mlir;
using namespace mlir::bn;

SmallVector<int64_t> bn::getTileStarts(int64_t extent, int64_t tile) {
  SmallVector<int64_t> starts;
  for (int64_t start = 0; start < extent; start += tile)
    starts.push_back(std::min(start, extent - tile));
  return starts;
}

int64_t bn::getChannelVectorLength(int64_t channels, const Machine &machine) {
  int64_t length = machine.vectorLength;
  int64_t vectors = llvm::divideCeil(channels, length);
  while (length > 4 && llvm::divideCeil(channels, length / 2) == vectors)
    length /= 2;
  return length;
}

int64_t bn::getStoredChannels(int64_t channels, Lanes lanes,
                              const Machine &machine) {
  return lanes == Lanes::batch
             ? channels
             : llvm::alignTo(channels,
                             getChannelVectorLength(channels, machine));
}

namespace {
/// The loops that one register tile stands in, counted in tiles.
struct Extents {
  int64_t rows, columns, batch, channels;
};
} // namespace

/// Cycles that one step of the reduction takes with `positions` vectors or
/// scalars of data and `channels` scalars or vectors of weights in registers.
/// A depthwise step has data of its own for every product. Weights that the
/// first-level cache cannot hold while positions pass by come from the second:
/// `weightBytes` are those of one channel or vector of channels.
static double getStepCycles(const ProductShape &shape, int64_t positions,
                            int64_t channels, int64_t weightBytes,
                            const Machine &machine) {
  int64_t data = shape.isDepthwise ? positions * channels : positions;
  double fmas = double(positions * channels) / machine.fmasPerCycle;
  double load = 1.0 / machine.loadsPerCycle;
  bool isFar = channels * weightBytes > machine.firstLevelBytes;
  return std::max(
      fmas,
      data * load + channels * (isFar ? machine.secondLevelLoadCycles : load));
}

/// True if the accumulators, the operand kept in registers and the other one on
/// its way fit, with two registers to spare: unrolled loops overlap two steps.
static bool fitsRegisters(const ProductShape &shape, int64_t positions,
                          int64_t channels, const Machine &machine) {
  int64_t kept = shape.isDepthwise ? channels : std::min(positions, channels);
  return positions * channels + kept + 1 <= machine.vectorRegisters - 2;
}

static double getCycles(const ProductShape &shape, Lanes lanes,
                        const Extents &extents, const TileChoice &tile,
                        const Machine &machine) {
  int64_t window = shape.window[0] * shape.window[1];
  int64_t positions = tile.rows * tile.columns * tile.batch * window;
  int64_t tiles = llvm::divideCeil(extents.rows, tile.rows) *
                  llvm::divideCeil(extents.columns, tile.columns) *
                  llvm::divideCeil(extents.batch, tile.batch) *
                  llvm::divideCeil(extents.channels, tile.channels);
  // Too few accumulators would wait for each other, but the generator splits
  // their sums. Starting and ending a tile costs about two multiply-adds one
  // after the other, and one pass of the accumulators through the epilogue.
  // Only in the channels storage does a tile of weights stay for all positions.
  int64_t weightBytes =
      lanes == Lanes::channels
          ? shape.getReductionSize() * tile.length * int64_t(sizeof(float))
          : 0;
  double ends = 2 * machine.fmaLatency + positions * tile.channels;
  return tiles * (shape.getReductionSize() *
                      getStepCycles(shape, positions, tile.channels,
                                    weightBytes, machine) +
                  ends);
}

TileChoice bn::chooseTile(const ProductShape &shape, Lanes lanes,
                          int64_t blockRows, const Machine &machine) {
  int64_t window = shape.window[0] * shape.window[1];
  int64_t rows = shape.extents[0] / shape.window[0];
  int64_t columns = shape.extents[1] / shape.window[1];

  int64_t length = lanes == Lanes::batch
                       ? machine.vectorLength
                       : getChannelVectorLength(shape.outputChannels, machine);
  TileChoice best = {1, 1,      1,
                     1, length, std::numeric_limits<double>::infinity()};
  Extents extents = {rows, columns, 1, shape.outputChannels};
  if (lanes == Lanes::batch)
    extents.batch = blockRows / length;
  else
    extents.channels = llvm::divideCeil(shape.outputChannels, length);
  // A tile lies in one group.
  int64_t channelsPerGroup = extents.channels / shape.groups;
  for (int64_t r = 1; r <= std::min<int64_t>(rows, 4); ++r)
    for (int64_t c = 1; c <= std::min<int64_t>(columns, 16); ++c)
      for (int64_t b = 1; b <= extents.batch; b *= 2)
        for (int64_t ch = 1; ch <= channelsPerGroup; ++ch) {
          if (!fitsRegisters(shape, r * c * b * window, ch, machine))
            break;
          if (extents.batch % b != 0 ||
              (shape.groups > 1 && channelsPerGroup % ch != 0))
            continue;
          TileChoice tile = {r, c, b, ch, length, 0.0};
          tile.cycles = getCycles(shape, lanes, extents, tile, machine);
          if (tile.cycles < best.cycles)
            best = tile;
        }
  return best;
}

/// The cycles of `bn.dot_kernel`; infinitely many where it is no choice.
static TileChoice chooseDotTile(const ProductShape &shape,
                                const Machine &machine) {
  int64_t length = getChannelVectorLength(shape.outputChannels, machine);
  int64_t outputs = shape.outputChannels;
  TileChoice tile = {1,       1,      1,
                     outputs, length, std::numeric_limits<double>::infinity()};
  if (outputs > length || shape.inputChannels % length != 0 ||
      outputs + 2 > machine.vectorRegisters)
    return tile;
  int64_t steps = shape.getReductionSize() / length;
  bool isFar = steps * outputs * length * int64_t(sizeof(float)) >
               machine.firstLevelBytes;
  double load = 1.0 / machine.loadsPerCycle;
  double weight = isFar ? machine.secondLevelLoadCycles : load;
  // A step loads one vector of data and one of weights for each output; at the
  // end a square is transposed.
  double step =
      std::max(double(outputs) / machine.fmasPerCycle, load + outputs * weight);
  tile.cycles = steps * step + 2 * machine.fmaLatency +
                length * llvm::Log2_64_Ceil(length);
  return tile;
}

/// The tile of `bn.column_kernel`; of infinite cost where it is no choice.
static TileChoice chooseColumnTile(const ProductShape &shape,
                                   const Machine &machine) {
  int64_t length = machine.vectorLength, outputs = shape.outputChannels;
  TileChoice best = {1,       1,      1,
                     outputs, length, std::numeric_limits<double>::infinity()};
  if (outputs > length)
    return best;
  int64_t window = shape.window[0] * shape.window[1];
  Extents extents = {
      shape.extents[0] / shape.window[0],
      int64_t(llvm::divideCeil(shape.extents[1] / shape.window[1], length)), 1,
      outputs};
  // Results are transposed to vectors of channels and stored column by column.
  int64_t stored = getChannelVectorLength(outputs, machine);
  double transpose = length * (llvm::Log2_64_Ceil(stored) + 1);
  for (int64_t rows = 1; rows <= std::min<int64_t>(extents.rows, 4); ++rows) {
    if (!fitsRegisters(shape, rows * window, outputs, machine))
      break;
    TileChoice tile = {rows, 1, 1, outputs, length, 0.0};
    tile.cycles = getCycles(shape, Lanes::batch, extents, tile, machine) +
                  llvm::divideCeil(extents.rows, rows) * extents.columns *
                      rows * transpose;
    if (tile.cycles < best.cycles)
      best = tile;
  }
  return best;
}

std::pair<RowKernel, TileChoice> bn::chooseRowKernel(const ProductShape &shape,
                                                     RowKernelChoices allowed,
                                                     const Machine &machine) {
  std::pair<RowKernel, TileChoice> best = {
      RowKernel::product,
      chooseTile(shape, Lanes::channels, /*blockRows=*/1, machine)};
  auto consider = [&](RowKernel kernel, TileChoice tile) {
    if (tile.cycles < best.second.cycles)
      best = {kernel, tile};
  };
  if (allowed.dot)
    consider(RowKernel::dot, chooseDotTile(shape, machine));
  if (allowed.column)
    consider(RowKernel::column, chooseColumnTile(shape, machine));
  return best;
}

/// Bytes of weights that stay in the cache from one run to the next: more come
/// from memory.
static constexpr int64_t kWarmWeightBytes = 128 << 10;

/// Tiles of positions up to which there is not enough work for each tile of the
/// weights to hide that it comes from memory.
static constexpr int64_t kFewTiles = 64;

bool bn::wantsPrefetch(const ProductShape &product, const TileChoice &tile,
                       Lanes lanes, const Machine &machine) {
  int64_t bytes = product.getReductionSize() * product.outputChannels *
                  static_cast<int64_t>(sizeof(float));
  int64_t tiles =
      llvm::divideCeil(product.extents[0], tile.rows * product.window[0]) *
      llvm::divideCeil(product.extents[1], tile.columns * product.window[1]);
  if (lanes != Lanes::channels || product.isDepthwise)
    return false;
  if (tiles > 1)
    return bytes > kWarmWeightBytes && tiles <= kFewTiles;
  // With one tile of positions weights are read once, from front to back. From
  // memory CPUs fetch that ahead by themselves, but from the second-level cache
  // into the first too late. The next tile must find room there.
  int64_t tileBytes = product.getReductionSize() * tile.channels * tile.length *
                      static_cast<int64_t>(sizeof(float));
  return bytes > machine.firstLevelBytes &&
         tileBytes <= machine.firstLevelBytes;
}
