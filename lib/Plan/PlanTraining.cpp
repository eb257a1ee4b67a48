//===- PlanTraining.cpp - From a training step to kernels on rows ---------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ChooseWinograd.h"
#include "TrainingEmission.h"
#include "TrainingFacts.h"
#include "TrainingMemory.h"
#include "TrainingTraffic.h"
#include "TrainingUpdate.h"

#include "bn/Dialect/BN/Transforms/PooledSums.h"
#include "bn/Plan/EntrySignature.h"
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
  LogicalResult leavePlain(func::FuncOp func);
  LogicalResult fit(func::FuncOp func, const TrainingPlanOptions &options,
                    PlacedPlan &placed);
  DictionaryAttr describe(func::FuncOp func, const PassTable &before,
                          const PlacedPlan &placed);
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

/// Whether `graph` has a backward pass or takes statistics; prediction does
/// not.
static bool isTrainingStep(Block &graph) {
  return llvm::any_of(graph, [](Operation &op) {
    return isa<BatchStatisticsOp, CrossEntropyLossOp, MeanSquaredErrorLossOp>(
        op);
  });
}

/// What is not planned cannot keep to a budget.
LogicalResult PlanTraining::leavePlain(func::FuncOp func) {
  if (memoryBudget > 0 && isTrainingStep(func.getBody().front()))
    return func.emitError("--memory-budget: expected a training step that "
                          "takes the fast way");
  return success();
}

/// Replaces the plan by one that keeps to the budget, if there is one.
LogicalResult PlanTraining::fit(func::FuncOp func,
                                const TrainingPlanOptions &options,
                                PlacedPlan &placed) {
  if (memoryBudget <= 0)
    return success();
  placed = fitTraining(func, options, std::move(placed), batch, memoryBudget);
  int64_t bytes = getWorkspaceBytes(placed.buffers, vectorLength, batch);
  if (bytes <= memoryBudget)
    return success();
  return func.emitError("--memory-budget: expected at least ")
         << bytes << " bytes for a batch of " << int64_t(batch) << ", got "
         << int64_t(memoryBudget);
}

/// The attribute that tells how `func` was planned; `before` are the passes
/// without fusion.
DictionaryAttr PlanTraining::describe(func::FuncOp func,
                                      const PassTable &before,
                                      const PlacedPlan &placed) {
  TrainingPlanFacts facts;
  facts.fused = fuse;
  facts.batch = batch;
  if (memoryBudget > 0)
    facts.memoryBudget = memoryBudget;
  facts.peakBytes = getWorkspaceBytes(placed.buffers, vectorLength, batch);
  std::tie(facts.fixedBytes, facts.bytesPerRow) =
      getWorkerStart(placed.buffers, vectorLength);
  facts.bytesPerThread = placed.buffers.workerBytes;
  facts.layers = describeLayers(func.getBody().front(), before, placed.plan);
  return facts.toAttribute(&getContext());
}

LogicalResult PlanTraining::planStep(func::FuncOp func,
                                     NormalizationFacts &facts) {
  if (llvm::none_of(func.getArguments(), hasRows)) {
    func.emitRemark("the function takes the plain way: no input has a dynamic "
                    "batch");
    return leavePlain(func);
  }
  Block &body = func.getBody().front();
  TrainingPlanOptions options;
  options.lanes = vectorLength;
  options.fuse = false;
  auto planned = planTraining(func, options);
  if (auto *obstacle = std::get_if<PlanObstacle>(&planned)) {
    obstacle->op->emitRemark(
        "the function takes the plain way: no kernel for '")
        << obstacle->op->getName() << "', " << obstacle->reason;
    return leavePlain(func);
  }
  if (winograd) {
    numWinograd += chooseWinograd(body, vectorLength, batch);
    planned = planTraining(func, options);
  }
  Traffic opTraffic = countOps(body);
  PassTable before = countPasses(body, std::get<TrainingPlan>(planned));
  if (fuse) {
    options.fuse = true;
    func.walk([&](BatchNormParameterGradientOp sums) {
      numPooledSums += sumOverPooled(sums);
    });
    planned = planTraining(func, options);
  }
  PlacedPlan placed{std::get<TrainingPlan>(std::move(planned)),
                    TrainingBuffers()};
  FailureOr<TrainingBuffers> buffers = placeBuffers(placed.plan, vectorLength);
  if (failed(buffers))
    return func.emitError("the workspace is too large to address");
  placed.buffers = std::move(*buffers);
  bool isStep = isTrainingStep(body);
  if (isStep && failed(fit(func, options, placed)))
    return failure();
  FailureOr<EntrySignature> signature = getEntrySignature(func);
  if (failed(signature))
    return failure();

  recordFusions(facts, placed.plan, body, fuse, opTraffic);
  if (isStep)
    func->setAttr(kTrainingPlanAttr, describe(func, before, placed));
  const TrainingPlan &plan = placed.plan;
  unsigned inputCount = func.getNumArguments();
  std::unique_ptr<Region> graph = replaceBody(func, *signature);
  emitTraining({func, inputCount, plan, placed.buffers, vectorLength},
               graph->front());
  auto [start, perRow] = getWorkerStart(placed.buffers, vectorLength);
  setWorkspace(func, start, perRow, placed.buffers.workerBytes);
  for (const TrainingPhase &phase : plan.phases)
    numKernels += phase.groups.size() + phase.batchSums.size();
  return success();
}
