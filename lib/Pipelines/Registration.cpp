//===- Registration.cpp - Pipelines as options of an opt tool -------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Pipelines/Pipelines.h"

#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassOptions.h"
#include "mlir/Pass/PassRegistry.h"

using namespace mlir;

namespace {
struct FastLoweringFlags : PassPipelineOptions<FastLoweringFlags> {
  Option<int64_t> vectorLength{
      *this, "vector-length", llvm::cl::init(4),
      llvm::cl::desc("f32 values in a vector register")};
  Option<int64_t> vectorRegisters{*this, "vector-registers", llvm::cl::init(16),
                                  llvm::cl::desc("Number of vector registers")};
};
} // namespace

void bn::registerLoweringPipelines() {
  PassPipelineRegistration<FastLoweringFlags>(
      "bn-fast-lowering-pipeline", "Kernels on blocks of rows",
      [](OpPassManager &manager, const FastLoweringFlags &flags) {
        buildFastLoweringPipeline(manager,
                                  {flags.vectorLength, flags.vectorRegisters});
      });
  PassPipelineRegistration<FastLoweringFlags>(
      "bn-fast-training-pipeline", "A training step as kernels on rows",
      [](OpPassManager &manager, const FastLoweringFlags &flags) {
        buildFastTrainingPipeline(manager,
                                  {flags.vectorLength, flags.vectorRegisters});
      });
  PassPipelineRegistration<>(
      "bn-plain-lowering-pipeline",
      "The plain way from bn ops on tensors to loops over buffers",
      buildPlainLoweringPipeline);
  PassPipelineRegistration<>("bn-llvm-pipeline",
                             "From loops over buffers to the llvm dialect",
                             buildLLVMPipeline);
}
