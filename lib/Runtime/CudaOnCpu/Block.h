//===- Block.h - The threads of a block ----------------------- -*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each thread is a fiber; the one that has to wait switches to the next that
// need not. When none is left the block gives control back to its grid.
//
//===----------------------------------------------------------------------===//

#ifndef BN_LIB_RUNTIME_CUDAONCPU_BLOCK_H
#define BN_LIB_RUNTIME_CUDAONCPU_BLOCK_H

#include "Fiber.h"
#include "Report.h"
#include "Schedule.h"
#include "bn/Runtime/CudaOnCpu/Launch.h"

#include <memory>
#include <vector>

namespace bn::cuda {

constexpr unsigned warpLanes = 32;
constexpr unsigned maxBlockThreads = 1024;

class Block;

enum class State : uint8_t { Ready, AtBarrier, AtWarpOp, AtGridBarrier, Done };

struct Thread {
  Fiber fiber;
  Block *block;
  uint3 index;
  uint16_t number;
  State state;
  /// Where it waits, and with which mask if for its warp.
  Place place;
  unsigned mask;
};

/// The thread that runs; null while the host does.
extern Thread *currentThread;

enum class WarpOp : uint8_t { Sync, Shuffle, Vote };

/// Lanes of a warp that exchange values: open until all of `mask` have come,
/// over when all have read.
struct Meeting {
  WarpOp op;
  unsigned mask = 0, arrived = 0, unread = 0;
  uint64_t values[warpLanes];
};

struct Warp {
  /// Bit i is set while `meetings[i]` is in use. A lane is in one at most.
  unsigned active = 0;
  Meeting meetings[warpLanes];
  /// Number of __syncwarp so far.
  uint16_t epoch = 0;
};

class Block {
public:
  Block(const KernelCall &call, dim3 grid, dim3 shape, Schedule &schedule,
        StackPool &pool);
  ~Block();

  /// Gets ready to run block `number` from its beginning.
  void start(unsigned number);

  /// Runs the threads until all are done or at a grid-wide barrier; reports a
  /// fault if they wait for one another.
  void run();

  bool isDone() const { return done == threads.size(); }
  const Place &getGridBarrier() const { return gridPlace; }
  void leaveGridBarrier();

  // What the running thread calls.
  int waitForBlock(int predicate, Place place);
  void waitForGrid(Place place);
  Meeting &meet(WarpOp op, unsigned mask, uint64_t value, Place place);
  void leave(Meeting &meeting);

  uint3 getIndex() const { return index; }
  unsigned getNumber() const { return number; }
  /// The number of barriers so far.
  uint32_t getEpoch() const { return epoch; }
  Warp &getWarp(const Thread &thread) {
    return warps[thread.number / warpLanes];
  }

private:
  static void runThread();
  void makeReady(Thread &thread);
  Thread *takeNext();
  void switchToNext(bool last);
  void checkMask(unsigned mask, const Thread &self, Place place) const;
  Meeting &findMeeting(Warp &warp, WarpOp op, unsigned mask);
  [[noreturn]] void reportStuck() const;

  const KernelCall &call;
  Schedule &schedule;
  StackPool &pool;
  char *stacks;
  dim3 grid, shape;
  uint3 index = {0, 0, 0};
  unsigned number = 0;

  std::vector<Thread> threads;
  std::vector<Warp> warps;
  /// The order in which threads begin.
  std::vector<unsigned> order;
  /// Threads that can go on, as a ring.
  std::vector<Thread *> queue;
  unsigned queueHead = 0, queueCount = 0;
  /// Where control goes when no thread can go on.
  Fiber host;

  unsigned done = 0;
  unsigned atBarrier = 0, predicates = 0, barrierResult = 0;
  Place barrierPlace;
  unsigned atGrid = 0;
  Place gridPlace;
  uint32_t epoch = 0;
};

} // namespace bn::cuda

#endif // BN_LIB_RUNTIME_CUDAONCPU_BLOCK_H
