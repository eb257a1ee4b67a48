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

/// The options of a compilation, named as on the command line.
struct CompileOptions {
  /// 0: no graph rewrites and plain loops, the reference to compare with.
  unsigned optimizationLevel = 3;
  Target target = Target::Cpu;
  /// Make a training program.
  bool train = false;
  /// `native` or one of LLVM's names.
  std::string cpu = "native";
  SmallVector<ShapeFix> shapes;
  bool fold = true;
  /// Largest measured relative change that a fold may make.
  double foldTolerance = 1e-5;
  BatchNormMode batchNormMode = BatchNormMode::AsFile;
  /// Compute in double precision, the plain way.
  bool useF64 = false;
  /// Stop after this stage and print the IR.
  std::optional<Stage> stopAfter;
  /// Directory for the IR after every stage; empty for none.
  std::string saveStages;
  /// File for the report on normalizations; empty for none.
  std::string report;
};

/// Parses the values of options: NAME=1x3x224x224, where `?` for the first
/// extent keeps the batch dynamic, and f32 or f64. Errors name the option.
llvm::Expected<ShapeFix> parseShapeFix(llvm::StringRef text);
llvm::Expected<bool> parseUseF64(llvm::StringRef text);

} // namespace mlir::bn

#endif // BN_DRIVER_COMPILEOPTIONS_H
