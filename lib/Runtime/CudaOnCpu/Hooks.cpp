//===- Hooks.cpp - What -fsanitize=thread makes code call -----------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The functions that the compiler inserts, in place of its own library's.
//
//===----------------------------------------------------------------------===//

#include "AccessChecker.h"

#include <cstring>

using namespace bn::cuda;

static AccessChecker &getChecker() {
  static AccessChecker instance;
  return instance;
}

extern "C" {

void __tsan_init() { checker = &getChecker(); }

#define ACCESS(NAME, BYTES, KIND)                                              \
  void __tsan_##NAME(void *address) {                                          \
    static_cast<AccessChecker *>(checker)->check(                              \
        address, BYTES, AccessKind::KIND, __builtin_return_address(0));        \
  }
ACCESS(read1, 1, Read)
ACCESS(read2, 2, Read)
ACCESS(read4, 4, Read)
ACCESS(read8, 8, Read)
ACCESS(read16, 16, Read)
ACCESS(write1, 1, Write)
ACCESS(write2, 2, Write)
ACCESS(write4, 4, Write)
ACCESS(write8, 8, Write)
ACCESS(write16, 16, Write)
ACCESS(unaligned_read2, 2, Read)
ACCESS(unaligned_read4, 4, Read)
ACCESS(unaligned_read8, 8, Read)
ACCESS(unaligned_read16, 16, Read)
ACCESS(unaligned_write2, 2, Write)
ACCESS(unaligned_write4, 4, Write)
ACCESS(unaligned_write8, 8, Write)
ACCESS(unaligned_write16, 16, Write)
#undef ACCESS

#define ACCESS_RANGE(NAME, KIND)                                               \
  void __tsan_##NAME(void *address, size_t bytes) {                            \
    checker->access(address, bytes, AccessKind::KIND,                          \
                    __builtin_return_address(0));                              \
  }
ACCESS_RANGE(read_range, Read)
ACCESS_RANGE(write_range, Write)
#undef ACCESS_RANGE

void *__tsan_memcpy(void *to, const void *from, size_t bytes) {
  const void *code = __builtin_return_address(0);
  checker->access(from, bytes, AccessKind::Read, code);
  checker->access(to, bytes, AccessKind::Write, code);
  return std::memcpy(to, from, bytes);
}
void *__tsan_memmove(void *to, const void *from, size_t bytes) {
  const void *code = __builtin_return_address(0);
  checker->access(from, bytes, AccessKind::Read, code);
  checker->access(to, bytes, AccessKind::Write, code);
  return std::memmove(to, from, bytes);
}
void *__tsan_memset(void *to, int byte, size_t bytes) {
  checker->access(to, bytes, AccessKind::Write, __builtin_return_address(0));
  return std::memset(to, byte, bytes);
}

// Calls and virtual tables are of no interest.
void __tsan_func_entry(void *) {}
void __tsan_func_exit() {}
void __tsan_vptr_update(void **, void *) {}
void __tsan_vptr_read(void **) {}

// Atomics of host code: those of kernels are CUDA's functions.
void __tsan_atomic_thread_fence(int) {
  __atomic_thread_fence(__ATOMIC_SEQ_CST);
}
void __tsan_atomic_signal_fence(int) {}

#define UPDATE(BITS, T, NAME)                                                  \
  T __tsan_atomic##BITS##_fetch_##NAME(T *address, T value, int) {             \
    return __atomic_fetch_##NAME(address, value, __ATOMIC_SEQ_CST);            \
  }
#define COMPARE(BITS, T, NAME)                                                 \
  int __tsan_atomic##BITS##_compare_exchange_##NAME(T *address, T *expected,   \
                                                    T value, int, int) {       \
    return __atomic_compare_exchange_n(address, expected, value, false,        \
                                       __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);    \
  }
#define ATOMICS(BITS, T)                                                       \
  T __tsan_atomic##BITS##_load(const T *address, int) {                        \
    return __atomic_load_n(address, __ATOMIC_SEQ_CST);                         \
  }                                                                            \
  void __tsan_atomic##BITS##_store(T *address, T value, int) {                 \
    __atomic_store_n(address, value, __ATOMIC_SEQ_CST);                        \
  }                                                                            \
  T __tsan_atomic##BITS##_exchange(T *address, T value, int) {                 \
    return __atomic_exchange_n(address, value, __ATOMIC_SEQ_CST);              \
  }                                                                            \
  UPDATE(BITS, T, add)                                                         \
  UPDATE(BITS, T, sub)                                                         \
  UPDATE(BITS, T, and)                                                         \
  UPDATE(BITS, T, or)                                                          \
  UPDATE(BITS, T, xor)                                                         \
  COMPARE(BITS, T, strong)                                                     \
  COMPARE(BITS, T, weak)
ATOMICS(8, uint8_t)
ATOMICS(16, uint16_t)
ATOMICS(32, uint32_t)
ATOMICS(64, uint64_t)
#undef ATOMICS
#undef COMPARE
#undef UPDATE

} // extern "C"
