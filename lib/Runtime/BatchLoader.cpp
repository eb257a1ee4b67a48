//===- BatchLoader.cpp - Batches prepared ahead -----------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BatchLoader.h"

#include <algorithm>
#include <string.h>

using namespace bn::runtime;

Error BatchLoader::start(size_t rowBytes, int64_t largestBatch) {
  auto rows = static_cast<size_t>(largestBatch);
  for (int64_t i = 0; i < slots; ++i) {
    Expected<Buffer> buffer = Buffer::allocate(rows * rowBytes);
    if (!buffer)
      return buffer.takeError();
    data[i] = std::move(*buffer);
    // A model with a fixed batch also computes rows that no data were put into.
    memset(data[i].data(), 0, data[i].size());
    Expected<Buffer> numbers = Buffer::allocate(rows * sizeof(int64_t));
    if (!numbers)
      return numbers.takeError();
    labels[i] = std::move(*numbers);
    batches[i] = {data[i].data(), reinterpret_cast<int64_t *>(labels[i].data()),
                  0};
  }
  if (int reason = pthread_create(&thread, nullptr, threadMain, this))
    return Error::make("cannot start a thread: %s", strerror(reason));
  running = true;
  return Error::success();
}

BatchLoader::~BatchLoader() {
  if (!running)
    return;
  pthread_mutex_lock(&mutex);
  stopping = true;
  pthread_cond_signal(&wakeThread);
  pthread_mutex_unlock(&mutex);
  pthread_join(thread, nullptr);
}

void *BatchLoader::threadMain(void *self) {
  static_cast<BatchLoader *>(self)->work();
  return nullptr;
}

void BatchLoader::work() {
  pthread_mutex_lock(&mutex);
  for (;;) {
    // The slot that `next` returned last stays the caller's.
    while (!stopping && (prepared == batchCount ||
                         prepared - std::max<int64_t>(taken - 1, 0) == slots))
      pthread_cond_wait(&wakeThread, &mutex);
    if (stopping)
      break;
    int64_t first = prepared * batchRows;
    Batch &batch = batches[prepared % slots];
    batch.rows = std::min(batchRows, rowCount - first);
    filling = true;
    pthread_mutex_unlock(&mutex);
    source->copy(order + first, batch.rows, batch.data, batch.labels);
    pthread_mutex_lock(&mutex);
    filling = false;
    ++prepared;
    pthread_cond_signal(&wakeCaller);
  }
  pthread_mutex_unlock(&mutex);
}

void BatchLoader::beginPass(const RowSource &newSource, const int64_t *newOrder,
                            int64_t count, int64_t batch) {
  pthread_mutex_lock(&mutex);
  // A pass that was given up: no further batch of it, and the one being filled
  // must be complete before its data may go away.
  batchCount = prepared + filling;
  while (filling)
    pthread_cond_wait(&wakeCaller, &mutex);
  source = &newSource;
  order = newOrder;
  rowCount = count;
  batchRows = batch;
  batchCount = (count + batch - 1) / batch;
  prepared = taken = 0;
  pthread_cond_signal(&wakeThread);
  pthread_mutex_unlock(&mutex);
}

const Batch &BatchLoader::next() {
  pthread_mutex_lock(&mutex);
  ++taken;
  pthread_cond_signal(&wakeThread);
  while (prepared < taken)
    pthread_cond_wait(&wakeCaller, &mutex);
  const Batch &batch = batches[(taken - 1) % slots];
  pthread_mutex_unlock(&mutex);
  return batch;
}
