//===- TrainingRun.cpp - A run from options to results ----------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TrainingRun.h"
#include "CounterRandom.h"
#include "Progress.h"
#include "bn/Runtime/Runner.h"

#include <algorithm>
#include <math.h>

using namespace bn::runtime;

template <typename T>
static int64_t countHitsIn(const T *logits, int64_t classes,
                           const int64_t *labels, int64_t rows) {
  int64_t hits = 0;
  for (int64_t row = 0; row < rows; ++row, logits += classes)
    hits += std::max_element(logits, logits + classes) - logits == labels[row];
  return hits;
}

int64_t bn::runtime::countHits(const bn_trainer &trainer, const void *logits,
                               const int64_t *labels, int64_t rows) {
  if (trainer.gradients->inputs[0].element_type == BN_F64)
    return countHitsIn(static_cast<const double *>(logits), trainer.class_count,
                       labels, rows);
  return countHitsIn(static_cast<const float *>(logits), trainer.class_count,
                     labels, rows);
}

int64_t TrainingRun::usableRows() const {
  int64_t rows = data.train.rows();
  return options.dropLast ? rows - rows % trainBatch : rows;
}

Error TrainingRun::runStep() {
  int64_t number = position.step + 1;
  int64_t rows = std::min(trainBatch, usableRows() - position.epochRows);
  OptimizerSettings settings = {options.momentum, options.weightDecay,
                                options.nesterov};
  if (isOnDevice) {
    const int64_t *numbers = order.data() + position.epochRows;
    if (Error error = step.trainRows(numbers, rows, options.seed, settings,
                                     rate.at(number), number))
      return error;
  } else {
    const Batch &batch = loader.next();
    if (Error error = step.train(batch.data, batch.labels, rows, options.seed,
                                 settings, rate.at(number), number))
      return error;
  }

  position.step = number;
  position.epochSteps += 1;
  position.epochRows += rows;
  position.epochHits += step.hits();
  position.lossSum += step.loss();
  log.addStep(position.epoch + 1, number, step.loss());
  if (!isfinite(step.loss()) && !warnedOfLoss) {
    warnedOfLoss = true;
    if (!options.quiet)
      printWarning(program, "the loss of step " + std::to_string(number) +
                                " is not finite; a smaller --lr may help");
  }
  return Error::success();
}

void TrainingRun::shuffleRows(int64_t number) {
  std::copy_n(fileOrder.begin(), data.train.rows(), order.begin());
  shuffle(order.data(), data.train.rows(),
          CounterRandom(options.seed, RandomUse::Shuffle, number));
}

Error TrainingRun::runEpoch() {
  int64_t number = position.epoch + 1;
  if (options.noShuffle)
    order = fileOrder;
  else
    shuffleRows(number);
  int64_t usable = usableRows();
  double begin = monotonicSeconds() - position.seconds;
  if (position.epochRows < usable && !isOnDevice)
    loader.beginPass(trainRows, order.data() + position.epochRows,
                     usable - position.epochRows, trainBatch);
  while (position.epochRows < usable && !stop.isMade()) {
    if (Error error = runStep())
      return error;
    position.seconds = monotonicSeconds() - begin;
    auto rows = static_cast<double>(position.epochRows);
    display.showStep(
        {number, options.epochs, position.epochRows, usable,
         position.lossSum / static_cast<double>(position.epochSteps),
         static_cast<double>(position.epochHits) / rows, position.seconds});
  }
  if (position.epochRows < usable)
    return Error::success(); // stopped
  return finishEpoch();
}

Expected<int64_t> TrainingRun::countTestHits() {
  int64_t rows = data.test.rows(), hits = 0;
  if (rows == 0)
    return hits;
  loader.beginPass(testRows, fileOrder.data(), rows, testBatch);
  for (int64_t done = 0; done < rows; done += testBatch) {
    if (stop.isMade())
      return -1;
    const Batch &batch = loader.next();
    // Rows beyond the batch hold older data, and their logits are not read.
    if (Error error =
            step.predict(batch.data, testBatchIsFixed ? testBatch : batch.rows,
                         logits.data()))
      return error;
    hits += countHits(trainer, logits.data(), batch.labels, batch.rows);
  }
  return hits;
}

/// On the first rows of the epoch, after its last step.
Expected<std::vector<LayerStatistics>> TrainingRun::measureEpoch() {
  int64_t count = std::min(trainBatch, usableRows());
  loader.beginPass(trainRows, order.data(), count, trainBatch);
  return measureLayers(trainer, store, step, loader.next());
}

Error TrainingRun::finishEpoch() {
  auto rows = static_cast<double>(position.epochRows);
  EpochRecord record = {position.lossSum /
                            static_cast<double>(position.epochSteps),
                        static_cast<double>(position.epochHits) / rows, NAN,
                        rows / position.seconds};
  if (data.test.rows() > 0) {
    Expected<int64_t> hits = countTestHits();
    if (!hits)
      return hits.takeError();
    if (*hits < 0)
      return Error::success(); // stopped: the epoch is not finished
    record.testAccuracy =
        static_cast<double>(*hits) / static_cast<double>(data.test.rows());
  }
  std::vector<LayerStatistics> layers;
  if (options.logStats) {
    Expected<std::vector<LayerStatistics>> measured = measureEpoch();
    if (!measured)
      return measured.takeError();
    layers = std::move(*measured);
  }
  epochs.push_back(record);
  position.epoch += 1;
  position.epochSteps = position.epochRows = position.epochHits = 0;
  position.lossSum = position.seconds = 0;
  display.showEpoch(position.epoch, record);
  showLayers(layers);
  log.addEpoch(position.epoch, record,
               options.logStats ? ",\"layers\":" + layerStatisticsJson(layers)
                                : "");
  if (Error error = log.flush())
    return error;
  if (Error error = plot())
    return error;
  return saveCheckpoint();
}

Error TrainingRun::saveCheckpoint() {
  if (options.checkpoint.empty())
    return Error::success();
  if (Error error = step.fetch())
    return error;
  return writeCheckpoint(options.checkpoint, trainer, setup, position, epochs,
                         store);
}

Error TrainingRun::run() {
  while (position.epoch < options.epochs && !stop.isMade())
    if (Error error = runEpoch())
      return error;
  if (position.epoch == options.epochs || !stop.isMade())
    return log.flush();
  display.showLine("Stopped after step %lld",
                   static_cast<long long>(position.step));
  if (Error error = log.flush())
    return error;
  return saveCheckpoint();
}

Error TrainingRun::runWhole() {
  if (Error error = prepare())
    return error;
  if (Error error = run())
    return error;
  return finish();
}

Expected<std::vector<EpochRecord>>
bn::runtime::train(const bn_trainer &trainer, const TrainOptions &options,
                   const char *program) {
  TrainingRun run(trainer, options, program);
  if (Error error = run.runWhole())
    return error;
  return std::move(run.epochs);
}

int bn::runtime::runTraining(const bn_trainer &trainer,
                             const TrainOptions &options, const char *program) {
  if (trainer.optimizer != BN_SGD && options.momentum != 0) {
    printError(program,
               Error::make("--momentum is for gradient descent; this "
                           "trainer was compiled for %s",
                           trainer.optimizer == BN_ADAM ? "Adam" : "AdamW"));
    return ExitUsage;
  }
  Expected<std::vector<EpochRecord>> epochs = train(trainer, options, program);
  if (epochs)
    return ExitDone;
  printError(program, epochs.takeError());
  return ExitFailed;
}
