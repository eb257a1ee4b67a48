//===- PooledSums.h - Sums behind the gradient of a pooling -----*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_DIALECT_BN_TRANSFORMS_POOLEDSUMS_H
#define BN_DIALECT_BN_TRANSFORMS_POOLEDSUMS_H

#include "bn/Dialect/BN/IR/BN.h"

namespace mlir::bn {

/// Replaces the sums of a batch norm's gradient, behind an activation with the
/// derivative t and an average pooling P, by sums over the pooled positions:
/// with g the gradient of the pooled tensor, and since the gradient of P is its
/// adjoint,
///
///   sum of t * P'g         =  sum of g * P(t)
///   sum of t * P'g * xhat  =  sum of g * P(t * (x - mean)) / deviation
///
/// P(t) and P(t * (x - mean)) can be computed in the forward pass, where the input is
/// read anyway; the backward pass reads them, which are as small as g, instead
/// of two tensors of the input's size. Returns false if `sums` has another form.
bool sumOverPooled(BatchNormParameterGradientOp sums);

} // namespace mlir::bn

#endif // BN_DIALECT_BN_TRANSFORMS_POOLEDSUMS_H
