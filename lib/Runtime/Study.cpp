//===- Study.cpp - Training runs side by side -----------------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Runtime/Study.h"
#include "Json.h"
#include "StudyPicture.h"
#include "TrainingRun.h"
#include "bn/Runtime/Readers.h"
#include "bn/Runtime/Writers.h"

#include <algorithm>
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

using namespace bn::runtime;

static std::string resultPath(const StudyOptions &options, const char *ending) {
  return options.directory + "/" + options.name + ending;
}

std::string bn::runtime::modelPath(const StudyOptions &options,
                                   const StudyRun &run) {
  std::string word; // "with BN, 0.1": "with-bn-0.1"
  for (char c : run.name) {
    if (isalnum(static_cast<unsigned char>(c)) || c == '.')
      word += static_cast<char>(tolower(static_cast<unsigned char>(c)));
    else if (!word.empty() && word.back() != '-')
      word += '-';
  }
  return resultPath(options, ("-" + word + ".onnx").c_str());
}

Error bn::runtime::prepareStudy(const StudyOptions &options,
                                const std::vector<StudyRun> &runs) {
  if (mkdir(options.directory.c_str(), 0777) != 0 &&
      (errno != EEXIST || !isDirectory(options.directory)))
    return Error::make("cannot make the directory: %s", strerror(errno))
        .inFile(options.directory);
  std::vector<std::string> paths = {resultPath(options, ".svg"),
                                    resultPath(options, ".jsonl")};
  for (const StudyRun &run : runs)
    paths.push_back(modelPath(options, run));
  for (const std::string &path : paths)
    if (Error error = checkWritable(path))
      return error;
  return Error::success();
}

size_t StudyResult::divergedIn() const {
  auto place =
      std::find_if(epochs.begin(), epochs.end(), [](const EpochRecord &epoch) {
        return !isfinite(epoch.trainLoss);
      });
  return place == epochs.end()
             ? 0
             : static_cast<size_t>(place - epochs.begin()) + 1;
}

static void printRun(const StudyResult &result) {
  if (result.epochs.empty())
    return;
  const EpochRecord &last = result.epochs.back();
  printf("%-28s epoch %zu: loss %.4f, accuracy %.2f%%", result.run.name.c_str(),
         result.epochs.size(), last.trainLoss, 100 * last.trainAccuracy);
  if (isfinite(last.testAccuracy))
    printf(", test %.2f%%", 100 * last.testAccuracy);
  printf("\n");
  fflush(stdout);
}

static Error trainAndMeasure(const StudyOptions &study, TrainingRun &run,
                             StudyResult &result) {
  if (Error error = run.runWhole())
    return error;
  result.epochs = run.epochs;
  result.isStopped = run.isStopped();
  bool hasStatistics = std::any_of(result.run.trainer->parameters,
                                   result.run.trainer->parameters +
                                       result.run.trainer->parameter_count,
                                   [](const bn_parameter_spec &spec) {
                                     return spec.role == BN_RUNNING_VARIANCE;
                                   });
  if (!study.measuresSpread || !hasStatistics || result.isStopped ||
      result.divergedIn())
    return Error::success();
  Expected<std::vector<StatisticsSpread>> spread = run.measureSpread();
  if (!spread)
    return spread.takeError();
  result.spread = std::move(*spread);
  return Error::success();
}

Expected<StudyResult> bn::runtime::runStudy(const StudyOptions &options,
                                            const StudyRun &run,
                                            const char *program) {
  TrainOptions trainOptions = run.options;
  trainOptions.quiet = true;
  trainOptions.label = run.name;
  trainOptions.save = modelPath(options, run);
  StudyResult result;
  result.run = run;
  {
    // Its bar is wiped before the next line.
    TrainingRun training(*run.trainer, trainOptions, program);
    if (Error error = trainAndMeasure(options, training, result))
      return Error::make("%s: %s", run.name.c_str(), error.message().c_str())
          .inFile(error.culprit());
  }
  printRun(result);
  return result;
}

/// "97.22%", or a dash.
static std::string percentText(double share) {
  if (!isfinite(share))
    return "-";
  char text[16];
  snprintf(text, sizeof text, "%.2f%%", 100 * share);
  return text;
}

