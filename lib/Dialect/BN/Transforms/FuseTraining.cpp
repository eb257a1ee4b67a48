//===- FuseTraining.cpp - Batch norm in training, taken apart -------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Dialect/BN/Transforms/Passes.h"

#include "bn/Dialect/BN/IR/BN.h"
#include "bn/Dialect/BN/IR/Parameters.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace mlir::bn {
#define GEN_PASS_DEF_FUSETRAINING
#include "bn/Dialect/BN/Transforms/Passes.h.inc"
} // namespace mlir::bn

using namespace mlir;
using namespace mlir::bn;

//===----------------------------------------------------------------------===//
// Reductions apart from what needs them
//===----------------------------------------------------------------------===//

static void takeApart(BatchNormTrainingOp op) {
  OpBuilder builder(op);
  Location loc = op.getLoc();
  auto statistics = BatchStatisticsOp::create(
      builder, loc, op.getBatchMean().getType(),
      op.getBatchVariance().getType(), op.getInput(), op.getLayoutAttr());
  Value mean = statistics.getMean(), variance = statistics.getVariance();
  Value result = BatchNormInferenceOp::create(
      builder, loc, op.getResult().getType(), op.getInput(), op.getScale(),
      op.getOffset(), mean, variance, op.getEpsilonAttr(), op.getLayoutAttr());
  op.getResult().replaceAllUsesWith(result);
  op.getBatchMean().replaceAllUsesWith(mean);
  op.getBatchVariance().replaceAllUsesWith(variance);
  if (!op.getNewRunningMean().use_empty() ||
      !op.getNewRunningVariance().use_empty()) {
    auto running = RunningStatisticsOp::create(
        builder, loc, op.getNewRunningMean().getType(),
        op.getNewRunningVariance().getType(), op.getInput(), mean, variance,
        op.getRunningMean(), op.getRunningVariance(), op.getMomentumAttr(),
        op.getConventionAttr(), op.getVarianceBiasAttr(), op.getLayoutAttr());
    op.getNewRunningMean().replaceAllUsesWith(running.getNewRunningMean());
    op.getNewRunningVariance().replaceAllUsesWith(
        running.getNewRunningVariance());
  }
  op.erase();
}

static void takeApart(BatchNormGradientOp op) {
  OpBuilder builder(op);
  auto sums = BatchNormParameterGradientOp::create(
      builder, op.getLoc(), op.getScaleGradient().getType(),
      op.getOffsetGradient().getType(), op.getGradient(), op.getInput(),
      op.getMean(), op.getVariance(), op.getEpsilonAttr(), op.getLayoutAttr());
  op.getScaleGradient().replaceAllUsesWith(sums.getScaleGradient());
  op.getOffsetGradient().replaceAllUsesWith(sums.getOffsetGradient());
  if (!op.getResult().use_empty()) {
    Value result = BatchNormInputGradientOp::create(
        builder, op.getLoc(), op.getResult().getType(), op.getGradient(),
        op.getInput(), op.getScale(), op.getMean(), op.getVariance(),
        sums.getScaleGradient(), sums.getOffsetGradient(), op.getEpsilonAttr(),
        op.getLayoutAttr());
    op.getResult().replaceAllUsesWith(result);
  }
  op.erase();
}

//===----------------------------------------------------------------------===//
// Biases that the mean takes away again
//===----------------------------------------------------------------------===//

/// Whether the user of `use` computes the same if each channel of its input and
/// the mean of `statistics`, those of that input, are shifted alike.
static bool ignoresShift(OpOperand &use, BatchStatisticsOp statistics) {
  Operation *user = use.getOwner();
  Value mean = statistics.getMean();
  if (auto op = dyn_cast<BatchNormInferenceOp>(user))
    return &use == &op.getInputMutable() && op.getMean() == mean;
  if (auto op = dyn_cast<BatchNormParameterGradientOp>(user))
    return &use == &op.getInputMutable() && op.getMean() == mean;
  if (auto op = dyn_cast<BatchNormInputGradientOp>(user))
    return &use == &op.getInputMutable() && op.getMean() == mean;
  if (auto op = dyn_cast<RunningStatisticsOp>(user))
    return &use == &op.getInputMutable();
  return user == statistics;
}

