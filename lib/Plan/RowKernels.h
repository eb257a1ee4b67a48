//===- RowKernels.h - Kernels for products on a single row ------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_LIB_PLAN_ROWKERNELS_H
#define BN_LIB_PLAN_ROWKERNELS_H

#include "bn/Plan/TileChoice.h"

namespace mlir::bn {

/// The kernels that `group`, one of `groups` with a product, may have on a
/// single row of the batch.
RowKernelChoices getRowKernelChoices(const FusionGroup &group,
                                     ArrayRef<FusionGroup> groups,
                                     const Machine &machine);

/// The kernel for `group`, and its tile.
std::pair<RowKernel, TileChoice> chooseRowKernel(const FusionGroup &group,
                                                 ArrayRef<FusionGroup> groups,
                                                 const Machine &machine);

/// The columns storage that a kernel by columns reads.
struct ColumnStorage {
  int64_t parts, columns;
};

/// That of the input of a product whose image, with padding, is `width` columns
/// wide; `tile` is that of the kernel.
ColumnStorage getColumnStorage(const ProductShape &product,
                               const TileChoice &tile, int64_t width);

/// `weights` (see ProductParameters) as `bn.dot_kernel` wants them: step by
/// step, of each output those of `length` inputs, which are ordered by rows,
/// columns and channels.
SmallVector<float> packDotWeights(const ProductShape &product,
                                  ArrayRef<float> weights, int64_t length);

/// The same for `bn.column_kernel`: outputs last.
SmallVector<float> packColumnWeights(const ProductShape &product,
                                     ArrayRef<float> weights);

} // namespace mlir::bn

#endif // BN_LIB_PLAN_ROWKERNELS_H
