//===- Execution.h - Running a model on rows --------------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_RUNTIME_EXECUTION_H
#define BN_RUNTIME_EXECUTION_H

#include "bn/Runtime/Abi.h"
#include "bn/Runtime/Tensor.h"

namespace bn::runtime {

/// What a model's signature says about its batch.
struct BatchRule {
  /// The batch is chosen at each call, else it is `fixed`.
  bool dynamic = false;
  int64_t fixed = 1;
  /// Each row of the outputs depends on the same row of the inputs alone, so
  /// that data may be run piece by piece. Not so when an input or an output
  /// lacks a leading batch, or when a normalization uses the statistics of the
  /// batch: minimum_batch is above 1, or the property `bn.batch_statistics` is
  /// there.
  bool splittable = false;
};

BatchRule batchRuleOf(const bn_model &model);

/// Why the library cannot run this model at all: another ABI version, or a CPU
/// feature that is missing.
Error checkRunnable(const bn_model &model);

/// The extents of `spec` for a batch.
std::vector<int64_t> shapeForBatch(const bn_tensor_spec &spec, int64_t batch);

/// Memory for one call, aligned to BN_WORKSPACE_ALIGNMENT.
Expected<Buffer> allocateWorkspace(const bn_model &model, int64_t batch,
                                   int64_t threads);

/// The number of rows in `inputs`, which `prepareInput` has accepted one by
/// one. Fails when they disagree or the model cannot take that many.
Expected<int64_t> countRows(const bn_model &model,
                            const std::vector<Tensor> &inputs);

/// Runs the model on all rows, in pieces where that is possible, and returns
/// its outputs under their names. `threads` <= 0 stands for all available.
/// `showProgress` draws a bar on stderr when that is a terminal and the work
/// takes long.
Expected<std::vector<Tensor>> execute(const bn_model &model,
                                      const std::vector<Tensor> &inputs,
                                      int64_t threads,
                                      bool showProgress = false);

} // namespace bn::runtime

#endif // BN_RUNTIME_EXECUTION_H
