//===- Passes.td - Passes over the bn graph ----------------*- tablegen -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_DIALECT_BN_TRANSFORMS_PASSES_TD
#define BN_DIALECT_BN_TRANSFORMS_PASSES_TD

include "mlir/Pass/PassBase.td"

#endif // BN_DIALECT_BN_TRANSFORMS_PASSES_TD
