//===- LowerLaneKernels.cpp - Kernels of the training step to loops -------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Codegen/CPU/LaneGenerators.h"
#include "bn/Codegen/CPU/Passes.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "llvm/ADT/TypeSwitch.h"

namespace mlir::bn {
#define GEN_PASS_DEF_LOWERLANEKERNELS
#include "bn/Codegen/CPU/Passes.h.inc"
} // namespace mlir::bn

using namespace mlir;
using namespace mlir::bn;

/// The number of lanes of a kernel: the last extent of a buffer with rows.
template <typename KernelOp> static int64_t getLength(KernelOp kernel) {
  for (auto [argument, input] : llvm::zip_equal(
           kernel.getBody().front().getArguments(), kernel.getInputs()))
    if (hasBatch(argument))
      return cast<MemRefType>(input.getType()).getShape().back();
  return 0;
}

/// The ops that compute something.
static SmallVector<Operation *> getOps(Block &block) {
  SmallVector<Operation *> ops;
  for (Operation &op : block.without_terminator())
    if (!isa<ReshapeOp, arith::ConstantOp>(op))
      ops.push_back(&op);
  return ops;
}

static bool isProduct(Operation *op) {
  return isa<ConvOp, ConvInputGradientOp, LinearOp, WinogradConvOp,
             WinogradConvInputGradientOp>(op);
}

/// True for an op that is a body by itself only.
static bool isWhole(Operation *op) {
  auto overlaps = [](auto pool) {
    return !llvm::equal(pool.getKernel(), pool.getStrides()) ||
           pool.getCeilMode() ||
           llvm::any_of(pool.getPadding(), [](int64_t p) { return p != 0; }) ||
           llvm::any_of(pool.getDilations(), [](int64_t d) { return d != 1; });
  };
  if (auto pool = dyn_cast<MaxPoolGradientOp>(op))
    return overlaps(pool);
  if (auto pool = dyn_cast<AveragePoolGradientOp>(op))
    return overlaps(pool);
  return isa<ConvFilterGradientOp, WinogradConvFilterGradientOp,
             CrossEntropyLossOp, MeanSquaredErrorLossOp, GroupNormOp,
             GroupNormGradientOp, LayerNormOp, LayerNormGradientOp, ConcatOp>(
      op);
}

static void generateWhole(Operation *op, LaneBody &body, LaneKernelOp kernel) {
  if (isa<CrossEntropyLossOp, MeanSquaredErrorLossOp>(op))
    return generateLoss(op, body, kernel);
  if (isa<GroupNormOp, GroupNormGradientOp, LayerNormOp, LayerNormGradientOp>(
          op))
    return generateNorm(op, body, kernel);
  LaneBuilder &code = body.getCode();
  SmallVector<int64_t> shape = getRowShape(op->getResult(0));
  shape.push_back(code.length);
  Value output = code.view(kernel.getOutputs().front(), shape);
  if (auto conv = dyn_cast<ConvFilterGradientOp>(op))
    generateFilterGradient(conv, body, output, kernel.getRows());
  else if (auto conv = dyn_cast<WinogradConvFilterGradientOp>(op))
    generateWinogradFilterGradient(conv, body, output, kernel);
  else
    generateScatter(op, body, output);
}

