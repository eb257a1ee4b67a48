//===- reduction.cu - Statistics in two levels ----------------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Mean and variance of each channel as batch norm takes them: a block adds a
// part of one channel in the order of its threads, by shuffles within warps and
// then over the warps; the last block of a channel merges the parts, in the
// order of the parts. No result depends on which block that is.
//
//===----------------------------------------------------------------------===//

#include "example.h"

constexpr int kChannels = 5, kRows = 3000, kParts = 4, kThreads = 128;
constexpr int kWarps = kThreads / 32;
constexpr int kPartRows = kRows / kParts;
constexpr unsigned kAllLanes = 0xffffffffu;

enum Fault {
  kNone,
  kHalfWarp,
  kNoBarrierBeforeLastWarp,
  kNoAtomics,
  kUninitializedShared,
  kUninitializedGlobal,
  kNoFence,
  kNarrowMask
};

/// The sum over all threads of a block; thread 0 has it.
__device__ float blockSum(float value, Fault fault) {
  __shared__ float sums[kWarps + 1];
  int thread = int(threadIdx.x), lane = thread % 32, warp = thread / 32;
  if (fault == kHalfWarp) {
    // HALF: reduction.cu:{{[0-9]+}}: error: deadlock: not all threads that
    // HALF: 64 threads, the first (16,0,0), at the
    if (lane < 16)
      value += __shfl_down_sync(kAllLanes, value, 16);
  } else {
    value += __shfl_down_sync(kAllLanes, value, 16);
  }
  for (int distance = 8; distance > 0; distance /= 2)
    // NARROW: reduction.cu:{{[0-9]+}}: error: a shuffle reads lane 16, which is
    // NARROW-SAME: not in its mask 0x0000ffff
    value += __shfl_down_sync(fault == kNarrowMask ? 0xffffu : kAllLanes, value,
                              distance);
  if (lane == 0)
    sums[warp] = value;
  if (fault != kNoBarrierBeforeLastWarp)
    __syncthreads();
  if (warp == 0) {
    // LAST-WARP: reduction.cu:[[@LINE+1]]: error: {{read of|race}}
    value = lane < kWarps ? sums[lane] : 0.0f;
    // It is multiplied by zero.
    // SHARED: reduction.cu:[[@LINE+2]]: error: read of shared memory, which
    if (fault == kUninitializedShared && lane == 0)
      value = fmaf(0.0f, sums[kWarps] == 0.0f ? 1.0f : 0.0f, value);
    for (int distance = kWarps / 2; distance > 0; distance /= 2)
      value += __shfl_down_sync(kAllLanes, value, distance);
  }
  __syncthreads();
  return value;
}

__global__ void __launch_bounds__(kThreads)
    statistics(const float *__restrict__ input, float2 *parts, unsigned *done,
               float *__restrict__ results, float *total, Fault fault) {
  __shared__ bool isLast;
  int channel = int(blockIdx.y), part = int(blockIdx.x);
  int thread = int(threadIdx.x);
  float sum = 0.0f, squares = 0.0f;
  for (int row = thread; row < kPartRows; row += kThreads) {
    float value = input[(channel * kParts + part) * kPartRows + row];
    sum += value;
    squares = fmaf(value, value, squares);
  }
  sum = blockSum(sum, fault);
  squares = blockSum(squares, fault);
  if (thread == 0) {
    parts[channel * kParts + part] = make_float2(sum, squares);
    if (fault == kNoAtomics)
      // ATOMICS: reduction.cu:[[@LINE+2]]: error: race between blocks
      // ATOMICS: nothing orders this read and the write by thread (0,0,0)
      *total += sum;
    if (fault != kNoFence)
      __threadfence();
    // GLOBAL: reduction.cu:[[@LINE+1]]: error: atomic update of
    isLast = atomicAdd(&done[channel], 1u) == kParts - 1;
  }
  __syncthreads();
  if (isLast && thread == 0) {
    sum = squares = 0.0f;
    for (int i = 0; i < kParts; ++i) {
      // FENCE: reduction.cu:[[@LINE+2]]: error: race between blocks
      // FENCE: nothing orders this read and the write by thread (0,0,0)
      float2 other = parts[channel * kParts + i];
      sum += other.x;
      squares += other.y;
    }
    float mean = sum / kRows;
    results[channel * 2] = mean;
    results[channel * 2 + 1] = fmaf(-mean, mean, squares / kRows);
  }
}

int main(int argc, char **argv) {
  std::vector<float> input = makeValues(kChannels * kRows, 4);
  std::vector<double> want;
  for (int channel = 0; channel < kChannels; ++channel) {
    double sum = 0, squares = 0;
    for (int row = 0; row < kRows; ++row) {
      double value = input[channel * kRows + row];
      sum += value;
      squares += value * value;
    }
    want.push_back(sum / kRows);
    want.push_back(squares / kRows - sum / kRows * (sum / kRows));
  }
  auto run = [&](const std::string &name) {
    const std::pair<const char *, Fault> faults[] = {
        {"none", kNone},
        {"half-warp", kHalfWarp},
        {"no-barrier-before-last-warp", kNoBarrierBeforeLastWarp},
        {"no-atomics", kNoAtomics},
        {"uninitialized-shared", kUninitializedShared},
        {"uninitialized-global", kUninitializedGlobal},
        {"no-fence", kNoFence},
        {"narrow-mask", kNarrowMask}};
    Fault fault = kNone;
    for (const auto &entry : faults)
      if (name == entry.first)
        fault = entry.second;
    float *x = upload(input), *results = allocate<float>(kChannels * 2);
    float *total = upload({0.0f});
    auto *parts = allocate<float2>(kChannels * kParts);
    auto *done = allocate<unsigned>(kChannels);
    if (fault != kUninitializedGlobal)
      CHECK(cudaMemset(done, 0, kChannels * sizeof(unsigned)));
    launch(nullptr, dim3(kParts, kChannels), kThreads, statistics, x, parts,
           done, results, total, fault);
    std::vector<float> output = download(results, kChannels * 2);
    for (void *memory : {(void *)x, (void *)results, (void *)total,
                         (void *)parts, (void *)done})
      CHECK(cudaFree(memory));
    return output;
  };
  return runExample(argc, argv, run, [&](const std::vector<float> &output) {
    return areClose(output, want);
  });
}
