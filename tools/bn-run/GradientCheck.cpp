//===- GradientCheck.cpp - bn-run gradcheck -------------------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Runtime/GradientCheck.h"
#include "Commands.h"
#include "ModelOptions.h"

using namespace mlir::bn;
namespace runtime = ::bn::runtime;

int mlir::bn::gradientCheckCommand(int argc, char **argv) {
  runtime::GradientCheckOptions options;
  ModelOptions model;
  std::vector<runtime::Option> table;
  runtime::addGradientCheckOptions(table, options);
  model.addTrainingTo(table);
  if (auto status =
          model.parse(argc, argv, "bn-run gradcheck MODEL [options]", table))
    return *status;
  if (runtime::Error error = runtime::checkUsage(options))
    return failUsage(error.message());
  // Differences of a loss need all the digits there are.
  model.getCompileOptions().useF64 = true;
  CompilerSession session;
  auto loaded =
      session.loadTrainer(model.getModelPath(), model.getCompileOptions());
  if (failed(loaded))
    return runtime::ExitFailed;
  return runtime::runGradientCheck((*loaded)->getTrainer(), options,
                                   programName);
}
