//===- DotKernel.cpp - Linear layers with few outputs ---------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Codegen/CPU/KernelGenerators.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace mlir::bn;

namespace {

class DotGenerator {
public:
  DotGenerator(DotKernelOp op, OpBuilder &builder)
      : op(op), code(builder, op.getLoc(),
                     cast<MemRefType>(op.getInput().getType()).getElementType(),
                     op.getLength()) {}

  void run();

private:
  SmallVector<Value> emitSums();
  Value addLanes(SmallVector<Value> sums);

  DotKernelOp op;
  KernelBuilder code;
};

} // namespace

/// Multiply-adds that must be under way at once to hide their latency.
static constexpr int64_t kIndependentFmas = 8;

/// Weights pass by once: they are fetched into the first-level cache these
/// steps before they are multiplied. (Linear layer of 16384 inputs and 10
/// outputs: 3.7 us instead of 5.0.)
static constexpr int64_t kStepsAhead = 3;

/// The partial sums of each output, one for each lane.
SmallVector<Value> DotGenerator::emitSums() {
  OpBuilder &builder = code.builder;
  auto weights = cast<MemRefType>(op.getWeights().getType());
  int64_t steps = weights.getDimSize(0), outputs = weights.getDimSize(1);
  // Few outputs have several sums each, which the steps take in turn.
  int64_t copies = 1;
  while (copies * outputs < kIndependentFmas && steps % (2 * copies) == 0)
    copies *= 2;
  Value input = memref::CollapseShapeOp::create(
      builder, code.loc, op.getInput(),
      SmallVector<ReassociationIndices>{{0, 1, 2}});
  SmallVector<Value> sums(copies * outputs, code.splat(0.0));
  auto loop = scf::ForOp::create(builder, code.loc, code.index(0),
                                 code.index(steps), code.index(copies), sums);
  {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(loop.getBody());
    llvm::copy(loop.getRegionIterArgs(), sums.begin());
    for (int64_t copy = 0; copy < copies; ++copy) {
      Value step = code.add(loop.getInductionVar(), copy);
      Value data = code.loadVector(input, {code.mul(step, op.getLength())});
      for (int64_t o = 0; o < outputs; ++o) {
        Value &sum = sums[copy * outputs + o];
        memref::PrefetchOp::create(builder, code.loc, op.getWeights(),
                                   ValueRange{code.add(step, kStepsAhead),
                                              code.index(o), code.index(0)},
                                   /*isWrite=*/false, /*localityHint=*/3,
                                   /*isDataCache=*/true);
        Value weight = code.loadVector(op.getWeights(),
                                       {step, code.index(o), code.index(0)});
        sum = vector::FMAOp::create(builder, code.loc, data, weight, sum);
      }
    }
    scf::YieldOp::create(builder, code.loc, sums);
  }
  llvm::copy(loop.getResults(), sums.begin());
  for (; copies > 1; copies /= 2)
    for (int64_t i = 0; i < copies / 2 * outputs; ++i)
      sums[i] = arith::AddFOp::create(builder, code.loc, sums[i],
                                      sums[copies / 2 * outputs + i]);
  sums.resize(outputs);
  return sums;
}

/// One vector with the sum of the lanes of each of `sums`, which may be fewer
/// than lanes: those of their transpose are added.
Value DotGenerator::addLanes(SmallVector<Value> sums) {
  sums.resize(op.getLength(), code.splat(0.0));
  sums = code.transposeSquare(std::move(sums));
  for (size_t count = sums.size() / 2; count > 0; count /= 2)
    for (size_t i = 0; i < count; ++i)
      sums[i] = arith::AddFOp::create(code.builder, code.loc, sums[i],
                                      sums[count + i]);
  return sums.front();
}

void DotGenerator::run() {
  Value value = addLanes(emitSums());
  Value zero = code.index(0);
  if (op.getBias())
    value = arith::AddFOp::create(code.builder, code.loc, value,
                                  code.loadVector(op.getBias(), zero));
  SmallVector<Value> arguments = {value};
  for (Value memref : op.getChannelOperands())
    arguments.push_back(code.loadVector(memref, zero));
  for (Value memref : op.getTensorOperands())
    arguments.push_back(code.loadTensorOperand(memref, /*onBatch=*/false, zero,
                                               zero, zero, Value()));
  code.storeVector(code.applyBody(op.getBody().front(), arguments),
                   op.getOutput(), {zero, zero, zero});
}

void bn::populateDotKernelPatterns(RewritePatternSet &patterns) {
  patterns.add<LowerKernel<DotKernelOp, DotGenerator>>(patterns.getContext());
}
