//===- BNGradients.h - What gradients are built of --------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_LIB_DIALECT_BN_IR_BNGRADIENTS_H
#define BN_LIB_DIALECT_BN_IR_BNGRADIENTS_H

#include "bn/Dialect/BN/IR/BN.h"

namespace mlir::bn {

/// A constant of the static `type` that holds `value` everywhere.
Value createSplat(OpBuilder &builder, Location loc, RankedTensorType type,
                  double value);

/// `tensor` times a number.
Value createScaled(OpBuilder &builder, Location loc, Value tensor,
                   double factor);

/// `gradient` summed over the axes along which a value of `type` was repeated
/// to get its shape, as the operands of elementwise ops are.
Value sumRepeated(OpBuilder &builder, Location loc, Value gradient,
                  RankedTensorType type);

/// The sum of `gradient` over all axes but `keptAxis`.
Value sumOthers(OpBuilder &builder, Location loc, Value gradient,
                int64_t keptAxis);

} // namespace mlir::bn

#endif // BN_LIB_DIALECT_BN_IR_BNGRADIENTS_H
