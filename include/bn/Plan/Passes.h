//===- Passes.h - From tensors to buffers -----------------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_PLAN_PASSES_H
#define BN_PLAN_PASSES_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/Pass.h"

namespace mlir::bn {

#define GEN_PASS_DECL
#include "bn/Plan/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "bn/Plan/Passes.h.inc"

} // namespace mlir::bn

#endif // BN_PLAN_PASSES_H
