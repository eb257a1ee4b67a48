//===- TrainingResults.cpp - What a training run leaves behind --*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TrainedLayers.h"
#include "TrainingRun.h"
#include "bn/Runtime/Plot.h"

#include <algorithm>
#include <math.h>
#include <stdio.h>

using namespace bn::runtime;

Error TrainingRun::plot() const {
  if (options.plot.empty())
    return Error::success();
  Curve loss = {"train", {}, {}}, train = {"train", {}, {}},
        test = {"test", {}, {}};
  for (size_t i = 0; i < epochs.size(); ++i) {
    for (Curve *curve : {&loss, &train, &test})
      curve->x.push_back(static_cast<double>(i + 1));
    loss.y.push_back(epochs[i].trainLoss);
    train.y.push_back(100 * epochs[i].trainAccuracy);
    test.y.push_back(100 * epochs[i].testAccuracy);
  }
  Panel losses = {"Loss", "epoch", "mean loss", {loss}};
  Panel accuracies = {"Accuracy", "epoch", "percent", {train}};
  if (data.test.rows() > 0)
    accuracies.curves.push_back(test);
  return writePlot(options.plot, trainer.predict->name, {losses, accuracies});
}

/// Numbers as the model's metadata has them.
static std::string joinNumbers(const std::vector<double> &values) {
  std::string text;
  for (double value : values) {
    char number[32];
    snprintf(number, sizeof number, "%.9g", value);
    text += (text.empty() ? "" : ",") + std::string(number);
  }
  return text;
}

Error TrainingRun::saveModel() {
  if (Error error = step.fetch())
    return error;
  if (options.save.empty())
    return Error::success();
  if (Error error = source.edit())
    return error;
  for (int32_t i = 0; i < trainer.parameter_count; ++i)
    if (store.isInSource(i))
      source.replace(trainer.parameters[i].tensor, store.parameter(i));
  if (!options.normalize.empty() && data.train.images.isPixels) {
    source.setProperty("bn.input_mean", joinNumbers(normalization.mean));
    source.setProperty("bn.input_std", joinNumbers(normalization.deviation));
  }
  return source.write(options.save);
}

void TrainingRun::showLayers(const std::vector<LayerStatistics> &layers) {
  for (const LayerStatistics &layer : layers) {
    if (isnan(layer.deviationAfter))
      display.showLine("  %-16s gradient %.3g", layer.name.c_str(),
                       layer.gradientNorm);
    else
      display.showLine("  %-16s gradient %.3g, before %.3g +- %.3g, after "
                       "%.3g +- %.3g",
                       layer.name.c_str(), layer.gradientNorm, layer.meanBefore,
                       layer.deviationBefore, layer.meanAfter,
                       layer.deviationAfter);
  }
}

void TrainingRun::showNormalizations() {
  constexpr int64_t shown = 5;
  for (const TrainedLayer &layer : layersOf(trainer)) {
    if (!layer.isNormalization())
      continue;
    struct {
      const char *name;
      int32_t parameter;
    } const rows[] = {{"gamma", layer.scale},
                      {"beta", layer.offset},
                      {"running mean", layer.runningMean},
                      {"running var", layer.runningVariance}};
    display.showLine("%s", layer.name.c_str());
    for (const auto &row : rows) {
      if (row.parameter < 0)
        continue;
      int64_t count = store.elementCount(row.parameter);
      std::string values;
      for (int64_t k = 0; k < std::min(count, shown); ++k) {
        char number[32];
        snprintf(number, sizeof number, " %.6g", store.value(row.parameter, k));
        values += number;
      }
      display.showLine("  %-13s%s%s", row.name, values.c_str(),
                       count > shown ? " ..." : "");
    }
  }
}

Error TrainingRun::finish() {
  if (Error error = saveModel())
    return error;
  showNormalizations();
  return Error::success();
}
