//===- WinogradEmission.cpp - Kernels of a Winograd convolution -----------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "WinogradEmission.h"

#include "WeightPacking.h"
#include "WinogradFilter.h"
#include "bn/Plan/KernelBody.h"
#include "bn/Plan/WinogradTiling.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace mlir::bn;

/// Tasks that several blocks are dealt out to: each brings memory of its own
/// into the cache.
static constexpr int64_t kMostTasks = 4;

/// Channels behind the points of a tile, so that tiles never lie a power of two
/// apart: they would compete for the same places of a cache.
static constexpr int64_t kPaddingChannels = 16;

namespace {

class WinogradEmitter {
public:
  WinogradEmitter(OpBuilder &builder, Location loc, const FusionGroup &group,
                  const ProductOperands &operands, const Machine &machine)
      : builder(builder), loc(loc), group(group), operands(operands),
        machine(machine), product(getProductShape(group)),
        tiling(getWinogradTiling(product, group.winogradOutputs, machine)),
        outputTile(2, tiling.outputs) {}

  void run(ParameterArena &arena, ArrayRef<float> values);

private:
  void packFilter(ParameterArena &arena, ArrayRef<float> values);
  Value allocate(int64_t tasks, int64_t channels);
  Value getPart(Value buffer, Value task);
  void emitBlock(Value firstRow, Value inputs, Value sums);
  void emitTask(Value task, int64_t tasks, Value inputs, Value sums);
  Value index(int64_t value) {
    return arith::ConstantIndexOp::create(builder, loc, value);
  }

  OpBuilder &builder;
  Location loc;
  const FusionGroup &group;
  const ProductOperands &operands;
  const Machine &machine;
  ProductShape product;
  WinogradTiling tiling;
  SmallVector<int64_t> outputTile;
  SmallVector<int64_t> starts;
  Value weights;
};

} // namespace

void WinogradEmitter::packFilter(ParameterArena &arena,
                                 ArrayRef<float> values) {
  const TileChoice &tile = tiling.tile;
  starts = getTileStarts(tiling.products.outputChannels / tile.length,
                         tile.channels);
  SmallVector<float> filter = transformFilter(product, values, tiling.outputs,
                                              tiling.getOutputChannels());
  PackedWeights packed =
      packWeights(tiling.products, filter, Lanes::channels, tile, starts);
  weights = arena.add(builder, loc, packed.values, packed.extents);
}

/// Memory for a block of each task: `channels` for each point of a tile.
Value WinogradEmitter::allocate(int64_t tasks, int64_t channels) {
  SmallVector<int64_t> extents = {tiling.blockRows, tiling.columns,
                                  tiling.points * channels + kPaddingChannels};
  if (tasks > 1)
    extents.insert(extents.begin(), tasks);
  return memref::AllocOp::create(builder, loc,
                                 MemRefType::get(extents, builder.getF32Type()),
                                 builder.getI64IntegerAttr(64));
}

/// The memory of `task`.
Value WinogradEmitter::getPart(Value buffer, Value task) {
  auto type = cast<MemRefType>(buffer.getType());
  SmallVector<OpFoldResult> offsets(4, builder.getIndexAttr(0)),
      steps(4, builder.getIndexAttr(1)),
      sizes = getAsIndexOpFoldResult(builder.getContext(), type.getShape());
  offsets[0] = task;
  sizes[0] = builder.getIndexAttr(1);
  auto part = cast<MemRefType>(memref::SubViewOp::inferRankReducedResultType(
      type.getShape().drop_front(), type, offsets, sizes, steps));
  return memref::SubViewOp::create(builder, loc, part, buffer, offsets, sizes,
                                   steps);
}

void WinogradEmitter::emitBlock(Value firstRow, Value inputs, Value sums) {
  // Vectors that the input need not be rounded up to.
  int64_t length = machine.vectorLength;
  while (length > product.inputChannels)
    length /= 2;
  WinogradInputKernelOp::create(builder, loc, operands.input, firstRow, inputs,
                                length, product.inputChannels, product.kernel,
                                outputTile, product.extents,
                                operands.inputOffset);

  const ProductShape &products = tiling.products;
  const TileChoice &tile = tiling.tile;
  int64_t zero[] = {0, 0};
  auto kernel = ProductKernelOp::create(
      builder, loc, inputs, weights, /*bias=*/Value(), ValueRange(),
      ValueRange(), sums, Lanes::channels,
      TileAttr::get(builder.getContext(), tile.rows, tile.columns, tile.batch,
                    tile.channels, tile.length),
      starts, products.extents, products.strides, products.dilations, zero,
      zero, PoolKind::none, products.window, products.groups,
      /*depthwise=*/false, wantsPrefetch(products, tile, Lanes::channels, machine));
  OpBuilder body(builder.getContext());
  Block *block = body.createBlock(&kernel.getBody());
  YieldOp::create(body, loc, block->addArgument(builder.getF32Type(), loc));

  auto output = WinogradOutputKernelOp::create(
      builder, loc, sums, firstRow, operands.bias, operands.channels,
      operands.tensors, operands.output,
      getChannelVectorLength(product.outputChannels, machine),
      tiling.getOutputChannels(), product.kernel, outputTile, product.extents,
      operands.outputOffset);
  buildKernelBody(output.getBody(), group, builder.getF32Type());
}

/// The blocks of task `task` of `tasks`, which are next to each other.
void WinogradEmitter::emitTask(Value task, int64_t tasks, Value inputs,
                               Value sums) {
  int64_t blocks = tiling.rows / tiling.blockRows;
  auto getFirstRow = [&](Value number) -> Value {
    Value shifted = arith::MulIOp::create(builder, loc, number, index(blocks));
    Value block = arith::DivUIOp::create(builder, loc, shifted, index(tasks));
    return arith::MulIOp::create(builder, loc, block, index(tiling.blockRows));
  };
  Value next = arith::AddIOp::create(builder, loc, task, index(1));
  Value begin = getFirstRow(task), end = getFirstRow(next);
  inputs = getPart(inputs, task);
  sums = getPart(sums, task);
  auto loop =
      scf::ForOp::create(builder, loc, begin, end, index(tiling.blockRows));
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(loop.getBody());
  emitBlock(loop.getInductionVar(), inputs, sums);
}

void WinogradEmitter::run(ParameterArena &arena, ArrayRef<float> values) {
  packFilter(arena, values);
  int64_t tasks = std::min(kMostTasks, tiling.rows / tiling.blockRows);
  Value inputs = allocate(tasks, product.inputChannels);
  Value sums = allocate(tasks, tiling.getOutputChannels());
  if (tasks == 1)
    return emitBlock(index(0), inputs, sums);
  auto loop =
      scf::ParallelOp::create(builder, loc, ValueRange(index(0)),
                              ValueRange(index(tasks)), ValueRange(index(1)));
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(loop.getBody());
  emitTask(loop.getInductionVars().front(), tasks, inputs, sums);
}

void bn::emitWinograd(OpBuilder &builder, Location loc, ParameterArena &arena,
                      const FusionGroup &group, ArrayRef<float> weights,
                      const ProductOperands &operands, const Machine &machine) {
  WinogradEmitter(builder, loc, group, operands, machine).run(arena, weights);
}
