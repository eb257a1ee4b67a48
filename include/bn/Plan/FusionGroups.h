//===- FusionGroups.h - Which ops become one kernel -------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_PLAN_FUSIONGROUPS_H
#define BN_PLAN_FUSIONGROUPS_H

#include "bn/Dialect/BN/IR/BN.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include <variant>

namespace mlir::bn {

/// Ops that become one kernel: nothing between them is stored. In this order:
///
///   [product]  a `bn.conv` or `bn.linear`; without one the kernel reads its
///              input as it is,
///   body...    elementwise ops, each on values of those before it, constants,
///              and stored tensors that other groups compute; only the last
///              value is used elsewhere,
///   [pool]     a pooling or a mean over all positions; behind a product its
///              windows are disjoint.
///
/// A concatenation is a group of its own: what its operands' kernels could not
/// store in its place is copied there.
struct FusionGroup {
  Operation *product = nullptr;
  SmallVector<Operation *> body;
  Operation *pool = nullptr;
  Operation *concat = nullptr;
  /// In blocks of a single row, outputs of a tile in each dimension if the
  /// product is computed by Winograd's minimal filtering; 0 for the direct sum.
  int64_t winogradOutputs = 0;

  /// The tensor the kernel reads positions of.
  Value getInput() const;
  /// All tensors that the kernel reads.
  SmallVector<Value> getInputs() const;
  /// The tensor that the body begins with.
  Value getBodyInput() const;
  /// The tensor the kernel stores.
  Value getResult() const;
  /// The op that names the group in messages and locations.
  Operation *getRoot() const;
};

/// An op that no kernel generator takes, and why.
struct PlanObstacle {
  Operation *op;
  std::string reason;
};

/// Partitions the ops of `func` into groups, in an order in which they can run.
/// Reshapes and constants belong to no group. Returns the first op for which
/// there is no kernel otherwise; it is the return when nothing is computed or a
/// result is not what a kernel stores.
std::variant<SmallVector<FusionGroup>, PlanObstacle>
formFusionGroups(func::FuncOp func);

/// The tensor behind reshapes, which move no values.
Value lookThroughReshapes(Value value);

/// The shape in which the values of `value` are stored, with the batch in
/// front: its own, but for features that come of a flattened image by
/// elementwise ops alone. Those are stored as that image.
ArrayRef<int64_t> getStoredShape(Value value);

} // namespace mlir::bn

#endif // BN_PLAN_FUSIONGROUPS_H
