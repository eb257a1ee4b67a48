//===- Memory.h - Allocations of device memory ---------------- -*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_LIB_RUNTIME_CUDAONCPU_MEMORY_H
#define BN_LIB_RUNTIME_CUDAONCPU_MEMORY_H

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace bn::cuda {

/// What the checker knows of a region.
struct Shadow;

/// An allocation, with guards on both sides that nothing may touch.
struct Region {
  char *memory = nullptr;
  char *begin = nullptr;
  size_t size = 0;
  size_t guard = 0;
  /// Allocations are counted from 1.
  unsigned number = 0;
  bool freed = false;
  std::shared_ptr<Shadow> shadow;

  /// "allocation 3 (1024 bytes)".
  std::string str() const;
};

/// The region that `address` lies in, guards included; null if there is none.
Region *findRegion(const void *address);

/// Reports a fault if a guard was written to.
void checkGuards();

} // namespace bn::cuda

#endif // BN_LIB_RUNTIME_CUDAONCPU_MEMORY_H
