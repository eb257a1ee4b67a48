//===- Recalibration.cpp - Running statistics of other data -----*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Runtime/Recalibration.h"
#include "BatchStatistics.h"
#include "Progress.h"
#include "TrainedLayers.h"
#include "TrainingRun.h"
#include "bn/Runtime/Runner.h"

#include <math.h>
#include <stdio.h>

using namespace bn::runtime;

/// Adds a batch to the sums: the mean of each channel, and of its squares.
static void addBatch(std::vector<EstimatedNormalization> &all,
                     const BatchStatistics &statistics, double rows) {
  for (EstimatedNormalization &sums : all)
    for (size_t k = 0; k < sums.mean.size(); ++k) {
      auto channel = static_cast<int64_t>(k);
      double mean = statistics.value(sums.runningMean, channel);
      sums.mean[k] += rows * mean;
      sums.variance[k] +=
          rows *
          (statistics.value(sums.runningVariance, channel) + mean * mean);
    }
}

Expected<std::vector<EstimatedNormalization>>
bn::runtime::findNormalizations(const bn_trainer &trainer,
                                const ParameterStore &store,
                                const BatchStatistics &statistics) {
  std::vector<EstimatedNormalization> result;
  for (const TrainedLayer &layer : layersOf(trainer)) {
    if (layer.runningMean < 0 || layer.runningVariance < 0 ||
        statistics.isFrozen(layer.runningMean) ||
        statistics.isFrozen(layer.runningVariance))
      continue;
    auto channels = static_cast<size_t>(store.elementCount(layer.runningMean));
    result.push_back({layer.name, layer.runningMean, layer.runningVariance,
                      std::vector<double>(channels),
                      std::vector<double>(channels)});
  }
  if (result.empty())
    return Error::make("no batch norm here takes the statistics of a batch");
  return result;
}

Expected<std::vector<EstimatedNormalization>>
TrainingRun::estimateStatistics() {
  int64_t rows = usableRows();
  shuffleRows(1);
  loader.beginPass(trainRows, order.data(), rows, trainBatch);
  const Batch *batch = &loader.next();
  Expected<BatchStatistics> statistics =
      BatchStatistics::create(trainer, store, step, *batch);
  if (!statistics)
    return statistics.takeError();
  Expected<std::vector<EstimatedNormalization>> all =
      findNormalizations(trainer, store, *statistics);
  if (!all)
    return all;

  Progress progress(rows, /*wanted=*/true);
  for (int64_t done = 0; done < rows;) {
    if (stop.isMade())
      return Error::make("stopped; nothing was written");
    if (Error error = statistics->measure(*batch))
      return error;
    addBatch(*all, *statistics, static_cast<double>(batch->rows));
    done += batch->rows;
    progress.update(done);
    if (done < rows)
      batch = &loader.next();
  }
  for (EstimatedNormalization &sums : *all)
    for (size_t k = 0; k < sums.mean.size(); ++k) {
      sums.mean[k] /= static_cast<double>(rows);
      double square = sums.variance[k] / static_cast<double>(rows);
      sums.variance[k] = fmax(square - sums.mean[k] * sums.mean[k], 0);
    }
  return all;
}

Error TrainingRun::recalibrate() {
  Expected<std::vector<EstimatedNormalization>> all = estimateStatistics();
  if (!all)
    return all.takeError();
  for (const EstimatedNormalization &estimate : *all)
    for (size_t k = 0; k < estimate.mean.size(); ++k) {
      auto channel = static_cast<int64_t>(k);
      store.setValue(estimate.runningMean, channel, estimate.mean[k]);
      store.setValue(estimate.runningVariance, channel, estimate.variance[k]);
    }
  return Error::success();
}

static Error recalibrate(TrainingRun &run) {
  if (Error error = run.prepare())
    return error;
  Expected<int64_t> before = run.countTestHits();
  if (!before)
    return before.takeError();
  if (Error error = run.recalibrate())
    return error;
  Expected<int64_t> after = run.countTestHits();
  if (!after)
    return after.takeError();
  if (Error error = run.saveModel())
    return error;
  if (int64_t rows = run.testRowCount())
    printf("test accuracy: %.4f before, %.4f after (%lld and %lld of %lld)\n",
           static_cast<double>(*before) / static_cast<double>(rows),
           static_cast<double>(*after) / static_cast<double>(rows),
           static_cast<long long>(*before), static_cast<long long>(*after),
           static_cast<long long>(rows));
  return Error::success();
}

void bn::runtime::addEstimationOptions(std::vector<Option> &table,
                                       EstimationOptions &options) {
  constexpr int64_t mostThreads = 1024, most = int64_t(1) << 40;
  const Option rows[] = {
      integerOption("--batch", "N", "rows of a batch (128)", options.batch, 1,
                    most),
      flagOption("--drop-last", "skip a last batch that is short",
                 options.dropLast),
      integerOption("--seed", "N", "of the order of the rows (0)", options.seed,
                    0, INT64_MAX),
      integerOption("--threads", "N", "threads to use (default: all)",
                    options.threads, 1, mostThreads),
      textOption("--normalize", "MEAN,STD",
                 "for byte input, after division by 255 (default: the model's)",
                 options.normalize)};
  table.insert(table.end(), rows, rows + sizeof rows / sizeof *rows);
}

TrainOptions bn::runtime::toTrainOptions(const EstimationOptions &options) {
  TrainOptions result;
  result.data = options.data;
  result.batch = options.batch;
  result.dropLast = options.dropLast;
  result.seed = options.seed;
  result.threads = options.threads;
  result.normalize = options.normalize;
  return result;
}

void bn::runtime::addRecalibrationOptions(std::vector<Option> &table,
                                          RecalibrationOptions &options) {
  table.push_back(
      textOption("--data", "DIR",
                 "data set: IDX files, CIFAR-10's .bin, or train-images.npy",
                 options.data));
  table.push_back(textOption("-o", "FILE.onnx", "the model with new statistics",
                             options.output));
  addEstimationOptions(table, options);
}

Error bn::runtime::checkUsage(const RecalibrationOptions &options) {
  if (options.output.empty())
    return Error::make("expected -o FILE.onnx; see --help");
  return checkUsage(toTrainOptions(options));
}

int bn::runtime::runRecalibration(const bn_trainer &trainer,
                                  const RecalibrationOptions &options,
                                  const char *program) {
  TrainOptions trainOptions = toTrainOptions(options);
  trainOptions.save = options.output;
  TrainingRun run(trainer, trainOptions, program);
  Error error = recalibrate(run);
  if (!error)
    return ExitDone;
  printError(program, error);
  return ExitFailed;
}
