//===- Compare.cpp - Equality within a tolerance ----------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Runtime/Compare.h"

#include <math.h>

using namespace bn::runtime;

/// |got - want| without the rounding of 64-bit integers to double.
static double distance(const Tensor &got, const Tensor &want, int64_t i) {
  if (got.type == ElementType::I64) {
    int64_t a = got.as<int64_t>()[i], b = want.as<int64_t>()[i];
    auto difference = static_cast<uint64_t>(a) - static_cast<uint64_t>(b);
    return static_cast<double>(a < b ? 0 - difference : difference);
  }
  return fabs(got.valueAt(i) - want.valueAt(i));
}

/// The larger one; NaN wins over all.
static double larger(double a, double b) { return isnan(a) || a > b ? a : b; }

Comparison bn::runtime::compareTensors(const Tensor &got, const Tensor &want,
                                       double rtol, double atol) {
  Comparison result;
  if (got.type != want.type || got.shape != want.shape) {
    result.mismatch = "expected " + want.describe() + ", got " + got.describe();
    return result;
  }
  for (int64_t i = 0, e = got.elementCount(); i < e; ++i) {
    double a = got.valueAt(i), b = want.valueAt(i);
    if ((isnan(a) && isnan(b)) || (isinf(a) && a == b))
      continue;
    double difference = distance(got, want, i);
    result.maxAbs = larger(difference, result.maxAbs);
    if (b != 0)
      result.maxRel = larger(
          isinf(difference) ? difference : difference / fabs(b), result.maxRel);
    bool close = isfinite(difference) && difference <= atol + rtol * fabs(b);
    if (!close && result.differing++ == 0)
      result.firstDiffering = i;
  }
  result.equal = result.differing == 0;
  return result;
}
