//===- Compare.h - Equality within a tolerance ------------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_RUNTIME_COMPARE_H
#define BN_RUNTIME_COMPARE_H

#include "bn/Runtime/Tensor.h"

namespace bn::runtime {

/// What comparing two tensors found.
struct Comparison {
  bool equal = false;
  /// Why the tensors cannot be compared; empty if they can.
  std::string mismatch;
  /// Largest |got - want|, and largest |got - want| / |want| where want is not
  /// 0. NaN where only one side is NaN, infinite where only one side is.
  double maxAbs = 0;
  double maxRel = 0;
  /// Number of elements outside the tolerance, and the first of them.
  int64_t differing = 0;
  int64_t firstDiffering = -1;
};

/// Equal means: the same type and shape, and |got - want| <= atol + rtol*|want|
/// for each element; NaN equals NaN, an infinity only itself.
Comparison compareTensors(const Tensor &got, const Tensor &want, double rtol,
                          double atol);

} // namespace bn::runtime

#endif // BN_RUNTIME_COMPARE_H
