//===- Options.h - Command-line options -------------------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A table of options, each bound to a variable, and a parser for it: both
// `--name=value` and `--name value`, `-o FILE` and `-oFILE`, and `--` before
// operands that begin with a dash.
//
//===----------------------------------------------------------------------===//

#ifndef BN_RUNTIME_OPTIONS_H
#define BN_RUNTIME_OPTIONS_H

#include "bn/Runtime/Error.h"

#include <stdint.h>
#include <vector>

namespace bn::runtime {

/// One row of the table. `name` has its dashes, `argument` is null for a flag.
struct Option {
  enum class Kind { Flag, Text, List, Integer, Real };
  Kind kind;
  const char *name;
  const char *argument;
  const char *help;
  void *target;
  int64_t minimum = 0; // Integer and Real
  int64_t maximum = 0; // Integer
};

Option flagOption(const char *name, const char *help, bool &target);
Option textOption(const char *name, const char *argument, const char *help,
                  std::string &target);
/// May be given several times.
Option listOption(const char *name, const char *argument, const char *help,
                  std::vector<std::string> &target);
Option integerOption(const char *name, const char *argument, const char *help,
                     int64_t &target, int64_t minimum, int64_t maximum);
/// A finite number of at least `minimum`.
Option realOption(const char *name, const char *argument, const char *help,
                  double &target, int64_t minimum);

/// Assigns the options' variables; what is no option goes to `operands`. An
/// error here is wrong usage: exit status 2.
Error parseCommandLine(int argc, const char *const *argv,
                       const std::vector<Option> &options,
                       std::vector<std::string> &operands);

/// Prints the table to stdout, one option per line.
void printOptions(const std::vector<Option> &options);

} // namespace bn::runtime

#endif // BN_RUNTIME_OPTIONS_H
