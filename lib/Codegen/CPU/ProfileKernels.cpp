//===- ProfileKernels.cpp - Clocks around kernels -------------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Codegen/CPU/Passes.h"

#include "bn/Codegen/CPU/Profile.h"
#include "bn/Dialect/BN/IR/BN.h"
#include "bn/Dialect/BN/IR/LayerCounts.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "llvm/ADT/MapVector.h"

namespace mlir::bn {
#define GEN_PASS_DEF_PROFILEKERNELS
#include "bn/Codegen/CPU/Passes.h.inc"
} // namespace mlir::bn

using namespace mlir;
using namespace mlir::bn;

/// True for a planned kernel: it works on buffers.
static bool isKernel(Operation *op) {
  return isa_and_nonnull<BNDialect>(op->getDialect()) &&
         op->getNumResults() == 0 && !op->hasTrait<OpTrait::IsTerminator>() &&
         !isa<ParallelOp>(op);
}

/// The layer of the source model that `kernel` computes; what belongs to none,
/// as the copying of inputs, goes by its own name.
static StringAttr getLayerName(Operation *kernel) {
  if (auto name = kernel->getLoc()->findInstanceOf<NameLoc>())
    return name.getName();
  return StringAttr::get(kernel->getContext(),
                         kernel->getName().stripDialect());
}

namespace {

struct ProfileKernels : bn::impl::ProfileKernelsBase<ProfileKernels> {
  void runOnOperation() override;

private:
  Value readClock(OpBuilder &builder, Location loc);
  void addTicks(OpBuilder &builder, Location loc, Value start, int64_t slot);
  void addCounters(int64_t count);

  MemRefType countersType;
};

} // namespace

Value ProfileKernels::readClock(OpBuilder &builder, Location loc) {
  return LLVM::CallIntrinsicOp::create(
             builder, loc, builder.getI64Type(),
             builder.getStringAttr("llvm.readcyclecounter"), ValueRange())
      .getResult(0);
}

/// Threads may be in the same kernel.
void ProfileKernels::addTicks(OpBuilder &builder, Location loc, Value start,
                              int64_t slot) {
  Value end = readClock(builder, loc);
  Value ticks = arith::SubIOp::create(builder, loc, end, start);
  Value counters =
      memref::GetGlobalOp::create(builder, loc, countersType, kProfileTicks);
  Value place = arith::ConstantIndexOp::create(builder, loc, slot);
  memref::AtomicRMWOp::create(builder, loc, arith::AtomicRMWKind::addi, ticks,
                              counters, place);
}

void ProfileKernels::addCounters(int64_t count) {
  OpBuilder builder = OpBuilder::atBlockBegin(getOperation().getBody());
  Type i64 = builder.getI64Type();
  countersType = MemRefType::get(count, i64);
  auto zeros = DenseElementsAttr::get(RankedTensorType::get(count, i64),
                                      ArrayRef<int64_t>(0));
  memref::GlobalOp::create(builder, getOperation().getLoc(), kProfileTicks,
                           builder.getStringAttr("public"), countersType, zeros,
                           /*constant=*/false, /*alignment=*/IntegerAttr());
}

void ProfileKernels::runOnOperation() {
  SmallVector<Operation *> kernels;
  getOperation().walk([&](Operation *op) {
    if (isKernel(op))
      kernels.push_back(op);
  });
  if (kernels.empty())
    return;
  llvm::MapVector<StringAttr, int64_t> slots;
  for (Operation *kernel : kernels)
    slots.insert({getLayerName(kernel), slots.size()});
  int64_t whole = slots.size();
  addCounters(whole + 1);

  for (Operation *kernel : kernels) {
    OpBuilder builder(kernel);
    Value start = readClock(builder, kernel->getLoc());
    builder.setInsertionPointAfter(kernel);
    addTicks(builder, kernel->getLoc(), start,
             slots.lookup(getLayerName(kernel)));
  }
  for (auto func : getOperation().getOps<func::FuncOp>()) {
    if (!func.isPublic() || func.isExternal())
      continue;
    OpBuilder builder = OpBuilder::atBlockBegin(&func.getBody().front());
    Value start = readClock(builder, func.getLoc());
    builder.setInsertionPoint(func.getBody().back().getTerminator());
    addTicks(builder, func.getLoc(), start, whole);
  }
  SmallVector<Attribute> names;
  for (auto [name, slot] : slots)
    names.push_back(name);
  getOperation()->setAttr(kProfileAttr, ArrayAttr::get(&getContext(), names));
}
