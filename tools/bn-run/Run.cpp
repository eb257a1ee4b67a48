//===- Run.cpp - bn-run MODEL DATA... -------------------------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Commands.h"
#include "ModelOptions.h"

using namespace mlir::bn;
namespace runtime = ::bn::runtime;

int mlir::bn::runCommand(int argc, char **argv) {
  runtime::RunOptions options;
  ModelOptions model;
  std::vector<runtime::Option> table;
  runtime::addRunOptions(table, options);
  if (auto status = model.parse(
          argc, argv,
          "bn-run MODEL [DATA...] [options]\n"
          "       bn-run verify|bench|inspect MODEL [options]",
          table, options.data))
    return *status;
  if (runtime::Error error = runtime::checkUsage(options))
    return failUsage(error.message());
  // Nothing to run on: say what the model is.
  if (options.data.empty() && options.namedInputs.empty())
    options.info = true;
  CompilerSession session;
  auto loaded = session.load(model.getModelPath(), model.getCompileOptions());
  if (failed(loaded))
    return runtime::ExitFailed;
  return runtime::runModel((*loaded)->getModel(), options, programName);
}
