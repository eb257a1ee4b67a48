//===- PrintCuda.h - Kernels and their launches as CUDA C++ -----*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_TARGET_CUDA_PRINTCUDA_H
#define BN_TARGET_CUDA_PRINTCUDA_H

#include "mlir/IR/BuiltinOps.h"

#include <string>

namespace mlir::bn {

/// How a module is printed.
struct CudaTextOptions {
  /// C identifier that the exported names of a model begin with.
  std::string symbol = "model";
  /// Name of the file, beside the text, that holds the parameters which are
  /// globals of the module itself; those of its gpu.module are in the text.
  std::string parameterFile;
  /// Of a training program: the values of bn_loss and bn_optimizer, and the
  /// name of the file, beside the text, that holds the source model if that is
  /// large.
  int32_t loss = 0, optimizer = 0;
  double labelSmoothing = 0.0;
  std::string sourceFile;
};

/// Prints `module` (see `--bn-print-cuda`). Reports an error for what cannot be
/// printed; the text is of no use then.
LogicalResult printCuda(ModuleOp module, const CudaTextOptions &options,
                        llvm::raw_ostream &os);

/// The bytes of the source file that the text of the training program `module`
/// reads; empty if they are in the text, or if it is none.
StringRef getSourceBytes(ModuleOp module);

/// The bytes of the parameter file that the text of `module` reads; empty if it
/// reads none.
std::string getParameterBytes(ModuleOp module);

} // namespace mlir::bn

#endif // BN_TARGET_CUDA_PRINTCUDA_H
