//===- CudaLowering.cpp - Kernels of the gpu dialect ----------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Codegen/GPU/Passes.h"
#include "bn/Dialect/BN/Transforms/Passes.h"
#include "bn/Pipelines/Pipelines.h"
#include "bn/Plan/Passes.h"

#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

/// From bn ops to kernels, and the workspace that lies between them.
static void addKernels(OpPassManager &manager) {
  manager.addPass(bn::createMapToGpu());
  // The generators write one index computation per access.
  manager.addPass(createCanonicalizerPass());
  manager.addPass(createCSEPass());
  // The launches are a straight line, so that lifetimes are exact.
  manager.addNestedPass<func::FuncOp>(bn::createAllocateWorkspace());
  manager.addPass(createCanonicalizerPass());
  manager.addPass(createCSEPass());
}

void bn::buildCudaLoweringPipeline(OpPassManager &manager) {
  // What is counted are bn ops; afterwards they are gone.
  manager.addNestedPass<func::FuncOp>(createCountModel());
  manager.addPass(createBatchNormToScaleShift());
  manager.addPass(createCanonicalizerPass());
  manager.addPass(createCSEPass());
  addKernels(manager);
}

void bn::buildCudaTrainingPipeline(OpPassManager &manager) {
  manager.addNestedPass<func::FuncOp>(createCountModel());
  // Sums over the batch become kernels of their own, and biases that a mean
  // takes away again are dropped.
  manager.addNestedPass<func::FuncOp>(createFuseTraining());
  manager.addPass(createCanonicalizerPass());
  manager.addPass(createCSEPass());
  addKernels(manager);
}
