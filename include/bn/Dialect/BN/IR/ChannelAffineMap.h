//===- ChannelAffineMap.h - Affine maps by channel --------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A prediction-mode batch norm is y = scale[c] * x + shift[c]. Ops say through
// AffineAbsorber and AffineCarrier (BNInterfaces.td) how such a map can vanish
// in their parameters or move past them; these are the structures they speak
// in.
//
//===----------------------------------------------------------------------===//

#ifndef BN_DIALECT_BN_IR_CHANNELAFFINEMAP_H
#define BN_DIALECT_BN_IR_CHANNELAFFINEMAP_H

#include "mlir/IR/BuiltinAttributes.h"

#include <vector>

namespace mlir::bn {

/// The map y = scale[c] * x + shift[c], where c is the index along `axis` of
/// the tensor it is applied to. All vectors have the extent of that axis.
struct ChannelAffineMap {
  int64_t axis = 0;
  std::vector<double> scale;
  std::vector<double> shift;
  /// Typical size of y: |gamma| + |beta| of a batch norm, whose result has
  /// mean beta and deviation gamma. Empty if nothing is known of the input.
  std::vector<double> magnitude;
};

/// Where a map meets an op: at its (first) input, or at its result.
enum class AffineSide { Input, Result };

/// The parameters of an op that has absorbed a map.
struct AbsorbedParameters {
  ElementsAttr weight;
  ElementsAttr bias;
  /// Largest relative change that rounding the parameters makes: of a channel's
  /// weights against the largest of them, of a bias against the typical size of
  /// the channel.
  double measured = 0.0;
  /// Number of values that were subnormal and became zero.
  int64_t flushed = 0;
};

} // namespace mlir::bn

#endif // BN_DIALECT_BN_IR_CHANNELAFFINEMAP_H
