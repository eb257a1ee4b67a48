//===- TrainingFrame.cpp - Buffers as seen from a function ----------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TrainingFrame.h"

#include "bn/Runtime/Abi.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/Matchers.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::bn;

//===----------------------------------------------------------------------===//
// Functions
//===----------------------------------------------------------------------===//

TrainingFrame::TrainingFrame(const TrainingStep &step, OpBuilder &builder,
                             func::FuncOp func)
    : builder(builder), loc(step.getEntry().getLoc()), step(step), func(func) {}

TrainingFrame::TrainingFrame(const TrainingStep &step, OpBuilder &builder)
    : TrainingFrame(step, builder, step.getEntry()) {
  workspace = func.getArgument(func.getNumArguments() - 2);
  for (BlockArgument argument : func.getArguments()) {
    auto type = dyn_cast<MemRefType>(argument.getType());
    if (batch || argument == workspace || !type || type.getRank() == 0 ||
        !type.isDynamicDim(0))
      continue;
    batch = memref::DimOp::create(builder, loc, argument, constant(0));
  }
  blocks =
      arith::CeilDivUIOp::create(builder, loc, batch, constant(step.lanes));
}

TrainingFrame TrainingFrame::createTask(const TrainingStep &step,
                                        StringRef name, OpBuilder &builder) {
  OpBuilder outside(step.getEntry().getContext());
  outside.setInsertionPointAfter(step.getEntry());
  auto func = func::FuncOp::create(outside, step.getEntry().getLoc(), name,
                                   outside.getFunctionType({}, {}));
  func.setPrivate();
  TrainingFrame frame(step, builder, func);
  Block *entry = builder.createBlock(&func.getBody());
  auto addArgument = [&](Type type) {
    return entry->addArgument(type, frame.loc);
  };
  Type index = builder.getIndexType();
  frame.workspace =
      addArgument(MemRefType::get({ShapedType::kDynamic}, builder.getI8Type()));
  frame.batch = addArgument(index);
  frame.task = addArgument(index);
  frame.worker = addArgument(index);
  frame.blocks = arith::CeilDivUIOp::create(builder, frame.loc, frame.batch,
                                            frame.constant(step.lanes));
  return frame;
}

void TrainingFrame::callFrom(TrainingFrame &caller, Value count) {
  func::ReturnOp::create(builder, loc);
  func.setFunctionType(
      builder.getFunctionType(func.getBody().front().getArgumentTypes(), {}));
  SmallVector<Value> arguments;
  for (auto [index, value] : captured)
    arguments.push_back(caller.getArgument(index));
  arguments.push_back(caller.workspace);
  arguments.push_back(caller.batch);
  func::FuncOp entry = caller.func;
  ParallelOp::create(caller.builder, loc, func.getName(), arguments, count,
                     entry.getArgument(entry.getNumArguments() - 1));
}

Value TrainingFrame::getArgument(unsigned index) {
  Value argument = step.getEntry().getArgument(index);
  if (func == step.getEntry())
    return argument;
  Value &value = captured[index];
  if (!value)
    value = func.getBody().front().insertArgument(captured.size() - 1,
                                                  argument.getType(), loc);
  return value;
}

//===----------------------------------------------------------------------===//
// Views
//===----------------------------------------------------------------------===//

Value TrainingFrame::constant(int64_t value) {
  return arith::ConstantIndexOp::create(builder, loc, value);
}

Value TrainingFrame::add(Value a, Value b) {
  return arith::AddIOp::create(builder, loc, a, b);
}

Value TrainingFrame::multiply(Value a, int64_t b) {
  return arith::MulIOp::create(builder, loc, a, constant(b));
}

/// A dynamic extent in front is the number of blocks.
Value TrainingFrame::view(Value offset, ArrayRef<int64_t> shape,
                          Type elementType) {
  SmallVector<Value> sizes;
  if (!shape.empty() && ShapedType::isDynamic(shape.front()))
    sizes.push_back(blocks);
  return memref::ViewOp::create(builder, loc,
                                MemRefType::get(shape, elementType), workspace,
                                offset, sizes);
}

static RankedTensorType getTensorType(Value value) {
  return cast<RankedTensorType>(value.getType());
}

static MemRefType getBufferType(Value tensor) {
  RankedTensorType type = getTensorType(tensor);
  return MemRefType::get(type.getShape(), type.getElementType());
}

/// `buffer`, which holds as many values, in another shape; a dynamic extent in
/// front of it is `batch`.
static Value reshape(OpBuilder &builder, Location loc, Value buffer,
                     ArrayRef<int64_t> shape, Value batch) {
  auto type = cast<MemRefType>(buffer.getType());
  if (type.getShape() == shape)
    return buffer;
  SmallVector<OpFoldResult> sizes, strides(shape.size());
  int64_t stride = 1;
  for (int64_t axis = shape.size() - 1; axis >= 0; --axis) {
    strides[axis] = builder.getIndexAttr(stride);
    if (!ShapedType::isDynamic(shape[axis]))
      stride *= shape[axis];
  }
  for (int64_t extent : shape)
    sizes.push_back(ShapedType::isDynamic(extent)
                        ? OpFoldResult(batch)
                        : OpFoldResult(builder.getIndexAttr(extent)));
  return memref::ReinterpretCastOp::create(
      builder, loc, MemRefType::get(shape, type.getElementType()), buffer,
      builder.getIndexAttr(0), sizes, strides);
}

