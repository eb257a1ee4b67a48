//===- TrainingGraph.cpp - From a model to its training step --------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Dialect/BN/Transforms/Passes.h"
#include "bn/Pipelines/Pipelines.h"

#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

void bn::buildTrainingGraphPipeline(OpPassManager &manager,
                                    const TrainingGraphOptions &options) {
  // First, so that gradients are derived in the precision they are computed in.
  if (options.useF64)
    manager.addPass(createConvertElementType());
  manager.addPass(createCanonicalizerPass());
  // A batch norm that is written out trains as the op it is.
  manager.addPass(createRaiseBatchNorm());
  ConfigureBatchNormOptions configure;
  configure.batchStatistics = options.batchStatistics;
  configure.freeze.append(options.frozen.begin(), options.frozen.end());
  configure.momentum = options.momentum.value_or(-1.0);
  configure.convention = options.momentumConvention;
  configure.variance = options.runningVariance;
  manager.addPass(createConfigureBatchNorm(configure));
  MakeTrainableOptions trainable;
  trainable.optimizer = options.optimizer;
  trainable.cumulativeAverage = options.cumulativeAverage;
  manager.addPass(createMakeTrainable(trainable));
  DifferentiateOptions differentiate;
  differentiate.loss = options.loss;
  differentiate.labelSmoothing = options.labelSmoothing;
  manager.addPass(createDifferentiate(differentiate));
  if (options.optimizationLevel == 0)
    return;
  manager.addPass(createCanonicalizerPass());
  manager.addPass(createCSEPass());
}