static LogicalResult lower(LaneKernelOp kernel, OpBuilder &builder,
                           int64_t registers) {
  int64_t length = getLength(kernel);
  if (length == 0)
    return kernel.emitOpError("expected an input of rows");
  Block &block = kernel.getBody().front();
  LaneBuilder code(builder, kernel.getLoc(), length, registers);
  LaneBody body(code, block, kernel.getInputs(), kernel.getBatch());
  if (kernel.getFirst())
    body.enterRows(kernel.getFirst());
  SmallVector<Operation *> ops = getOps(block);

  Operation *product = nullptr;
  for (Operation *op : ops) {
    if (!isWhole(op) && !isProduct(op))
      continue;
    if ((isWhole(op) && ops.size() > 1) || product)
      return kernel.emitOpError("there is no kernel of '")
             << op->getName() << "' with the other ops of the body";
    for (Value operand : op->getOperands())
      if (!body.getBuffer(operand))
        return kernel.emitOpError("expected arguments as operands of '")
               << op->getName() << "'";
    if (isWhole(op)) {
      generateWhole(op, body, kernel);
      return success();
    }
    product = op;
  }
  for (ArrayRef<int64_t> domain : LaneEnds::getDomains(block)) {
    if (product &&
        domain != ArrayRef<int64_t>(getRowShape(product->getResult(0))))
      return kernel.emitOpError("expected all outputs to have the shape of '")
             << product->getName() << "'";
    LaneEnds ends(body, kernel.getOutputs(), kernel.getRows(), domain);
    if (!product)
      generatePointwise(body, ends);
    else if (auto linear = dyn_cast<LinearOp>(product))
      generateLinear(linear, body, ends);
    else if (isa<WinogradConvOp, WinogradConvInputGradientOp>(product))
      generateWinograd(product, body, ends, kernel.getScratch());
    else
      generateConvolution(product, body, ends);
  }
  return success();
}

static LogicalResult lower(BatchSumKernelOp kernel, OpBuilder &builder,
                           int64_t registers) {
  Block &block = kernel.getBody().front();
  SmallVector<Operation *> ops = getOps(block);
  if (ops.size() != 1 ||
      !isa<ConvFilterGradientOp, WinogradConvFilterGradientOp, LinearOp>(
          ops.front()) ||
      block.getTerminator()->getOperand(0) != ops.front()->getResult(0))
    return kernel.emitOpError("expected one gradient of a weight in the body");
  LaneBuilder code(builder, kernel.getLoc(), getLength(kernel), registers);
  LaneBody body(code, block, kernel.getInputs(), kernel.getBatch());
  for (Value operand : ops.front()->getOperands())
    if (!isa<BlockArgument>(operand))
      return kernel.emitOpError("expected arguments as operands of '")
             << ops.front()->getName() << "'";
  if (auto linear = dyn_cast<LinearOp>(ops.front()))
    generateLinearGradient(linear, body, kernel);
  else if (auto conv = dyn_cast<WinogradConvFilterGradientOp>(ops.front()))
    generateWinogradFilterGradient(conv, body, kernel);
  else
    generateFilterGradient(cast<ConvFilterGradientOp>(ops.front()), body,
                           kernel);
  return success();
}

namespace {

struct LowerLaneKernels : bn::impl::LowerLaneKernelsBase<LowerLaneKernels> {
  using LowerLaneKernelsBase::LowerLaneKernelsBase;

  void runOnOperation() override {
    SmallVector<Operation *> kernels;
    getOperation().walk([&](Operation *op) {
      if (isa<LaneKernelOp, BatchSumKernelOp, FilterKernelOp, MergeLanesOp,
              MergeStatisticsOp>(op))
        kernels.push_back(op);
    });
    for (Operation *op : kernels) {
      OpBuilder builder(op);
      LogicalResult lowered =
          llvm::TypeSwitch<Operation *, LogicalResult>(op)
              .Case<LaneKernelOp, BatchSumKernelOp>([&](auto kernel) {
                return lower(kernel, builder, vectorRegisters);
              })
              .Case([&](FilterKernelOp kernel) {
                LaneBuilder code(builder, kernel.getLoc(), kernel.getLanes(),
                                 vectorRegisters);
                generateFilterTransform(kernel, code);
                return success();
              })
              .Case([&](MergeLanesOp merge) {
                generateMergeLanes(merge, builder);
                return success();
              })
              .Case([&](MergeStatisticsOp merge) {
                generateMergeStatistics(merge, builder);
                return success();
              });
      if (failed(lowered))
        return signalPassFailure();
      op->erase();
    }
  }
};

} // namespace
