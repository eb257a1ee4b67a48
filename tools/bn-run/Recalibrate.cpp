//===- Recalibrate.cpp - bn-run recalibrate -------------------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Commands.h"
#include "ModelOptions.h"
#include "bn/Runtime/Recalibration.h"

using namespace mlir::bn;
namespace runtime = ::bn::runtime;

int mlir::bn::recalibrateCommand(int argc, char **argv) {
  runtime::RecalibrationOptions options;
  ModelOptions model;
  std::vector<runtime::Option> table;
  runtime::addRecalibrationOptions(table, options);
  model.addTrainingTo(table);
  if (auto status = model.parse(
          argc, argv, "bn-run recalibrate MODEL --data DIR -o NEW.onnx", table))
    return *status;
  if (runtime::Error error = runtime::checkUsage(options))
    return failUsage(error.message());
  CompilerSession session;
  auto loaded =
      session.loadTrainer(model.getModelPath(), model.getCompileOptions());
  if (failed(loaded))
    return runtime::ExitFailed;
  return runtime::runRecalibration((*loaded)->getTrainer(), options,
                                   programName);
}
