//===- StatisticsComparison.cpp - Running statistics against data -*- C++
//-*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Runtime/StatisticsComparison.h"
#include "Json.h"
#include "TrainingRun.h"
#include "bn/Runtime/Plot.h"
#include "bn/Runtime/Runner.h"
#include "bn/Runtime/Writers.h"

#include <algorithm>
#include <math.h>
#include <stdio.h>

using namespace bn::runtime;

namespace {

/// The four rows of one batch norm, by channel.
struct Comparison {
  std::string name;
  std::vector<double> runningMean, dataMean, runningVariance, dataVariance;
  double largestShift = 0;
  size_t shiftedChannel = 0;
  /// Of the data's deviation to the running one.
  double smallestRatio = INFINITY, largestRatio = 0;
};

} // namespace

static Comparison compare(TrainingRun &run, EstimatedNormalization estimate) {
  Comparison result;
  result.name = std::move(estimate.name);
  result.dataMean = std::move(estimate.mean);
  result.dataVariance = std::move(estimate.variance);
  for (size_t k = 0; k < result.dataMean.size(); ++k) {
    auto channel = static_cast<int64_t>(k);
    double mean = run.parameterValue(estimate.runningMean, channel);
    double variance = run.parameterValue(estimate.runningVariance, channel);
    result.runningMean.push_back(mean);
    result.runningVariance.push_back(variance);
    double ratio = sqrt(result.dataVariance[k] / variance);
    result.smallestRatio = fmin(result.smallestRatio, ratio);
    result.largestRatio = fmax(result.largestRatio, ratio);
    double shift = fabs(result.dataMean[k] - mean) / sqrt(variance);
    if (shift > result.largestShift) {
      result.largestShift = shift;
      result.shiftedChannel = k;
    }
  }
  return result;
}

static void printRow(const char *name, const std::vector<double> &values,
                     bool all) {
  constexpr size_t shown = 5;
  printf("  %-13s", name);
  size_t count = all ? values.size() : std::min(values.size(), shown);
  for (size_t k = 0; k < count; ++k)
    printf(" %.6g", values[k]);
  printf("%s\n", count < values.size() ? " ..." : "");
}

static void printText(const Comparison &layer, bool all) {
  printf("%s: %zu channels, means up to %.3g deviations apart (channel %zu), "
         "deviations %.3g to %.3g times as large\n",
         layer.name.c_str(), layer.dataMean.size(), layer.largestShift,
         layer.shiftedChannel, layer.smallestRatio, layer.largestRatio);
  printRow("running mean", layer.runningMean, all);
  printRow("data mean", layer.dataMean, all);
  printRow("running var", layer.runningVariance, all);
  printRow("data var", layer.dataVariance, all);
}

static std::string jsonValues(const std::vector<double> &values) {
  std::string text = "[";
  for (double value : values)
    text += (text.size() > 1 ? "," : "") + jsonNumber(value);
  return text + "]";
}

static std::string toJson(const std::vector<Comparison> &layers) {
  std::string text = "{\"layers\":[";
  for (const Comparison &layer : layers)
    text += std::string(text.back() == '[' ? "" : ",") +
            "{\"name\":" + jsonString(layer.name) +
            ",\"running_mean\":" + jsonValues(layer.runningMean) +
            ",\"running_var\":" + jsonValues(layer.runningVariance) +
            ",\"data_mean\":" + jsonValues(layer.dataMean) +
            ",\"data_var\":" + jsonValues(layer.dataVariance) +
            ",\"largest_shift\":" + jsonNumber(layer.largestShift) +
            ",\"smallest_ratio\":" + jsonNumber(layer.smallestRatio) +
            ",\"largest_ratio\":" + jsonNumber(layer.largestRatio) + "}";
  return text + "]}\n";
}

static Panel makePanel(const Comparison &layer) {
  Panel panel = {layer.name, "channel", "", {}};
  auto add = [&](const char *name, const std::vector<double> &values,
                 bool isVariance) {
    Curve curve = {name, {}, {}};
    for (double value : values) {
      curve.x.push_back(static_cast<double>(curve.x.size()));
      curve.y.push_back(isVariance ? sqrt(value) : value);
    }
    panel.curves.push_back(std::move(curve));
  };
  add("running mean", layer.runningMean, false);
  add("mean of the data", layer.dataMean, false);
  add("running deviation", layer.runningVariance, true);
  add("deviation of the data", layer.dataVariance, true);
  return panel;
}

static Error compareAll(TrainingRun &run, const ComparisonOptions &options) {
  if (!options.plot.empty())
    if (Error error = checkWritable(options.plot))
      return error;
  if (Error error = run.prepare())
    return error;
  Expected<std::vector<EstimatedNormalization>> estimates =
      run.estimateStatistics();
  if (!estimates)
    return estimates.takeError();
  std::vector<Comparison> layers;
  for (EstimatedNormalization &estimate : *estimates)
    layers.push_back(compare(run, std::move(estimate)));
  if (options.json)
    fputs(toJson(layers).c_str(), stdout);
  else
    for (const Comparison &layer : layers)
      printText(layer, options.all);
  if (options.plot.empty())
    return Error::success();
  std::vector<Panel> panels;
  for (const Comparison &layer : layers)
    panels.push_back(makePanel(layer));
  return writePlot(options.plot, "Running statistics and those of the data",
                   panels);
}

void bn::runtime::addComparisonOptions(std::vector<Option> &table,
                                       ComparisonOptions &options) {
  table.push_back(textOption(
      "--data", "DIR",
      "compare the running statistics with those of a data set", options.data));
  table.push_back(
      textOption("--plot", "FILE.svg", "with --data: draw them", options.plot));
  addEstimationOptions(table, options);
}

Error bn::runtime::checkUsage(const ComparisonOptions &options) {
  return checkUsage(toTrainOptions(options));
}

int bn::runtime::runStatisticsComparison(const bn_trainer &trainer,
                                         const ComparisonOptions &options,
                                         const char *program) {
  TrainOptions trainOptions = toTrainOptions(options);
  TrainingRun run(trainer, trainOptions, program);
  Error error = compareAll(run, options);
  if (!error)
    return ExitDone;
  printError(program, error);
  return ExitFailed;
}
