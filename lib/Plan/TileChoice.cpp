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

namespace {
/// The loops that one register tile stands in, counted in tiles.
struct Extents {
  int64_t rows, columns, batch, channels;
};
} // namespace

/// Cycles that one step of the reduction takes with `positions` vectors or
/// scalars of data and `channels` scalars or vectors of weights in registers.
static double getStepCycles(int64_t positions, int64_t channels,
                            const Machine &machine) {
  double fmas = double(positions * channels) / machine.fmasPerCycle;
  double loads = double(positions + channels) / machine.loadsPerCycle;
  return std::max(fmas, loads);
}

/// True if the accumulators, the operand kept in registers and the other one on
/// its way fit, with two registers to spare: unrolled loops overlap two steps.
static bool fitsRegisters(int64_t positions, int64_t channels,
                          const Machine &machine) {
  return positions * channels + std::min(positions, channels) + 1 <=
         machine.vectorRegisters - 2;
}

static double getCycles(const ProductShape &shape, const Extents &extents,
                        const TileChoice &tile, const Machine &machine) {
  int64_t window = shape.window[0] * shape.window[1];
  int64_t positions = tile.rows * tile.columns * tile.batch * window;
  int64_t tiles = llvm::divideCeil(extents.rows, tile.rows) *
                  llvm::divideCeil(extents.columns, tile.columns) *
                  llvm::divideCeil(extents.batch, tile.batch) *
                  llvm::divideCeil(extents.channels, tile.channels);
  // Too few accumulators would wait for each other, but the generator splits
  // their sums. Starting and ending a tile costs about two multiply-adds one
  // after the other, and one pass of the accumulators through the epilogue.
  double ends = 2 * machine.fmaLatency + positions * tile.channels;
  return tiles * (shape.getReductionSize() *
                      getStepCycles(positions, tile.channels, machine) +
                  ends);
}

TileChoice bn::chooseTile(const ProductShape &shape, Lanes lanes,
                          int64_t blockRows, const Machine &machine) {
  int64_t window = shape.window[0] * shape.window[1];
  int64_t rows = shape.extents[0] / shape.window[0];
  int64_t columns = shape.extents[1] / shape.window[1];

  TileChoice best = {1,
                     1,
                     1,
                     1,
                     machine.vectorLength,
                     std::numeric_limits<double>::infinity()};
  // In the channels storage short vectors waste fewer lanes on few channels.
  int64_t shortest = lanes == Lanes::batch
                         ? machine.vectorLength
                         : std::min<int64_t>(4, machine.vectorLength);
  for (int64_t length = machine.vectorLength; length >= shortest; length /= 2) {
    Extents extents = {rows, columns, 1, shape.outputChannels};
    if (lanes == Lanes::batch)
      extents.batch = blockRows / length;
    else
      extents.channels = llvm::divideCeil(shape.outputChannels, length);
    for (int64_t r = 1; r <= std::min<int64_t>(rows, 4); ++r)
      for (int64_t c = 1; c <= std::min<int64_t>(columns, 16); ++c)
        for (int64_t b = 1; b <= extents.batch; b *= 2)
          for (int64_t ch = 1; ch <= extents.channels; ++ch) {
            if (!fitsRegisters(r * c * b * window, ch, machine))
              break;
            if (extents.batch % b != 0)
              continue;
            TileChoice tile = {r, c, b, ch, length, 0.0};
            tile.cycles = getCycles(shape, extents, tile, machine);
            // Of equals the shorter vector: its unused lanes cost nothing,
            // and many CPUs do half a vector in half the time.
            if (tile.cycles < best.cycles ||
                (tile.cycles == best.cycles && length < best.length))
              best = tile;
          }
  }
  return best;
}
