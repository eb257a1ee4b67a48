//===- bn-opt.cpp - The compiler ------------------------------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OptTool.h"
#include "Options.h"
#include "bn/Driver/Compilation.h"
#include "bn/Driver/Diagnostics.h"
#include "bn/Runtime/Runner.h"

#include "mlir/IR/MLIRContext.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"

enum ExitStatus { ExitDone = 0, ExitFailed = 1, ExitUsage = 2 };

/// `failed`, or true when stdout could not be written.
static bool finishOutput(bool failed) {
  llvm::outs().flush();
  if (!llvm::outs().has_error())
    return failed;
  llvm::errs() << "bn-opt: error: stdout: cannot write: "
               << llvm::outs().error().message() << "\n";
  llvm::outs().clear_error();
  return true;
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv, /*InstallPipeSignalExitHandler=*/false);
  // A closed pipe or stream is an error of the write like any other.
  bn::runtime::guardStandardStreams();
  llvm::cl::SetVersionPrinter([](llvm::raw_ostream &os) {
    os << "bn-opt " << BN_VERSION << " (LLVM " << LLVM_VERSION_STRING << ")\n";
  });

  mlir::DialectRegistry registry;
  mlir::bn::registerOptTool(registry);
  auto line = mlir::bn::parseCommandLine(argc, argv);
  if (!line)
    return ExitUsage;
  bool failed;
  if (line->isOptTool) {
    failed = mlir::failed(mlir::bn::runOptTool(line->request, registry));
  } else {
    mlir::MLIRContext context(registry);
    mlir::bn::DiagnosticPrinter diagnostics(&context, "bn-opt");
    failed =
        mlir::failed(mlir::bn::compile(context, line->request, line->options));
  }
  return finishOutput(failed) ? ExitFailed : ExitDone;
}
