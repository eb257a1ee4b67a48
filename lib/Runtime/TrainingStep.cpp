//===- TrainingStep.cpp - Calls of a trainer's three models -----*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TrainingStep.h"
#include "bn/Runtime/Execution.h"
#include "bn/Runtime/Parallel.h"

#include <algorithm>
#include <math.h>
#include <string.h>

using namespace bn::runtime;

Error bn::runtime::checkRunnable(const bn_trainer &trainer) {
  if (trainer.abi_version != BN_ABI_VERSION)
    return Error::make("the trainer was compiled for version %d of the "
                       "runtime, this is version %d",
                       trainer.abi_version, BN_ABI_VERSION);
  for (const bn_model *model :
       {trainer.gradients, trainer.predict, trainer.update})
    if (Error error = checkRunnable(*model))
      return error;
  return Error::success();
}

Expected<TrainingStep>
TrainingStep::create(const bn_trainer &trainer, ParameterStore &store,
                     int64_t trainBatch, int64_t testBatch, int64_t threads) {
  TrainingStep step;
  step.trainer = &trainer;
  step.store = &store;
  step.isDouble = trainer.gradients->inputs[0].element_type == BN_F64;
  step.options = makeRunOptions(threads);
  // One after another: they share the memory.
  for (auto [model, batch] :
       {std::pair<const bn_model *, int64_t>(trainer.gradients, trainBatch),
        {trainer.predict, testBatch},
        {trainer.update, store.trainedElements()}}) {
    Expected<Buffer> buffer =
        allocateWorkspace(*model, batch, step.options.threads);
    if (!buffer)
      return buffer.takeError();
    if (buffer->size() >= step.workspace.size())
      step.workspace = std::move(*buffer);
  }
  auto most = static_cast<size_t>(trainer.parameter_count) + 3;
  step.inputs.reserve(most);
  step.outputs.reserve(most);
  return step;
}

static Error refusal(const char *what, int64_t rows) {
  return Error::make("the trainer's %s refuses a batch of %lld", what,
                     static_cast<long long>(rows));
}

Error TrainingStep::computeGradients(const void *data, const int64_t *labels,
                                     int64_t rows, int64_t seed, int64_t step) {
  if (Error error = fetch())
    return error;
  const int64_t seeds[2] = {seed, step};
  inputs.assign({data, labels, seeds});
  outputs.assign({&lossValue, &hitCount});
  for (int32_t i = 0; i < trainer->parameter_count; ++i) {
    inputs.push_back(store->parameter(i));
    outputs.push_back(i < trainer->trained_count ? store->gradient(i)
                                                 : store->nextStatistic(i));
  }
  if (trainer->gradients->run(inputs.data(), outputs.data(), rows,
                              workspace.data(), &options) != BN_OK)
    return refusal("gradients", rows);
  return Error::success();
}

double TrainingStep::loss() const {
  if (isDouble)
    return lossValue;
  float narrow;
  memcpy(&narrow, &lossValue, sizeof narrow);
  return static_cast<double>(narrow);
}

namespace {

/// The settings that an update takes, in the trainer's precision.
class UpdateSettings {
public:
  UpdateSettings(const bn_trainer &trainer, bool isDouble,
                 const OptimizerSettings &settings, double rate, int64_t step)
      : isDouble(isDouble) {
    constexpr double b1 = 0.9, b2 = 0.999, epsilon = 1e-8;
    auto time = static_cast<double>(step);
    const double sgd[4] = {rate, settings.momentum, settings.weightDecay,
                           settings.nesterov ? 1.0 : 0.0};
    const double adam[7] = {rate,
                            b1,
                            b2,
                            epsilon,
                            settings.weightDecay,
                            1 - pow(b1, time),
                            1 - pow(b2, time)};
    if (trainer.optimizer == BN_SGD)
      std::copy(std::begin(sgd), std::end(sgd), wide);
    else
      std::copy(std::begin(adam), std::end(adam), wide);
    std::copy(std::begin(wide), std::end(wide), narrow);
  }

  const void *data() const {
    return isDouble ? static_cast<const void *>(wide) : narrow;
  }

private:
  bool isDouble;
  double wide[7] = {};
  float narrow[7];
};

} // namespace

