//===- BNVerifiers.h - What several ops check -------------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_LIB_DIALECT_BN_IR_BNVERIFIERS_H
#define BN_LIB_DIALECT_BN_IR_BNVERIFIERS_H

#include "bn/Dialect/BN/IR/BN.h"

namespace mlir::bn {

/// The extent of the channels of `input`.
int64_t getChannels(Value input, Layout layout);

/// Checks that each of `vectors`, called `names`, holds one value per channel.
LogicalResult verifyChannelVectors(Operation *op, int64_t channels,
                                   ValueRange vectors,
                                   ArrayRef<StringRef> names);

/// Checks that a normalization's epsilon is finite and not negative.
LogicalResult verifyEpsilon(Operation *op, const APFloat &epsilon);

/// Infers the type of a sliding window's result: `channels` in the place of the
/// channels and the extents of the window's positions in those of the space.
LogicalResult inferWindow(std::optional<Location> loc, RankedTensorType input,
                          int64_t channels, ArrayRef<int64_t> kernel,
                          ArrayRef<int64_t> strides, ArrayRef<int64_t> padding,
                          ArrayRef<int64_t> dilations, bool ceilMode,
                          Layout layout, SmallVectorImpl<Type> &types);

} // namespace mlir::bn

#endif // BN_LIB_DIALECT_BN_IR_BNVERIFIERS_H
