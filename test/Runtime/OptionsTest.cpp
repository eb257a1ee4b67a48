//===- OptionsTest.cpp - Command-line options -------------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Runtime/Options.h"

#include <gtest/gtest.h>

using namespace bn::runtime;

namespace {

struct Parsed {
  bool flag = false;
  std::string output;
  std::vector<std::string> inputs;
  int64_t threads = 0;
  double tolerance = 0;
  std::vector<std::string> operands;
  std::string message;
};

Parsed parse(std::vector<const char *> arguments) {
  Parsed parsed;
  std::vector<Option> table = {
      flagOption("--json", "", parsed.flag),
      textOption("-o", "FILE", "", parsed.output),
      listOption("--input", "NAME=FILE", "", parsed.inputs),
      integerOption("--threads", "N", "", parsed.threads, 1, 64),
      realOption("--rtol", "X", "", parsed.tolerance, 0)};
  arguments.insert(arguments.begin(), "program");
  Error error = parseCommandLine(static_cast<int>(arguments.size()),
                                 arguments.data(), table, parsed.operands);
  parsed.message = error.message();
  return parsed;
}

} // namespace

TEST(Options, TakeValuesEitherWay) {
  Parsed parsed = parse({"a", "--threads=3", "--input", "x=1.npy", "-o", "b",
                         "--input=y=2.npy", "--rtol", "1e-3", "--json", "c"});
  EXPECT_EQ(parsed.message, "");
  EXPECT_EQ(parsed.threads, 3);
  EXPECT_EQ(parsed.output, "b");
  EXPECT_EQ(parsed.inputs, (std::vector<std::string>{"x=1.npy", "y=2.npy"}));
  EXPECT_EQ(parsed.tolerance, 1e-3);
  EXPECT_TRUE(parsed.flag);
  EXPECT_EQ(parsed.operands, (std::vector<std::string>{"a", "c"}));
  EXPECT_EQ(parse({"-ofile"}).output, "file");
  EXPECT_EQ(parse({"--", "--json"}).operands.front(), "--json");
}

TEST(Options, RefuseWithTheReason) {
  EXPECT_EQ(parse({"--bogus"}).message, "unknown option '--bogus'; see --help");
  EXPECT_EQ(parse({"--thread=1"}).message,
            "unknown option '--thread=1'; see --help");
  EXPECT_EQ(parse({"--json=1"}).message, "--json takes no value");
  EXPECT_EQ(parse({"-o"}).message, "-o: expected FILE, got nothing");
  EXPECT_EQ(parse({"--threads", "65"}).message,
            "--threads: expected a number from 1 to 64, got '65'");
  EXPECT_EQ(parse({"--threads=1x"}).message,
            "--threads: expected a number from 1 to 64, got '1x'");
  EXPECT_EQ(parse({"--threads=99999999999999999999"}).message,
            "--threads: expected a number from 1 to 64, got "
            "'99999999999999999999'");
  EXPECT_EQ(parse({"--rtol=nan"}).message,
            "--rtol: expected a number of at least 0, got 'nan'");
}
