//===- TrainedLayers.h - Parameters by layer --------------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_LIB_RUNTIME_TRAINEDLAYERS_H
#define BN_LIB_RUNTIME_TRAINEDLAYERS_H

#include "bn/Runtime/Abi.h"

#include <string>
#include <vector>

namespace bn::runtime {

/// The parameters of one layer, by their index in the trainer; -1 for what the
/// layer does not have.
struct TrainedLayer {
  std::string name; // of the node; of the first parameter where it has none
  std::vector<int32_t> trained;
  int32_t scale = -1, offset = -1; // of a normalization, trained or not
  int32_t runningMean = -1, runningVariance = -1;

  bool isNormalization() const { return scale >= 0 || runningMean >= 0; }
};

/// All layers, in the order of their first parameters.
std::vector<TrainedLayer> layersOf(const bn_trainer &trainer);

} // namespace bn::runtime

#endif // BN_LIB_RUNTIME_TRAINEDLAYERS_H
