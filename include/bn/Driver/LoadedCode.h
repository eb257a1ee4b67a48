//===- LoadedCode.h - Compiled code in this program -------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_DRIVER_LOADEDCODE_H
#define BN_DRIVER_LOADEDCODE_H

#include "bn/Driver/CompileOptions.h"
#include "bn/Runtime/Bench.h"
#include "bn/Target/Object/CudaOnCpu.h"

#include "mlir/IR/MLIRContext.h"

#include <memory>
#include <optional>

namespace llvm::orc {
class LLJIT;
} // namespace llvm::orc

namespace mlir::bn {

class Compilation;

/// Code in this program's memory, and the address of its entry point.
class LoadedCode {
public:
  LoadedCode();
  LoadedCode(LoadedCode &&);
  LoadedCode &operator=(LoadedCode &&);
  ~LoadedCode();

  /// Compiles `input`, a file as bn-opt takes, for this computer; `entryPoint`
  /// is a function without arguments that the code defines. Errors are
  /// diagnostics of `context`.
  static FailureOr<LoadedCode> compile(MLIRContext &context, StringRef input,
                                       const CompileOptions &options,
                                       StringRef entryPoint);

  /// The same for an ONNX model in memory.
  static FailureOr<LoadedCode> compile(MLIRContext &context,
                                       llvm::MemoryBufferRef onnx,
                                       const CompileOptions &options,
                                       StringRef entryPoint);

  /// Loads a shared library that bn-opt has made. It stays in memory until the
  /// program ends.
  static FailureOr<LoadedCode>
  loadSharedLibrary(MLIRContext &context, StringRef path, StringRef entryPoint);

  /// Compiles CUDA text for the CPU and loads it.
  static FailureOr<LoadedCode> compileCuda(MLIRContext &context, StringRef path,
                                           const CudaOnCpuOptions &options,
                                           StringRef entryPoint);

  /// Calls the entry point, which returns a table of type `T`.
  template <typename T> const T *getTable() const {
    return reinterpret_cast<const T *(*)()>(entryPoint)();
  }

  /// Where the code counts the time of its layers; null if it does not.
  const ::bn::runtime::Profile *getProfile() const {
    return profile ? &*profile : nullptr;
  }

private:
  /// Code for a model that has been read from `input`.
  static FailureOr<LoadedCode> load(Compilation &compilation,
                                    MLIRContext &context, StringRef input,
                                    StringRef entryPoint);

  void *entryPoint = nullptr;
  std::optional<::bn::runtime::Profile> profile;
  /// Owns code that was compiled.
  std::unique_ptr<llvm::orc::LLJIT> jit;
};

/// Reports an error unless a table made for `version` of bn/Runtime/Abi.h can
/// be used by this program.
LogicalResult checkAbiVersion(MLIRContext &context, StringRef path,
                              int64_t version);

} // namespace mlir::bn

#endif // BN_DRIVER_LOADEDCODE_H
