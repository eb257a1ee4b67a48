//===- OptTool.h - bn-opt as a tool of mlir-opt's kind ----------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_TOOLS_BN_OPT_OPTTOOL_H
#define BN_TOOLS_BN_OPT_OPTTOOL_H

#include "bn/Driver/Compile.h"

#include "mlir/IR/DialectRegistry.h"

namespace mlir::bn {

/// Registers all dialects, and all passes and mlir-opt's flags as options of
/// the command line.
void registerOptTool(DialectRegistry &registry);

/// Does what the flags say with `request.input`, as mlir-opt does.
LogicalResult runOptTool(const CompileRequest &request,
                         DialectRegistry &registry);

} // namespace mlir::bn

#endif // BN_TOOLS_BN_OPT_OPTTOOL_H
