//===- MachinePeak.cpp - What the machine can reach -------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Independent chains of multiply-adds that stay in registers, as many as hide
// the latency: 4 cycles times 2 units, and some more. The vectors are those of
// the widest instruction set; the loops are compiled once for each.
//
//===----------------------------------------------------------------------===//

#include "Progress.h"
#include "bn/Runtime/Bench.h"
#include "bn/Runtime/CpuFeatures.h"
#include "bn/Runtime/Parallel.h"

#include <algorithm>
#include <vector>

using namespace bn::runtime;

static constexpr int64_t iterations = 20000;

/// Twelve chains: their sum is returned so that none is optimized away. The
/// multiplier is below 1, which keeps the values normal numbers.
template <typename V, typename T>
static inline __attribute__((always_inline)) T chains() {
  V a0 = V{} + T(1), a1 = a0 + T(1), a2 = a1 + T(1), a3 = a2 + T(1),
    a4 = a3 + T(1), a5 = a4 + T(1), a6 = a5 + T(1), a7 = a6 + T(1),
    a8 = a7 + T(1), a9 = a8 + T(1), a10 = a9 + T(1), a11 = a10 + T(1);
  V factor = V{} + T(0.999), summand = V{} + T(0.001);
  for (int64_t i = 0; i < iterations; ++i) {
    a0 = a0 * factor + summand;
    a1 = a1 * factor + summand;
    a2 = a2 * factor + summand;
    a3 = a3 * factor + summand;
    a4 = a4 * factor + summand;
    a5 = a5 * factor + summand;
    a6 = a6 * factor + summand;
    a7 = a7 * factor + summand;
    a8 = a8 * factor + summand;
    a9 = a9 * factor + summand;
    a10 = a10 * factor + summand;
    a11 = a11 * factor + summand;
  }
  V sum = a0 + a1 + a2 + a3 + a4 + a5 + a6 + a7 + a8 + a9 + a10 + a11;
  T total = 0;
  for (size_t i = 0; i < sizeof(V) / sizeof(T); ++i)
    total += sum[i];
  return total;
}

template <typename T, int Bytes> struct VectorOf {
  typedef T Type __attribute__((vector_size(Bytes)));
};

namespace {

struct Loop {
  double (*run)();
  int64_t lanes;
};

} // namespace

#define BN_PEAK_LOOP(NAME, T, BYTES, TARGET)                                   \
  TARGET static double NAME() {                                                \
    return static_cast<double>(chains<VectorOf<T, BYTES>::Type, T>());         \
  }
BN_PEAK_LOOP(chainsF32Narrow, float, 16, )
BN_PEAK_LOOP(chainsF64Narrow, double, 16, )
#if defined(__x86_64__)
#define BN_TARGET(FEATURES) __attribute__((target(FEATURES)))
BN_PEAK_LOOP(chainsF32Middle, float, 32, BN_TARGET("avx2,fma"))
BN_PEAK_LOOP(chainsF64Middle, double, 32, BN_TARGET("avx2,fma"))
BN_PEAK_LOOP(chainsF32Wide, float, 64, BN_TARGET("avx512f"))
BN_PEAK_LOOP(chainsF64Wide, double, 64, BN_TARGET("avx512f"))
#undef BN_TARGET
#endif
#undef BN_PEAK_LOOP

static Loop chooseLoop(bool isF64) {
#if defined(__x86_64__)
  if (cpuSupports("avx512f"))
    return isF64 ? Loop{chainsF64Wide, 8} : Loop{chainsF32Wide, 16};
  if (cpuSupports("avx2") && cpuSupports("fma"))
    return isF64 ? Loop{chainsF64Middle, 4} : Loop{chainsF32Middle, 8};
#endif
  return isF64 ? Loop{chainsF64Narrow, 2} : Loop{chainsF32Narrow, 4};
}

static void runLoop(void *context, int64_t, int64_t) {
  double sum = static_cast<const Loop *>(context)->run();
  __asm__ volatile("" : : "m"(sum)); // somebody needs it
}

double bn::runtime::measurePeakFlops(ElementType type, int64_t threads) {
  Loop loop = chooseLoop(type == ElementType::F64);
  double best = 1e30;
  // The best of many short runs: others use the machine too.
  for (double end = monotonicSeconds() + 0.2; monotonicSeconds() < end;) {
    double start = monotonicSeconds();
    parallelFor(threads, threads, runLoop, &loop);
    best = std::min(best, monotonicSeconds() - start);
  }
  constexpr double chainCount = 12, operations = 2;
  return chainCount * operations * static_cast<double>(iterations) *
         static_cast<double>(loop.lanes * threads) / best;
}

double bn::runtime::measureBandwidth() {
  // Larger than caches are.
  constexpr size_t count = size_t(32) << 20;
  std::vector<double> data(count, 1.0);
  double best = 1e30;
  for (int run = 0; run < 3; ++run) {
    double start = monotonicSeconds();
    // Independent sums, which a compiler makes vectors of.
    double sums[32] = {};
    for (size_t i = 0; i < count; i += 32)
      for (size_t k = 0; k < 32; ++k)
        sums[k] += data[i + k];
    __asm__ volatile("" : : "m"(sums));
    best = std::min(best, monotonicSeconds() - start);
  }
  return static_cast<double>(count * sizeof(double)) / best;
}
