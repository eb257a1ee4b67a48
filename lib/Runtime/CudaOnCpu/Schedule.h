//===- Schedule.h - The order in which threads and blocks run - -*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_LIB_RUNTIME_CUDAONCPU_SCHEDULE_H
#define BN_LIB_RUNTIME_CUDAONCPU_SCHEDULE_H

#include <cstdint>
#include <string>
#include <vector>

namespace bn::cuda {

/// The order that BN_CUDA_SCHEDULE asks for.
class Schedule {
public:
  /// Reads the environment. Ends the program when it makes no sense there.
  void update();

  /// The numbers 0 to `count` - 1 in the order in which to begin.
  void order(std::vector<unsigned> &numbers, unsigned count);

  /// Which of `count` threads that wait in a line is the next.
  unsigned choose(unsigned count) {
    return kind == Kind::Random ? below(count) : 0;
  }

  bool isReverse() const { return kind == Kind::Reverse; }
  const std::string &getText() const { return text; }

private:
  enum class Kind { Forward, Reverse, Random };

  unsigned below(unsigned count) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return unsigned((state >> 32) * count >> 32);
  }

  Kind kind = Kind::Forward;
  uint64_t state = 1;
  std::string text = "forward";
};

} // namespace bn::cuda

#endif // BN_LIB_RUNTIME_CUDAONCPU_SCHEDULE_H
