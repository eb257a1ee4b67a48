//===- Graph.cpp - Rewrites of the graph ----------------------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Dialect/BN/Transforms/Passes.h"
#include "bn/Pipelines/Pipelines.h"
#include "bn/Plan/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

void bn::buildGraphPipeline(OpPassManager &manager,
                            const GraphOptions &options) {
  // What is counted is the source model: folding takes parameters away.
  manager.addNestedPass<func::FuncOp>(createCountModel());
  // Before the folds, whose rounding is then that of double precision.
  if (options.useF64)
    manager.addPass(createConvertElementType());
  auto recordOnly = [&](const char *reason) {
    RecordNormalizationsOptions record;
    record.reason = reason;
    manager.addPass(createRecordNormalizations(record));
  };
  if (options.optimizationLevel == 0)
    return recordOnly("the graph is not rewritten at -O0");
  manager.addPass(createCanonicalizerPass());
  // A batch norm that is written out can only be folded as the op it is.
  manager.addPass(createRaiseBatchNorm());
  if (options.fold) {
    FoldBatchNormOptions fold;
    fold.tolerance = options.foldTolerance;
    manager.addPass(createFoldBatchNorm(fold));
  } else {
    recordOnly("folding is off");
  }
  manager.addPass(createCanonicalizerPass());
  manager.addPass(createCSEPass());
}
