//===- AffineSources.h - Ops that are affine maps by channel ----*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_DIALECT_BN_TRANSFORMS_AFFINESOURCES_H
#define BN_DIALECT_BN_TRANSFORMS_AFFINESOURCES_H

#include "bn/Dialect/BN/IR/BN.h"

namespace mlir::bn {

/// A constant that an elementwise op repeats along all axes of its other
/// operand but one.
struct ChannelConstant {
  /// The axis of the other operand.
  int64_t axis;
  /// One value for each index along that axis.
  std::vector<double> values;
};

/// The axis of `target` along which an elementwise op with an operand of type
/// `constant` differs: the shape of `constant`, aligned at the last axes, is 1
/// but for that axis, where it has the extent of `target`. None if `constant`
/// holds a single value; fails for any other shape.
FailureOr<std::optional<int64_t>> findChannelAxis(RankedTensorType constant,
                                                  RankedTensorType target);

/// Reads `value` as a constant with one value per channel of a tensor of type
/// `target`. Fails for anything else, a single value included: it does not tell
/// the axis.
FailureOr<ChannelConstant> getChannelConstant(Value value,
                                              RankedTensorType target);

/// The map that `op` applies to its input: of a prediction-mode batch norm, a
/// scale and shift, or an add, sub, mul or div by a ChannelConstant. On failure
/// `reason` says why, as a clause about this op; it stays empty if the op has
/// another nature.
FailureOr<ChannelAffineMap> getAffineMap(Operation *op, std::string &reason);

/// The operand that such an op maps.
Value getAffineInput(Operation *op);

} // namespace mlir::bn

#endif // BN_DIALECT_BN_TRANSFORMS_AFFINESOURCES_H
