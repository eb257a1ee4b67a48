//===- cooperative.cu - Normalization in one cooperative launch -----------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each block takes the sum of a slice into shared memory, all blocks meet, and
// each divides its slice by the sum of all sums; three times over.
//
//===----------------------------------------------------------------------===//

#include "example.h"

#include <cooperative_groups.h>

namespace cg = cooperative_groups;

constexpr int kBlocks = 6, kThreads = 64, kCount = kBlocks * kThreads;
constexpr int kRounds = 3;

enum Fault { kNone, kNoGridSync, kNotCooperative, kSomeBlocks, kStaleShared };

__global__ void __launch_bounds__(kThreads)
    normalize(float *values, float *sums, Fault fault) {
  __shared__ float slice[kThreads];
  cg::grid_group grid = cg::this_grid();
  cg::thread_block block = cg::this_thread_block();
  cg::thread_block_tile<32> warp = cg::tiled_partition<32>(block);
  int thread = int(threadIdx.x), position = int(grid.thread_rank());
  slice[thread] = values[position];
  for (int round = 0; round < kRounds; ++round) {
    float sum = slice[thread];
    for (unsigned distance = 16; distance > 0; distance /= 2)
      sum += warp.shfl_xor(sum, distance);
    if (warp.thread_rank() == 0)
      sums[block.group_index().x * 2 + warp.meta_group_rank()] = sum;
    if (fault == kSomeBlocks && blockIdx.x == 3)
      return;
    if (fault != kNoGridSync)
      // COOPERATIVE: cooperative.cu:[[@LINE+3]]: error: a grid-wide barrier
      // ADDRESS: cooperative.cu:{{[0-9]+}}: error: the address build has no
      // SOME: error: 1 of 6 blocks are done and never come to this
      grid.sync();
    float total = 0.0f;
    for (int i = 0; i < kBlocks * 2; ++i)
      // SYNC: cooperative.cu:[[@LINE+1]]: error: {{read|race}}
      total += sums[i];
    // Its own slice is still there after other blocks have run.
    slice[thread] = slice[thread] / total;
    grid.sync();
  }
  values[position] = slice[thread];
}

int main(int argc, char **argv) {
  std::vector<float> input = makeValues(kCount, 5);
  for (float &value : input)
    value += 1.5f;
  auto run = [&](const std::string &name) {
    Fault fault = name == "no-grid-sync"      ? kNoGridSync
                  : name == "not-cooperative" ? kNotCooperative
                  : name == "some-blocks"     ? kSomeBlocks
                                              : kNone;
    float *values = upload(input), *sums = allocate<float>(kBlocks * 2);
    cudaLaunchAttribute attribute = {};
    attribute.id = cudaLaunchAttributeCooperative;
    attribute.val.cooperative = 1;
    cudaLaunchConfig_t config = {};
    config.gridDim = dim3(name == "too-large" ? 100000 : kBlocks);
    config.blockDim = dim3(kThreads);
    config.attrs = &attribute;
    config.numAttrs = fault == kNotCooperative ? 0 : 1;
    // LARGE: too many blocks in cooperative launch
    CHECK(cudaLaunchKernelEx(&config, normalize, values, sums, fault));
    std::vector<float> output = download(values, kCount);
    CHECK(cudaFree(values));
    CHECK(cudaFree(sums));
    return output;
  };
  return runExample(argc, argv, run, [&](const std::vector<float> &output) {
    std::vector<double> want(input.begin(), input.end());
    for (int round = 0; round < kRounds; ++round) {
      double sum = 0;
      for (double value : want)
        sum += value;
      for (double &value : want)
        value /= sum;
    }
    return areClose(output, want);
  });
}
