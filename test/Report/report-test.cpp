//===- report-test.cpp - Write the report of a module ---------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Usage: bn-report-test INPUT.mlir REPORT. What bn-opt does for --report,
// without a compilation around it.
//
//===----------------------------------------------------------------------===//

#include "bn/Dialect/BN/IR/BN.h"
#include "bn/Report/Report.h"

#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;

int main(int argc, char **argv) {
  if (argc != 3) {
    llvm::errs() << "usage: bn-report-test INPUT.mlir REPORT\n";
    return 2;
  }
  MLIRContext context;
  context.loadDialect<bn::BNDialect>();
  OwningOpRef<ModuleOp> module =
      parseSourceFile<ModuleOp>(argv[1], ParserConfig(&context));
  if (!module)
    return 1;
  return failed(
      bn::writeReport(*module, argv[2], llvm::sys::path::stem(argv[1])));
}
