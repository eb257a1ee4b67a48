//===- CounterRandom.h - Random numbers by their place ----------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// No state: a number is a function of the seed, of what it is for, and of its
// index, so that a run can be continued anywhere.
//
//===----------------------------------------------------------------------===//

#ifndef BN_LIB_RUNTIME_COUNTERRANDOM_H
#define BN_LIB_RUNTIME_COUNTERRANDOM_H

#include <stdint.h>

namespace bn::runtime {

/// SplitMix64's finalizer, after Steele, Lea and Flood.
inline uint64_t mixBits(uint64_t z) {
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
  z = (z ^ z >> 27) * 0x94d049bb133111eb;
  return z ^ z >> 31;
}

/// What random numbers are for: sequences that have nothing in common.
enum class RandomUse : uint64_t { Shuffle = 1, Initialize = 2, Check = 3 };

class CounterRandom {
public:
  CounterRandom(int64_t seed, RandomUse use, int64_t stream)
      : key(mixBits(mixBits(static_cast<uint64_t>(seed) +
                            step * static_cast<uint64_t>(use)) +
                    step * static_cast<uint64_t>(stream))) {}

  uint64_t bits(int64_t index) const {
    return mixBits(key + step * static_cast<uint64_t>(index + 1));
  }
  /// In [0, 1).
  double uniform(int64_t index) const {
    return static_cast<double>(bits(index) >> 11) * 0x1p-53;
  }
  /// In [0, bound).
  int64_t below(int64_t index, int64_t bound) const {
    return static_cast<int64_t>(static_cast<unsigned __int128>(bits(index)) *
                                    static_cast<unsigned __int128>(bound) >>
                                64);
  }

private:
  static constexpr uint64_t step = 0x9e3779b97f4a7c15; // 2^64 / golden ratio
  uint64_t key;
};

/// Puts `order`, of `count` numbers, into random order (Fisher and Yates).
inline void shuffle(int64_t *order, int64_t count,
                    const CounterRandom &random) {
  for (int64_t i = count - 1; i > 0; --i) {
    int64_t other = random.below(i, i + 1), value = order[i];
    order[i] = order[other];
    order[other] = value;
  }
}

} // namespace bn::runtime

#endif // BN_LIB_RUNTIME_COUNTERRANDOM_H
