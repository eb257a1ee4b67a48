//===- FastTraining.cpp - A training step as kernels on rows --------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Codegen/CPU/Passes.h"
#include "bn/Dialect/BN/Transforms/Passes.h"
#include "bn/Pipelines/Pipelines.h"
#include "bn/Plan/Passes.h"

#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

void bn::buildFastTrainingPipeline(OpPassManager &manager,
                                   const FastTrainingOptions &options) {
  // What is counted are bn ops; afterwards they are gone.
  manager.addNestedPass<func::FuncOp>(createCountModel({options.profile}));
  manager.addNestedPass<func::FuncOp>(createFuseTraining());
  // What is computed twice, and what nobody reads, would get kernels.
  manager.addPass(createCanonicalizerPass());
  manager.addPass(createCSEPass());
  PlanTrainingOptions plan;
  plan.vectorLength = options.vectorLength;
  plan.fuse = options.fuse;
  plan.winograd = options.winograd;
  plan.memoryBudget = options.memoryBudget;
  plan.batch = options.batch;
  manager.addPass(createPlanTraining(plan));
  if (options.profile)
    manager.addPass(createProfileKernels());
  manager.addPass(createShareKernels());
  LowerLaneKernelsOptions lanes;
  lanes.vectorRegisters = options.vectorRegisters;
  manager.addNestedPass<func::FuncOp>(createLowerLaneKernels(lanes));
  manager.addNestedPass<func::FuncOp>(createLowerKernels());
  manager.addNestedPass<func::FuncOp>(createExpandVectorMath());
  // The generators write one index computation per access.
  manager.addPass(createCanonicalizerPass());
  manager.addPass(createCSEPass());
  // What was not planned, and the small ops between the phases.
  buildPlainLoweringPipeline(manager);
}
