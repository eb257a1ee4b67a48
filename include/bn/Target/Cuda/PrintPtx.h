//===- PrintPtx.h - Kernels as PTX ------------------------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_TARGET_CUDA_PRINTPTX_H
#define BN_TARGET_CUDA_PRINTPTX_H

#include "mlir/IR/BuiltinOps.h"

namespace mlir::bn {

/// A module with copies of the kernels of `module` alone.
OwningOpRef<ModuleOp> copyKernels(ModuleOp module);

/// Prints kernels of the llvm and nvvm dialects for `architecture`, one of
/// nvcc's names. Reports an error if that cannot be done.
LogicalResult printPtx(ModuleOp module, StringRef architecture,
                       llvm::raw_ostream &os);

} // namespace mlir::bn

#endif // BN_TARGET_CUDA_PRINTPTX_H
