//===- Checker.h - Checks of a kernel's accesses -------------- -*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_LIB_RUNTIME_CUDAONCPU_CHECKER_H
#define BN_LIB_RUNTIME_CUDAONCPU_CHECKER_H

#include "Memory.h"

#include <cstdint>
#include <vector>

namespace bn::cuda {

enum class AccessKind : uint8_t { Read, Write, Atomic };

/// Told of all accesses of instrumented code, and of what the library itself
/// does with memory.
class Checker {
public:
  virtual ~Checker() = default;

  /// The code that returns to `code` accesses memory.
  virtual void access(const void *address, size_t bytes, AccessKind kind,
                      const void *code) = 0;
  /// The running thread makes its writes visible to all blocks.
  virtual void fence() = 0;

  virtual void addRegion(Region &region) = 0;
  virtual void removeRegion(Region &region) = 0;
  /// The host has written these bytes of a region.
  virtual void initialize(Region &region, size_t offset, size_t bytes) = 0;
  /// The host has copied bytes from one region to another.
  virtual void copy(Region &to, size_t toOffset, Region &from,
                    size_t fromOffset, size_t bytes) = 0;

  // Shared memory is new, or changes hands between blocks.
  virtual void clearShared() = 0;
  virtual void saveShared(std::vector<uint8_t> &state) = 0;
  virtual void restoreShared(const std::vector<uint8_t> &state) = 0;
};

/// Null unless the program was built for checking: the object file that sets it
/// is linked when instrumented code asks for its functions.
extern Checker *checker;

} // namespace bn::cuda

#endif // BN_LIB_RUNTIME_CUDAONCPU_CHECKER_H
