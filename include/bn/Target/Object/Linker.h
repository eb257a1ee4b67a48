//===- Linker.h - Programs and shared libraries -----------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_TARGET_OBJECT_LINKER_H
#define BN_TARGET_OBJECT_LINKER_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBufferRef.h"

#include <string>

namespace mlir::bn {

/// Where the program itself lies: the runtime's archive is found from there, in
/// ../lib (a build directory) or ../lib/bn-opt (an installation).
struct LinkerOptions {
  std::string programPath;
  /// The object holds a training program rather than a model.
  bool isTrainer = false;
};

/// Links `object` with the runner or the trainer to a stand-alone program at
/// `output`, with the first C compiler found on PATH. An error holds what the
/// linker printed, or what was looked for.
llvm::Error linkProgram(llvm::MemoryBufferRef object, llvm::StringRef output,
                        const LinkerOptions &options);

/// Links `object` to a shared library at `output`, which calls itself `name`.
llvm::Error linkSharedLibrary(llvm::MemoryBufferRef object,
                              llvm::StringRef output, llvm::StringRef name);

/// Compiles `text`, CUDA C++, to a program with the runtime in it, or to a
/// shared library.
llvm::Error compileCuda(llvm::StringRef text, llvm::StringRef output,
                        llvm::StringRef architecture, bool isShared,
                        const LinkerOptions &options);

} // namespace mlir::bn

#endif // BN_TARGET_OBJECT_LINKER_H
