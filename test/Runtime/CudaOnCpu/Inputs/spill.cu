//===- spill.cu - A kernel that needs more registers than it has ----------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

/// 96 sums per thread, with 32 registers allowed.
__global__ void __launch_bounds__(1024, 2)
    spill(const float *__restrict__ input, float *__restrict__ output) {
  float sums[96];
#pragma unroll
  for (int i = 0; i < 96; ++i)
    sums[i] = input[i * 1024 + threadIdx.x];
  for (int round = 0; round < 64; ++round) {
#pragma unroll
    for (int i = 0; i < 96; ++i)
      sums[i] = fmaf(sums[i], sums[(i * 7 + 5) % 96], input[round]);
  }
#pragma unroll
  for (int i = 0; i < 96; ++i)
    output[i * 1024 + threadIdx.x] = sums[i];
}
