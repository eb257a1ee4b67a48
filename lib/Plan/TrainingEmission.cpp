//===- TrainingEmission.cpp - The functions of a training step ------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TrainingEmission.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace mlir::bn;

/// Tasks among which sums that are computed by position are divided, and the
/// values to add up from which on that pays.
static constexpr int64_t kSumTasks = 8, kParallelSum = 32 << 10;

namespace {

/// Builds the body of the entry.
class EntryEmitter {
public:
  EntryEmitter(const TrainingStep &step, Block &graph)
      : step(step), graph(graph),
        builder(OpBuilder::atBlockBegin(&step.getEntry().getBody().front())),
        frame(step, builder) {}

  void run();

private:
  void emitSmallOp(Operation *op);
  void emitMerges(int64_t index);
  void emitMerge(TrainingFrame &in, Value sum, Value begin, Value end);
  void emitBatchSum(TrainingFrame &in, Operation *op, Value begin, Value end);
  void copyResults();
  Value readTensor(Value tensor);
  void writeTensor(Value tensor, Value buffer);

  const TrainingStep &step;
  Block &graph;
  OpBuilder builder;
  TrainingFrame frame;
};

} // namespace

//===----------------------------------------------------------------------===//
// Between the phases
//===----------------------------------------------------------------------===//

Value EntryEmitter::readTensor(Value tensor) {
  return bufferization::ToTensorOp::create(builder, frame.loc, tensor.getType(),
                                           frame.getTensor(tensor),
                                           /*restrict=*/true);
}

void EntryEmitter::writeTensor(Value tensor, Value buffer) {
  bufferization::MaterializeInDestinationOp::create(
      builder, frame.loc, /*result=*/Type(), tensor, buffer,
      /*restrict=*/true, /*writable=*/true);
}

/// Small ops take the plain way: they stay on tensors.
void EntryEmitter::emitSmallOp(Operation *op) {
  IRMapping mapping;
  for (Value operand : op->getOperands()) {
    if (mapping.contains(operand))
      continue;
    Value root = lookThroughReshapes(operand);
    Value tensor;
    if (hasRows(operand))
      // Only its extents are taken.
      tensor = tensor::EmptyOp::create(builder, op->getLoc(), operand.getType(),
                                       ValueRange{frame.batch});
    else if (root == operand && matchPattern(root, m_Constant()))
      tensor = builder.clone(*root.getDefiningOp())->getResult(0);
    else
      tensor = readTensor(operand);
    mapping.map(operand, tensor);
  }
  Operation *clone = builder.clone(*op, mapping);
  for (auto [result, tensor] : llvm::zip(op->getResults(), clone->getResults()))
    if (!result.use_empty())
      writeTensor(tensor, frame.getTensor(result));
}

//===----------------------------------------------------------------------===//
// Sums
//===----------------------------------------------------------------------===//

void EntryEmitter::emitMerge(TrainingFrame &in, Value sum, Value begin,
                             Value end) {
  MergeLanesOp::create(in.builder, sum.getLoc(), in.getParts(sum),
                       in.getTensor(sum), begin, end);
}

void EntryEmitter::emitBatchSum(TrainingFrame &in, Operation *op, Value begin,
                                Value end) {
  SmallVector<Value> inputs;
  llvm::SmallSetVector<Value, 4> operands(op->operand_begin(),
                                          op->operand_end());
  for (Value operand : operands)
    inputs.push_back(hasRows(operand) ? in.getAllRows(operand)
                                      : in.getTensor(operand));
  auto kernel =
      BatchSumKernelOp::create(in.builder, op->getLoc(), begin, end, in.batch,
                               inputs, in.getTensor(op->getResult(0)));
  OpBuilder inside(op->getContext());
  Block *body = inside.createBlock(&kernel.getBody());
  IRMapping mapping;
  for (Value operand : operands)
    mapping.map(operand, body->addArgument(operand.getType(), op->getLoc()));
  Operation *clone = inside.clone(*op, mapping);
  YieldOp::create(inside, op->getLoc(), clone->getResults());
}

