//===- Exports.h - Which names an object exports ----------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_LIB_TARGET_OBJECT_EXPORTS_H
#define BN_LIB_TARGET_OBJECT_EXPORTS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace mlir::bn {

/// Checks that exported names can begin with `symbol`: reports an error unless
/// it is a C identifier.
LogicalResult checkSymbol(ModuleOp module, StringRef symbol);

/// Gives everything that is defined so far internal linkage, and names that
/// cannot meet those of the C library: a model may be called `main`.
LogicalResult makeInternal(ModuleOp module, StringRef symbol);

/// Builds the function `name`, which returns the address of the global `table`.
void buildGetter(ImplicitLocOpBuilder &builder, StringRef name,
                 StringRef table);

/// Drops the attributes of the bn dialect, whose content is in a table now.
void dropFacts(ModuleOp module);

} // namespace mlir::bn

#endif // BN_LIB_TARGET_OBJECT_EXPORTS_H
