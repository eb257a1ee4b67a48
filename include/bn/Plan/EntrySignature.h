//===- EntrySignature.h - Arguments of generated code -----------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_PLAN_ENTRYSIGNATURE_H
#define BN_PLAN_ENTRYSIGNATURE_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace mlir::bn {

/// The arguments of a lowered model: inputs, outputs, workspace, run options.
struct EntrySignature {
  SmallVector<Type> types;
  SmallVector<DictionaryAttr> attributes;
};

/// The signature that `func`, on tensors, has as generated code. Reports an
/// error if an argument or result is no tensor of static extents but for the
/// batch.
FailureOr<EntrySignature> getEntrySignature(func::FuncOp func);

/// Gives `func` the signature, made before from the one it has; its body is the
/// caller's.
void setEntrySignature(func::FuncOp func, const EntrySignature &signature);

} // namespace mlir::bn

#endif // BN_PLAN_ENTRYSIGNATURE_H
