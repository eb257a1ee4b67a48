//===- FastLowering.cpp - Kernels on blocks of rows -----------------------===//
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

void bn::buildFastLoweringPipeline(OpPassManager &manager,
                                   const FastLoweringOptions &options) {
  // What is counted are bn ops; afterwards they are gone.
  manager.addNestedPass<func::FuncOp>(createCountModel({options.profile}));
  // Not among the rewrites of the graph, which may be written back as ONNX: a
  // batch norm that was kept is one there.
  manager.addPass(createBatchNormToScaleShift());
  manager.addPass(createCanonicalizerPass());
  manager.addPass(createCSEPass());
  PlanKernelsOptions plan;
  plan.vectorLength = options.vectorLength;
  plan.vectorRegisters = options.vectorRegisters;
  plan.winogradPoints = options.winogradPoints;
  manager.addPass(createPlanKernels(plan));
  // A block is a straight line of kernels here, so that lifetimes are exact.
  manager.addNestedPass<func::FuncOp>(createAllocateWorkspace());
  manager.addPass(createScheduleRows());
  if (options.profile)
    manager.addPass(createProfileKernels());
  manager.addNestedPass<func::FuncOp>(createLowerKernels());
  manager.addNestedPass<func::FuncOp>(createExpandVectorMath());
  manager.addPass(createOutlineParallel());
  // The generators write one index computation per access.
  manager.addPass(createCanonicalizerPass());
  manager.addPass(createCSEPass());
  // What was not planned.
  buildPlainLoweringPipeline(manager);
}
