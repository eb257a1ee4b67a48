//===- WindowShape.h - Geometry of kernels without a product ----*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_LIB_PLAN_WINDOWSHAPE_H
#define BN_LIB_PLAN_WINDOWSHAPE_H

#include "bn/Plan/FusionGroups.h"

namespace mlir::bn {

/// The windows that a kernel without a product reduces.
struct WindowShape {
  int64_t kernel[2] = {1, 1}, strides[2] = {1, 1}, padding[2] = {0, 0};
  /// Windows reach out of the input: what is outside is left out.
  bool isClipped = false;
  /// It counts in the divisor of an average all the same.
  bool countPadding = false;
};

/// The windows of the pooling of `group`; those of one position without one.
WindowShape getWindowShape(const FusionGroup &group);

} // namespace mlir::bn

#endif // BN_LIB_PLAN_WINDOWSHAPE_H
