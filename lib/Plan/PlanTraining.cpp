//===- PlanTraining.cpp - From a training step to kernels on rows ---------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "EntrySignature.h"
#include "TrainingEmission.h"
#include "TrainingFacts.h"
#include "TrainingUpdate.h"

#include "bn/Plan/Passes.h"

#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace mlir::bn {
#define GEN_PASS_DEF_PLANTRAINING
#include "bn/Plan/Passes.h.inc"
} // namespace mlir::bn

using namespace mlir;
using namespace mlir::bn;

/// Sets what a call of `func` needs.
static void setWorkspace(func::FuncOp func, int64_t bytes, int64_t perRow,
                         int64_t perThread) {
  Builder builder(func.getContext());
  func->setAttr(BNDialect::kWorkspaceBytesAttr,
                builder.getI64IntegerAttr(bytes));
  func->setAttr(BNDialect::kWorkspaceBytesPerRowAttr,
                builder.getI64IntegerAttr(perRow));
  func->setAttr(BNDialect::kWorkspaceBytesPerThreadAttr,
                builder.getI64IntegerAttr(perThread));
}

namespace {

struct PlanTraining : bn::impl::PlanTrainingBase<PlanTraining> {
  using PlanTrainingBase::PlanTrainingBase;

  void runOnOperation() override {
    NormalizationFacts facts(getOperation());
    for (func::FuncOp func :
         llvm::make_early_inc_range(getOperation().getOps<func::FuncOp>()))
      if (func.isPublic() && !func.isExternal() &&
          !func->hasAttr(BNDialect::kInputCountAttr) &&
          failed(planFunction(func, facts)))
        return signalPassFailure();
    facts.write();
  }

private:
  LogicalResult planFunction(func::FuncOp func, NormalizationFacts &facts);
  LogicalResult planStep(func::FuncOp func, NormalizationFacts &facts);
};

} // namespace

/// Gives `func` the signature and an empty body; returns the old one.
static std::unique_ptr<Region> replaceBody(func::FuncOp func,
                                           const EntrySignature &signature) {
  auto graph = std::make_unique<Region>();
  graph->takeBody(func.getBody());
  setEntrySignature(func, signature);
  func.addEntryBlock();
  return graph;
}

LogicalResult PlanTraining::planFunction(func::FuncOp func,
                                         NormalizationFacts &facts) {
  if (!func.getBody().hasOneBlock())
    return func.emitError("expected a model's body to be one block");
  Operation *update = findUpdate(func);
  if (!update)
    return planStep(func, facts);
  FailureOr<EntrySignature> signature = getEntrySignature(func);
  if (failed(signature))
    return failure();
  std::unique_ptr<Region> graph = replaceBody(func, *signature);
  emitUpdate(func, update, vectorLength);
  setWorkspace(func, 0, 0, 0);
  return success();
}

LogicalResult PlanTraining::planStep(func::FuncOp func,
                                     NormalizationFacts &facts) {
  if (llvm::none_of(func.getArguments(), hasRows)) {
    func.emitRemark("the function takes the plain way: no input has a dynamic "
                    "batch");
    return success();
  }
  auto planned = planTraining(func, vectorLength);
  if (auto *obstacle = std::get_if<PlanObstacle>(&planned)) {
    obstacle->op->emitRemark(
        "the function takes the plain way: no kernel for '")
        << obstacle->op->getName() << "', " << obstacle->reason;
    return success();
  }
  auto &plan = std::get<TrainingPlan>(planned);
  FailureOr<TrainingBuffers> buffers = placeBuffers(plan, vectorLength);
  if (failed(buffers))
    return func.emitError("the workspace is too large to address");
  FailureOr<EntrySignature> signature = getEntrySignature(func);
  if (failed(signature))
    return failure();

  recordFusions(facts, plan, func.getBody().front());
  unsigned inputCount = func.getNumArguments();
  std::unique_ptr<Region> graph = replaceBody(func, *signature);
  emitTraining({func, inputCount, plan, *buffers, vectorLength},
               graph->front());
  auto [start, perRow] = getWorkerStart(*buffers, vectorLength);
  setWorkspace(func, start, perRow, buffers->workerBytes);
  for (const TrainingPhase &phase : plan.phases)
    numKernels += phase.groups.size() + phase.batchSums.size();
  return success();
}
