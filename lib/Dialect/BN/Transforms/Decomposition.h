//===- Decomposition.h - Batch norms written out ----------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What the parts of --bn-raise-batch-norm share.
//
//===----------------------------------------------------------------------===//

#ifndef BN_LIB_DIALECT_BN_TRANSFORMS_DECOMPOSITION_H
#define BN_LIB_DIALECT_BN_TRANSFORMS_DECOMPOSITION_H

#include "bn/Dialect/BN/IR/BN.h"

#include "llvm/ADT/SetVector.h"

namespace mlir::bn {

/// The value of an expression of constants (add, sub, mul, div, pow, sqrt and
/// reshapes of them) in row-major order, computed in double. Fails if it
/// depends on anything else or is larger than the parameters of a layer.
FailureOr<std::vector<double>> evaluate(Value value);

/// The value of such an expression with a single element.
FailureOr<double> evaluateScalar(Value value);

/// A constant of `type` that holds `values`: the initializer that `source`
/// reads, perhaps in another shape, if it has these values (training finds it by
/// its name); else a new constant at `loc`. `source` may be null.
Value createDerivedConstant(OpBuilder &builder, Location loc,
                            RankedTensorType type, ArrayRef<double> values,
                            Value source);

/// The layout in which `axis` of a tensor of `rank` holds the channels of a
/// batch norm, if there is one.
std::optional<Layout> getLayoutOf(int64_t axis, int64_t rank);

/// Division by the square root of a variance, as exporters write it:
/// x / sqrt(v + eps), x * (1 / sqrt(v + eps)) or x * pow(v + eps, -0.5).
struct Normalization {
  /// Operand of the op that is divided.
  unsigned input;
  Value variance;
  double epsilon = 0.0;
  /// Ops between the variance and the division.
  SmallVector<Operation *> inner;
};
std::optional<Normalization> matchNormalization(Operation *op);

/// What was raised: the new op and the ops that it stands for.
struct Raised {
  Operation *op;
  SmallVector<Operation *> parts;
};

/// Replaces what a training-mode batch norm is written out as, ending in `op`,
/// by the batch norm. Nothing changes if `op` ends none.
std::optional<Raised> raiseTraining(Operation *op);

/// Replaces what a group norm is written out as, ending in `op`, by the group
/// norm. Nothing changes if `op` ends none.
std::optional<Raised> raiseGroupNorm(Operation *op);

/// Replaces batch norms and scales and shifts in the chain of elementwise ops
/// by constants that ends in `op`. All ops of the chain are put into `seen`.
SmallVector<Raised> raiseInference(Operation *op,
                                   llvm::SetVector<Operation *> &seen);

} // namespace mlir::bn

#endif // BN_LIB_DIALECT_BN_TRANSFORMS_DECOMPOSITION_H