/// Number of values that go into the merge of `sum`.
static int64_t getPartValues(Value sum, int64_t lanes) {
  return getElementCount(sum.getType()) * kShards * lanes;
}

/// The sums behind phase `index`: small ones here, the others by position in
/// one parallel loop.
void EntryEmitter::emitMerges(int64_t index) {
  const TrainingPhase &phase = step.plan.phases[index];
  SmallVector<Value> large;
  for (Value sum : phase.merges) {
    if (auto statistics = sum.getDefiningOp<BatchStatisticsOp>()) {
      if (sum != statistics.getMean())
        continue;
      auto type = cast<RankedTensorType>(statistics.getInput().getType());
      int64_t channels = getElementCount(sum.getType());
      MergeStatisticsOp::create(
          builder, statistics.getLoc(), frame.getAllStatistics(sum),
          frame.getAllStatistics(statistics.getVariance()),
          frame.getTensor(sum), frame.getTensor(statistics.getVariance()),
          frame.batch, step.lanes, getElementCount(type) / channels);
    } else if (getPartValues(sum, step.lanes) >= kParallelSum) {
      large.push_back(sum);
    } else {
      emitMerge(frame, sum, frame.constant(0),
                frame.constant(getElementCount(sum.getType())));
    }
  }
  if (large.empty() && phase.batchSums.empty())
    return;

  OpBuilder inside(builder.getContext());
  std::string name = (step.getEntry().getName() + ".sums" + Twine(index)).str();
  TrainingFrame task = TrainingFrame::createTask(step, name, inside);
  auto getBoundary = [&](Value number, int64_t extent) -> Value {
    return arith::DivUIOp::create(inside, task.loc,
                                  task.multiply(number, extent),
                                  task.constant(kSumTasks));
  };
  Value next = task.add(task.task, task.constant(1));
  for (Operation *op : phase.batchSums) {
    ArrayRef<int64_t> shape =
        cast<RankedTensorType>(op->getResult(0).getType()).getShape();
    if (!isa<LinearOp>(op)) {
      emitBatchSum(task, op, getBoundary(task.task, shape[0]),
                   getBoundary(next, shape[0]));
      continue;
    }
    // Whole vectors of columns.
    int64_t vectors = llvm::divideCeil(shape[1], step.lanes);
    auto getColumn = [&](Value number) -> Value {
      Value column = task.multiply(getBoundary(number, vectors), step.lanes);
      return arith::MinUIOp::create(inside, task.loc, column,
                                    task.constant(shape[1]));
    };
    emitBatchSum(task, op, getColumn(task.task), getColumn(next));
  }
  for (Value sum : large) {
    int64_t extent = getElementCount(sum.getType());
    emitMerge(task, sum, getBoundary(task.task, extent),
              getBoundary(next, extent));
  }
  task.callFrom(frame, frame.constant(kSumTasks));
}

//===----------------------------------------------------------------------===//
// The entry
//===----------------------------------------------------------------------===//

/// Results that are an argument, a constant or another result.
void EntryEmitter::copyResults() {
  for (OpOperand &result : graph.getTerminator()->getOpOperands()) {
    Value root = lookThroughReshapes(result.get());
    if (hasRows(root))
      continue;
    unsigned index = result.getOperandNumber();
    Value target = step.getEntry().getArgument(step.inputCount + index);
    if (isa<BlockArgument>(root) || matchPattern(root, m_Constant()) ||
        findResult(root) != index)
      writeTensor(readTensor(result.get()), target);
  }
}

void EntryEmitter::run() {
  for (int64_t i = 0, n = step.plan.phases.size(); i < n; ++i) {
    for (Operation *op : step.plan.phases[i].smallOps)
      emitSmallOp(op);
    emitBlocks(step, frame, graph, i);
    emitMerges(i);
  }
  copyResults();
  func::ReturnOp::create(builder, frame.loc);
}

void bn::emitTraining(const TrainingStep &step, Block &graph) {
  EntryEmitter(step, graph).run();
}
