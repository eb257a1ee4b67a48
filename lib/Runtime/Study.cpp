//===- Study.cpp - Training runs side by side -------------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Runtime/Study.h"
#include "Json.h"
#include "bn/Runtime/Plot.h"
#include "bn/Runtime/Readers.h"
#include "bn/Runtime/Writers.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

using namespace bn::runtime;

Error bn::runtime::makeStudyDirectory(const StudyOptions &options) {
  if (mkdir(options.directory.c_str(), 0777) == 0 ||
      (errno == EEXIST && isDirectory(options.directory)))
    return Error::success();
  return Error::make("cannot make the directory: %s", strerror(errno))
      .inFile(options.directory);
}

Expected<StudyResult> bn::runtime::runStudy(const StudyRun &run,
                                            const char *program) {
  TrainOptions options = run.options;
  options.quiet = true;
  Expected<std::vector<EpochRecord>> epochs =
      train(*run.trainer, options, program);
  if (!epochs)
    return Error::make("%s: %s", run.name.c_str(),
                       epochs.takeError().message().c_str());
  if (!epochs->empty()) {
    const EpochRecord &last = epochs->back();
    printf("%-24s epoch %zu: loss %.4f, accuracy %.2f%%", run.name.c_str(),
           epochs->size(), last.trainLoss, 100 * last.trainAccuracy);
    if (isfinite(last.testAccuracy))
      printf(", test %.2f%%", 100 * last.testAccuracy);
    printf("\n");
    fflush(stdout);
  }
  StudyResult result;
  result.name = run.name;
  result.epochs = std::move(*epochs);
  return result;
}

/// One curve for each run.
static Panel makePanel(const char *title, const char *label,
                       const std::vector<StudyResult> &results,
                       double EpochRecord::*value, double factor) {
  Panel panel = {title, "epoch", label, {}};
  for (const StudyResult &result : results) {
    Curve curve = {result.name, {}, {}};
    for (const EpochRecord &epoch : result.epochs) {
      curve.x.push_back(static_cast<double>(curve.x.size() + 1));
      curve.y.push_back(factor * epoch.*value);
    }
    panel.curves.push_back(std::move(curve));
  }
  return panel;
}

static std::string epochLine(const StudyResult &result, size_t index) {
  const EpochRecord &epoch = result.epochs[index];
  return "{\"run\":" + jsonString(result.name) +
         ",\"epoch\":" + std::to_string(index + 1) +
         ",\"train_loss\":" + jsonNumber(epoch.trainLoss) +
         ",\"train_accuracy\":" + jsonNumber(epoch.trainAccuracy) +
         ",\"test_accuracy\":" + jsonNumber(epoch.testAccuracy) +
         ",\"examples_per_second\":" + jsonNumber(epoch.examplesPerSecond, 6) +
         "}\n";
}

Error bn::runtime::writeStudy(const StudyOptions &options,
                              const std::vector<StudyResult> &results) {
  std::string lines;
  for (const StudyResult &result : results)
    for (size_t i = 0; i < result.epochs.size(); ++i)
      lines += epochLine(result, i);
  std::string stem = options.directory + "/" + options.name;
  if (Error error = writeFile(stem + ".jsonl", {lines}))
    return error;
  return writePlot(
      stem + ".svg", options.title,
      {makePanel("Loss", "mean loss", results, &EpochRecord::trainLoss, 1),
       makePanel("Training accuracy", "percent", results,
                 &EpochRecord::trainAccuracy, 100),
       makePanel("Test accuracy", "percent", results,
                 &EpochRecord::testAccuracy, 100)});
}
