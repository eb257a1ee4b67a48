//===- TrainingBlocks.cpp - The loop over the blocks of a phase -----------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TrainingEmission.h"

#include "bn/Dialect/BN/IR/WinogradTransform.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace mlir::bn;

namespace {

/// Builds the function that computes some blocks of a phase.
class BlockEmitter {
public:
  BlockEmitter(const TrainingStep &step, TrainingFrame &frame, Block &graph,
               int64_t index)
      : step(step), frame(frame), graph(graph), index(index),
        phase(step.plan.phases[index]) {}

  /// A shard's sums start at zero.
  void clearParts();
  void emitBlock(Value block);

private:
  void pack(BlockArgument argument);
  void packLabels(BlockArgument argument);
  void emitGroup(const LaneGroup &group);
  void unpack(OpOperand &result);

  const TrainingStep &step;
  TrainingFrame &frame;
  Block &graph;
  int64_t index;
  const TrainingPhase &phase;
  /// The block at hand, its first row, and how many rows it has.
  Value block, firstRow, rows;
};

} // namespace

/// A sum whose parts are lanes of a shard.
static bool isLaneSum(Value output) {
  return !hasRows(output) && !output.getDefiningOp<BatchStatisticsOp>();
}

static bool hasLaneSums(const TrainingPhase &phase) {
  return llvm::any_of(phase.groups, [](const LaneGroup &group) {
    return llvm::any_of(group.outputs, isLaneSum);
  });
}

static scf::ForOp buildLoop(TrainingFrame &frame, Value lower, Value upper,
                            int64_t step) {
  auto loop = scf::ForOp::create(frame.builder, frame.loc, lower, upper,
                                 frame.constant(step));
  frame.builder.setInsertionPointToStart(loop.getBody());
  return loop;
}

void BlockEmitter::clearParts() {
  OpBuilder &builder = frame.builder;
  for (const LaneGroup &group : phase.groups)
    for (Value sum : group.outputs) {
      if (!isLaneSum(sum))
        continue;
      Value part = frame.getPart(sum, frame.task);
      auto type = cast<MemRefType>(part.getType());
      SmallVector<ReassociationIndices> all(1);
      for (int64_t axis = 0; axis < type.getRank(); ++axis)
        all[0].push_back(axis);
      if (type.getRank() > 1)
        part = memref::CollapseShapeOp::create(builder, frame.loc, part, all);
      auto vector = VectorType::get(step.lanes, type.getElementType());
      Value zero = arith::ConstantOp::create(builder, frame.loc,
                                             builder.getZeroAttr(vector));
      OpBuilder::InsertionGuard guard(builder);
      auto loop = buildLoop(frame, frame.constant(0),
                            frame.constant(type.getNumElements()), step.lanes);
      vector::StoreOp::create(builder, frame.loc, zero, part,
                              loop.getInductionVar());
    }
}

/// Copies the rows of an argument to the lanes of a block; the last row stands
/// in for rows behind the end of the batch.
void BlockEmitter::pack(BlockArgument argument) {
  auto type = cast<RankedTensorType>(argument.getType());
  if (!isa<FloatType>(type.getElementType()))
    return packLabels(argument);
  int64_t values = getElementCount(type);
  Value target = frame.getRows(argument, index, block, {values, 1, 1});
  PackKernelOp::create(frame.builder, frame.loc,
                       frame.getArgumentRows(argument.getArgNumber(), values),
                       firstRow, target, Lanes::batch, step.lanes,
                       ArrayRef<int64_t>{0, 0});
}

/// The same for whole numbers.
void BlockEmitter::packLabels(BlockArgument argument) {
  OpBuilder &builder = frame.builder;
  int64_t values = getElementCount(argument.getType());
  Value source = frame.getArgumentRows(argument.getArgNumber(), values);
  Value target = frame.getRows(argument, index, block, values);
  Value last = frame.add(frame.batch, frame.constant(-1));
  OpBuilder::InsertionGuard guard(builder);
  Value lane =
      buildLoop(frame, frame.constant(0), frame.constant(step.lanes), 1)
          .getInductionVar();
  Value row = arith::MinUIOp::create(builder, frame.loc,
                                     frame.add(firstRow, lane), last);
  Value position =
      buildLoop(frame, frame.constant(0), frame.constant(values), 1)
          .getInductionVar();
  Value value = memref::LoadOp::create(builder, frame.loc, source,
                                       ValueRange{row, position});
  memref::StoreOp::create(builder, frame.loc, value, target,
                          ValueRange{position, lane});
}

/// Gives `operand`, as ops in the graph name it, a name in a kernel's body:
/// constants and reshapes are cloned there.
static void mapOperand(OpBuilder &builder, IRMapping &mapping, Value operand) {
  if (mapping.contains(operand))
    return;
  Operation *op = operand.getDefiningOp();
  for (Value source : op->getOperands())
    mapOperand(builder, mapping, source);
  builder.clone(*op, mapping);
}

