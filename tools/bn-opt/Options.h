//===- Options.h - The command line of bn-opt -------------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_TOOLS_BN_OPT_OPTIONS_H
#define BN_TOOLS_BN_OPT_OPTIONS_H

#include "bn/Driver/Compile.h"

#include <optional>

namespace mlir::bn {

/// What the command line asks for.
struct CommandLine {
  CompileRequest request;
  CompileOptions options;
  /// Behave as mlir-opt does: the options hold passes or other flags of it.
  bool isOptTool = false;
};

/// Declares the options and parses them. On wrong usage prints a message and
/// returns nothing.
std::optional<CommandLine> parseCommandLine(int argc, char **argv);

} // namespace mlir::bn

#endif // BN_TOOLS_BN_OPT_OPTIONS_H
