//===- bn-run.cpp - Runs, compares, measures and shows models -------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Commands.h"
#include "ModelOptions.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/InitLLVM.h"

#include <cstdio>

using namespace mlir::bn;
namespace runtime = ::bn::runtime;

static int runNamedCommand(int argc, char **argv) {
  struct Command {
    llvm::StringLiteral name;
    int (*run)(int argc, char **argv);
  };
  constexpr Command commands[] = {{"verify", verifyCommand},
                                  {"bench", benchCommand},
                                  {"inspect", inspectCommand},
                                  {"train", trainCommand},
                                  {"gradcheck", gradientCheckCommand},
                                  {"recalibrate", recalibrateCommand},
                                  {"study", studyCommand}};
  llvm::StringRef name = argc > 1 ? argv[1] : "";
  for (const Command &command : commands)
    if (name == command.name)
      return command.run(argc - 1, argv + 1);
  if (name == "--version") {
    std::printf("bn-run %s\n", BN_VERSION);
    return runtime::ExitDone;
  }
  return runCommand(argc, argv);
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv, /*InstallPipeSignalExitHandler=*/false);
  runtime::guardStandardStreams();
  return runtime::finishStandardOutput(programName,
                                       runNamedCommand(argc, argv));
}
