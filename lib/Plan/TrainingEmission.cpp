//===- TrainingEmission.cpp - The functions of a training step ------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TrainingEmission.h"

#include "bn/Dialect/BN/IR/WinogradTransform.h"

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

/// Output channels that a part of a transformed filter's gradient has at least.
static constexpr int64_t kLeastSumChannels = 64;

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
  void emitSmallOps(ArrayRef<Operation *> ops);
  void emitSmallOp(Operation *op);
  void emitFilterTransforms(ArrayRef<Operation *> ops);
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
  /// Functions that transform filters so far.
  int64_t filterTasks = 0;
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

/// A function for one of kSumTasks tasks, which takes its part of an extent.
namespace {
struct SumTask {
  SumTask(const TrainingStep &step, const Twine &name, OpBuilder &builder)
      : frame(TrainingFrame::createTask(
            step, (step.getEntry().getName() + name).str(), builder)),
        next(frame.add(frame.task, frame.constant(1))) {}

  Value getBegin(int64_t extent) { return getBoundary(frame.task, extent); }
  Value getEnd(int64_t extent) { return getBoundary(next, extent); }
  /// The part of this task, which begins and ends at multiples of `unit`, or
  /// where `extent` does.
  std::pair<Value, Value> getRange(int64_t extent, int64_t unit) {
    int64_t units = llvm::divideCeil(extent, unit);
    auto getPosition = [&](Value number) -> Value {
      return arith::MinUIOp::create(frame.builder, frame.loc,
                                    frame.multiply(number, unit),
                                    frame.constant(extent));
    };
    return {getPosition(getBegin(units)), getPosition(getEnd(units))};
  }

  TrainingFrame frame;

private:
  Value getBoundary(Value number, int64_t extent) {
    return arith::DivUIOp::create(frame.builder, frame.loc,
                                  frame.multiply(number, extent),
                                  frame.constant(kSumTasks));
  }
  Value next;
};
} // namespace

/// Transforms of filters, in one parallel loop over output channels.
void EntryEmitter::emitFilterTransforms(ArrayRef<Operation *> ops) {
  OpBuilder inside(builder.getContext());
  SumTask task(step, ".filters" + Twine(filterTasks++), inside);
  for (Operation *op : ops) {
    Value source = op->getOperand(0), result = op->getResult(0);
    int64_t extent = cast<RankedTensorType>(result.getType()).getDimSize(0);
    // A transposed filter is read in squares of so many positions.
    auto [begin, end] = task.getRange(extent, step.lanes);
    auto kernel = FilterKernelOp::create(
        inside, op->getLoc(), begin, end, task.frame.getTensor(source),
        task.frame.getTensor(result), step.lanes);
    OpBuilder body(op->getContext());
    Block *block = body.createBlock(&kernel.getBody());
    IRMapping mapping;
    mapping.map(source, block->addArgument(source.getType(), op->getLoc()));
    YieldOp::create(body, op->getLoc(), body.clone(*op, mapping)->getResults());
  }
  task.frame.callFrom(frame, frame.constant(kSumTasks));
}

void EntryEmitter::emitSmallOps(ArrayRef<Operation *> ops) {
  auto isTransform = llvm::IsaPred<WinogradFilterOp, WinogradFilterGradientOp>;
  while (!ops.empty()) {
    // As many as there are in a row.
    size_t count = llvm::find_if_not(ops, isTransform) - ops.begin();
    if (count)
      emitFilterTransforms(ops.take_front(count));
    else
      emitSmallOp(ops[count++]);
    ops = ops.drop_front(count);
  }
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
  Value scratch;
  if (int64_t values = getWinogradScratch(op, step.lanes))
    scratch = in.getKernelScratch(std::nullopt, values);
  auto kernel =
      BatchSumKernelOp::create(in.builder, op->getLoc(), begin, end, in.batch,
                               inputs, in.getTensor(op->getResult(0)), scratch);
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
  SumTask task(step, ".sums" + Twine(index), inside);
  TrainingFrame &in = task.frame;
  // Parts are multiples of `unit`.
  auto emitPositions = [&](Operation *op, int64_t extent, int64_t unit) {
    auto [begin, end] = task.getRange(extent, unit);
    emitBatchSum(in, op, begin, end);
  };
  for (Operation *op : phase.batchSums) {
    ArrayRef<int64_t> shape =
        cast<RankedTensorType>(op->getResult(0).getType()).getShape();
    if (auto conv = dyn_cast<WinogradConvFilterGradientOp>(op)) {
      // Every part transforms the input again.
      int64_t rows = conv.getKernel()[0] + conv.getOutputTile()[0] - 1;
      emitPositions(op, rows * shape[0], std::min(shape[0], kLeastSumChannels));
    } else if (isa<LinearOp>(op)) {
      // Whole vectors of columns.
      emitPositions(op, shape[1], step.lanes);
    } else {
      emitPositions(op, shape[0], 1);
    }
  }
  for (Value sum : large) {
    int64_t extent = getElementCount(sum.getType());
    emitMerge(in, sum, task.getBegin(extent), task.getEnd(extent));
  }
  in.callFrom(frame, frame.constant(kSumTasks));
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
    emitSmallOps(step.plan.phases[i].smallOps);
    emitBlocks(step, frame, graph, i);
    emitMerges(i);
  }
  copyResults();
  func::ReturnOp::create(builder, frame.loc);
}

void bn::emitTraining(const TrainingStep &step, Block &graph) {
  EntryEmitter(step, graph).run();
}
