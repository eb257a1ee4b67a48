//===- VectorTypes.h - CUDA's short vectors and qualifiers ---- -*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_RUNTIME_CUDAONCPU_VECTORTYPES_H
#define BN_RUNTIME_CUDAONCPU_VECTORTYPES_H

#include <cstddef>
#include <cstdint>

#if defined(__SANITIZE_ADDRESS__)
#define BN_CUDA_ADDRESS_BUILD 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define BN_CUDA_ADDRESS_BUILD 1
#endif
#endif

#define __host__
#define __device__
#define __global__
#define __constant__
#define __forceinline__ inline __attribute__((always_inline))
#define __launch_bounds__(...)
#define __align__(n) __attribute__((aligned(n)))
#define __grid_constant__

// All shared arrays lie side by side in one section, so that they can be filled
// before each block and exchanged at grid-wide barriers. AddressSanitizer
// guards only what is in no such section.
#ifdef BN_CUDA_ADDRESS_BUILD
#define __shared__ static
#else
#define __shared__ static __attribute__((section("bn_shared")))
#endif

/// For functions whose accesses are not the kernel's.
#define BN_CUDA_UNCHECKED __attribute__((no_sanitize("thread")))

#define BN_CUDA_VECTOR1(NAME, TYPE)                                            \
  struct NAME##1 {                                                             \
    TYPE x;                                                                    \
  };                                                                           \
  inline NAME##1 make_##NAME##1(TYPE x) { return {x}; }
#define BN_CUDA_VECTOR2(NAME, TYPE, ALIGNMENT)                                 \
  struct alignas(ALIGNMENT) NAME##2 {                                          \
    TYPE x, y;                                                                 \
  };                                                                           \
  inline NAME##2 make_##NAME##2(TYPE x, TYPE y) { return {x, y}; }
#define BN_CUDA_VECTOR3(NAME, TYPE)                                            \
  struct NAME##3 {                                                             \
    TYPE x, y, z;                                                              \
  };                                                                           \
  inline NAME##3 make_##NAME##3(TYPE x, TYPE y, TYPE z) { return {x, y, z}; }
#define BN_CUDA_VECTOR4(NAME, TYPE, ALIGNMENT)                                 \
  struct alignas(ALIGNMENT) NAME##4 {                                          \
    TYPE x, y, z, w;                                                           \
  };                                                                           \
  inline NAME##4 make_##NAME##4(TYPE x, TYPE y, TYPE z, TYPE w) {              \
    return {x, y, z, w};                                                       \
  }
#define BN_CUDA_VECTORS(NAME, TYPE, ALIGNMENT2, ALIGNMENT4)                    \
  BN_CUDA_VECTOR1(NAME, TYPE)                                                  \
  BN_CUDA_VECTOR2(NAME, TYPE, ALIGNMENT2)                                      \
  BN_CUDA_VECTOR3(NAME, TYPE)                                                  \
  BN_CUDA_VECTOR4(NAME, TYPE, ALIGNMENT4)

BN_CUDA_VECTORS(char, signed char, 2, 4)
BN_CUDA_VECTORS(uchar, unsigned char, 2, 4)
BN_CUDA_VECTORS(short, short, 4, 8)
BN_CUDA_VECTORS(ushort, unsigned short, 4, 8)
BN_CUDA_VECTORS(int, int, 8, 16)
BN_CUDA_VECTORS(uint, unsigned, 8, 16)
BN_CUDA_VECTORS(longlong, long long, 16, 16)
BN_CUDA_VECTORS(ulonglong, unsigned long long, 16, 16)
BN_CUDA_VECTORS(float, float, 8, 16)
BN_CUDA_VECTORS(double, double, 16, 16)

#undef BN_CUDA_VECTOR1
#undef BN_CUDA_VECTOR2
#undef BN_CUDA_VECTOR3
#undef BN_CUDA_VECTOR4
#undef BN_CUDA_VECTORS

struct dim3 {
  constexpr dim3(unsigned x = 1, unsigned y = 1, unsigned z = 1)
      : x(x), y(y), z(z) {}
  constexpr dim3(uint3 v) : x(v.x), y(v.y), z(v.z) {}
  constexpr operator uint3() const { return {x, y, z}; }
  unsigned x, y, z;
};

#endif // BN_RUNTIME_CUDAONCPU_VECTORTYPES_H
