//===- TrainingBuffers.h - Where a training step keeps what -----*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The workspace of a training step has three arenas, one behind the other:
//
//   fixed     tensors without rows, and what the shards have added up
//   blocks    tensors that are kept from one phase to another; each has its
//             place, in bytes per block, and holds one block behind the other
//   workers   for each thread what only lives within a block's phase
//
//===----------------------------------------------------------------------===//

#ifndef BN_LIB_PLAN_TRAININGBUFFERS_H
#define BN_LIB_PLAN_TRAININGBUFFERS_H

#include "TrainingPlan.h"

namespace mlir::bn {

/// Bytes in one of the arenas; in that of the blocks both count per block.
struct BufferPlace {
  int64_t offset;
  int64_t bytes;
};

/// The places of all buffers; tensors are named by their roots.
struct TrainingBuffers {
  /// Tensors without rows that are neither arguments nor results of the model.
  llvm::DenseMap<Value, BufferPlace> fixed;
  /// Sums over the batch: kShards times the lanes of all values.
  llvm::DenseMap<Value, BufferPlace> parts;
  /// Statistics of blocks, in double precision.
  llvm::DenseMap<Value, BufferPlace> blockStatistics;
  /// Tensors with rows that are kept.
  llvm::DenseMap<Value, BufferPlace> blocks;
  /// Those that are not, by phase.
  std::vector<llvm::DenseMap<Value, BufferPlace>> scratch;
  /// Where, by phase, the memory begins that kernels need besides.
  std::vector<int64_t> kernelScratch;

  int64_t fixedBytes = 0, blockBytes = 0, workerBytes = 0;
};

/// Places the buffers of `plan`, whose vectors hold `lanes` rows. Fails if they
/// are too large to address.
FailureOr<TrainingBuffers> placeBuffers(const TrainingPlan &plan,
                                        int64_t lanes);

/// Where the arena of the workers starts: at the first value, plus the second
/// for each row of the batch.
std::pair<int64_t, int64_t> getWorkerStart(const TrainingBuffers &buffers,
                                           int64_t lanes);

/// The function's result that `root` is, as it is or reshaped: its index.
std::optional<unsigned> findResult(Value root);

} // namespace mlir::bn

#endif // BN_LIB_PLAN_TRAININGBUFFERS_H
