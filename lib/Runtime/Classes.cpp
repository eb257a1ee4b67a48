//===- Classes.cpp - Classes out of scores ----------------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Classes.h"

#include <algorithm>

using namespace bn::runtime;

static int64_t columnsOf(const Tensor &scores) {
  return scores.elementCount() / scores.shape[0];
}

std::vector<int64_t> bn::runtime::bestClasses(const Tensor &scores, int64_t row,
                                              int64_t count) {
  int64_t columns = columnsOf(scores), base = row * columns;
  std::vector<int64_t> order(static_cast<size_t>(columns));
  for (int64_t i = 0; i < columns; ++i)
    order[static_cast<size_t>(i)] = i;
  count = std::min(count, columns);
  // NaN is smaller than all numbers, or the order would not be one.
  auto better = [&](int64_t a, int64_t b) {
    double x = scores.valueAt(base + a), y = scores.valueAt(base + b);
    if (x != x || y != y)
      return x == x || (y != y && a < b);
    return x > y || (x == y && a < b);
  };
  std::partial_sort(order.begin(), order.begin() + count, order.end(), better);
  order.resize(static_cast<size_t>(count));
  return order;
}

std::vector<int64_t> bn::runtime::predictClasses(const Tensor &scores) {
  int64_t rows = scores.shape[0], columns = columnsOf(scores);
  std::vector<int64_t> classes(static_cast<size_t>(rows));
  for (int64_t row = 0; row < rows; ++row) {
    int64_t best = 0;
    for (int64_t i = 1; i < columns; ++i)
      if (scores.valueAt(row * columns + i) >
          scores.valueAt(row * columns + best))
        best = i;
    classes[static_cast<size_t>(row)] = best;
  }
  return classes;
}
