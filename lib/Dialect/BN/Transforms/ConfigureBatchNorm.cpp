//===- ConfigureBatchNorm.cpp - Statistics that batch norms train with ----===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Dialect/BN/IR/BN.h"
#include "bn/Dialect/BN/Transforms/NormalizationFacts.h"
#include "bn/Dialect/BN/Transforms/Passes.h"

#include "llvm/ADT/StringSet.h"

namespace mlir::bn {
#define GEN_PASS_DEF_CONFIGUREBATCHNORM
#include "bn/Dialect/BN/Transforms/Passes.h.inc"
} // namespace mlir::bn

using namespace mlir;
using namespace mlir::bn;

/// ONNX's default, of layers that were written out and say nothing.
static constexpr double kDefaultMomentum = 0.9;

static void useRunningStatistics(BatchNormTrainingOp op) {
  OpBuilder builder(op);
  auto frozen = BatchNormInferenceOp::create(
      builder, op.getLoc(), op.getResult().getType(), op.getInput(),
      op.getScale(), op.getOffset(), op.getRunningMean(),
      op.getRunningVariance(), op.getEpsilonAttr(), op.getLayoutAttr());
  op.getResult().replaceAllUsesWith(frozen);
  op.getBatchMean().replaceAllUsesWith(op.getRunningMean());
  op.getBatchVariance().replaceAllUsesWith(op.getRunningVariance());
  op.getNewRunningMean().replaceAllUsesWith(op.getRunningMean());
  op.getNewRunningVariance().replaceAllUsesWith(op.getRunningVariance());
  op.erase();
}

static BatchNormTrainingOp useBatchStatistics(BatchNormInferenceOp op) {
  OpBuilder builder(op);
  auto momentum = op->getAttrOfType<FloatAttr>(BNDialect::kMomentumAttr);
  auto training = BatchNormTrainingOp::create(
      builder, op.getLoc(), op.getInput(), op.getScale(), op.getOffset(),
      op.getMean(), op.getVariance(), op.getEpsilon(),
      momentum ? momentum.getValue() : APFloat(kDefaultMomentum),
      MomentumConvention::onnx, RunningVariance::biased, op.getLayout());
  op.replaceAllUsesWith(training.getResult());
  op.erase();
  return training;
}

namespace {

struct ConfigureBatchNorm
    : public bn::impl::ConfigureBatchNormBase<ConfigureBatchNorm> {
  using ConfigureBatchNormBase::ConfigureBatchNormBase;

  void runOnOperation() override {
    auto conventionOfMomentum = symbolizeMomentumConvention(convention);
    auto averaged = symbolizeRunningVariance(variance);
    if (!conventionOfMomentum || (!variance.empty() && !averaged)) {
      emitError(getOperation().getLoc())
          << "expected a convention of onnx or torch and a variance of biased "
             "or unbiased, got '"
          << convention << "' and '" << variance << "'";
      return signalPassFailure();
    }
    llvm::StringSet<> frozen;
    for (const std::string &name : freeze)
      frozen.insert(name);
    llvm::StringSet<> found;
    SmallVector<Operation *> ops;
    getOperation().walk([&](Operation *op) {
      if (isa<BatchNormInferenceOp, BatchNormTrainingOp>(op))
        ops.push_back(op);
    });
    for (Operation *op : ops) {
      std::string name = getLayerName(op);
      bool keeps = frozen.contains(name);
      if (keeps)
        found.insert(name);
      auto inference = dyn_cast<BatchNormInferenceOp>(op);
      auto training = dyn_cast<BatchNormTrainingOp>(op);
      if (inference && batchStatistics && !keeps)
        training = useBatchStatistics(inference);
      if (!training)
        continue;
      if (keeps) {
        useRunningStatistics(training);
        continue;
      }
      if (momentum >= 0) {
        training.setMomentum(APFloat(double(momentum)));
        training.setConvention(*conventionOfMomentum);
      }
      if (averaged)
        training.setVarianceBias(*averaged);
    }
    for (const std::string &name : freeze)
      if (!found.contains(name)) {
        emitError(getOperation().getLoc())
            << "expected a batch norm called '" << name << "' to freeze";
        return signalPassFailure();
      }
  }
};

} // namespace
