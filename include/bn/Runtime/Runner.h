//===- Runner.h - Running a model from the command line ---------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The front end that executables and bn-run share. Exit status: 0 done and,
// where something was compared, equal; 1 failed or different; 2 wrong usage.
//
//===----------------------------------------------------------------------===//

#ifndef BN_RUNTIME_RUNNER_H
#define BN_RUNTIME_RUNNER_H

#include "bn/Runtime/Abi.h"
#include "bn/Runtime/Options.h"
#include "bn/Runtime/Tensor.h"

namespace bn::runtime {

enum ExitStatus { ExitDone = 0, ExitFailed = 1, ExitUsage = 2 };

/// What a run was asked for. The fields are the options of the same name.
struct RunOptions {
  std::vector<std::string> data;
  std::vector<std::string> namedInputs; // NAME=FILE
  std::string output;
  std::string expect;
  double rtol = 1e-4;
  double atol = 1e-5;
  std::string labels;
  std::string mistakes;
  std::string normalize;
  std::string target = "cpu"; // where to run
  int64_t threads = 0; // all
  int64_t top = 0;
  bool info = false;
  bool json = false;
};

/// Adds the rows of the option table that fill `options`. Operands go to
/// `options.data`.
void addRunOptions(std::vector<Option> &table, RunOptions &options);

/// Says what is wrong with the options whatever the model and the files are:
/// wrong usage.
Error checkUsage(const RunOptions &options);

/// The data of a run.
struct RunData {
  std::vector<Tensor> inputs; // prepared, in the model's order
  /// What an ONNX test directory wants as outputs; empty without one.
  std::vector<Tensor> expected;
  /// The first file, to blame for a wrong number of rows.
  std::string firstFile;
};

/// Reads DATA and --input, and prepares them for the model.
Expected<RunData> loadRunData(const bn_model &model, const RunOptions &options);

/// Runs the model as `options` say, prints the results to stdout, and errors to
/// stderr on behalf of `program`. Returns the exit status.
int runModel(const bn_model &model, const RunOptions &options,
             const char *program);

/// The `main` of an executable.
int runCommandLine(const bn_model &model, int argc, char **argv);

/// To be called first in `main`: a closed pipe becomes an error of the write
/// instead of a signal, and closed standard streams cannot be mistaken for
/// files opened later.
void guardStandardStreams();

/// To be called last: `status`, or ExitFailed with a message if stdout could
/// not be written.
int finishStandardOutput(const char *program, int status);

} // namespace bn::runtime

#endif // BN_RUNTIME_RUNNER_H
