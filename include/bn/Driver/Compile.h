//===- Compile.h - From a file to a file ------------------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_DRIVER_COMPILE_H
#define BN_DRIVER_COMPILE_H

#include "bn/Driver/CompileOptions.h"

#include "mlir/IR/MLIRContext.h"
#include "llvm/Support/Error.h"

#include <string>

namespace mlir::bn {

/// From which file to which. An empty output stands for the default: stdout
/// after --stop-after, else a program named after the input's stem.
struct CompileRequest {
  std::string input;
  std::string output;
  /// Where this program lies; the runtime's archive is found from there.
  std::string programPath;
};

/// Says what is wrong with a request whatever is in the files.
llvm::Error checkUsage(const CompileRequest &request,
                       const CompileOptions &options);

/// Compiles. Errors are diagnostics of `context`; then no file has changed and
/// none is new, except for the stages saved on the way.
LogicalResult compile(MLIRContext &context, const CompileRequest &request,
                      const CompileOptions &options);

} // namespace mlir::bn

#endif // BN_DRIVER_COMPILE_H
