//===- RunFunction.h - The entry point of a lowered function ----*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_LIB_TARGET_OBJECT_RUNFUNCTION_H
#define BN_LIB_TARGET_OBJECT_RUNFUNCTION_H

#include "bn/Target/Object/Signature.h"

#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace mlir::bn {

/// Builds `name`, which is what `bn_model::run` of bn/Runtime/Abi.h points to:
/// it checks the batch, makes memrefs of the caller's pointers and calls the
/// lowered function of `signature`.
void buildRunFunction(ImplicitLocOpBuilder &builder,
                      const ModelSignature &signature, StringRef name);

} // namespace mlir::bn

#endif // BN_LIB_TARGET_OBJECT_RUNFUNCTION_H
