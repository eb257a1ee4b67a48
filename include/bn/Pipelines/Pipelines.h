//===- Pipelines.h - The stages of the compiler -----------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The compiler's table of contents: one function per stage, each of which adds
// its passes to a pass manager for the module.
//
//===----------------------------------------------------------------------===//

#ifndef BN_PIPELINES_PIPELINES_H
#define BN_PIPELINES_PIPELINES_H

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mlir {
class OpPassManager;
} // namespace mlir

namespace mlir::bn {

/// How a model's graph is rewritten.
struct GraphOptions {
  /// 0: not at all, but for the element type.
  unsigned optimizationLevel = 3;
  /// Fold batch norms into the layers around them.
  bool fold = true;
  /// Largest measured relative change that a fold may make.
  double foldTolerance = 1e-5;
  /// Compute in double precision.
  bool useF64 = false;
};

/// Rewrites of the graph: ops of the bn dialect on tensors before and after.
void buildGraphPipeline(OpPassManager &manager, const GraphOptions &options);

/// How a model is made a training program.
struct TrainingGraphOptions {
  /// 0: no rewrites of the training step.
  unsigned optimizationLevel = 3;
  /// Compute in double precision.
  bool useF64 = false;
  /// cross-entropy or mse.
  std::string loss = "cross-entropy";
  double labelSmoothing = 0.0;
  /// sgd, adam or adamw.
  std::string optimizer = "sgd";
  /// Every batch norm uses the statistics of the batch, but for those in
  /// `frozen`; otherwise each does what the model says.
  bool batchStatistics = true;
  std::vector<std::string> frozen;
  /// Momentum of all batch norms in that convention; by default their own.
  std::optional<double> momentum;
  std::string momentumConvention = "onnx";
  /// Instead, running statistics are means over all batches.
  bool cumulativeAverage = false;
  std::string runningVariance = "biased";
};

/// From an imported model to the functions `gradients`, `predict` and `update`
/// of a training program, ops of the bn dialect on tensors.
void buildTrainingGraphPipeline(OpPassManager &manager,
                                const TrainingGraphOptions &options);

/// What the fast way knows of the CPU; the defaults are those of baseline
/// x86-64.
struct FastLoweringOptions {
  /// f32 values in a vector register.
  int64_t vectorLength = 4;
  int64_t vectorRegisters = 16;
  /// Points of a tile, in each dimension, that a convolution by few products
  /// may have at most in inference; 0 for none.
  int64_t winogradPoints = 6;
  /// Count the time of each layer; see `--bn-profile-kernels`.
  bool profile = false;
};

/// The fast way: kernels planned on blocks of rows, then register tiles. A
/// model with an op that has no kernel takes the plain way, with a remark.
void buildFastLoweringPipeline(OpPassManager &manager,
                               const FastLoweringOptions &options);

/// How a training step is planned; see `--bn-plan-training`.
struct FastTrainingOptions : FastLoweringOptions {
  /// Join ops to kernels; otherwise each is a pass over the batch.
  bool fuse = true;
  /// Winograd's convolutions where they are faster.
  bool winograd = true;
  /// Bytes of workspace for `batch` rows and one thread; 0 for no limit.
  int64_t memoryBudget = 0;
  /// Rows of a step, also for estimates of what is faster.
  int64_t batch = 128;
};

/// The fast way of training: functions on rows of a batch whose ops need sums
/// over the batch. Batch norms are taken apart and fused with what is around
/// them; a function with an op that has no kernel takes the plain way, with a
/// remark.
void buildFastTrainingPipeline(OpPassManager &manager,
                               const FastTrainingOptions &options);

/// From a model to kernels of the gpu dialect and a function that launches
/// them, on buffers of the device; `--target=cuda`.
void buildCudaLoweringPipeline(OpPassManager &manager);

/// The same for the functions of a training program.
void buildCudaTrainingPipeline(OpPassManager &manager);

/// The plain way from bn ops on tensors to loops over buffers: any element
/// type, no decision. The public function gets the signature of generated code
/// (see `--bn-entry-point`) and allocates nothing.
void buildPlainLoweringPipeline(OpPassManager &manager);

/// From loops over buffers (dialects func, memref, scf, affine, arith, math,
/// vector, cf, llvm) to the llvm dialect. What it leaves to libraries are the
/// functions of libm and libc.
void buildLLVMPipeline(OpPassManager &manager);

/// Makes the pipelines options of an opt tool: `--bn-fast-lowering-pipeline`,
/// `--bn-cuda-lowering-pipeline`, `--bn-fast-training-pipeline`,
/// `--bn-plain-lowering-pipeline` and
/// `--bn-llvm-pipeline`.
void registerLoweringPipelines();

} // namespace mlir::bn

#endif // BN_PIPELINES_PIPELINES_H
