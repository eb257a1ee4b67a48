//===- Passes.h - Passes over the bn graph ----------------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_DIALECT_BN_TRANSFORMS_PASSES_H
#define BN_DIALECT_BN_TRANSFORMS_PASSES_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace mlir::bn {

#define GEN_PASS_DECL
#include "bn/Dialect/BN/Transforms/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "bn/Dialect/BN/Transforms/Passes.h.inc"

} // namespace mlir::bn

#endif // BN_DIALECT_BN_TRANSFORMS_PASSES_H
