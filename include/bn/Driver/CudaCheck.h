//===- CudaCheck.h - Emitted CUDA text on the CPU ---------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_DRIVER_CUDACHECK_H
#define BN_DRIVER_CUDACHECK_H

#include "mlir/IR/MLIRContext.h"
#include "mlir/Support/LLVM.h"

namespace mlir::bn {

/// Runs the model, or each model of the trainer, that is CUDA text in `path` on
/// the CPU, on random inputs and
/// in several orders of its threads, and says on stderr what was checked.
/// Races, bad accesses and results with other bits are errors, as diagnostics
/// of `context`. `programPath` is as in CudaOnCpuOptions.
LogicalResult checkCudaText(MLIRContext &context, StringRef path,
                            StringRef programPath, bool isTrainer);

} // namespace mlir::bn

#endif // BN_DRIVER_CUDACHECK_H