/// The bias of `producer`, if it adds one value to each channel that a batch
/// norm in `layout` behind it sees.
static OpOperand *findBias(Operation *producer, Layout layout) {
  if (auto conv = dyn_cast_if_present<ConvOp>(producer)) {
    if (conv.getBias() && conv.getLayout() == layout)
      return &*conv.getBiasMutable().begin();
  } else if (auto linear = dyn_cast_if_present<LinearOp>(producer)) {
    auto type = cast<RankedTensorType>(linear.getType());
    bool isLast = getChannelAxis(type.getRank(), layout) == type.getRank() - 1;
    if (linear.getBias() && isLast && linear.getBeta().convertToDouble() == 1.0)
      return &*linear.getBiasMutable().begin();
  }
  return nullptr;
}

/// Takes the bias away from the layer whose result `statistics` are of; all
/// that sees it in the end is the running mean.
static bool dropBias(BatchStatisticsOp statistics) {
  Value input = statistics.getInput();
  OpOperand *bias = findBias(input.getDefiningOp(), statistics.getLayout());
  if (!bias || !llvm::all_of(input.getUses(), [&](OpOperand &use) {
        return ignoresShift(use, statistics);
      }))
    return false;

  SmallVector<OpOperand *> wholeMeans;
  for (OpOperand &use : statistics.getMean().getUses()) {
    Operation *user = use.getOwner();
    bool normalizes = isa<BatchNormInferenceOp, BatchNormParameterGradientOp,
                          BatchNormInputGradientOp>(user) &&
                      llvm::is_contained(user->getOperands(), input);
    if (!normalizes)
      wholeMeans.push_back(&use);
  }
  if (!wholeMeans.empty()) {
    OpBuilder builder(statistics->getContext());
    builder.setInsertionPointAfter(statistics);
    Value mean = AddOp::create(builder, statistics.getLoc(),
                               statistics.getMean().getType(),
                               statistics.getMean(), bias->get());
    for (OpOperand *use : wholeMeans)
      use->set(mean);
  }
  if (auto conv = dyn_cast<ConvOp>(bias->getOwner()))
    conv.getBiasMutable().clear();
  else
    cast<LinearOp>(bias->getOwner()).getBiasMutable().clear();
  return true;
}

/// The gradient of such a bias is a sum over a channel of what a batch norm
/// gives back, which is zero.
static bool dropZeroSum(ReduceSumOp sum) {
  auto gradient = sum.getInput().getDefiningOp<BatchNormInputGradientOp>();
  if (!gradient)
    return false;
  int64_t rank = cast<RankedTensorType>(gradient.getType()).getRank();
  int64_t channels = getChannelAxis(rank, gradient.getLayout());
  for (int64_t axis = 0; axis < rank; ++axis)
    if (axis != channels && !llvm::is_contained(sum.getAxes(), axis))
      return false;
  OpBuilder builder(sum);
  auto type = cast<RankedTensorType>(sum.getType());
  Value zero = arith::ConstantOp::create(builder, sum.getLoc(),
                                         builder.getZeroAttr(type));
  sum.replaceAllUsesWith(zero);
  sum.erase();
  return true;
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

namespace {

struct FuseTraining : public bn::impl::FuseTrainingBase<FuseTraining> {
  void runOnOperation() override {
    getOperation().walk([&](Operation *op) {
      if (auto training = dyn_cast<BatchNormTrainingOp>(op)) {
        takeApart(training);
        ++numTakenApart;
      } else if (auto gradient = dyn_cast<BatchNormGradientOp>(op)) {
        takeApart(gradient);
      }
    });
    getOperation().walk([&](BatchStatisticsOp statistics) {
      numBiases += dropBias(statistics);
    });
    getOperation().walk([&](ReduceSumOp sum) { dropZeroSum(sum); });
  }
};

} // namespace
