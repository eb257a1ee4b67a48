//===- TrainedLayers.cpp - Parameters by layer ------------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TrainedLayers.h"

using namespace bn::runtime;

std::vector<TrainedLayer> bn::runtime::layersOf(const bn_trainer &trainer) {
  std::vector<TrainedLayer> layers;
  for (int32_t i = 0; i < trainer.parameter_count; ++i) {
    const bn_parameter_spec &spec = trainer.parameters[i];
    std::string name = *spec.layer ? spec.layer : spec.tensor.name;
    TrainedLayer *layer = nullptr;
    for (TrainedLayer &known : layers)
      if (known.name == name)
        layer = &known;
    if (!layer) {
      layers.emplace_back();
      layer = &layers.back();
      layer->name = name;
    }
    if (i < trainer.trained_count)
      layer->trained.push_back(i);
    switch (spec.role) {
    case BN_SCALE:
      layer->scale = i;
      break;
    case BN_OFFSET:
      layer->offset = i;
      break;
    case BN_RUNNING_MEAN:
      layer->runningMean = i;
      break;
    case BN_RUNNING_VARIANCE:
      layer->runningVariance = i;
      break;
    }
  }
  return layers;
}
