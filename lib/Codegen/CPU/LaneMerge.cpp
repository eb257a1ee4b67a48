//===- LaneMerge.cpp - Sums of lane kernels to sums of the batch ----------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Codegen/CPU/LaneGenerators.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace mlir::bn;

void bn::generateMergeLanes(MergeLanesOp op, OpBuilder &builder) {
  auto parts = cast<MemRefType>(op.getParts().getType());
  auto target = cast<MemRefType>(op.getTarget().getType());
  LaneBuilder code(builder, op.getLoc(), parts.getShape().back(), 0);
  Type element = parts.getElementType();
  int64_t positions = target.getNumElements();
  Value from =
      code.view(op.getParts(), {parts.getDimSize(0), positions, code.length});
  Value to = code.view(op.getTarget(), {positions});
  auto vectorType = VectorType::get(code.length, element);
  auto addShards = [&](Value position) {
    Value sum;
    for (int64_t shard = 0; shard < parts.getDimSize(0); ++shard) {
      Value part = vector::LoadOp::create(
          builder, op.getLoc(), vectorType, from,
          ValueRange{code.index(shard), position, code.index(0)});
      sum = sum ? code.addAny(sum, part) : part;
    }
    return sum;
  };
  auto emitLoop = [&](Value begin, Value end, int64_t size) {
    auto loop =
        scf::ForOp::create(builder, op.getLoc(), begin, end, code.index(size));
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(loop.getBody());
    Value first = loop.getInductionVar();
    SmallVector<Value> sums;
    for (int64_t i = 0; i < size; ++i)
      sums.push_back(addShards(code.add(first, i)));
    Value total = code.addLanes(sums);
    if (size == 1)
      memref::StoreOp::create(builder, op.getLoc(),
                              vector::ExtractOp::create(builder, op.getLoc(),
                                                        total,
                                                        ArrayRef<int64_t>{0}),
                              to, first);
    else
      code.storeVector(total, to, first);
  };
  // A vector of positions at a time, then the rest one by one.
  AffineExpr d0 = getAffineDimExpr(0, op.getContext());
  AffineExpr d1 = getAffineDimExpr(1, op.getContext());
  Value middle = code.apply(d0 + (d1 - d0).floorDiv(code.length) * code.length,
                            {op.getBegin(), op.getEnd()});
  if (positions >= code.length)
    emitLoop(op.getBegin(), middle, code.length);
  else
    middle = op.getBegin();
  emitLoop(middle, op.getEnd(), 1);
}

/// Adds block after block to the number n of values so far, their mean and the
/// sum S of their squared deviations from it. A block of k values with mean b
/// and sum T makes of these:
///   mean + (b - mean) * k / (n + k)   and   S + T + (b - mean)^2 * n k / (n +
///   k)
void bn::generateMergeStatistics(MergeStatisticsOp op, OpBuilder &builder) {
  Location loc = op.getLoc();
  LaneBuilder code(builder, loc, op.getLength(), 0);
  MLIRContext *context = builder.getContext();
  AffineExpr d0 = getAffineDimExpr(0, context),
             d1 = getAffineDimExpr(1, context);
  Value batch = op.getBatch();
  Value blocks = code.apply(d0.ceilDiv(code.length), batch);
  auto toF64 = [&](Value count) -> Value {
    Value integer =
        arith::IndexCastOp::create(builder, loc, builder.getI64Type(), count);
    return arith::SIToFPOp::create(builder, loc, builder.getF64Type(), integer);
  };
  int64_t channels = cast<MemRefType>(op.getMean().getType()).getDimSize(0);
  code.forEach(channels, [&](LaneIndex c) {
    Value channel = code.materialize(c);
    Value zero =
        arith::ConstantOp::create(builder, loc, builder.getF64FloatAttr(0));
    SmallVector<Value> merged = code.forCarried(
        code.index(0), blocks, {zero, zero, zero},
        [&](Value block, SmallVector<Value> carried) -> SmallVector<Value> {
          Value rows = code.minimum(
              code.apply(d0 - d1 * code.length, {batch, block}), code.length);
          Value count = toF64(code.mul(rows, op.getPositions()));
          auto load = [&](Value buffer) -> Value {
            return memref::LoadOp::create(builder, loc, buffer,
                                          ValueRange{block, channel});
          };
          Value total = code.addF(carried[0], count);
          Value difference = code.subF(load(op.getMeans()), carried[1]);
          Value step = code.divF(code.mulF(difference, count), total);
          Value squares =
              code.addF(code.addF(carried[2], load(op.getSquares())),
                        code.mulF(code.mulF(difference, step), carried[0]));
          return {total, code.addF(carried[1], step), squares};
        });
    auto store = [&](Value value, Value buffer) {
      Type type = cast<MemRefType>(buffer.getType()).getElementType();
      if (type != value.getType())
        value = arith::TruncFOp::create(builder, loc, type, value);
      memref::StoreOp::create(builder, loc, value, buffer, channel);
    };
    store(merged[1], op.getMean());
    store(code.divF(merged[2], merged[0]), op.getVariance());
  });
}
