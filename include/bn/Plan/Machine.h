//===- Machine.h - What planning and code generation know of a CPU --*- C++
//-*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_PLAN_MACHINE_H
#define BN_PLAN_MACHINE_H

#include <cstdint>

namespace mlir::bn {

/// The facts about a CPU that tiles and layouts are chosen by. The defaults are
/// those of baseline x86-64 (SSE2).
struct Machine {
  /// Values of type f32 in a vector register.
  int64_t vectorLength = 4;
  /// Number of vector registers.
  int64_t vectorRegisters = 16;
  /// Fused multiply-adds, and vector loads, that start in one cycle.
  int64_t fmasPerCycle = 2;
  int64_t loadsPerCycle = 2;
  /// Cycles from the start of a multiply-add to its result.
  int64_t fmaLatency = 4;
  /// Bytes of the first-level cache that weights may take, and the cycles per
  /// vector of those that come from the second level, while multiply-adds run.
  int64_t firstLevelBytes = 24 << 10;
  double secondLevelLoadCycles = 1.75;
  /// Bytes that one core reads from memory in a cycle.
  double memoryBytesPerCycle = 11;
  /// Bytes of the cache that a block of rows should stay in.
  int64_t blockCacheBytes = 4 << 20;
};

} // namespace mlir::bn

#endif // BN_PLAN_MACHINE_H
