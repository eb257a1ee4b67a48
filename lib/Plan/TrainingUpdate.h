//===- TrainingUpdate.h - The optimizer's step on vectors -------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_LIB_PLAN_TRAININGUPDATE_H
#define BN_LIB_PLAN_TRAININGUPDATE_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace mlir::bn {

/// The one op of `func`, if that is the step of an optimizer on arguments in
/// f32, in their order.
Operation *findUpdate(func::FuncOp func);

/// Builds the body of the entry `func`, which has the signature of generated
/// code, and a function for a piece of the vectors: `update` on `lanes` values
/// at a time.
void emitUpdate(func::FuncOp func, Operation *update, int64_t lanes);

} // namespace mlir::bn

#endif // BN_LIB_PLAN_TRAININGUPDATE_H
