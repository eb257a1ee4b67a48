//===- Ptx.h - From kernels of the gpu dialect to NVVM ----------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_PIPELINES_PTX_H
#define BN_PIPELINES_PTX_H

namespace mlir {
class OpPassManager;
} // namespace mlir

namespace mlir::bn {

/// From kernels of the gpu dialect to those of the llvm and nvvm dialects, by
/// upstream's passes.
void buildPtxPipeline(OpPassManager &manager);

} // namespace mlir::bn

#endif // BN_PIPELINES_PTX_H
