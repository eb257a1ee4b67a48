//===- BatchLoader.h - Batches prepared ahead -------------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_LIB_RUNTIME_BATCHLOADER_H
#define BN_LIB_RUNTIME_BATCHLOADER_H

#include "RowSource.h"

#include <pthread.h>

namespace bn::runtime {

/// A part of a data set as a step takes it.
struct Batch {
  void *data;
  int64_t *labels;
  int64_t rows;
};

/// Prepares batches in a thread of its own while the caller works on the one
/// before. Allocates in `start` only.
class BatchLoader {
public:
  BatchLoader() = default;
  BatchLoader(const BatchLoader &) = delete;
  BatchLoader &operator=(const BatchLoader &) = delete;
  ~BatchLoader();

  /// Batches will have at most `largestBatch` rows of `rowBytes`.
  Error start(size_t rowBytes, int64_t largestBatch);

  /// Begins a pass over rows order[0] to order[count - 1] of `source`, `batch`
  /// at a time, the last one shorter if they do not divide. Both must live
  /// until the pass is over, or given up by the next one.
  void beginPass(const RowSource &source, const int64_t *order, int64_t count,
                 int64_t batch);

  /// The next batch, valid until the next call. There must be one.
  const Batch &next();

private:
  static void *threadMain(void *self);
  void work();

  static constexpr int64_t slots = 2;
  Buffer data[slots], labels[slots];
  Batch batches[slots] = {};

  // Of the current pass, under the mutex.
  const RowSource *source = nullptr;
  const int64_t *order = nullptr;
  int64_t rowCount = 0, batchRows = 1, batchCount = 0;
  int64_t prepared = 0; // batches that have been filled
  int64_t taken = 0;    // batches that `next` has returned
  bool filling = false; // the thread writes to a slot right now
  bool stopping = false;

  bool running = false;
  pthread_t thread = {};
  pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  pthread_cond_t wakeThread = PTHREAD_COND_INITIALIZER;
  pthread_cond_t wakeCaller = PTHREAD_COND_INITIALIZER;
};

} // namespace bn::runtime

#endif // BN_LIB_RUNTIME_BATCHLOADER_H
