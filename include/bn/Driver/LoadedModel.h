//===- LoadedModel.h - A compiled model in this program ---------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_DRIVER_LOADEDMODEL_H
#define BN_DRIVER_LOADEDMODEL_H

#include "bn/Driver/LoadedCode.h"
#include "bn/Runtime/Abi.h"

#include <memory>

namespace mlir::bn {

/// A compiled model in this program's memory, of this program's ABI version.
class LoadedModel {
public:
  /// Compiles the model in `input`, a file as bn-opt takes, for this computer.
  /// Errors are diagnostics of `context`.
  static FailureOr<std::unique_ptr<LoadedModel>>
  compile(MLIRContext &context, StringRef input, const CompileOptions &options);

  /// Loads a shared library that bn-opt has made. It stays in memory until the
  /// program ends.
  static FailureOr<std::unique_ptr<LoadedModel>>
  loadSharedLibrary(MLIRContext &context, StringRef path);

  /// Compiles CUDA text for the CPU and loads it.
  static FailureOr<std::unique_ptr<LoadedModel>>
  compileCuda(MLIRContext &context, StringRef path,
              const CudaOnCpuOptions &options);

  const bn_model &getModel() const { return *model; }

  /// Where the model counts the time of its layers; null if it does not.
  const ::bn::runtime::Profile *getProfile() const { return code.getProfile(); }

private:
  /// Checks the version of what was made elsewhere.
  static FailureOr<std::unique_ptr<LoadedModel>>
  check(MLIRContext &context, StringRef path, FailureOr<LoadedCode> code);

  explicit LoadedModel(LoadedCode loaded)
      : code(std::move(loaded)), model(code.getTable<bn_model>()) {}

  LoadedCode code;
  const bn_model *model;
};

/// A compiled training program in this program's memory.
class LoadedTrainer {
public:
  /// Compiles the model in `input`, as `LoadedModel` does, with options that
  /// ask for training.
  static FailureOr<std::unique_ptr<LoadedTrainer>>
  compile(MLIRContext &context, StringRef input, const CompileOptions &options);

  /// The same for an ONNX model in memory.
  static FailureOr<std::unique_ptr<LoadedTrainer>>
  compile(MLIRContext &context, llvm::MemoryBufferRef onnx,
          const CompileOptions &options);

  /// Compiles CUDA text for the CPU and loads it.
  static FailureOr<std::unique_ptr<LoadedTrainer>>
  compileCuda(MLIRContext &context, StringRef path,
              const CudaOnCpuOptions &options);

  /// Loads a shared library that bn-opt has made, as `LoadedModel` does.
  static FailureOr<std::unique_ptr<LoadedTrainer>>
  loadSharedLibrary(MLIRContext &context, StringRef path);

  const bn_trainer &getTrainer() const { return *trainer; }

private:
  /// Checks the version of what was made elsewhere.
  static FailureOr<std::unique_ptr<LoadedTrainer>>
  check(MLIRContext &context, StringRef path, FailureOr<LoadedCode> code);

  explicit LoadedTrainer(LoadedCode loaded)
      : code(std::move(loaded)), trainer(code.getTable<bn_trainer>()) {}

  LoadedCode code;
  const bn_trainer *trainer;
};

/// The shapes that give the model in `input`, an ONNX file, the batch `batch`:
/// those of `options`, and those of all inputs with a dynamic batch.
FailureOr<SmallVector<ShapeFix>> fixBatch(MLIRContext &context, StringRef input,
                                          const CompileOptions &options,
                                          int64_t batch);

} // namespace mlir::bn

#endif // BN_DRIVER_LOADEDMODEL_H
