//===- Bench.h - Timing a model ---------------------------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_RUNTIME_BENCH_H
#define BN_RUNTIME_BENCH_H

#include "bn/Runtime/Abi.h"
#include "bn/Runtime/Options.h"
#include "bn/Runtime/Tensor.h"

namespace bn::runtime {

struct BenchOptions {
  int64_t threads = 1;
  int64_t batch = 0; // 0: the fixed one, or the smallest
  double minimumSeconds = 1;
  bool json = false;
};

/// Adds --threads, --batch, --min-time and --json.
void addBenchOptions(std::vector<Option> &table, BenchOptions &options);

/// The times of one inference, from and to the caller's memory.
struct BenchResult {
  int64_t batch;
  int64_t threads;
  int64_t calls;
  double minimumSeconds;
  double medianSeconds;
  double p95Seconds;
  double flops;     // per second, at the median
  double peakFlops; // of this machine, measured with as many threads
};

/// Times calls for at least `minimumSeconds` after a warm-up, on random input.
Expected<BenchResult> bench(const bn_model &model, const BenchOptions &options);

/// Times the model and prints the result to stdout. Returns the exit status.
int benchModel(const bn_model &model, const BenchOptions &options,
               const char *program);

/// Fills a tensor with reproducible values: floating-point numbers are uniform
/// in [-1, 1), integers 0 or 1, so that they are valid as indices.
void fillRandom(Tensor &tensor, uint64_t seed);

/// One random tensor for each input.
Expected<std::vector<Tensor>> randomInputs(const bn_model &model, int64_t batch,
                                           uint64_t seed);

/// Floating-point operations per second that `threads` threads reach in
/// multiply-adds on registers, with the widest vectors of this CPU.
double measurePeakFlops(ElementType type, int64_t threads);

} // namespace bn::runtime

#endif // BN_RUNTIME_BENCH_H
