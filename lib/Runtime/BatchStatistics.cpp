//===- BatchStatistics.cpp - What a batch norm saw in a batch ---*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BatchStatistics.h"

#include <math.h>

using namespace bn::runtime;

namespace {

/// Puts the running statistics back when it goes.
class KeptStatistics {
public:
  explicit KeptStatistics(ParameterStore &store)
      : store(store), bytes(store.statistics.data(), store.statistics.size()) {}
  KeptStatistics(const KeptStatistics &) = delete;
  KeptStatistics &operator=(const KeptStatistics &) = delete;
  ~KeptStatistics() { bytes.copy(store.statistics.data(), bytes.size()); }

private:
  ParameterStore &store;
  std::string bytes;
};

} // namespace

/// All running statistics but frozen ones, which the rest of the network sees.
/// Where these are means over all batches, this is the first batch.
void BatchStatistics::setRunning(double value) {
  for (int32_t i = trainer->trained_count; i < trainer->parameter_count; ++i) {
    bool counts = trainer->parameters[i].role == BN_BATCHES_TRACKED;
    if (!isFrozen(i))
      for (int64_t k = 0, e = store->elementCount(i); k < e; ++k)
        store->setValue(i, k, counts ? 0 : value);
  }
}

Error BatchStatistics::run(const Batch &batch) {
  // No pattern of dropout is better than another here.
  return step->computeGradients(batch.data, batch.labels, batch.rows,
                                /*seed=*/0, /*step=*/0);
}

Expected<BatchStatistics> BatchStatistics::create(const bn_trainer &trainer,
                                                  ParameterStore &store,
                                                  TrainingStep &step,
                                                  const Batch &batch) {
  BatchStatistics result;
  result.trainer = &trainer;
  result.store = &store;
  result.step = &step;
  int32_t first = trainer.trained_count, count = trainer.parameter_count;
  result.momentum.assign(static_cast<size_t>(count - first), 1);
  KeptStatistics kept(store);

  if (Error error = result.run(batch))
    return error;
  for (int32_t i = first; i < count; ++i)
    for (int64_t k = 0, e = store.elementCount(i); k < e; ++k)
      if (store.nextValue(i, k) != store.value(i, k))
        result.momentum[result.indexOf(i)] = 0; // not known yet
  result.setRunning(0);
  if (Error error = result.run(batch))
    return error;
  std::vector<double> fromZero;
  for (int32_t i = first; i < count; ++i)
    fromZero.push_back(store.nextValue(i, 0));
  // Large beside what is added to it, so that the difference is exact enough.
  double probe = 1;
  for (double value : fromZero)
    probe = fmax(probe, fabs(value));
  result.setRunning(probe);
  if (Error error = result.run(batch))
    return error;
  for (int32_t i = first; i < count; ++i)
    if (!result.isFrozen(i))
      result.momentum[result.indexOf(i)] =
          (store.nextValue(i, 0) - fromZero[result.indexOf(i)]) / probe;
  return result;
}

bool BatchStatistics::isFrozen(int32_t parameter) const {
  return momentum[indexOf(parameter)] == 1;
}

Error BatchStatistics::measure(const Batch &batch) {
  KeptStatistics kept(*store);
  setRunning(0);
  return run(batch);
}

double BatchStatistics::value(int32_t parameter, int64_t channel) const {
  return store->nextValue(parameter, channel) /
         (1 - momentum[indexOf(parameter)]);
}
