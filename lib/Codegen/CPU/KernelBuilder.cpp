//===- KernelBuilder.cpp - Shorthands for generated code ------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Codegen/CPU/KernelGenerators.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace mlir::bn;

Value KernelBuilder::index(int64_t value) {
  return arith::ConstantIndexOp::create(builder, loc, value);
}

Value KernelBuilder::add(Value value, int64_t offset) {
  return offset == 0 ? value : add(value, index(offset));
}

Value KernelBuilder::add(Value lhs, Value rhs) {
  return arith::AddIOp::create(builder, loc, lhs, rhs);
}

Value KernelBuilder::mul(Value value, int64_t factor) {
  return factor == 1
             ? value
             : arith::MulIOp::create(builder, loc, value, index(factor));
}

Value KernelBuilder::splat(double value) {
  return arith::ConstantOp::create(
      builder, loc,
      DenseElementsAttr::get(vectorType,
                             builder.getFloatAttr(elementType, value)));
}

Value KernelBuilder::loadVector(Value memref, ValueRange indices) {
  return vector::LoadOp::create(builder, loc, vectorType, memref, indices);
}

Value KernelBuilder::loadBroadcast(Value memref, ValueRange indices) {
  Value scalar = memref::LoadOp::create(builder, loc, memref, indices);
  return vector::BroadcastOp::create(builder, loc, vectorType, scalar);
}

void KernelBuilder::storeVector(Value vector, Value memref,
                                ValueRange indices) {
  vector::StoreOp::create(builder, loc, vector, memref, indices);
}

SmallVector<Value> KernelBuilder::transposeSquare(SmallVector<Value> vectors) {
  // Each step interleaves the vectors of the first half with those of the
  // second.
  int64_t size = vectors.size();
  SmallVector<int64_t> low, high;
  for (int64_t i = 0; i < size / 2; ++i) {
    low.append({i, size + i});
    high.append({size / 2 + i, size + size / 2 + i});
  }
  for (int64_t step = 1; step < size; step *= 2) {
    SmallVector<Value> next;
    for (int64_t i = 0; i < size / 2; ++i)
      for (ArrayRef<int64_t> mask : {ArrayRef(low), ArrayRef(high)})
        next.push_back(vector::ShuffleOp::create(builder, loc, vectors[i],
                                                 vectors[size / 2 + i], mask));
    vectors = std::move(next);
  }
  return vectors;
}

void KernelBuilder::forRange(int64_t extent, int64_t step,
                             function_ref<void(Value)> body) {
  if (extent <= step)
    return body(index(0));
  auto loop =
      scf::ForOp::create(builder, loc, index(0), index(extent), index(step));
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(loop.getBody());
  body(loop.getInductionVar());
}

void KernelBuilder::forTasks(int64_t count, int64_t work,
                             function_ref<void(Value)> body) {
  Operation *parent = builder.getInsertionBlock()->getParentOp();
  bool isParallel = isa<scf::ParallelOp>(parent) ||
                    parent->getParentOfType<scf::ParallelOp>();
  if (count < 2 || work < kParallelWork || isParallel)
    return forRange(count, 1, body);
  scf::ParallelOp::create(builder, loc, index(0), index(count), index(1),
                          [&](OpBuilder &nested, Location, ValueRange ivs) {
                            OpBuilder::InsertionGuard guard(builder);
                            builder.setInsertionPoint(
                                nested.getInsertionBlock(),
                                nested.getInsertionPoint());
                            body(ivs.front());
                          });
}

void KernelBuilder::forTiles(int64_t extent, int64_t tile,
                             function_ref<void(Value)> body) {
  assert(tile <= extent && "a tile must not be larger than its extent");
  forRange(extent, tile, [&](Value start) {
    if (extent % tile != 0)
      start = arith::MinSIOp::create(builder, loc, start, index(extent - tile));
    body(start);
  });
}

SmallVector<Value> KernelBuilder::reduceRange(
    Value lower, Value upper, ValueRange values,
    function_ref<SmallVector<Value>(Value, ValueRange)> body) {
  auto loop = scf::ForOp::create(builder, loc, lower, upper, index(1), values);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(loop.getBody());
  SmallVector<Value> next =
      body(loop.getInductionVar(), loop.getRegionIterArgs());
  scf::YieldOp::create(builder, loc, next);
  return SmallVector<Value>(loop.getResults());
}

Value KernelBuilder::loadTensorOperand(Value memref, bool onBatch, Value row,
                                       Value column, Value channel,
                                       Value lane) {
  ArrayRef<int64_t> shape = cast<MemRefType>(memref.getType()).getShape();
  ArrayRef<int64_t> image = shape.slice(onBatch ? 1 : 0, 2);
  if (image[0] == 1 && image[1] == 1)
    row = column = index(0);
  if (onBatch)
    return loadVector(memref, {channel, row, column, lane});
  return loadVector(memref, {row, column, channel});
}

Value KernelBuilder::applyBody(Block &body, ValueRange arguments) {
  IRMapping mapping;
  mapping.map(body.getArguments(), arguments);
  for (Operation &op : body.without_terminator()) {
    if (auto constant = dyn_cast<arith::ConstantOp>(op)) {
      mapping.map(
          constant.getResult(),
          splat(cast<FloatAttr>(constant.getValue()).getValueAsDouble()));
      continue;
    }
    if (auto fma = dyn_cast<math::FmaOp>(op)) {
      // Unlike the math op, the vector op is two instructions on a CPU that has
      // no fused multiply-add, and never a call.
      mapping.map(fma.getResult(),
                  vector::FMAOp::create(
                      builder, fma.getLoc(), mapping.lookup(fma.getA()),
                      mapping.lookup(fma.getB()), mapping.lookup(fma.getC())));
      continue;
    }
    Operation *clone = builder.clone(op, mapping);
    for (auto [result, original] :
         llvm::zip_equal(clone->getResults(), op.getResults())) {
      result.setType(vectorType.clone(original.getType()));
      mapping.map(original, result);
    }
  }
  return mapping.lookup(body.getTerminator()->getOperand(0));
}

Value KernelBuilder::addToWindow(Value result, Value value, PoolKind pool) {
  if (!result)
    return value;
  if (pool == PoolKind::max)
    return arith::MaximumFOp::create(builder, loc, result, value);
  return arith::AddFOp::create(builder, loc, result, value);
}

Value KernelBuilder::finishWindow(Value result, int64_t size, PoolKind pool) {
  if (pool != PoolKind::average)
    return result;
  return arith::MulFOp::create(builder, loc, result, splat(1.0 / size));
}
