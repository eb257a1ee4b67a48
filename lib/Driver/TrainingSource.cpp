//===- TrainingSource.cpp - The file that a training is saved in ----------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TrainingSource.h"

#include "bn/Dialect/BN/IR/BN.h"
#include "bn/Dialect/BN/IR/Parameters.h"
#include "bn/Dialect/BN/Transforms/Passes.h"
#include "bn/Export/ExportOnnx.h"
#include "bn/Import/ImportOnnx.h"

#include "mlir/Pass/PassManager.h"

using namespace mlir;
using namespace mlir::bn;

/// Whether no initializer holds `statistic`: raising made it up.
static bool isMadeUp(Value statistic) {
  return isa_and_nonnull<DenseElementsAttr>(getConstantElements(statistic));
}

/// Gives a statistic that was made up an initializer of its own, called as in
/// training.
static void nameStatistic(OpOperand &operand, StringRef role) {
  Value old = operand.get();
  if (!isMadeUp(old))
    return;
  Operation *layer = operand.getOwner();
  OpBuilder builder(layer);
  std::string name = (getSourceName(layer->getLoc()) + "." + role).str();
  operand.set(createConstant(builder, NameLoc::get(builder.getStringAttr(name)),
                             getConstantElements(old)));
  eraseDeadConstant(old);
}

static void predict(BatchNormTrainingOp op, std::optional<double> momentum) {
  nameStatistic(op.getRunningMeanMutable(), "running_mean");
  nameStatistic(op.getRunningVarianceMutable(), "running_variance");
  OpBuilder builder(op);
  Value mean = op.getRunningMean(), variance = op.getRunningVariance();
  auto prediction = BatchNormInferenceOp::create(
      builder, op.getLoc(), op.getType(0), op.getInput(), op.getScale(),
      op.getOffset(), mean, variance, op.getEpsilon(), op.getLayout());
  double own = op.getMomentum().convertToDouble();
  if (op.getConvention() != MomentumConvention::onnx)
    own = 1.0 - own;
  prediction->setAttr(BNDialect::kMomentumAttr,
                      builder.getF64FloatAttr(momentum.value_or(own)));
  op->replaceAllUsesWith(
      ValueRange{prediction.getResult(), mean, variance, mean, variance});
  op.erase();
}

LogicalResult bn::completeSource(ModuleOp module,
                                 std::optional<double> momentum) {
  if (!module->hasAttr(BNDialect::kSourceAttr))
    return success();
  OwningOpRef<ModuleOp> copy = module.clone();
  PassManager passes(module.getContext());
  passes.addPass(createRaiseBatchNorm());
  if (failed(passes.run(*copy)))
    return failure();
  SmallVector<BatchNormTrainingOp> norms;
  SmallVector<DropoutOp> dropouts;
  copy->walk([&](BatchNormTrainingOp op) { norms.push_back(op); });
  copy->walk([&](DropoutOp op) { dropouts.push_back(op); });
  if (llvm::none_of(norms, [](BatchNormTrainingOp op) {
        return isMadeUp(op.getRunningMean());
      }))
    return success();
  for (BatchNormTrainingOp op : norms)
    predict(op, momentum);
  for (DropoutOp op : dropouts) {
    op.replaceAllUsesWith(op.getInput());
    op.erase();
  }
  std::string bytes;
  llvm::raw_string_ostream stream(bytes);
  if (failed(exportOnnx(*copy, stream)))
    return failure();
  setSource(module, bytes);
  return success();
}
