//===- Passes.h - Passes that print CUDA C++ --------------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_TARGET_CUDA_PASSES_H
#define BN_TARGET_CUDA_PASSES_H

#include "mlir/Pass/Pass.h"

namespace mlir::bn {

#define GEN_PASS_DECL
#include "bn/Target/Cuda/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "bn/Target/Cuda/Passes.h.inc"

} // namespace mlir::bn

#endif // BN_TARGET_CUDA_PASSES_H
