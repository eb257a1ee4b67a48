//===- CudaOnCpu.h - CUDA text as a library for the CPU ------- -*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_TARGET_OBJECT_CUDAONCPU_H
#define BN_TARGET_OBJECT_CUDAONCPU_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <string>

namespace mlir::bn {

/// The builds that bn/Runtime/CudaOnCpu/cuda_runtime.h describes. That with
/// AddressSanitizer cannot be loaded into a program without it.
enum class CudaOnCpuMode { Plain, Check };

struct CudaOnCpuOptions {
  CudaOnCpuMode mode = CudaOnCpuMode::Plain;
  /// Where this program lies: header and library are found from there, in
  /// ../include and ../lib (a build directory), or ../lib/bn-opt.
  std::string programPath;
};

/// Compiles the CUDA text in `input` with the first C++ compiler found on PATH
/// to a shared library at `output`, which runs kernels on the CPU. An error
/// holds what the compiler printed, or what was looked for.
llvm::Error compileCudaOnCpu(llvm::StringRef input, llvm::StringRef output,
                             const CudaOnCpuOptions &options);

} // namespace mlir::bn

#endif // BN_TARGET_OBJECT_CUDAONCPU_H