Value TrainingFrame::getTensor(Value tensor) {
  Value root = lookThroughReshapes(tensor);
  RankedTensorType type = getTensorType(tensor);
  Value buffer;
  if (auto argument = dyn_cast<BlockArgument>(root))
    buffer = getArgument(argument.getArgNumber());
  else if (matchPattern(root, m_Constant()))
    buffer = bufferization::ToBufferOp::create(
        builder, loc, getBufferType(root),
        builder.clone(*root.getDefiningOp())->getResult(0),
        /*read_only=*/true);
  else if (std::optional<unsigned> index = findResult(root))
    buffer = getArgument(step.inputCount + *index);
  else
    return view(constant(step.buffers.fixed.lookup(root).offset),
                type.getShape(), type.getElementType());
  return reshape(builder, loc, buffer, type.getShape(), batch);
}

Value TrainingFrame::getPart(Value sum, Value shard) {
  RankedTensorType type = getTensorType(sum);
  SmallVector<int64_t> shape(type.getShape());
  shape.push_back(step.lanes);
  int64_t bytes = getElementCount(type) * getElementBytes(type) * step.lanes;
  Value offset = add(constant(step.buffers.parts.lookup(sum).offset),
                     multiply(shard, bytes));
  return view(offset, shape, type.getElementType());
}

Value TrainingFrame::getParts(Value sum) {
  RankedTensorType type = getTensorType(sum);
  SmallVector<int64_t> shape = {kShards};
  llvm::append_range(shape, type.getShape());
  shape.push_back(step.lanes);
  return view(constant(step.buffers.parts.lookup(sum).offset), shape,
              type.getElementType());
}

/// Where a tensor's first block begins.
Value TrainingFrame::getBlockOffset(BufferPlace place) {
  return add(constant(step.buffers.fixedBytes), multiply(blocks, place.offset));
}

Value TrainingFrame::getBlockStatistics(Value statistics, Value block) {
  int64_t channels = getElementCount(statistics.getType());
  BufferPlace place = step.buffers.blockStatistics.lookup(statistics);
  Value offset =
      add(getBlockOffset(place), multiply(block, channels * sizeof(double)));
  return view(offset, channels, builder.getF64Type());
}

Value TrainingFrame::getAllStatistics(Value statistics) {
  BufferPlace place = step.buffers.blockStatistics.lookup(statistics);
  return view(getBlockOffset(place),
              {ShapedType::kDynamic, getElementCount(statistics.getType())},
              builder.getF64Type());
}

Value TrainingFrame::getRows(Value tensor, int64_t phase, Value block,
                             ArrayRef<int64_t> shape) {
  Value root = lookThroughReshapes(tensor);
  RankedTensorType type = getTensorType(root);
  SmallVector<int64_t> extents(shape);
  extents.push_back(step.lanes);
  if (auto kept = step.buffers.blocks.find(root);
      kept != step.buffers.blocks.end()) {
    int64_t bytes = getElementCount(type) * getElementBytes(type) * step.lanes;
    Value offset = add(getBlockOffset(kept->second), multiply(block, bytes));
    return view(offset, extents, type.getElementType());
  }
  BufferPlace place = step.buffers.scratch[phase].lookup(root);
  return view(getWorkerOffset(place.offset), extents, type.getElementType());
}

/// Where the memory of the thread at hand has `offset`.
Value TrainingFrame::getWorkerOffset(int64_t offset) {
  // The blocks' arena has room for the rows that the last block lacks.
  auto [start, perRow] = getWorkerStart(step.buffers, step.lanes);
  return add(
      constant(start + offset),
      add(multiply(batch, perRow), multiply(worker, step.buffers.workerBytes)));
}

Value TrainingFrame::getKernelScratch(std::optional<int64_t> phase,
                                      int64_t values) {
  int64_t offset = phase ? step.buffers.kernelScratch[*phase] : 0;
  return view(getWorkerOffset(offset), values, builder.getF32Type());
}

Value TrainingFrame::getRows(Value tensor, int64_t phase, Value block) {
  return getRows(tensor, phase, block,
                 getTensorType(tensor).getShape().drop_front());
}

Value TrainingFrame::getAllRows(Value tensor) {
  Value root = lookThroughReshapes(tensor);
  RankedTensorType type = getTensorType(tensor);
  SmallVector<int64_t> shape(type.getShape());
  shape.front() = ShapedType::kDynamic;
  shape.push_back(step.lanes);
  return view(getBlockOffset(step.buffers.blocks.lookup(root)), shape,
              type.getElementType());
}

Value TrainingFrame::getArgumentRows(unsigned index, int64_t values) {
  return reshape(builder, loc, getArgument(index),
                 {ShapedType::kDynamic, values}, batch);
}
