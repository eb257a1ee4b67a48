//===- Run.cpp - bn-run MODEL DATA... -------------------------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Commands.h"
#include "ModelOptions.h"
#include "bn/Driver/ScheduleCheck.h"

using namespace mlir::bn;
namespace runtime = ::bn::runtime;

/// Runs the model in several orders of its threads.
static int runChecked(const bn_model &model,
                      const runtime::RunOptions &options) {
  ScheduleCheck check(model);
  int status = runtime::runModel(check.getModel(), options, programName);
  const std::string &difference = check.getDifference();
  if (!difference.empty()) {
    llvm::errs() << programName << ": error: " << difference << "\n";
    return runtime::ExitFailed;
  }
  if (status == runtime::ExitDone)
    llvm::errs() << "CUDA check: " << check.describe() << "\n";
  return status;
}

int mlir::bn::runCommand(int argc, char **argv) {
  runtime::RunOptions options;
  ModelOptions model;
  bool checkCuda = false;
  std::vector<runtime::Option> table = {
      runtime::flagOption("--check-cuda",
                          "run what the model is as CUDA text on the CPU, and "
                          "check for races and bad accesses",
                          checkCuda)};
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
  if (checkCuda && llvm::StringRef(model.getModelPath()).ends_with(".so"))
    return failUsage("--check-cuda: expected a MODEL to compile, got '" +
                     model.getModelPath() + "'");
  if (options.target == "cuda" &&
      !llvm::StringRef(model.getModelPath()).ends_with(".so")) {
    model.getCompileOptions().target = Target::Cuda;
    // The code that will be loaded runs on the GPU itself.
    options.target = "cpu";
  }
  CompilerSession session;
  auto loaded =
      session.load(model.getModelPath(), model.getCompileOptions(), checkCuda);
  if (failed(loaded))
    return runtime::ExitFailed;
  if (checkCuda)
    return runChecked((*loaded)->getModel(), options);
  return runtime::runModel((*loaded)->getModel(), options, programName);
}
