//===- Moments.h - Mean and variance along axes -----------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_LIB_CONVERSION_BNTOLINALG_MOMENTS_H
#define BN_LIB_CONVERSION_BNTOLINALG_MOMENTS_H

#include "LinalgBuilder.h"

namespace mlir::bn {

// Tensors of statistics are of the wide type and have the extents of the axes
// of `input` that are kept; `keptAxes` ascends.

/// The number of values along the other axes of `input`, a scalar.
Value createReducedCount(LinalgBuilder &builder, Value input,
                         ArrayRef<int64_t> keptAxes);

/// The mean of `input` over the other axes, along which it has `count` values.
Value createMean(LinalgBuilder &builder, Value input,
                 ArrayRef<int64_t> keptAxes, Value count);

/// The sum of (input - mean)^2 over the other axes, or of input^2 if `mean` is
/// null.
Value createSquareSum(LinalgBuilder &builder, Value input, Value mean,
                      ArrayRef<int64_t> keptAxes);

/// Each value of a tensor of statistics, divided by a scalar.
Value createQuotients(LinalgBuilder &builder, Value tensor, Value divisor);

/// (x - mean) / sqrt(variance + epsilon) of scalars; without a mean, which is
/// null, nothing is subtracted.
Value createNormalized(ImplicitLocOpBuilder &builder, Value x, Value mean,
                       Value variance, const APFloat &epsilon);

} // namespace mlir::bn

#endif // BN_LIB_CONVERSION_BNTOLINALG_MOMENTS_H
