//===- WarpFunctions.h - Barriers, shuffles and votes --------- -*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The line of a call is a default argument: it identifies a barrier whatever
// the optimizer makes of the code around it, and tells the reader of a report
// where threads wait.
//
//===----------------------------------------------------------------------===//

#ifndef BN_RUNTIME_CUDAONCPU_WARPFUNCTIONS_H
#define BN_RUNTIME_CUDAONCPU_WARPFUNCTIONS_H

#include "VectorTypes.h"

#include <cstring>

// The thread that runs. Constant as each thread sees them: the library gives
// them new values when it switches to another thread.
extern const uint3 threadIdx;
extern const uint3 blockIdx;
extern const dim3 blockDim;
extern const dim3 gridDim;
constexpr int warpSize = 32;

/// What follows is called with the caller's line and file.
#define BN_CUDA_HERE                                                           \
  unsigned line = __builtin_LINE(), const char *file = __builtin_FILE()

void __syncthreads(BN_CUDA_HERE);
int __syncthreads_count(int predicate, BN_CUDA_HERE);
int __syncthreads_and(int predicate, BN_CUDA_HERE);
int __syncthreads_or(int predicate, BN_CUDA_HERE);
void __syncwarp(unsigned mask = 0xffffffffu, BN_CUDA_HERE);
unsigned __ballot_sync(unsigned mask, int predicate, BN_CUDA_HERE);
int __all_sync(unsigned mask, int predicate, BN_CUDA_HERE);
int __any_sync(unsigned mask, int predicate, BN_CUDA_HERE);
unsigned __activemask();

// Memory fences of a block, of the device and of the system.
void __threadfence_block();
void __threadfence();
void __threadfence_system();

namespace bn::cuda {

/// The value that lane `source` gives; all lanes of `mask` meet here.
uint64_t shuffle(unsigned mask, uint64_t value, unsigned source, unsigned line,
                 const char *file);

/// The number of the thread in its block, and in its warp.
unsigned linearThread();
inline unsigned laneIndex() { return linearThread() % warpSize; }

/// Waits for all threads of all blocks of a cooperative launch.
void gridBarrier(unsigned line, const char *file);

template <typename T>
BN_CUDA_UNCHECKED T shuffleValue(unsigned mask, T value, unsigned source,
                                 unsigned line, const char *file) {
  static_assert(sizeof(T) == 4 || sizeof(T) == 8,
                "shuffles exchange values of 4 or 8 bytes");
  uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof(T));
  bits = shuffle(mask, bits, source, line, file);
  std::memcpy(&value, &bits, sizeof(T));
  return value;
}

} // namespace bn::cuda

template <typename T>
T __shfl_sync(unsigned mask, T value, int source, int width = warpSize,
              BN_CUDA_HERE) {
  unsigned lane = bn::cuda::laneIndex(), last = width - 1;
  return bn::cuda::shuffleValue(mask, value, (lane & ~last) | (source & last),
                                line, file);
}

template <typename T>
T __shfl_up_sync(unsigned mask, T value, unsigned delta, int width = warpSize,
                 BN_CUDA_HERE) {
  unsigned lane = bn::cuda::laneIndex(), last = width - 1;
  bool inside = (lane & last) >= delta;
  return bn::cuda::shuffleValue(mask, value, inside ? lane - delta : lane, line,
                                file);
}

template <typename T>
T __shfl_down_sync(unsigned mask, T value, unsigned delta, int width = warpSize,
                   BN_CUDA_HERE) {
  unsigned lane = bn::cuda::laneIndex(), last = width - 1;
  bool inside = (lane & last) + delta <= last;
  return bn::cuda::shuffleValue(mask, value, inside ? lane + delta : lane, line,
                                file);
}

template <typename T>
T __shfl_xor_sync(unsigned mask, T value, int bits, int width = warpSize,
                  BN_CUDA_HERE) {
  unsigned lane = bn::cuda::laneIndex(), last = width - 1;
  unsigned source = lane ^ unsigned(bits);
  return bn::cuda::shuffleValue(
      mask, value, source <= (lane | last) ? source : lane, line, file);
}

#endif // BN_RUNTIME_CUDAONCPU_WARPFUNCTIONS_H
