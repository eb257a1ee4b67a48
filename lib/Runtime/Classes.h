//===- Classes.h - Classes out of scores ------------------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_LIB_RUNTIME_CLASSES_H
#define BN_LIB_RUNTIME_CLASSES_H

#include "bn/Runtime/Tensor.h"

namespace bn::runtime {

/// The `count` best columns of row `row` of scores N,K (further extents are
/// flattened into K), best first; of equal ones the first column comes first.
std::vector<int64_t> bestClasses(const Tensor &scores, int64_t row,
                                 int64_t count);

/// The best class of each row.
std::vector<int64_t> predictClasses(const Tensor &scores);

} // namespace bn::runtime

#endif // BN_LIB_RUNTIME_CLASSES_H
