//===- CudaFolding.h - What is printed within expressions -------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_LIB_TARGET_CUDA_CUDAFOLDING_H
#define BN_LIB_TARGET_CUDA_CUDAFOLDING_H

#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Operation.h"

namespace mlir::bn::cuda {

/// An index, or several of one `affine.delinearize_index` that its operand
/// stands for, along `extent` positions.
struct AddressPart {
  Value index;
  int64_t extent;
};

/// The address of `indices` in a buffer of `type`, as few parts.
SmallVector<AddressPart> getAddress(MemRefType type, ValueRange indices);

/// Decides which values get no variable: what has no name and one use is
/// printed where it is used, unless something it reads may have changed there.
class Folding {
public:
  /// Whether `result` is printed within the expressions that use it.
  bool isFolded(OpResult result);
  /// How many times the text mentions `result`; indices that are part of a
  /// linear address are not.
  static unsigned countMentions(OpResult result);

private:
  bool decide(OpResult result);
  Operation *getStatement(Operation *op);

  llvm::DenseMap<Value, bool> decided;
};

/// True for ops that are an expression: no statement, no region.
bool isExpression(Operation *op);

} // namespace mlir::bn::cuda

#endif // BN_LIB_TARGET_CUDA_CUDAFOLDING_H
