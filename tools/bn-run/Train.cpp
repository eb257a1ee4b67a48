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
  std::string target;
  bool checkCuda = false;
  std::vector<runtime::Option> table = {
      runtime::textOption("--target", "cpu|cuda", "where to train (cpu)",
                          target),
      runtime::flagOption("--check-cuda",
                          "train with what the model is as CUDA text on the "
                          "CPU, and check for races and bad accesses",
                          checkCuda)};
  runtime::addTrainOptions(table, options);
  model.addTrainingTo(table);
  model.addPlanTo(table);
  if (auto status = model.parse(
          argc, argv, "bn-run train MODEL --data DIR [options]", table))
    return *status;
  if (runtime::Error error = runtime::checkUsage(options))
    return failUsage(error.message());
  if (!target.empty() && target != "cpu" && target != "cuda")
    return failUsage("--target: expected cpu or cuda, got '" + target + "'");
  if (checkCuda && llvm::StringRef(model.getModelPath()).ends_with(".so"))
    return failUsage("--check-cuda: expected a MODEL to compile, got '" +
                     model.getModelPath() + "'");
  if (target == "cuda")
    model.getCompileOptions().target = Target::Cuda;
  if (model.getCompileOptions().useF64 && (checkCuda || target == "cuda"))
    return failUsage("--target=cuda and --check-cuda: expected --element-type="
                     "f32, got f64");
  model.getCompileOptions().training.batch = options.batch;
  CompilerSession session;
  auto loaded = session.loadTrainer(model.getModelPath(),
                                    model.getCompileOptions(), checkCuda);
  if (failed(loaded))
    return runtime::ExitFailed;
  return runtime::runTraining((*loaded)->getTrainer(), options, programName);
}
