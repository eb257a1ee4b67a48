//===- Passes.h - From a lowered model to its C interface -------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_TARGET_OBJECT_PASSES_H
#define BN_TARGET_OBJECT_PASSES_H

#include "mlir/Pass/Pass.h"

namespace mlir::bn {

#define GEN_PASS_DECL
#include "bn/Target/Object/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "bn/Target/Object/Passes.h.inc"

} // namespace mlir::bn

#endif // BN_TARGET_OBJECT_PASSES_H
