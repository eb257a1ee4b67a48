//===- StoredTensors.h - Which tensors are stored ---------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_PLAN_STOREDTENSORS_H
#define BN_PLAN_STOREDTENSORS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <variant>

namespace mlir::bn {

/// Values of a tensor at most: an index is an i32, and a block's loop over them
/// goes one step beyond.
constexpr int64_t kMostStoredValues = 0x7fffffff - 256;

/// One kernel of a model.
struct StoredTensor {
  enum Kind {
    /// Each value is an expression of what is stored before.
    elementwise,
    /// Each value is a sum or mean over many values (`bn.reduce_sum`,
    /// `bn.reduce_mean`).
    reduction,
    /// Mean and spread for the norm `op`, which computes its result from them;
    /// for the gradient of a norm of samples also its two means of gradients.
    statistics,
    /// Results of `op`, each value of which is a sum over the batch.
    batchSums,
    /// Loss, hits and gradient of the loss `op`.
    loss,
    /// All results of `op`, a step of the optimizer.
    update
  };
  Kind kind;
  Operation *op;
  /// What is stored; of statistics nothing that is a tensor of the function,
  /// but for the mean and variance of `bn.batch_norm_training`.
  Value tensor;
};

/// The tensors of the function that `stored` stores.
SmallVector<Value> getStoredValues(const StoredTensor &stored);

/// An op that cannot be computed value by value, and why.
struct StorageObstacle {
  Operation *op;
  std::string reason;
};

/// The kernels of `func`, whose ops are bn ops on f32 tensors, in an order in
/// which they can run. Everything that is not in the list is computed where it
/// is used. Stored is what has several users; what others read more than once
/// (the input of products, overlapping windows, norms and broadcasts); and the
/// second of two products of one expression. Results of the function are stored
/// by whoever writes them, and are in the list only if an op computes them. In
/// a training step, what takes little is computed by each of its users again,
/// so that activations are not stored for the gradients.
std::variant<std::vector<StoredTensor>, StorageObstacle>
planStorage(func::FuncOp func);

/// The values that a sum of `op`, a reduction, takes in, the batch not counted,
/// and whether it goes over the batch.
std::pair<int64_t, bool> getReducedCount(Operation *op);

/// The ops of the expression that computes `tensor` from those in `stored`, in
/// their order in the function.
SmallVector<Operation *>
getExpressionOps(Value tensor, llvm::function_ref<bool(Value)> isStored);

} // namespace mlir::bn

#endif // BN_PLAN_STOREDTENSORS_H
