//===- WinogradFilter.h - Transformed filters of a model --------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_LIB_PLAN_WINOGRADFILTER_H
#define BN_LIB_PLAN_WINOGRADFILTER_H

#include "bn/Plan/ProductShape.h"

namespace mlir::bn {

/// The transform of `weights` (see ProductParameters) for tiles of `outputs` in
/// both dimensions, computed in double and rounded once, in the order point,
/// output channel, input channel. Each point has `channels` output channels,
/// those that `product` does not have being zero.
SmallVector<float> transformFilter(const ProductShape &product,
                                   ArrayRef<float> weights, int64_t outputs,
                                   int64_t channels);

/// The largest error of some output channels on some tiles of random values,
/// signed and not, relative to the largest output: the convolution by few
/// products in single precision, against the direct sum in double. The same
/// arguments give the same number.
double measureWinogradError(const ProductShape &product,
                            ArrayRef<float> weights, int64_t outputs);

} // namespace mlir::bn

#endif // BN_LIB_PLAN_WINOGRADFILTER_H
