//===- LoadedModel.h - A compiled model in this program ---------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_DRIVER_LOADEDMODEL_H
#define BN_DRIVER_LOADEDMODEL_H

#include "bn/Driver/CompileOptions.h"
#include "bn/Runtime/Abi.h"

#include "mlir/IR/MLIRContext.h"

#include <memory>

namespace llvm::orc {
class LLJIT;
} // namespace llvm::orc

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

  ~LoadedModel();
  const bn_model &getModel() const { return *model; }

private:
  LoadedModel();

  const bn_model *model = nullptr;
  /// Owns the code of a model that was compiled.
  std::unique_ptr<llvm::orc::LLJIT> jit;
};

/// The shapes that give the model in `input`, an ONNX file, the batch `batch`:
/// those of `options`, and those of all inputs with a dynamic batch.
FailureOr<SmallVector<ShapeFix>> fixBatch(MLIRContext &context, StringRef input,
                                          const CompileOptions &options,
                                          int64_t batch);

} // namespace mlir::bn

#endif // BN_DRIVER_LOADEDMODEL_H
