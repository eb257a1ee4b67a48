//===- Parallel.cpp - Fork and join -----------------------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Over libgomp, GCC's OpenMP library, called by its entry points instead of by
// pragmas: Clang's pragmas would need LLVM's OpenMP library, which Debian has
// as a shared library only. GOMP_parallel is what `#pragma omp parallel` has
// been compiled to since GCC 4.9.
//
//===----------------------------------------------------------------------===//

#include "bn/Runtime/Parallel.h"

#include <algorithm>
#include <atomic>

extern "C" {
void GOMP_parallel(void (*body)(void *), void *context, unsigned threads,
                   unsigned flags);
int omp_get_thread_num(void);
int omp_get_num_threads(void);
int omp_get_num_procs(void);
}

using namespace bn::runtime;

namespace {

struct Work {
  int64_t count;
  bn_task task;
  void *context;
};

} // namespace

static void runShare(void *argument) {
  const Work &work = *static_cast<const Work *>(argument);
  // The team may be smaller than asked for.
  int64_t worker = omp_get_thread_num(), team = omp_get_num_threads();
  int64_t share = work.count / team, remainder = work.count % team;
  int64_t begin = worker * share + std::min(worker, remainder);
  int64_t end = begin + share + (worker < remainder);
  for (int64_t i = begin; i < end; ++i)
    work.task(work.context, i, worker);
}

void bn::runtime::parallelFor(int64_t threads, int64_t count, bn_task task,
                              void *context) {
  static std::atomic_flag teamIsBusy = ATOMIC_FLAG_INIT;
  threads = std::min(threads, count);
  if (threads <= 1 || teamIsBusy.test_and_set(std::memory_order_acquire)) {
    for (int64_t i = 0; i < count; ++i)
      task(context, i, 0);
    return;
  }
  Work work = {count, task, context};
  GOMP_parallel(runShare, &work, static_cast<unsigned>(threads), 0);
  teamIsBusy.clear(std::memory_order_release);
}

int64_t bn::runtime::availableThreads() { return omp_get_num_procs(); }

bn_run_options bn::runtime::makeRunOptions(int64_t threads) {
  return {threads > 0 ? threads : availableThreads(), parallelFor};
}
