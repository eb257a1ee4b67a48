//===- Pipelines.h - The stages of the compiler -----------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The compiler's table of contents: one function per stage, each of which adds
// its passes to a pass manager for the module.
//
//===----------------------------------------------------------------------===//

#ifndef BN_PIPELINES_PIPELINES_H
#define BN_PIPELINES_PIPELINES_H

namespace mlir {
class OpPassManager;
} // namespace mlir

namespace mlir::bn {

/// The plain way from bn ops on tensors to loops over buffers: any element
/// type, no decision. The public function gets the signature of generated code
/// (see `--bn-entry-point`) and allocates nothing.
void buildPlainLoweringPipeline(OpPassManager &manager);

/// From loops over buffers (dialects func, memref, scf, affine, arith, math,
/// vector, cf, llvm) to the llvm dialect. What it leaves to libraries are the
/// functions of libm and libc.
void buildLLVMPipeline(OpPassManager &manager);

/// Makes the pipelines options of an opt tool: `--bn-plain-lowering-pipeline`
/// and `--bn-llvm-pipeline`.
void registerLoweringPipelines();

} // namespace mlir::bn

#endif // BN_PIPELINES_PIPELINES_H
