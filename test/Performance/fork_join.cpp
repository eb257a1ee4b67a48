//===- fork_join.cpp - The runtime's threads, for callers in Python -------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// runtimes.py compiles this together with lib/Runtime/Parallel.cpp to a shared
// library, and hands it to models as bn_run_options::parallel_for: what is
// measured are the threads that executables have.
//
//===----------------------------------------------------------------------===//

#include "bn/Runtime/Parallel.h"

extern "C" void fork_join(int64_t threads, int64_t count, bn_task task,
                          void *context) {
  bn::runtime::parallelFor(threads, count, task, context);
}
