//===- cooperative_groups.h - Groups of threads, on the CPU --- -*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The part of CUDA's cooperative groups that has no templates over types: the
// grid, the block and tiles of a warp. See cuda_runtime.h here.
//
//===----------------------------------------------------------------------===//

#ifndef BN_RUNTIME_CUDAONCPU_COOPERATIVE_GROUPS_H
#define BN_RUNTIME_CUDAONCPU_COOPERATIVE_GROUPS_H

#include "WarpFunctions.h"

namespace cooperative_groups {

/// All threads of a cooperative launch.
class grid_group {
public:
  void sync(BN_CUDA_HERE) const { bn::cuda::gridBarrier(line, file); }
  bool is_valid() const { return true; }
  unsigned long long num_blocks() const {
    return 1ull * gridDim.x * gridDim.y * gridDim.z;
  }
  unsigned long long block_rank() const {
    return (1ull * blockIdx.z * gridDim.y + blockIdx.y) * gridDim.x +
           blockIdx.x;
  }
  unsigned long long num_threads() const {
    return num_blocks() * blockDim.x * blockDim.y * blockDim.z;
  }
  unsigned long long size() const { return num_threads(); }
  unsigned long long thread_rank() const {
    return block_rank() * blockDim.x * blockDim.y * blockDim.z +
           bn::cuda::linearThread();
  }
};

/// All threads of a block.
class thread_block {
public:
  void sync(BN_CUDA_HERE) const { __syncthreads(line, file); }
  unsigned num_threads() const { return blockDim.x * blockDim.y * blockDim.z; }
  unsigned size() const { return num_threads(); }
  unsigned thread_rank() const { return bn::cuda::linearThread(); }
  dim3 group_index() const { return blockIdx; }
  dim3 thread_index() const { return threadIdx; }
};

/// `Size` threads of a warp.
template <unsigned Size> class thread_block_tile {
  static_assert(Size >= 1 && Size <= 32 && (Size & (Size - 1)) == 0,
                "tiles have 1, 2, 4, 8, 16 or 32 threads");

public:
  void sync(BN_CUDA_HERE) const { __syncwarp(mask(), line, file); }
  unsigned num_threads() const { return Size; }
  unsigned size() const { return Size; }
  unsigned thread_rank() const { return bn::cuda::linearThread() % Size; }
  unsigned meta_group_rank() const { return bn::cuda::linearThread() / Size; }
  unsigned meta_group_size() const {
    return (blockDim.x * blockDim.y * blockDim.z + Size - 1) / Size;
  }
  template <typename T> T shfl(T value, int source, BN_CUDA_HERE) const {
    return __shfl_sync(mask(), value, source, Size, line, file);
  }
  template <typename T> T shfl_up(T value, unsigned delta, BN_CUDA_HERE) const {
    return __shfl_up_sync(mask(), value, delta, Size, line, file);
  }
  template <typename T>
  T shfl_down(T value, unsigned delta, BN_CUDA_HERE) const {
    return __shfl_down_sync(mask(), value, delta, Size, line, file);
  }
  template <typename T> T shfl_xor(T value, unsigned bits, BN_CUDA_HERE) const {
    return __shfl_xor_sync(mask(), value, int(bits), Size, line, file);
  }
  unsigned ballot(int predicate, BN_CUDA_HERE) const {
    return __ballot_sync(mask(), predicate, line, file) >> first();
  }
  int any(int predicate, BN_CUDA_HERE) const {
    return __any_sync(mask(), predicate, line, file);
  }
  int all(int predicate, BN_CUDA_HERE) const {
    return __all_sync(mask(), predicate, line, file);
  }

private:
  unsigned first() const { return bn::cuda::laneIndex() / Size * Size; }
  unsigned mask() const { return (0xffffffffu >> (32 - Size)) << first(); }
};

inline grid_group this_grid() { return {}; }
inline thread_block this_thread_block() { return {}; }
template <unsigned Size>
thread_block_tile<Size> tiled_partition(const thread_block &) {
  return {};
}
template <typename Group> void sync(const Group &group, BN_CUDA_HERE) {
  group.sync(line, file);
}

} // namespace cooperative_groups

#endif // BN_RUNTIME_CUDAONCPU_COOPERATIVE_GROUPS_H
