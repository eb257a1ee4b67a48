//===- KernelChecks.h - Which ops kernels can take --------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_PLAN_KERNELCHECKS_H
#define BN_PLAN_KERNELCHECKS_H

#include "bn/Dialect/BN/IR/BN.h"

namespace mlir::bn {

/// How a kernel's body gets an operand of an elementwise op that it does not
/// compute itself.
enum class OperandRole {
  /// Not at all: the kernel generators do not know this kind of operand.
  Unknown,
  /// A constant with the same value everywhere.
  Number,
  /// A constant with one value per channel.
  PerChannel,
  /// A stored tensor: its value at the same position, or at its only one.
  Tensor
};

/// The role of `operand` of the elementwise `op`.
OperandRole getOperandRole(Operation *op, Value operand);

/// True for ops that are one scalar expression.
bool isElementwise(Operation *op);

/// The first operand of an elementwise op that is not constant and has the
/// shape of the result; null if there is none.
Value getPrimaryOperand(Operation *op);

/// True for no value, and for a constant whose data is there: a resource may
/// have been left out of the text of a module.
bool isParameter(Value value);

bool isConstant(Value value);

/// A tensor that has a storage: f32, batch, channels and, if any, two spatial
/// extents; everything but the batch is static.
bool hasStorage(Value value);

/// Returns why there is no kernel for `op`, whatever is in front of it, or an
/// empty string.
StringRef checkProduct(Operation *op);
StringRef checkPool(Operation *op);
StringRef checkBody(Operation *op);
StringRef checkConcat(ConcatOp op);

/// True for the ops that `checkPool` knows.
bool isPool(Operation *op);

/// True if the windows of pooling `op` are disjoint and small, so that a
/// product's tile can hold them.
bool hasDisjointWindows(Operation *op);

} // namespace mlir::bn

#endif // BN_PLAN_KERNELCHECKS_H
