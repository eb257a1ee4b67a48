//===- Commands.h - The commands of bn-run ----------------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_TOOLS_BN_RUN_COMMANDS_H
#define BN_TOOLS_BN_RUN_COMMANDS_H

namespace mlir::bn {

/// Each takes the words after its own name, with `argv[0]` for the program, and
/// returns the exit status.
int runCommand(int argc, char **argv);
int verifyCommand(int argc, char **argv);
int benchCommand(int argc, char **argv);
int inspectCommand(int argc, char **argv);
int trainCommand(int argc, char **argv);
int gradientCheckCommand(int argc, char **argv);
int recalibrateCommand(int argc, char **argv);
int studyCommand(int argc, char **argv);

} // namespace mlir::bn

#endif // BN_TOOLS_BN_RUN_COMMANDS_H
