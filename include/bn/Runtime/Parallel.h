//===- Parallel.h - Fork and join -------------------------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_RUNTIME_PARALLEL_H
#define BN_RUNTIME_PARALLEL_H

#include "bn/Runtime/Abi.h"

namespace bn::runtime {

/// For bn_run_options::parallel_for: worker w of the team takes the w-th
/// contiguous share of the tasks, in order. When another thread's call, or an
/// enclosing one, has the team already, the calling thread does all the work:
/// no second team is started.
void parallelFor(int64_t threads, int64_t count, bn_task task, void *context);

/// The processors this process may use.
int64_t availableThreads();

/// The options to run with; `threads` <= 0 stands for all available.
bn_run_options makeRunOptions(int64_t threads);

} // namespace bn::runtime

#endif // BN_RUNTIME_PARALLEL_H
