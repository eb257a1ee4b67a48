//===- CompileOptions.h - What a compilation is asked for -------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_DRIVER_COMPILEOPTIONS_H
#define BN_DRIVER_COMPILEOPTIONS_H

#include "bn/Import/ImportOnnx.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mlir::bn {

/// The stages of a compilation, in order.
enum class Stage { Import, Optimize, Lower, Codegen };

/// "import", "optimize", "lower", "codegen".
llvm::StringRef getStageName(Stage stage);

/// What a compilation makes.
enum class OutputKind {
  Executable,
  Object,
  Archive,
  SharedLibrary,
  Assembly,
  LLVMIR,
  MLIR,
  MLIRBytecode,
  Onnx,
  OnnxText,
  CudaSource,
  Ptx
};

/// The kind that the ending of `path` asks for, none for an unknown ending.
std::optional<OutputKind> getOutputKind(llvm::StringRef path);

/// The kind of machine to compile for.
enum class Target { Cpu, Cuda };

/// What a training program minimizes, and how. Numbered as in bn/Runtime/Abi.h.
enum class Loss { CrossEntropy, MeanSquaredError };
enum class Optimizer { Sgd, Adam, AdamW };

/// What is fixed when a training program is compiled.
struct TrainingOptions {
  Loss loss = Loss::CrossEntropy;
  double labelSmoothing = 0.0;
  Optimizer optimizer = Optimizer::Sgd;
  /// Momentum of all batch norms in the convention `onnx` or `torch`; by
  /// default each keeps its own.
  std::optional<double> momentum;
  std::string momentumConvention = "onnx";
  /// Instead, running statistics are means over all batches.
  bool cumulativeAverage = false;
  /// Which variance is averaged, `biased` or `unbiased`.
  std::string runningVariance = "biased";
  /// Names of batch norms that keep their running statistics.
  std::vector<std::string> frozen;
  /// Join ops to kernels; otherwise each is a pass over the batch.
  bool fuse = true;
  /// Bytes of workspace that a step on `batch` rows by one thread may take; 0
  /// for no limit.
  int64_t memoryBudget = 0;
  int64_t batch = 128;
};

/// Which convolutions by few products may be chosen; `f2` are those as exact as
/// the direct sum.
enum class Winograd { automatic, f2, off };

/// The options of a compilation, named as on the command line.
struct CompileOptions {
  /// 0: no graph rewrites and plain loops, the reference to compare with.
  unsigned optimizationLevel = 3;
  Target target = Target::Cpu;
  /// Run emitted CUDA text on the CPU at once, with checks.
  bool checkCuda = false;
  /// Make a training program.
  bool train = false;
  TrainingOptions training;
  /// `native` or one of LLVM's names.
  std::string cpu = "native";
  /// One of nvcc's names.
  std::string cudaArchitecture = "sm_90";
  SmallVector<ShapeFix> shapes;
  Winograd winograd = Winograd::automatic;
  bool fold = true;
  /// Largest measured relative change that a fold may make.
  double foldTolerance = 1e-5;
  BatchNormMode batchNormMode = BatchNormMode::AsFile;
  /// Compute in double precision, the plain way.
  bool useF64 = false;
  /// Count the time of each layer.
  bool profile = false;
  /// Stop after this stage and print the IR.
  std::optional<Stage> stopAfter;
  /// Directory for the IR after every stage; empty for none.
  std::string saveStages;
  /// File for the report on normalizations; empty for none.
  std::string report;
};

/// Parses the values of options: NAME=1x3x224x224, where `?` for the first
/// extent makes the batch dynamic, and f32 or f64. Errors name the option.
llvm::Expected<ShapeFix> parseShapeFix(llvm::StringRef text);
llvm::Expected<bool> parseUseF64(llvm::StringRef text);

/// What stands for auto, f2 or off.
llvm::Expected<Winograd> parseWinograd(llvm::StringRef text);

/// What stands for as-file, eval or train.
llvm::Expected<BatchNormMode> parseBatchNormMode(llvm::StringRef text);

/// The values of options about training, as text; empty for the default.
struct TrainingTexts {
  std::string loss, optimizer, momentum, momentumConvention, runningVariance;
  std::string memoryBudget;
  bool noFusion = false;
  double labelSmoothing = 0.0;
  std::vector<std::string> frozen;
};
llvm::Expected<TrainingOptions> parseTraining(const TrainingTexts &texts);

/// Whether a training step is planned at all: not in the plain way, which
/// computes in double precision and is the reference.
inline bool isPlanned(const CompileOptions &options) {
  return options.optimizationLevel > 0 && !options.useF64;
}

/// Parses the name of a GPU's architecture, such as sm_90.
llvm::Expected<std::string> parseCudaArchitecture(llvm::StringRef text);

/// An error if an option is about the plan of a training step and there will be
/// none.
llvm::Error checkTraining(const CompileOptions &options);

} // namespace mlir::bn

#endif // BN_DRIVER_COMPILEOPTIONS_H
