//===- Fiber.h - Stacks that a thread switches between -------- -*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_LIB_RUNTIME_CUDAONCPU_FIBER_H
#define BN_LIB_RUNTIME_CUDAONCPU_FIBER_H

#include <cstddef>
#include <cstdint>
#include <vector>

namespace bn::cuda {

/// A place to go on at: a stack and where it was left.
struct Fiber {
  void *saved = nullptr;
  /// The lowest address of the stack; null for the stack of the program itself.
  char *stack = nullptr;
  /// AddressSanitizer's own state.
  void *sanitizer = nullptr;
};

constexpr size_t stackBytes = size_t(64) << 10;

/// Makes `fiber` call `entry`, which never returns, on `stack`. `number` keeps
/// the tops of neighbouring stacks apart in the caches.
void prepareFiber(Fiber &fiber, char *stack, void (*entry)(), unsigned number);

/// Leaves `from` and goes on in `to`. `from` is over when `last` is true.
void switchFiber(Fiber &from, Fiber &to, bool last = false);

/// To be called first on a new fiber.
void beginFiber();

/// False when a fiber has used more than its stack.
bool isStackWhole(const Fiber &fiber);

/// True in a program built with AddressSanitizer.
bool isAddressBuild();

/// Memory for the stacks of a block, kept for the blocks after it.
class StackPool {
public:
  /// Stacks for `count` fibers, one behind the other.
  char *take(unsigned count);
  void give(char *stacks, unsigned count);

private:
  struct Slab {
    char *stacks;
    unsigned count;
  };
  std::vector<Slab> free;
};

} // namespace bn::cuda

#endif // BN_LIB_RUNTIME_CUDAONCPU_FIBER_H