static void printEnds(const std::vector<StudyResult> &results) {
  printf("\n%-28s %8s %9s %9s %20s\n", "run", "loss", "training", "test",
         "best test (epoch)");
  for (const StudyResult &result : results) {
    if (result.epochs.empty())
      continue;
    const EpochRecord &last = result.epochs.back();
    auto best =
        std::max_element(result.epochs.begin(), result.epochs.end(),
                         [](const EpochRecord &a, const EpochRecord &b) {
                           return a.testAccuracy < b.testAccuracy;
                         });
    std::string bestText = percentText(best->testAccuracy) + " (" +
                           std::to_string(best - result.epochs.begin() + 1) +
                           ")";
    printf("%-28s %8.4f %9s %9s %20s", result.run.name.c_str(), last.trainLoss,
           percentText(last.trainAccuracy).c_str(),
           percentText(last.testAccuracy).c_str(), bestText.c_str());
    if (size_t epoch = result.divergedIn())
      printf("  diverged in epoch %zu", epoch);
    printf("\n");
  }
}

static void printSpread(const StudyOptions &options,
                        const std::vector<StudyResult> &results) {
  printf("\nSpread of the batches' statistics: of the means in running "
         "deviations / of the\nvariances in running variances\n");
  bool first = true;
  for (const StudyResult &result : results) {
    if (result.spread.empty())
      continue;
    if (first) {
      printf("%-12s", options.factor.c_str());
      for (const StatisticsSpread &layer : result.spread)
        printf(" %15s", layer.name.c_str());
      printf("\n");
    }
    first = false;
    printf("%-12g", result.run.factor);
    for (const StatisticsSpread &layer : result.spread)
      printf(" %7.4f %7.4f", layer.mean, layer.variance);
    printf("\n");
  }
}

void bn::runtime::printStudy(const StudyOptions &options,
                             const std::vector<StudyResult> &results) {
  printEnds(results);
  if (options.measuresSpread)
    printSpread(options, results);
}

/// What the run was, with the brace that opens its lines.
static std::string runMembers(const StudyRun &run) {
  return "{\"run\":" + jsonString(run.name) +
         ",\"network\":" + jsonString(run.network) +
         ",\"batch\":" + std::to_string(run.options.batch) +
         ",\"learning_rate\":" + jsonNumber(run.options.rate) +
         ",\"init_scale\":" + jsonNumber(run.options.initScale);
}

static std::string epochLine(const StudyResult &result, size_t index) {
  const EpochRecord &epoch = result.epochs[index];
  return runMembers(result.run) + ",\"epoch\":" + std::to_string(index + 1) +
         ",\"train_loss\":" + jsonNumber(epoch.trainLoss) +
         ",\"train_accuracy\":" + jsonNumber(epoch.trainAccuracy) +
         ",\"test_accuracy\":" + jsonNumber(epoch.testAccuracy) +
         ",\"examples_per_second\":" + jsonNumber(epoch.examplesPerSecond, 6) +
         "}\n";
}

/// A line without epoch.
static std::string spreadLine(const StudyResult &result) {
  std::string layers;
  for (const StatisticsSpread &layer : result.spread)
    layers += (layers.empty() ? "" : ",") + std::string("{\"name\":") +
              jsonString(layer.name) +
              ",\"mean_spread\":" + jsonNumber(layer.mean) +
              ",\"variance_spread\":" + jsonNumber(layer.variance) + "}";
  return runMembers(result.run) + ",\"layers\":[" + layers + "]}\n";
}

Error bn::runtime::writeStudy(const StudyOptions &options,
                              const std::vector<StudyResult> &results) {
  std::string lines;
  for (const StudyResult &result : results) {
    for (size_t i = 0; i < result.epochs.size(); ++i)
      lines += epochLine(result, i);
    if (!result.spread.empty())
      lines += spreadLine(result);
  }
  if (Error error = writeFile(resultPath(options, ".jsonl"), {lines}))
    return error;
  return writePlot(resultPath(options, ".svg"), options.title,
                   makePanels(options, results));
}
