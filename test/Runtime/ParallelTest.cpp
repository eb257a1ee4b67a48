//===- ParallelTest.cpp - Fork and join -------------------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Runtime/Parallel.h"

#include <atomic>
#include <gtest/gtest.h>
#include <thread>
#include <vector>

using namespace bn::runtime;

namespace {

constexpr int64_t threads = 3;

struct Counts {
  explicit Counts(size_t count) : runs(count) {}
  std::vector<std::atomic<int>> runs;
  std::atomic<int> active[threads] = {};
  std::atomic<bool> overlapped{false};
};

void count(void *context, int64_t index, int64_t worker) {
  auto *counts = static_cast<Counts *>(context);
  if (counts->active[worker]++ != 0)
    counts->overlapped = true;
  ++counts->runs[static_cast<size_t>(index)];
  --counts->active[worker];
}

} // namespace

TEST(ParallelFor, RunsEachTaskOnce) {
  for (size_t size : {0, 1, 2, 3, 4, 7, 1000}) {
    Counts counts(size);
    parallelFor(threads, static_cast<int64_t>(size), count, &counts);
    for (const std::atomic<int> &runs : counts.runs)
      EXPECT_EQ(runs, 1);
    EXPECT_FALSE(counts.overlapped);
  }
}

TEST(ParallelFor, NestedCallsStayOnTheirThread) {
  struct Outer {
    std::atomic<int> inner{0};
    std::atomic<bool> moved{false};
    std::thread::id thread;
  };
  Outer outers[4];
  auto body = [](void *context, int64_t index, int64_t) {
    auto *outer = static_cast<Outer *>(context) + index;
    outer->thread = std::this_thread::get_id();
    parallelFor(
        2, 10,
        [](void *context, int64_t, int64_t worker) {
          auto *outer = static_cast<Outer *>(context);
          ++outer->inner;
          if (worker != 0 || outer->thread != std::this_thread::get_id())
            outer->moved = true;
        },
        outer);
  };
  parallelFor(2, 4, body, outers);
  for (const Outer &outer : outers) {
    EXPECT_EQ(outer.inner, 10);
    EXPECT_FALSE(outer.moved);
  }
}

TEST(ParallelFor, CallsFromSeveralThreadsAllFinish) {
  std::vector<std::thread> callers;
  std::atomic<int> wrong{0};
  for (int caller = 0; caller < 4; ++caller)
    callers.emplace_back([&] {
      for (int round = 0; round < 50; ++round) {
        Counts counts(64);
        parallelFor(threads, 64, count, &counts);
        for (const std::atomic<int> &runs : counts.runs)
          wrong += runs != 1;
        wrong += counts.overlapped;
      }
    });
  for (std::thread &caller : callers)
    caller.join();
  EXPECT_EQ(wrong, 0);
}
