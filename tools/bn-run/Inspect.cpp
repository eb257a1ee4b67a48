//===- Inspect.cpp - bn-run inspect ---------------------------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Commands.h"
#include "ModelOptions.h"
#include "bn/Driver/Compilation.h"
#include "bn/Report/Inspection.h"
#include "bn/Runtime/StatisticsComparison.h"

#include <cstdio>

using namespace mlir::bn;
namespace runtime = ::bn::runtime;

/// What the batch norms see of a data set takes a training step to find out.
static int compareWithData(ModelOptions &model,
                           const runtime::ComparisonOptions &options) {
  if (runtime::Error error = runtime::checkUsage(options))
    return failUsage(error.message());
  CompileOptions &compileOptions = model.getCompileOptions();
  compileOptions.train = true;
  if (compileOptions.batchNormMode == BatchNormMode::AsFile)
    compileOptions.batchNormMode = BatchNormMode::Train;
  CompilerSession session;
  auto loaded = session.loadTrainer(model.getModelPath(), compileOptions);
  if (failed(loaded))
    return runtime::ExitFailed;
  return runtime::runStatisticsComparison((*loaded)->getTrainer(), options,
                                          programName);
}

int mlir::bn::inspectCommand(int argc, char **argv) {
  bool all = false, json = false;
  runtime::ComparisonOptions comparison;
  ModelOptions model;
  std::vector<runtime::Option> table = {
      runtime::flagOption("--all", "print all values, not the first five", all),
      runtime::flagOption("--json", "print the results as JSON", json)};
  runtime::addComparisonOptions(table, comparison);
  if (auto status =
          model.parse(argc, argv, "bn-run inspect MODEL [options]", table))
    return *status;
  if (!comparison.data.empty()) {
    comparison.all = all;
    comparison.json = json;
    return compareWithData(model, comparison);
  }

  CompilerSession session;
  Compilation compilation(session.getContext(), model.getCompileOptions(),
                          "model", /*entryPoint=*/false);
  // A batch norm that is written out is one, too.
  if (failed(compilation.read(model.getModelPath())) ||
      failed(compilation.raise()))
    return runtime::ExitFailed;
  Inspection inspection(compilation.getModule());
  if (failed(compilation.runTo(Stage::Lower)))
    return runtime::ExitFailed;
  inspection.addFacts(compilation.getModule());
  std::string text;
  llvm::raw_string_ostream stream(text);
  if (json)
    inspection.printJson(stream);
  else
    inspection.printText(stream, all);
  std::fwrite(text.data(), 1, text.size(), stdout);
  return runtime::ExitDone;
}
