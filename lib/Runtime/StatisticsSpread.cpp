//===- StatisticsSpread.cpp - How far batches are apart -------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BatchStatistics.h"
#include "TrainingRun.h"

#include <math.h>

using namespace bn::runtime;

namespace {

/// Mean and variance of numbers that come one by one (after Welford).
struct Moments {
  double count = 0, mean = 0, squares = 0;
  void add(double value) {
    count += 1;
    double distance = value - mean;
    mean += distance / count;
    squares += distance * (value - mean);
  }
  double variance() const { return squares / (count - 1); }
};

/// Of one batch norm, by channel: what the batches' statistics are like.
struct LayerMoments {
  EstimatedNormalization layer;
  std::vector<Moments> means, variances;
};

} // namespace

static void addBatch(std::vector<LayerMoments> &all,
                     const BatchStatistics &statistics) {
  for (LayerMoments &moments : all)
    for (size_t k = 0; k < moments.means.size(); ++k) {
      auto channel = static_cast<int64_t>(k);
      moments.means[k].add(
          statistics.value(moments.layer.runningMean, channel));
      moments.variances[k].add(
          statistics.value(moments.layer.runningVariance, channel));
    }
}

static StatisticsSpread spreadOf(const LayerMoments &moments,
                                 ParameterStore &store) {
  double means = 0, variances = 0, channels = 0;
  for (size_t k = 0; k < moments.means.size(); ++k) {
    double running =
        store.value(moments.layer.runningVariance, static_cast<int64_t>(k));
    if (!(running > 0)) // a channel that is always the same
      continue;
    channels += 1;
    means += moments.means[k].variance() / running;
    variances += moments.variances[k].variance() / (running * running);
  }
  return {moments.layer.name, sqrt(means / channels),
          sqrt(variances / channels)};
}

Expected<std::vector<StatisticsSpread>> TrainingRun::measureSpread() {
  // Enough to know a deviation to a tenth of itself.
  constexpr int64_t wanted = 64;
  int64_t perPass = data.train.rows() / trainBatch;
  auto beginPass = [&](int64_t pass) {
    shuffleRows(options.epochs + 1 + pass);
    loader.beginPass(trainRows, order.data(), perPass * trainBatch, trainBatch);
  };
  beginPass(0);
  const Batch *batch = &loader.next();
  Expected<BatchStatistics> statistics =
      BatchStatistics::create(trainer, store, step, *batch);
  if (!statistics)
    return statistics.takeError();
  Expected<std::vector<EstimatedNormalization>> layers =
      findNormalizations(trainer, store, *statistics);
  if (!layers)
    return layers.takeError();
  std::vector<LayerMoments> all;
  for (EstimatedNormalization &layer : *layers) {
    std::vector<Moments> moments(layer.mean.size());
    all.push_back({std::move(layer), moments, moments});
  }

  for (int64_t done = 0;;) {
    if (Error error = statistics->measure(*batch))
      return error;
    addBatch(all, *statistics);
    if (++done == wanted || stop.isMade())
      break;
    if (done % perPass == 0)
      beginPass(done / perPass);
    batch = &loader.next();
  }
  std::vector<StatisticsSpread> result;
  for (const LayerMoments &moments : all)
    result.push_back(spreadOf(moments, store));
  return result;
}
