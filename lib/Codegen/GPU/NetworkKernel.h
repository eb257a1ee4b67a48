//===- NetworkKernel.h - A model as one kernel ------------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One block of threads computes all of a row of the batch. What several threads
// read is in shared memory, tensor by tensor with a barrier between them, and
// nothing but inputs, parameters and results in the memory of the device.
//
//===----------------------------------------------------------------------===//

#ifndef BN_LIB_CODEGEN_GPU_NETWORKKERNEL_H
#define BN_LIB_CODEGEN_GPU_NETWORKKERNEL_H

#include "ModelMapping.h"

namespace mlir::bn {

/// A tensor that all threads of the block compute before they go on.
struct NetworkStep {
  Value tensor;
  /// The product of `tensor` if it has few sums of many terms: the threads
  /// share the terms, each of which is computed once for all sums, where it is
  /// needed.
  LinearOp longSums;
};

struct NetworkPlan {
  /// Inputs that are copied to shared memory at first.
  SmallVector<Value> copies;
  std::vector<NetworkStep> steps;
};

/// How `func`, whose kernels would be `stored`, becomes one kernel; none if
/// that cannot be, or by a model of costs is slower.
std::optional<NetworkPlan> planNetwork(func::FuncOp func,
                                       ArrayRef<StoredTensor> stored,
                                       NetworkKernels kernels);

/// Builds it. `results` says which tensors are stored to which buffers.
void buildNetworkKernel(ModelMapping &model, const NetworkPlan &plan,
                        const llvm::DenseMap<Value, Value> &results);

} // namespace mlir::bn

#endif // BN_LIB_CODEGEN_GPU_NETWORKKERNEL_H
