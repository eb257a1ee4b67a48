//===- WeightPacking.h - Weights in the order of tiles ----------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_LIB_PLAN_WEIGHTPACKING_H
#define BN_LIB_PLAN_WEIGHTPACKING_H

#include "bn/Plan/TileChoice.h"

namespace mlir::bn {

/// Weights as `bn.product_kernel` wants them.
struct PackedWeights {
  SmallVector<float> values;
  SmallVector<int64_t> extents;
};

/// Packs `weights` (see ProductParameters) in the order in which tiles of
/// `tile` that begin at `starts` read them.
PackedWeights packWeights(const ProductShape &product, ArrayRef<float> weights,
                          Lanes lanes, const TileChoice &tile,
                          ArrayRef<int64_t> starts);

} // namespace mlir::bn

#endif // BN_LIB_PLAN_WEIGHTPACKING_H
