//===- Train.cpp - bn-run train -------------------------------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Commands.h"
#include "ModelOptions.h"
#include "bn/Runtime/Trainer.h"

using namespace mlir::bn;
namespace runtime = ::bn::runtime;

int mlir::bn::trainCommand(int argc, char **argv) {
  runtime::TrainOptions options;
  ModelOptions model;
  std::vector<runtime::Option> table;
  runtime::addTrainOptions(table, options);
  model.addTrainingTo(table);
  model.addPlanTo(table);
  if (auto status = model.parse(
          argc, argv, "bn-run train MODEL --data DIR [options]", table))
    return *status;
  if (runtime::Error error = runtime::checkUsage(options))
    return failUsage(error.message());
  model.getCompileOptions().training.batch = options.batch;
  CompilerSession session;
  auto loaded =
      session.loadTrainer(model.getModelPath(), model.getCompileOptions());
  if (failed(loaded))
    return runtime::ExitFailed;
  return runtime::runTraining((*loaded)->getTrainer(), options, programName);
}
