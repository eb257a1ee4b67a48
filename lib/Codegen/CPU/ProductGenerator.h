//===- ProductGenerator.h - Register tiles of product kernels ---*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_LIB_CODEGEN_CPU_PRODUCTGENERATOR_H
#define BN_LIB_CODEGEN_CPU_PRODUCTGENERATOR_H

#include "bn/Codegen/CPU/KernelGenerators.h"

namespace mlir::bn {

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
  void emitPrefetch(const TileStart &start, std::array<Value, 3> indices);
  void emitEpilogue(const TileStart &start, ArrayRef<Value> accumulators);

  /// The data that `channel` of the tile is multiplied with; only a depthwise
  /// kernel has other data for each.
  Value loadData(const TileStart &start, const Position &position,
                 int64_t channel, std::array<Value, 3> indices);
  Value loadWeight(const TileStart &start, int64_t channel,
                   std::array<Value, 3> indices);
  Value loadPerChannel(Value memref, Value channel);
  Value loadTensor(Value memref, const TileStart &start,
                   const Position &position, int64_t channel);
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

} // namespace mlir::bn

#endif // BN_LIB_CODEGEN_CPU_PRODUCTGENERATOR_H
