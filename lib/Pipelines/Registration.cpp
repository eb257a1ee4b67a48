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

struct FastInferenceFlags : FastLoweringFlags {
  Option<int64_t> winogradPoints{
      *this, "winograd-points", llvm::cl::init(6),
      llvm::cl::desc("Largest tile of a convolution by few products")};
};

struct FastTrainingFlags : FastLoweringFlags {
  Option<bool> fuse{*this, "fuse", llvm::cl::init(true),
                    llvm::cl::desc("Join ops to kernels")};
  Option<bool> winograd{
      *this, "winograd", llvm::cl::init(true),
      llvm::cl::desc("Convolutions by few products, where that is faster")};
  Option<int64_t> memoryBudget{
      *this, "memory-budget", llvm::cl::init(0),
      llvm::cl::desc("Bytes of workspace for a batch; 0: no limit")};
  Option<int64_t> batch{*this, "batch", llvm::cl::init(128),
                        llvm::cl::desc("Rows of a step")};
};
} // namespace

void bn::registerLoweringPipelines() {
  PassPipelineRegistration<FastInferenceFlags>(
      "bn-fast-lowering-pipeline", "Kernels on blocks of rows",
      [](OpPassManager &manager, const FastInferenceFlags &flags) {
        buildFastLoweringPipeline(
            manager,
            {flags.vectorLength, flags.vectorRegisters, flags.winogradPoints});
      });
  PassPipelineRegistration<FastTrainingFlags>(
      "bn-fast-training-pipeline", "A training step as kernels on rows",
      [](OpPassManager &manager, const FastTrainingFlags &flags) {
        FastTrainingOptions options;
        options.vectorLength = flags.vectorLength;
        options.vectorRegisters = flags.vectorRegisters;
        options.fuse = flags.fuse;
        options.winograd = flags.winograd;
        options.memoryBudget = flags.memoryBudget;
        options.batch = flags.batch;
        buildFastTrainingPipeline(manager, options);
      });
  PassPipelineRegistration<>("bn-cuda-lowering-pipeline",
                             "Kernels of the gpu dialect",
                             buildCudaLoweringPipeline);
  PassPipelineRegistration<>("bn-cuda-training-pipeline",
                             "Kernels of the gpu dialect for training",
                             buildCudaTrainingPipeline);
  PassPipelineRegistration<>(
      "bn-plain-lowering-pipeline",
      "The plain way from bn ops on tensors to loops over buffers",
      buildPlainLoweringPipeline);
  PassPipelineRegistration<>("bn-llvm-pipeline",
                             "From loops over buffers to the llvm dialect",
                             buildLLVMPipeline);
}
