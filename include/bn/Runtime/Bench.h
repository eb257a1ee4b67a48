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

/// A layer of a model whose generated code counts its time.
struct ProfiledLayer {
  std::string name;
  /// For one row of the batch; zero where they are not known.
  int64_t operations = 0, bytesPerRow = 0;
  int64_t parameterBytes = 0;
};

/// Where that code counts, on one thread: the ticks of each layer, and last
/// those of the calls of the model.
struct Profile {
  std::vector<ProfiledLayer> layers;
  int64_t *ticks = nullptr;
};

struct LayerTime {
  ProfiledLayer layer;
  double seconds;  // of a call
  double flops;    // per second
  double bytes;    // of parameters and other tensors per call
  double roofline; // share of what computing and memory allow
};

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
  // Only with a profile; in the order of the model.
  std::vector<LayerTime> layers;
  double bandwidth = 0; // bytes per second that one thread reads from memory
};

/// Times calls for at least `minimumSeconds` after a warm-up, on random input.
/// With `profile` also what each layer takes.
Expected<BenchResult> bench(const bn_model &model, const BenchOptions &options,
                            const Profile *profile = nullptr);

/// Times the model and prints the result to stdout. Returns the exit status.
int benchModel(const bn_model &model, const BenchOptions &options,
               const char *program, const Profile *profile = nullptr);

/// Fills a tensor with reproducible values: floating-point numbers are uniform
/// in [-1, 1), integers 0 or 1, so that they are valid as indices.
void fillRandom(Tensor &tensor, uint64_t seed);

/// One random tensor for each input.
Expected<std::vector<Tensor>> randomInputs(const bn_model &model, int64_t batch,
                                           uint64_t seed);

/// Floating-point operations per second that `threads` threads reach in
/// multiply-adds on registers, with the widest vectors of this CPU.
double measurePeakFlops(ElementType type, int64_t threads);

/// Bytes per second that a thread reads of memory that is in no cache.
double measureBandwidth();

} // namespace bn::runtime

#endif // BN_RUNTIME_BENCH_H
