//===- Ordering.h - Order between blocks, by fences and atomics  -*- C++
//-*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_LIB_RUNTIME_CUDAONCPU_ORDERING_H
#define BN_LIB_RUNTIME_CUDAONCPU_ORDERING_H

#include "Shadow.h"

#include <map>
#include <vector>

namespace bn::cuda {

/// Blocks of a launch have no order, but for this one: a thread writes (or its
/// block does, before a barrier), executes __threadfence and an atomic
/// operation, and a thread of another block executes an atomic operation on the
/// same address later. So does the last block to finish find the others'
/// results.
class Ordering {
public:
  /// The thread that `now` describes executes a fence.
  void fence(const Access &now);

  /// It executes an atomic operation on `address`.
  void synchronize(const void *address, const Access &now);

  /// True if `old`, of another block, comes before `now`.
  bool isBefore(const Access &old, const Access &now) const;

  uint32_t getFences() const { return fences; }

private:
  void enterPhase(uint32_t now);

  /// What a thread has let others see: its block's accesses before `epoch`, and
  /// its own before the fence.
  struct Release {
    uint32_t block, epoch, fences;
    unsigned thread;
  };
  /// A thread has seen the first `count` releases at an address.
  struct Acquisition {
    const std::vector<Release> *releases;
    size_t count;
    uint32_t epoch;
    unsigned thread;
  };

  uint32_t phase = 0, fences = 0;
  /// The last fence of each thread of a block.
  std::map<std::pair<uint32_t, unsigned>, Release> fenced;
  std::map<const void *, std::vector<Release>> released;
  std::map<uint32_t, std::vector<Acquisition>> acquired;
};

} // namespace bn::cuda

#endif // BN_LIB_RUNTIME_CUDAONCPU_ORDERING_H
