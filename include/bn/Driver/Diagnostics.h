//===- Diagnostics.h - Diagnostics for people -------------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_DRIVER_DIAGNOSTICS_H
#define BN_DRIVER_DIAGNOSTICS_H

#include "mlir/IR/Diagnostics.h"
#include "llvm/Support/raw_ostream.h"

#include <string>

namespace mlir::bn {

/// Prints diagnostics as compilers do, "FILE:LINE:COLUMN: error: MESSAGE", and
/// for an imported model "FILE: error: NODE: MESSAGE", as long as it lives. A
/// location without a file is the program's.
class DiagnosticPrinter : public ScopedDiagnosticHandler {
public:
  DiagnosticPrinter(MLIRContext *context, llvm::StringRef program,
                    llvm::raw_ostream &os = llvm::errs());

  bool hasErrors() const { return errorCount > 0; }

private:
  void print(Diagnostic &diagnostic);

  std::string program;
  llvm::raw_ostream &os;
  unsigned errorCount = 0;
};

/// Emits `error` on the file `path`, or on the program itself for an empty
/// path.
LogicalResult emitFileError(MLIRContext *context, llvm::StringRef path,
                            const Twine &message);

} // namespace mlir::bn

#endif // BN_DRIVER_DIAGNOSTICS_H
