//===- LaneKernels.h - Which ops have lane kernels --------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Which bodies of `bn.lane_kernel` and `bn.batch_sum_kernel` code is generated
// for. A body of one op with a form is always one of them, whatever its
// operands are (parameters or blocks of rows). Larger bodies consist of
//
//   reshapes      of arguments and of yielded values; splat constants
//   product?      at most one, first: its operands are arguments
//   pointwise...  on the shape of the product's result, or of the arguments
//   ends...       what reads them: yields, reductions, and without a product
//                 windows
//
// in which every value is used by pointwise ops, ends or the yield. All
// pointwise ops and reductions of a body with a product work on the shape of
// its result. An op of the form `whole` is a body by itself.
//
//===----------------------------------------------------------------------===//

#ifndef BN_PLAN_LANEKERNELS_H
#define BN_PLAN_LANEKERNELS_H

#include "mlir/IR/Operation.h"

namespace mlir::bn {

/// What an op is within the body of a lane kernel.
enum class LaneForm {
  /// There is no lane kernel for it.
  none,
  /// `bn.reshape`: another look at the same values.
  view,
  /// Computes one value from few, of the same row: elementwise ops, batch norm
  /// by given statistics and its input gradient, the gradients of means and of
  /// disjoint pooling windows, slices, transposes.
  pointwise,
  /// `bn.conv`, `bn.conv_input_gradient`, `bn.linear` by a parameter.
  product,
  /// Sums over the batch with pointwise ops in front: `bn.batch_statistics`,
  /// `bn.batch_norm_parameter_gradient`, `bn.reduce_sum` over axis 0 and
  /// others.
  reduction,
  /// Reductions within a row with pointwise ops in front: pooling, means and
  /// sums over other axes.
  window,
  /// A kernel of its own, on arguments alone: gradients of filters and of
  /// pooling windows that overlap, norms within a row, losses, `bn.concat`.
  whole
};

/// Says what `op`, on tensors with a dynamic batch, is in a `bn.lane_kernel`.
LaneForm getLaneForm(Operation *op);

/// True if `op` can be in a `bn.lane_kernel`.
bool hasLaneKernel(Operation *op);

/// True if `op` can be the body of a `bn.batch_sum_kernel`: the gradient of a
/// filter or of a linear layer's weight.
bool hasBatchSumKernel(Operation *op);

} // namespace mlir::bn

#endif // BN_PLAN_LANEKERNELS_H
