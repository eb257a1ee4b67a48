//===- BNLaneOps.cpp - Kernels of the training step -----------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Dialect/BN/IR/BN.h"
#include "bn/Dialect/BN/IR/WinogradTransform.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;
using namespace mlir::bn;

using Effects =
    SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>>;

/// True if `type` has rows of the batch.
static bool hasBatch(RankedTensorType type) {
  return type.getRank() > 0 && type.isDynamicDim(0);
}

/// Checks that `buffer` holds a tensor of `type`: with `lanes` behind its
/// extents, and with `blocks` in front of them if it has a batch.
static LogicalResult verifyBuffer(Operation *op, StringRef what, unsigned index,
                                  Value buffer, Type type, bool blocks) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  auto memref = cast<MemRefType>(buffer.getType());
  if (!tensor)
    return op->emitOpError("expected tensors in the body, got ") << type;
  SmallVector<int64_t> shape(tensor.getShape());
  ArrayRef<int64_t> actual = memref.getShape();
  if (hasBatch(tensor)) {
    if (actual.empty() || ShapedType::isDynamic(actual.back()))
      return op->emitOpError("expected lanes in the buffer of ")
             << what << " " << index << ", got " << memref;
    shape.erase(shape.begin());
    if (blocks)
      shape.insert(shape.begin(), ShapedType::kDynamic);
    shape.push_back(actual.back());
    if (blocks && !actual.empty())
      shape.front() = actual.front();
  }
  if (ArrayRef<int64_t>(shape) != actual)
    return op->emitOpError("expected the buffer of ")
           << what << " " << index << " to hold a " << tensor << ", got "
           << memref;
  return success();
}

static LogicalResult verifyInputs(Operation *op, Block &body, ValueRange inputs,
                                  bool blocks) {
  if (body.getNumArguments() != inputs.size())
    return op->emitOpError("expected a body of ")
           << inputs.size() << " arguments, got " << body.getNumArguments();
  for (auto [i, input] : llvm::enumerate(inputs))
    if (failed(verifyBuffer(op, "input", i, input,
                            body.getArgument(i).getType(), blocks)))
      return failure();
  return success();
}

/// A kernel reads its inputs, and writes its outputs after reading them where
/// it adds to them.
template <typename KernelOp>
static void addEffects(KernelOp kernel, Effects &effects) {
  for (OpOperand &input : kernel.getInputsMutable())
    effects.emplace_back(MemoryEffects::Read::get(), &input);
  auto addOutput = [&](OpOperand &output) {
    effects.emplace_back(MemoryEffects::Read::get(), &output);
    effects.emplace_back(MemoryEffects::Write::get(), &output);
  };
  for (OpOperand &output : kernel.getOutputsMutable())
    addOutput(output);
  for (OpOperand &scratch : kernel.getScratchMutable())
    addOutput(scratch);
}

/// Checks that there is as much memory as the ops of the body need.
template <typename KernelOp>
static LogicalResult verifyScratch(KernelOp kernel) {
  int64_t lanes = 0, needed = 0;
  Block &body = kernel.getBody().front();
  for (auto [argument, input] :
       llvm::zip_equal(body.getArguments(), kernel.getInputs()))
    if (hasBatch(cast<RankedTensorType>(argument.getType())))
      lanes = cast<MemRefType>(input.getType()).getShape().back();
  for (Operation &op : body.without_terminator()) {
    // Ops of a body are verified after the kernel, but asked now.
    if (isa<WinogradConvOp, WinogradConvInputGradientOp,
            WinogradConvFilterGradientOp>(op) &&
        failed(op.getName().verifyInvariants(&op)))
      return failure();
    needed = std::max(needed, getWinogradScratch(&op, lanes));
  }
  if (needed == 0)
    return success();
  if (Value scratch = kernel.getScratch()) {
    auto type = cast<MemRefType>(scratch.getType());
    if (type.getRank() == 1 && type.getElementType().isF32() &&
        type.getDimSize(0) >= needed)
      return success();
  }
  return kernel.emitOpError("expected a scratch of ")
         << needed << " f32 values at least";
}

