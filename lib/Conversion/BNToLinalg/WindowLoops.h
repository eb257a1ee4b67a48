//===- WindowLoops.h - Loops over sliding windows ---------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_LIB_CONVERSION_BNTOLINALG_WINDOWLOOPS_H
#define BN_LIB_CONVERSION_BNTOLINALG_WINDOWLOOPS_H

#include "LinalgBuilder.h"

#include "bn/Dialect/BN/IR/BN.h"

namespace mlir::bn {

/// A window that slides over the spatial axes of an image tensor: `padding` as
/// in `bn.conv`.
struct Window {
  SmallVector<int64_t> kernel, strides, padding, dilations;
  Layout layout;
};

/// The window of a pool or its gradient.
template <typename PoolOp> Window getWindow(PoolOp op) {
  return {SmallVector<int64_t>(op.getKernel()),
          SmallVector<int64_t>(op.getStrides()),
          SmallVector<int64_t>(op.getPadding()),
          SmallVector<int64_t>(op.getDilations()), op.getLayout()};
}

/// The window of a convolution, or of one of its gradients, with a filter of
/// type `filter`.
template <typename ConvOp>
Window getConvWindow(ConvOp op, RankedTensorType filter) {
  return {SmallVector<int64_t>(filter.getShape().drop_front(2)),
          SmallVector<int64_t>(op.getStrides()),
          SmallVector<int64_t>(op.getPadding()),
          SmallVector<int64_t>(op.getDilations()), op.getLayout()};
}

/// The shape of a tensor of `inputShape` that is surrounded by its padding, as
/// far as the windows at the positions of a tensor of `positions` reach.
SmallVector<int64_t> getPaddedShape(const Window &window,
                                    ArrayRef<int64_t> inputShape,
                                    ArrayRef<int64_t> positions);

/// `input` in the middle of such a tensor, which holds `value` elsewhere.
Value createPadded(LinalgBuilder &builder, const Window &window, Value input,
                   ArrayRef<int64_t> positions, double value);

/// What is left of a padded tensor without its padding, as a tensor of `type`.
Value createUnpadded(LinalgBuilder &builder, const Window &window, Value padded,
                     RankedTensorType type);

/// Positions for loops over the axes of a pool's result, then the taps of the
/// window: in the padded input, in the window, in the result.
struct PoolMaps {
  AffineMap input, taps, result;
};
PoolMaps getPoolMaps(LinalgBuilder &builder, const Window &window);

/// In the body of loops over (at first) the axes of an average pool's result of
/// `shape`: how many taps of the window at that position count in the divisor,
/// as a float of `type`. They are those over the input of `inputShape` and with
/// `countPadding` over its padding.
Value createTapCount(ImplicitLocOpBuilder &builder, const Window &window,
                     ArrayRef<int64_t> inputShape, ArrayRef<int64_t> shape,
                     bool countPadding, FloatType type);

/// Positions for loops n, g, o, the result's positions, c, the taps, of a
/// convolution by groups: in the padded input and the result, whose channels
/// are split into groups and channels of a group, and in the filter, whose
/// first axis is.
struct ConvMaps {
  AffineMap input, filter, result;
};
ConvMaps getConvMaps(LinalgBuilder &builder, const Window &window);

} // namespace mlir::bn

#endif // BN_LIB_CONVERSION_BNTOLINALG_WINDOWLOOPS_H
