//===- IntegerMath.h - Integers computed while importing --------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_LIB_IMPORT_INTEGERMATH_H
#define BN_LIB_IMPORT_INTEGERMATH_H

#include "NodeContext.h"

namespace mlir::bn {

enum class IntegerOperator { Add, Sub, Mul, Div };

/// Computes a node of two integer inputs, broadcast when one has a single
/// value. The batch stays a symbol where that is possible.
LogicalResult foldIntegers(NodeContext &node, IntegerOperator kind);

/// Imports Concat and Slice of vectors of integers.
LogicalResult concatIntegers(NodeContext &node);
LogicalResult sliceIntegers(NodeContext &node);

} // namespace mlir::bn

#endif // BN_LIB_IMPORT_INTEGERMATH_H
