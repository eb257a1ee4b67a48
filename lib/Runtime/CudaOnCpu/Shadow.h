//===- Shadow.h - What is known of each word of memory -------- -*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_LIB_RUNTIME_CUDAONCPU_SHADOW_H
#define BN_LIB_RUNTIME_CUDAONCPU_SHADOW_H

#include <cstddef>
#include <cstdint>

namespace bn::cuda {

constexpr size_t wordBytes = 4;

/// Who accessed a word, when and where in the code.
struct Access {
  /// Of the grid; 0 if there was no access.
  uint32_t phase;
  uint32_t block;
  /// Barriers of the block before it.
  uint32_t epoch;
  /// Memory fences before it.
  uint32_t fences;
  uint32_t code;
  /// Barriers of the warp before it.
  uint16_t warpEpoch;
  uint16_t thread : 10, bytes : 4, atomic : 1;
};

/// The last write, and the last reads of two different threads.
struct Word {
  Access write;
  Access reads[2];
};

/// The words of some memory, and which of their bytes were written.
struct Shadow {
  explicit Shadow(size_t bytes);
  Shadow(const Shadow &) = delete;
  ~Shadow();

  void initialize(size_t offset, size_t bytes);

  size_t count;
  Word *words;
  /// A byte for each word: bit i is set if byte i of the word is initialised.
  uint8_t *written;
};

} // namespace bn::cuda

#endif // BN_LIB_RUNTIME_CUDAONCPU_SHADOW_H
