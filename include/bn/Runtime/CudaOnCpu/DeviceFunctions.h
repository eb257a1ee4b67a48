//===- DeviceFunctions.h - Arithmetic and atomics of kernels -- -*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_RUNTIME_CUDAONCPU_DEVICEFUNCTIONS_H
#define BN_RUNTIME_CUDAONCPU_DEVICEFUNCTIONS_H

#include "VectorTypes.h"

#include <cmath>
#include <cstdio>
#include <cstring>

#include <math.h>

namespace bn::cuda {

template <typename To, typename From> inline To bitCast(From value) {
  static_assert(sizeof(To) == sizeof(From), "a bit cast keeps the size");
  To result;
  std::memcpy(&result, &value, sizeof(To));
  return result;
}

} // namespace bn::cuda

inline int __float_as_int(float x) { return bn::cuda::bitCast<int>(x); }
inline unsigned __float_as_uint(float x) {
  return bn::cuda::bitCast<unsigned>(x);
}
inline float __int_as_float(int x) { return bn::cuda::bitCast<float>(x); }
inline float __uint_as_float(unsigned x) { return bn::cuda::bitCast<float>(x); }
inline long long __double_as_longlong(double x) {
  return bn::cuda::bitCast<long long>(x);
}
inline double __longlong_as_double(long long x) {
  return bn::cuda::bitCast<double>(x);
}

// Roundings by name. glibc declares `__expf` and the like for itself.
inline float __fmaf_rn(float a, float b, float c) { return fmaf(a, b, c); }
inline float __fadd_rn(float a, float b) { return a + b; }
inline float __fsub_rn(float a, float b) { return a - b; }
inline float __fmul_rn(float a, float b) { return a * b; }
inline float __fdiv_rn(float a, float b) { return a / b; }
inline float __frcp_rn(float a) { return 1.0f / a; }
inline float __fsqrt_rn(float a) { return sqrtf(a); }
inline float __fdividef(float a, float b) { return a / b; }
inline float __saturatef(float x) { return fminf(fmaxf(x, 0.0f), 1.0f); }
inline float rsqrtf(float x) { return 1.0f / sqrtf(x); }
inline double rsqrt(double x) { return 1.0 / sqrt(x); }
#define __expf(x) expf(x)
#define __logf(x) logf(x)
#define __sinf(x) sinf(x)
#define __cosf(x) cosf(x)
#define __powf(x, y) powf(x, y)

inline int min(int a, int b) { return b < a ? b : a; }
inline int max(int a, int b) { return a < b ? b : a; }
inline unsigned min(unsigned a, unsigned b) { return b < a ? b : a; }
inline unsigned max(unsigned a, unsigned b) { return a < b ? b : a; }
inline long long min(long long a, long long b) { return b < a ? b : a; }
inline long long max(long long a, long long b) { return a < b ? b : a; }
inline float min(float a, float b) { return fminf(a, b); }
inline float max(float a, float b) { return fmaxf(a, b); }
inline double min(double a, double b) { return fmin(a, b); }
inline double max(double a, double b) { return fmax(a, b); }

inline int __popc(unsigned x) { return __builtin_popcount(x); }
inline int __clz(int x) { return x ? __builtin_clz(unsigned(x)) : 32; }
inline int __ffs(int x) { return __builtin_ffs(x); }
inline int __mulhi(int a, int b) { return int((int64_t(a) * b) >> 32); }
inline unsigned __umulhi(unsigned a, unsigned b) {
  return unsigned((uint64_t(a) * b) >> 32);
}

// Loads and stores with hints for the caches; always inlined, so that the
// access is the kernel's and has its line.
template <typename T> __forceinline__ T __ldg(const T *address) {
  return *address;
}
template <typename T> __forceinline__ T __ldcg(const T *address) {
  return *address;
}
template <typename T> __forceinline__ T __ldcs(const T *address) {
  return *address;
}
template <typename T> __forceinline__ T __ldca(const T *address) {
  return *address;
}
template <typename T> __forceinline__ void __stcg(T *address, T value) {
  *address = value;
}
template <typename T> __forceinline__ void __stcs(T *address, T value) {
  *address = value;
}

int atomicAdd(int *address, int value);
unsigned atomicAdd(unsigned *address, unsigned value);
unsigned long long atomicAdd(unsigned long long *address,
                             unsigned long long value);
float atomicAdd(float *address, float value);
double atomicAdd(double *address, double value);
int atomicSub(int *address, int value);
unsigned atomicSub(unsigned *address, unsigned value);
int atomicExch(int *address, int value);
unsigned atomicExch(unsigned *address, unsigned value);
unsigned long long atomicExch(unsigned long long *address,
                              unsigned long long value);
float atomicExch(float *address, float value);
int atomicMin(int *address, int value);
unsigned atomicMin(unsigned *address, unsigned value);
unsigned long long atomicMin(unsigned long long *address,
                             unsigned long long value);
int atomicMax(int *address, int value);
unsigned atomicMax(unsigned *address, unsigned value);
unsigned long long atomicMax(unsigned long long *address,
                             unsigned long long value);
int atomicAnd(int *address, int value);
unsigned atomicAnd(unsigned *address, unsigned value);
int atomicOr(int *address, int value);
unsigned atomicOr(unsigned *address, unsigned value);
int atomicXor(int *address, int value);
unsigned atomicXor(unsigned *address, unsigned value);
unsigned atomicInc(unsigned *address, unsigned last);
unsigned atomicDec(unsigned *address, unsigned last);
int atomicCAS(int *address, int expected, int value);
unsigned atomicCAS(unsigned *address, unsigned expected, unsigned value);
unsigned long long atomicCAS(unsigned long long *address,
                             unsigned long long expected,
                             unsigned long long value);

/// Programmatic dependent launch: the kernel before is always over here.
inline void cudaGridDependencySynchronize() {}
inline void cudaTriggerProgrammaticLaunchCompletion() {}

inline void __nanosleep(unsigned) {}
[[noreturn]] void __trap();

#endif // BN_RUNTIME_CUDAONCPU_DEVICEFUNCTIONS_H
