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
  if (auto status =
          model.parse(argc, argv,
                      "bn-run MODEL [DATA...] [options]\n"
                      "       bn-run verify|bench|inspect MODEL [options]",
                      table, options.data))
    return *status;
  // With nothing but a model, say what it is.
  bool asksNothing = options.data.empty() && options.namedInputs.empty() &&
                     options.output.empty() && options.expect.empty() &&
                     options.labels.empty() && options.top == 0;
  if (asksNothing)
    options.info = true;
  if (runtime::Error error = runtime::checkUsage(options))
    return failUsage(error.message());
  CompilerSession session;
  auto loaded = session.load(model.getModelPath(), model.getCompileOptions());
  if (failed(loaded))
    return runtime::ExitFailed;
  return runtime::runModel((*loaded)->getModel(), options, programName);
}