void BlockEmitter::emitGroup(const LaneGroup &group) {
  SmallVector<Value> inputs, outputs;
  for (Value input : group.inputs)
    inputs.push_back(hasRows(input) ? frame.getRows(input, index, block)
                                    : frame.getTensor(input));
  for (Value output : group.outputs) {
    if (hasRows(output))
      outputs.push_back(frame.getRows(output, index, block));
    else if (isLaneSum(output))
      outputs.push_back(frame.getPart(output, frame.task));
    else
      outputs.push_back(frame.getBlockStatistics(output, block));
  }
  Location loc = group.ops.front()->getLoc();
  bool needsPlace = llvm::any_of(group.ops, llvm::IsaPred<DropoutOp>);
  Value scratch;
  for (Operation *op : group.ops)
    if (int64_t values = getWinogradScratch(op, step.lanes))
      scratch = frame.getKernelScratch(index, values);
  auto kernel = LaneKernelOp::create(frame.builder, loc, rows, frame.batch,
                                     needsPlace ? firstRow : Value(), inputs,
                                     outputs, scratch);
  OpBuilder builder(kernel.getContext());
  Block *body = builder.createBlock(&kernel.getBody());
  IRMapping mapping;
  for (Value input : group.inputs)
    mapping.map(input, body->addArgument(input.getType(), loc));
  for (Operation *op : group.ops) {
    for (Value operand : op->getOperands())
      mapOperand(builder, mapping, operand);
    builder.clone(*op, mapping);
  }
  SmallVector<Value> yielded;
  for (Value output : group.outputs)
    yielded.push_back(mapping.lookup(output));
  YieldOp::create(builder, loc, yielded);
}

void BlockEmitter::unpack(OpOperand &result) {
  int64_t values = getElementCount(result.get().getType());
  Value source = frame.getRows(result.get(), index, block, {values, 1, 1});
  Value target = frame.getArgumentRows(
      step.inputCount + result.getOperandNumber(), values);
  UnpackKernelOp::create(frame.builder, frame.loc, source, target, firstRow,
                         Lanes::batch, ArrayRef<int64_t>{0, 0},
                         ArrayRef<int64_t>{1, 1});
}

void BlockEmitter::emitBlock(Value number) {
  block = number;
  firstRow = frame.multiply(block, step.lanes);
  Value left =
      arith::SubIOp::create(frame.builder, frame.loc, frame.batch, firstRow);
  rows = arith::MinUIOp::create(frame.builder, frame.loc, left,
                                frame.constant(step.lanes));
  auto isHere = [&](Value root) {
    auto life = step.plan.lives.find(root);
    return life != step.plan.lives.end() && life->second.first == index;
  };
  for (BlockArgument argument : graph.getArguments())
    if (isHere(argument))
      pack(argument);
  for (const LaneGroup &group : phase.groups)
    emitGroup(group);
  for (OpOperand &result : graph.getTerminator()->getOpOperands())
    if (isHere(lookThroughReshapes(result.get())))
      unpack(result);
}

void bn::emitBlocks(const TrainingStep &step, TrainingFrame &entry,
                    Block &graph, int64_t index) {
  const TrainingPhase &phase = step.plan.phases[index];
  bool packs = llvm::any_of(graph.getArguments(), [&](Value argument) {
    auto life = step.plan.lives.find(argument);
    return life != step.plan.lives.end() && life->second.first == index;
  });
  if (phase.groups.empty() && !packs)
    return;
  std::string name =
      (step.getEntry().getName() + ".phase" + Twine(index)).str();
  OpBuilder builder(step.getEntry().getContext());
  TrainingFrame frame = TrainingFrame::createTask(step, name, builder);
  BlockEmitter emitter(step, frame, graph, index);
  Value count = entry.blocks;
  if (hasLaneSums(phase)) {
    // Sums are made of shards, whatever the number of threads.
    count = entry.constant(kShards);
    emitter.clearParts();
    auto getBoundary = [&](Value shard) -> Value {
      Value product =
          arith::MulIOp::create(builder, frame.loc, shard, frame.blocks);
      return arith::DivUIOp::create(builder, frame.loc, product,
                                    frame.constant(kShards));
    };
    Value first = getBoundary(frame.task);
    Value end = getBoundary(frame.add(frame.task, frame.constant(1)));
    OpBuilder::InsertionGuard guard(builder);
    emitter.emitBlock(buildLoop(frame, first, end, 1).getInductionVar());
  } else {
    emitter.emitBlock(frame.task);
  }
  frame.callFrom(entry, count);
}