//===----------------------------------------------------------------------===//
// LaneKernelOp
//===----------------------------------------------------------------------===//

LogicalResult LaneKernelOp::verify() {
  Block &body = getBody().front();
  if (failed(verifyInputs(*this, body, getInputs(), /*blocks=*/false)))
    return failure();
  if (!getFirst() && !body.getOps<DropoutOp>().empty())
    return emitOpError("expected the place of the first row, for dropout");
  OperandRange yielded = cast<YieldOp>(body.getTerminator()).getValues();
  if (yielded.size() != getOutputs().size())
    return emitOpError("expected the body to yield ")
           << getOutputs().size() << " values, got " << yielded.size();
  for (auto [i, value] : llvm::enumerate(yielded)) {
    auto type = dyn_cast<RankedTensorType>(value.getType());
    if (!type)
      return emitOpError("expected the body to yield tensors");
    auto memref = cast<MemRefType>(getOutputs()[i].getType());
    if (hasBatch(type)) {
      if (failed(verifyBuffer(*this, "output", i, getOutputs()[i], type,
                              /*blocks=*/false)))
        return failure();
      continue;
    }
    SmallVector<int64_t> shape(type.getShape());
    if (!value.getDefiningOp<BatchStatisticsOp>()) {
      if (memref.getRank() == 0)
        return emitOpError("expected lanes in the buffer of output ") << i;
      shape.push_back(memref.getShape().back());
    }
    if (ArrayRef<int64_t>(shape) != memref.getShape())
      return emitOpError("expected the buffer of output ")
             << i << " to hold the parts of a " << type << ", got " << memref;
  }
  return verifyScratch(*this);
}

void LaneKernelOp::getEffects(Effects &effects) { addEffects(*this, effects); }

//===----------------------------------------------------------------------===//
// BatchSumKernelOp
//===----------------------------------------------------------------------===//

LogicalResult BatchSumKernelOp::verify() {
  Block &body = getBody().front();
  if (failed(verifyInputs(*this, body, getInputs(), /*blocks=*/true)))
    return failure();
  OperandRange yielded = cast<YieldOp>(body.getTerminator()).getValues();
  if (yielded.size() != 1 || getOutputs().size() != 1)
    return emitOpError("expected one yielded value and one output");
  if (failed(verifyBuffer(*this, "output", 0, getOutputs().front(),
                          yielded.front().getType(), /*blocks=*/false)))
    return failure();
  return verifyScratch(*this);
}

void BatchSumKernelOp::getEffects(Effects &effects) {
  addEffects(*this, effects);
}

//===----------------------------------------------------------------------===//
// Merges
//===----------------------------------------------------------------------===//

void MergeLanesOp::getEffects(Effects &effects) {
  effects.emplace_back(MemoryEffects::Read::get(), &getPartsMutable());
  effects.emplace_back(MemoryEffects::Write::get(), &getTargetMutable());
}

void MergeStatisticsOp::getEffects(Effects &effects) {
  effects.emplace_back(MemoryEffects::Read::get(), &getMeansMutable());
  effects.emplace_back(MemoryEffects::Read::get(), &getSquaresMutable());
  effects.emplace_back(MemoryEffects::Write::get(), &getMeanMutable());
  effects.emplace_back(MemoryEffects::Write::get(), &getVarianceMutable());
}

//===----------------------------------------------------------------------===//
// ParallelOp
//===----------------------------------------------------------------------===//

LogicalResult ParallelOp::verifySymbolUses(SymbolTableCollection &symbols) {
  auto callee =
      symbols.lookupNearestSymbolFrom<func::FuncOp>(*this, getCalleeAttr());
  if (!callee)
    return emitOpError("expected a function '") << getCallee() << "'";
  SmallVector<Type> expected(getArguments().getTypes());
  expected.append(2, IndexType::get(getContext()));
  if (callee.getArgumentTypes() != ArrayRef<Type>(expected) ||
      callee.getNumResults() != 0)
    return emitOpError("expected '")
           << getCallee()
           << "' to take the arguments and two indices, and to return nothing";
  return success();
}
