//===- Registration.cpp - Pipelines as options of an opt tool -------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Pipelines/Pipelines.h"

#include "mlir/Pass/PassRegistry.h"

using namespace mlir;

void bn::registerLoweringPipelines() {
  PassPipelineRegistration<>(
      "bn-plain-lowering-pipeline",
      "The plain way from bn ops on tensors to loops over buffers",
      buildPlainLoweringPipeline);
  PassPipelineRegistration<>("bn-llvm-pipeline",
                             "From loops over buffers to the llvm dialect",
                             buildLLVMPipeline);
}
