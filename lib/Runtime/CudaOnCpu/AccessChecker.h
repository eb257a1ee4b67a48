//===- AccessChecker.h - Races, uninitialised reads and bad addresses  -*- C++
//-*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_LIB_RUNTIME_CUDAONCPU_ACCESSCHECKER_H
#define BN_LIB_RUNTIME_CUDAONCPU_ACCESSCHECKER_H

#include "Checker.h"
#include "Ordering.h"
#include "Shadow.h"

namespace bn::cuda {

/// Checks each access against what it knows of the words before it.
class AccessChecker final : public Checker {
public:
  AccessChecker();

  /// As `access`, for callers that know the class.
  void check(const void *address, size_t bytes, AccessKind kind,
             const void *code);

  void access(const void *address, size_t bytes, AccessKind kind,
              const void *code) override;
  void fence() override;
  void addRegion(Region &region) override;
  void removeRegion(Region &region) override;
  void initialize(Region &region, size_t offset, size_t bytes) override;
  void copy(Region &to, size_t toOffset, Region &from, size_t fromOffset,
            size_t bytes) override;
  void clearShared() override;
  void saveShared(std::vector<uint8_t> &state) override;
  void restoreShared(const std::vector<uint8_t> &state) override;

private:
  Region *find(const char *address);
  void checkForeign(const char *address, AccessKind kind, const void *code);

  /// Of the block that runs.
  Shadow shared;
  /// Regions that were accessed last, and which of them is the first to go.
  Region *recent[4] = {};
  unsigned oldest = 0;
  /// A page that is known to be the program's own.
  uintptr_t imagePage = 0;
};

} // namespace bn::cuda

#endif // BN_LIB_RUNTIME_CUDAONCPU_ACCESSCHECKER_H
