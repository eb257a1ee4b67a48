//===- ShareKernels.cpp - One function for equal kernels ------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Codegen/CPU/Passes.h"

#include "bn/Dialect/BN/IR/BN.h"

#include "mlir/IR/IRMapping.h"
#include "mlir/IR/OperationSupport.h"
#include "llvm/ADT/MapVector.h"

namespace mlir::bn {
#define GEN_PASS_DEF_SHAREKERNELS
#include "bn/Codegen/CPU/Passes.h.inc"
} // namespace mlir::bn

using namespace mlir;
using namespace mlir::bn;

/// True if both kernels compute the same of operands of the same types.
static bool areEqual(Operation *a, Operation *b) {
  llvm::DenseMap<Value, Value> partners;
  auto check = [&](Value left, Value right) -> LogicalResult {
    if (left.getParentBlock()->getParentOp() == a)
      return success(partners.lookup(left) == right);
    return success(left.getType() == right.getType());
  };
  auto mark = [&](Value left, Value right) { partners[left] = right; };
  return OperationEquivalence::isEquivalentTo(
      a, b, check, mark, OperationEquivalence::IgnoreLocations);
}

/// What is the same for equal kernels.
static llvm::hash_code getHash(Operation *kernel) {
  llvm::hash_code hash = OperationEquivalence::computeHash(
      kernel, OperationEquivalence::ignoreHashValue,
      OperationEquivalence::ignoreHashValue,
      OperationEquivalence::IgnoreLocations);
  for (Type type : kernel->getOperandTypes())
    hash = llvm::hash_combine(hash, type);
  return hash;
}

namespace {

struct ShareKernels : bn::impl::ShareKernelsBase<ShareKernels> {
  void runOnOperation() override;

private:
  void share(ArrayRef<Operation *> kernels, SymbolTable &symbols);
};

} // namespace

/// Replaces `kernels`, which are equal, by calls of a function.
void ShareKernels::share(ArrayRef<Operation *> kernels, SymbolTable &symbols) {
  Operation *first = kernels.front();
  auto caller = first->getParentOfType<func::FuncOp>();
  OpBuilder builder(caller);
  builder.setInsertionPointAfter(caller);
  auto func = func::FuncOp::create(
      builder, first->getLoc(), "kernel",
      builder.getFunctionType(first->getOperandTypes(), {}));
  func.setPrivate();
  // Gives it a name of its own.
  symbols.insert(func);
  Block *entry = func.addEntryBlock();
  builder.setInsertionPointToStart(entry);
  Operation *body = builder.clone(*first);
  body->setOperands(entry->getArguments());
  func::ReturnOp::create(builder, first->getLoc());
  for (Operation *kernel : kernels) {
    OpBuilder place(kernel);
    func::CallOp::create(place, kernel->getLoc(), func, kernel->getOperands());
    kernel->erase();
  }
  numShared += kernels.size() - 1;
}

void ShareKernels::runOnOperation() {
  llvm::MapVector<size_t, std::vector<SmallVector<Operation *>>> classes;
  getOperation().walk([&](Operation *op) {
    if (!isa<LaneKernelOp, BatchSumKernelOp, FilterKernelOp>(op))
      return;
    auto &candidates = classes[size_t(getHash(op))];
    auto equals = llvm::find_if(candidates, [&](ArrayRef<Operation *> others) {
      return areEqual(others.front(), op);
    });
    if (equals == candidates.end())
      candidates.push_back({op});
    else
      equals->push_back(op);
  });
  SymbolTable symbols(getOperation());
  for (auto &[hash, candidates] : classes)
    for (ArrayRef<Operation *> kernels : candidates)
      if (kernels.size() > 1)
        share(kernels, symbols);
}
