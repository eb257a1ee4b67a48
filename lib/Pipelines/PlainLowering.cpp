//===- PlainLowering.cpp - From bn ops to loops, the plain way ------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Conversion/BNToLinalg/Passes.h"
#include "bn/Pipelines/Pipelines.h"
#include "bn/Plan/Passes.h"

#include "mlir/Conversion/AffineToStandard/AffineToStandard.h"
#include "mlir/Dialect/Bufferization/Transforms/Passes.h"
#include "mlir/Dialect/Linalg/Passes.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

void bn::buildPlainLoweringPipeline(OpPassManager &manager) {
  // What is counted are bn ops; afterwards they are gone.
  manager.addNestedPass<func::FuncOp>(createCountModel());
  // Checks the signature before anything relies on it, and tells the
  // bufferization below where results must go.
  manager.addNestedPass<func::FuncOp>(createEntryPoint());
  manager.addNestedPass<func::FuncOp>(createConvertBNToLinalg());
  // The batch of every tensor becomes that of an argument.
  manager.addPass(memref::createResolveShapedTypeResultDimsPass());
  manager.addPass(createCanonicalizerPass());
  // Results are computed in the caller's memory instead of copied there.
  manager.addPass(bufferization::createEmptyTensorEliminationPass());
  bufferization::OneShotBufferizePassOptions bufferize;
  bufferize.bufferAlignment = 64;
  manager.addPass(bufferization::createOneShotBufferizePass(bufferize));
  // Copies onto themselves go away first, then the others become loops.
  manager.addPass(createCanonicalizerPass());
  manager.addNestedPass<func::FuncOp>(createExpandCopies());
  manager.addNestedPass<func::FuncOp>(createConvertLinalgToLoopsPass());
  manager.addPass(createLowerAffinePass());
  // Buffers that only gave a loop its shape have no users any more.
  manager.addPass(createCanonicalizerPass());
  manager.addPass(createCSEPass());
  manager.addNestedPass<func::FuncOp>(createAllocateWorkspace());
  manager.addPass(createCanonicalizerPass());
}
