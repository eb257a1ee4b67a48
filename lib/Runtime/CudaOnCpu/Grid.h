//===- Grid.h - The blocks of a launch ------------------------ -*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_LIB_RUNTIME_CUDAONCPU_GRID_H
#define BN_LIB_RUNTIME_CUDAONCPU_GRID_H

#include "Block.h"

namespace bn::cuda {

/// What runs at the moment, for reports and for checks.
struct Running {
  const KernelCall *call = nullptr;
  bool cooperative = false;
  /// The number of launches so far.
  unsigned launch = 0;
  /// Counts launches and grid-wide barriers: what is in different phases is
  /// ordered.
  uint32_t phase = 0;
};
extern Running running;
extern Schedule schedule;

constexpr int multiprocessors = 16;
constexpr int maxMultiprocessorThreads = 2048;

/// Runs all blocks of a launch.
void runGrid(const KernelCall &call, dim3 grid, dim3 block, bool cooperative);

/// The shared arrays of all kernels; empty in the address build.
struct SharedMemory {
  char *begin, *end;
  size_t size() const { return end - begin; }
};
SharedMemory getSharedMemory();

} // namespace bn::cuda

#endif // BN_LIB_RUNTIME_CUDAONCPU_GRID_H