/// Before a step, which the device takes from what the store has.
Error TrainingStep::loadDevice() {
  if (!isLoaded &&
      trainer->device->load(store->trained.data(), store->moments[0].data(),
                            store->moments[1].data(),
                            store->statistics.data()) != BN_OK)
    return Error::make("the device does not take the parameters");
  isLoaded = isAhead = true;
  return Error::success();
}

Error TrainingStep::checkStep(int32_t status, int64_t rows) {
  if (status == BN_OK)
    return Error::success();
  return status == BN_BAD_BATCH
             ? refusal("step", rows)
             : Error::make("the device cannot do a training step");
}

Expected<bool> TrainingStep::reserveRows(int64_t rows) {
  if (!trainer->device)
    return false;
  int32_t status = trainer->device->reserve_rows(rows);
  if (status == BN_OK || status == BN_BAD_BATCH)
    return status == BN_OK;
  return Error::make("the device does not take the data set");
}

Error TrainingStep::putRows(const void *data, const int64_t *labels,
                            int64_t first, int64_t rows) {
  if (trainer->device->put_rows(data, labels, first, rows) == BN_OK)
    return Error::success();
  return Error::make("the device does not take the data set");
}

Error TrainingStep::trainRows(const int64_t *numbers, int64_t rows,
                              int64_t seed, const OptimizerSettings &settings,
                              double rate, int64_t step) {
  if (Error error = loadDevice())
    return error;
  const int64_t seeds[2] = {seed, step};
  UpdateSettings values(*trainer, isDouble, settings, rate, step);
  return checkStep(trainer->device->step_rows(numbers, seeds, values.data(),
                                              rows, &lossValue, &hitCount),
                   rows);
}

Error TrainingStep::train(const void *data, const int64_t *labels, int64_t rows,
                          int64_t seed, const OptimizerSettings &settings,
                          double rate, int64_t step) {
  if (trainer->device) {
    if (Error error = loadDevice())
      return error;
    const int64_t seeds[2] = {seed, step};
    UpdateSettings values(*trainer, isDouble, settings, rate, step);
    return checkStep(trainer->device->step(data, labels, seeds, values.data(),
                                           rows, &lossValue, &hitCount),
                     rows);
  }
  if (Error error = computeGradients(data, labels, rows, seed, step))
    return error;
  if (Error error = update(settings, rate, step))
    return error;
  store->swapStatistics();
  return Error::success();
}

Error TrainingStep::fetch() {
  if (!isAhead)
    return Error::success();
  if (trainer->device->store(store->trained.data(), store->moments[0].data(),
                             store->moments[1].data(),
                             store->statistics.data()) != BN_OK)
    return Error::make("the device does not give the parameters back");
  isAhead = false;
  return Error::success();
}

Error TrainingStep::update(const OptimizerSettings &settings, double rate,
                           int64_t step) {
  bool isAdam = trainer->optimizer != BN_SGD;
  UpdateSettings values(*trainer, isDouble, settings, rate, step);
  void *parameters = store->trained.data();
  void *moments[2] = {store->moments[0].data(), store->moments[1].data()};
  inputs.assign({parameters, store->gradients.data(), moments[0]});
  outputs.assign({parameters, moments[0]});
  if (isAdam) {
    inputs.push_back(moments[1]);
    outputs.push_back(moments[1]);
  }
  inputs.push_back(values.data());
  int64_t count = store->trainedElements();
  if (count > 0 && trainer->update->run(inputs.data(), outputs.data(), count,
                                        workspace.data(), &options) != BN_OK)
    return refusal("update", count);
  return Error::success();
}

Error TrainingStep::predict(const void *data, int64_t rows, void *logits) {
  // What the store has is older.
  if (isAhead) {
    if (trainer->device->predict(data, rows, logits) != BN_OK)
      return refusal("prediction", rows);
    return Error::success();
  }
  inputs.assign({data});
  for (int32_t i = 0; i < trainer->parameter_count; ++i)
    inputs.push_back(store->parameter(i));
  outputs.assign({logits});
  if (trainer->predict->run(inputs.data(), outputs.data(), rows,
                            workspace.data(), &options) != BN_OK)
    return refusal("prediction", rows);
  return Error::success();
}
