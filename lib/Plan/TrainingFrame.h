//===- TrainingFrame.h - Buffers as seen from a function --------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_LIB_PLAN_TRAININGFRAME_H
#define BN_LIB_PLAN_TRAININGFRAME_H

#include "TrainingBuffers.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace mlir::bn {

/// What a step is, for those who build its functions.
struct TrainingStep {
  /// The entry, already with the signature of generated code.
  func::FuncOp entry;
  unsigned inputCount;
  const TrainingPlan &plan;
  const TrainingBuffers &buffers;
  /// Rows of the batch in a vector.
  int64_t lanes;

  func::FuncOp getEntry() const { return entry; }
};

/// A function of a step, in which buffers are views of the workspace.
class TrainingFrame {
public:
  /// The entry's own frame.
  TrainingFrame(const TrainingStep &step, OpBuilder &builder);

  /// Makes a private function `name` for one of some parallel tasks.
  static TrainingFrame createTask(const TrainingStep &step, StringRef name,
                                  OpBuilder &builder);

  /// Ends a task's function, and calls it `count` times from `caller`.
  void callFrom(TrainingFrame &caller, Value count);

  /// The buffer of a tensor without rows, in the tensor's shape.
  Value getTensor(Value tensor);
  /// Lanes of the sum `tensor`: those of one shard, or of all.
  Value getPart(Value sum, Value shard);
  Value getParts(Value sum);
  /// Statistics of one block or of all.
  Value getBlockStatistics(Value statistics, Value block);
  Value getAllStatistics(Value statistics);
  /// One block of a tensor with rows, in the tensor's shape, or with `shape`
  /// instead of it. A tensor that is not kept is that of `phase`.
  Value getRows(Value tensor, int64_t phase, Value block,
                ArrayRef<int64_t> shape);
  Value getRows(Value tensor, int64_t phase, Value block);
  /// All blocks of a tensor that is kept.
  Value getAllRows(Value tensor);
  /// Memory of a thread for `values` f32 that a kernel needs besides its
  /// tensors: in the blocks of `phase`, or without one behind them.
  Value getKernelScratch(std::optional<int64_t> phase, int64_t values);
  /// An argument of the entry as rows of that many values.
  Value getArgumentRows(unsigned index, int64_t values);

  Value constant(int64_t value);
  Value add(Value a, Value b);
  Value multiply(Value a, int64_t b);

  OpBuilder &builder;
  Location loc;
  /// Rows and blocks of the batch.
  Value batch, blocks;
  /// A task's number, and the thread that runs it.
  Value task, worker;

private:
  TrainingFrame(const TrainingStep &step, OpBuilder &builder,
                func::FuncOp func);
  Value getArgument(unsigned index);
  Value view(Value offset, ArrayRef<int64_t> shape, Type elementType);
  Value getBlockOffset(BufferPlace place);
  Value getWorkerOffset(int64_t offset);

  const TrainingStep &step;
  func::FuncOp func;
  Value workspace;
  /// The entry's arguments that a task takes, as they are met.
  llvm::MapVector<unsigned, Value> captured;
};

} // namespace mlir::bn

#endif // BN_LIB_PLAN_TRAININGFRAME_H
