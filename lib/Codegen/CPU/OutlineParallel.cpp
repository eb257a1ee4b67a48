//===- OutlineParallel.cpp - Tasks of parallel loops ----------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Codegen/CPU/Passes.h"

#include "mlir/Dialect/LLVMIR/LLVMTypes.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Transforms/RegionUtils.h"

namespace mlir::bn {
#define GEN_PASS_DEF_OUTLINEPARALLEL
#include "bn/Codegen/CPU/Passes.h.inc"
} // namespace mlir::bn

using namespace mlir;
using namespace mlir::bn;

/// True if the last argument of `func` points to run options.
static bool hasOptions(func::FuncOp func) {
  return func.getNumArguments() > 0 &&
         isa<LLVM::LLVMPointerType>(func.getArgumentTypes().back());
}

static bool isCountedFromZero(scf::ParallelOp loop) {
  return loop.getNumLoops() == 1 && loop.getNumResults() == 0 &&
         getConstantIntValue(loop.getLowerBound()[0]) == 0 &&
         getConstantIntValue(loop.getStep()[0]) == 1;
}

/// True for views and constants: they cost less than to be passed on.
static bool isRecomputed(Operation *op) {
  return op && op->getNumRegions() == 0 && isMemoryEffectFree(op);
}

namespace {

/// What a loop needs of its surroundings.
struct Surroundings {
  /// Values that are passed to the task.
  llvm::SetVector<Value> arguments;
  /// Ops that are computed again in the task, in order.
  llvm::SetVector<Operation *> recomputed;
};

struct OutlineParallel : bn::impl::OutlineParallelBase<OutlineParallel> {
  using OutlineParallelBase::OutlineParallelBase;

  void runOnOperation() override {
    SymbolTable symbols(getOperation());
    SmallVector<scf::ParallelOp> loops;
    getOperation().walk([&](scf::ParallelOp loop) {
      if (hasOptions(loop->getParentOfType<func::FuncOp>()) &&
          isCountedFromZero(loop))
        loops.push_back(loop);
    });
    for (scf::ParallelOp loop : loops)
      outline(loop, symbols);
  }

private:
  static void addValue(Value value, Surroundings &surroundings);
  static void outline(scf::ParallelOp loop, SymbolTable &symbols);
};

} // namespace

void OutlineParallel::addValue(Value value, Surroundings &surroundings) {
  Operation *op = value.getDefiningOp();
  if (!isRecomputed(op)) {
    surroundings.arguments.insert(value);
    return;
  }
  if (surroundings.recomputed.contains(op))
    return;
  for (Value operand : op->getOperands())
    addValue(operand, surroundings);
  surroundings.recomputed.insert(op);
}

void OutlineParallel::outline(scf::ParallelOp loop, SymbolTable &symbols) {
  auto func = loop->getParentOfType<func::FuncOp>();
  llvm::SetVector<Value> used;
  getUsedValuesDefinedAbove(loop.getRegion(), used);
  Surroundings surroundings;
  for (Value value : used)
    addValue(value, surroundings);

  OpBuilder builder(func);
  builder.setInsertionPointAfter(func);
  SmallVector<Type> types;
  for (Value argument : surroundings.arguments)
    types.push_back(argument.getType());
  types.append(2, builder.getIndexType()); // the task and its worker
  auto task = func::FuncOp::create(builder, loop.getLoc(),
                                   (func.getName() + ".task").str(),
                                   builder.getFunctionType(types, {}));
  task.setPrivate();
  symbols.insert(task);

  Block *entry = task.addEntryBlock();
  builder.setInsertionPointToStart(entry);
  IRMapping mapping;
  for (auto [outer, inner] :
       llvm::zip(surroundings.arguments, entry->getArguments()))
    mapping.map(outer, inner);
  mapping.map(loop.getInductionVars()[0], entry->getArgument(types.size() - 2));
  for (Operation *op : surroundings.recomputed)
    builder.clone(*op, mapping);
  for (Operation &op : loop.getBody()->without_terminator())
    builder.clone(op, mapping);
  func::ReturnOp::create(builder, loop.getLoc());

  builder.setInsertionPoint(loop);
  ParallelOp::create(builder, loop.getLoc(), task.getSymName(),
                     surroundings.arguments.getArrayRef(),
                     loop.getUpperBound()[0], func.getArguments().back());
  loop.erase();
}
