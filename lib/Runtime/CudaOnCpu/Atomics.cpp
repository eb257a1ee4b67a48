//===- Atomics.cpp - Atomic operations of kernels -------------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Threads run one at a time, so that an ordinary update is atomic. Not inline:
// the address that a function returns to is the kernel's line.
//
//===----------------------------------------------------------------------===//

#include "Checker.h"
#include "bn/Runtime/CudaOnCpu/DeviceFunctions.h"

using namespace bn::cuda;

template <typename T, typename Update>
static T update(T *address, Update next, const void *code) {
  if (checker)
    checker->access(address, sizeof(T), AccessKind::Atomic, code);
  T old = *address;
  *address = next(old);
  return old;
}

#define ATOMIC(TYPE, NAME, NEXT)                                               \
  TYPE NAME(TYPE *address, TYPE value) {                                       \
    return update(                                                             \
        address, [&](TYPE old) -> TYPE { return NEXT; },                       \
        __builtin_return_address(0));                                          \
  }
using ulonglong = unsigned long long;

// Signed sums wrap around.
ATOMIC(int, atomicAdd, int(unsigned(old) + unsigned(value)))
ATOMIC(unsigned, atomicAdd, old + value)
ATOMIC(ulonglong, atomicAdd, old + value)
ATOMIC(float, atomicAdd, old + value)
ATOMIC(double, atomicAdd, old + value)
ATOMIC(int, atomicSub, int(unsigned(old) - unsigned(value)))
ATOMIC(unsigned, atomicSub, old - value)
ATOMIC(int, atomicExch, value)
ATOMIC(unsigned, atomicExch, value)
ATOMIC(ulonglong, atomicExch, value)
ATOMIC(float, atomicExch, value)
ATOMIC(int, atomicMin, min(old, value))
ATOMIC(unsigned, atomicMin, min(old, value))
ATOMIC(ulonglong, atomicMin, old < value ? old : value)
ATOMIC(int, atomicMax, max(old, value))
ATOMIC(unsigned, atomicMax, max(old, value))
ATOMIC(ulonglong, atomicMax, old < value ? value : old)
ATOMIC(int, atomicAnd, old &value)
ATOMIC(unsigned, atomicAnd, old &value)
ATOMIC(int, atomicOr, old | value)
ATOMIC(unsigned, atomicOr, old | value)
ATOMIC(int, atomicXor, old ^ value)
ATOMIC(unsigned, atomicXor, old ^ value)
ATOMIC(unsigned, atomicInc, old >= value ? 0 : old + 1)
ATOMIC(unsigned, atomicDec, old == 0 || old > value ? value : old - 1)

#undef ATOMIC

#define ATOMIC_CAS(TYPE)                                                       \
  TYPE atomicCAS(TYPE *address, TYPE expected, TYPE value) {                   \
    return update(                                                             \
        address, [&](TYPE old) { return old == expected ? value : old; },      \
        __builtin_return_address(0));                                          \
  }
ATOMIC_CAS(int)
ATOMIC_CAS(unsigned)
ATOMIC_CAS(ulonglong)

#undef ATOMIC_CAS
