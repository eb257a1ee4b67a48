//===- LayerStatistics.cpp - How each layer is doing ------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LayerStatistics.h"
#include "BatchStatistics.h"
#include "Json.h"
#include "TrainedLayers.h"

#include <math.h>

using namespace bn::runtime;

namespace {

/// The mean and the deviation of channels put together.
struct Mixture {
  double count = 0, means = 0, squares = 0;
  void add(double mean, double variance) {
    count += 1;
    means += mean;
    squares += variance + mean * mean;
  }
  double mean() const { return means / count; }
  double deviation() const {
    return sqrt(fmax(squares / count - mean() * mean(), 0));
  }
};

} // namespace

static void describeActivations(const TrainedLayer &layer,
                                ParameterStore &store,
                                const BatchStatistics &batch,
                                LayerStatistics &result) {
  Mixture before, after;
  for (int64_t k = 0, e = store.elementCount(layer.runningMean); k < e; ++k) {
    before.add(batch.value(layer.runningMean, k),
               batch.value(layer.runningVariance, k));
    double gamma = layer.scale < 0 ? 1 : store.value(layer.scale, k);
    double beta = layer.offset < 0 ? 0 : store.value(layer.offset, k);
    after.add(beta, gamma * gamma);
  }
  result.meanBefore = before.mean();
  result.deviationBefore = before.deviation();
  result.meanAfter = after.mean();
  result.deviationAfter = after.deviation();
}

Expected<std::vector<LayerStatistics>>
bn::runtime::measureLayers(const bn_trainer &trainer, ParameterStore &store,
                           TrainingStep &step, const Batch &batch) {
  Expected<BatchStatistics> statistics =
      BatchStatistics::create(trainer, store, step, batch);
  if (!statistics)
    return statistics.takeError();
  if (Error error = statistics->measure(batch))
    return error;
  std::vector<LayerStatistics> results;
  for (const TrainedLayer &layer : layersOf(trainer)) {
    LayerStatistics result = {layer.name, 0, NAN, NAN, NAN, NAN};
    for (int32_t index : layer.trained)
      for (int64_t k = 0, e = store.elementCount(index); k < e; ++k)
        result.gradientNorm +=
            store.gradientValue(index, k) * store.gradientValue(index, k);
    result.gradientNorm = sqrt(result.gradientNorm);
    if (layer.runningMean >= 0 && layer.runningVariance >= 0 &&
        !statistics->isFrozen(layer.runningMean) &&
        !statistics->isFrozen(layer.runningVariance))
      describeActivations(layer, store, *statistics, result);
    results.push_back(std::move(result));
  }
  return results;
}

std::string
bn::runtime::layerStatisticsJson(const std::vector<LayerStatistics> &layers) {
  std::string text = "[";
  for (const LayerStatistics &layer : layers) {
    text += text.size() > 1 ? ",{" : "{";
    text += "\"name\":" + jsonString(layer.name) +
            ",\"gradient_norm\":" + jsonNumber(layer.gradientNorm, 6);
    if (!isnan(layer.deviationAfter))
      text += ",\"mean_before\":" + jsonNumber(layer.meanBefore, 6) +
              ",\"deviation_before\":" + jsonNumber(layer.deviationBefore, 6) +
              ",\"mean_after\":" + jsonNumber(layer.meanAfter, 6) +
              ",\"deviation_after\":" + jsonNumber(layer.deviationAfter, 6);
    text += '}';
  }
  return text + "]";
}
