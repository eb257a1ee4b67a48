//===- LayerStatistics.h - How each layer is doing --------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_LIB_RUNTIME_LAYERSTATISTICS_H
#define BN_LIB_RUNTIME_LAYERSTATISTICS_H

#include "BatchLoader.h"
#include "TrainingStep.h"

namespace bn::runtime {

/// What --log-stats tells. The activations of a batch norm are those of all
/// channels together: before it from the statistics of the batch, after it as
/// gamma and beta make them (epsilon left out). NaN for other layers.
struct LayerStatistics {
  std::string name;
  double gradientNorm; // of all its parameters as one vector
  double meanBefore, deviationBefore;
  double meanAfter, deviationAfter;
};

/// Measures on one batch, with the parameters as they are; changes gradients
/// and next statistics only.
Expected<std::vector<LayerStatistics>> measureLayers(const bn_trainer &trainer,
                                                     ParameterStore &store,
                                                     TrainingStep &step,
                                                     const Batch &batch);

/// A list of objects: name, gradient_norm, and of batch norms mean_before,
/// deviation_before, mean_after, deviation_after.
std::string layerStatisticsJson(const std::vector<LayerStatistics> &layers);

} // namespace bn::runtime

#endif // BN_LIB_RUNTIME_LAYERSTATISTICS_H
