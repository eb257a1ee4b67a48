//===- Schedule.cpp - The order in which threads and blocks run -----------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Schedule.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <numeric>

using namespace bn::cuda;

void Schedule::update() {
  const char *wanted = std::getenv("BN_CUDA_SCHEDULE");
  if (!wanted || !*wanted)
    wanted = "forward";
  if (text == wanted)
    return;
  text = wanted;
  kind = Kind::Forward;
  constexpr const char *prefix = "random:";
  char *end = nullptr;
  if (text == "reverse") {
    kind = Kind::Reverse;
  } else if (text.rfind(prefix, 0) == 0) {
    kind = Kind::Random;
    const char *digits = wanted + std::strlen(prefix);
    uint64_t seed = std::strtoull(digits, &end, 10);
    if (end == digits || *end)
      kind = Kind::Forward;
    // Neighbouring seeds shall not begin alike, and the state is never 0.
    state = (seed + 1) * 0x9e3779b97f4a7c15u | 1;
  }
  if (kind == Kind::Forward && text != "forward") {
    std::fprintf(stderr,
                 "cuda-on-cpu: error: BN_CUDA_SCHEDULE: expected forward, "
                 "reverse or random:SEED, got '%s'\n",
                 wanted);
    std::quick_exit(1);
  }
}

void Schedule::order(std::vector<unsigned> &numbers, unsigned count) {
  numbers.resize(count);
  std::iota(numbers.begin(), numbers.end(), 0u);
  if (kind == Kind::Reverse)
    std::iota(numbers.rbegin(), numbers.rend(), 0u);
  if (kind == Kind::Random)
    for (unsigned i = count; i > 1; --i)
      std::swap(numbers[i - 1], numbers[below(i)]);
}
