//===- Block.cpp - The threads of a block ---------------------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Block.h"
#include "Grid.h"

#include <algorithm>

using namespace bn::cuda;

Thread *bn::cuda::currentThread = nullptr;

// What kernels see as constants, under the names that they use.
uint3 threadIdxValue asm("threadIdx");
uint3 blockIdxValue asm("blockIdx");
uint3 blockDimValue asm("blockDim");
uint3 gridDimValue asm("gridDim");

Block::Block(const KernelCall &call, dim3 grid, dim3 shape, Schedule &schedule,
             StackPool &pool)
    : call(call), schedule(schedule), pool(pool), grid(grid), shape(shape),
      threads(shape.x * shape.y * shape.z),
      warps((threads.size() + warpLanes - 1) / warpLanes),
      queue(maxBlockThreads) {
  stacks = pool.take(threads.size());
  for (unsigned i = 0; i < threads.size(); ++i) {
    threads[i].block = this;
    threads[i].number = i;
    threads[i].index = {i % shape.x, i / shape.x % shape.y,
                        i / (shape.x * shape.y)};
  }
}

Block::~Block() { pool.give(stacks, threads.size()); }

void Block::start(unsigned blockNumber) {
  number = blockNumber;
  index = {number % grid.x, number / grid.x % grid.y,
           number / (grid.x * grid.y)};
  done = atBarrier = atGrid = 0;
  epoch = 0;
  queueHead = queueCount = 0;
  for (Warp &warp : warps) {
    warp.active = 0;
    warp.epoch = 0;
  }
  schedule.order(order, threads.size());
  for (unsigned i : order) {
    prepareFiber(threads[i].fiber, stacks + i * stackBytes, runThread, i);
    makeReady(threads[i]);
  }
}

void Block::makeReady(Thread &thread) {
  thread.state = State::Ready;
  queue[(queueHead + queueCount++) % maxBlockThreads] = &thread;
}

Thread *Block::takeNext() {
  if (queueCount == 0)
    return nullptr;
  Thread *&first = queue[queueHead % maxBlockThreads];
  std::swap(first,
            queue[(queueHead + schedule.choose(queueCount)) % maxBlockThreads]);
  queueHead = (queueHead + 1) % maxBlockThreads;
  --queueCount;
  return first;
}

static void become(Thread *thread) {
  currentThread = thread;
  if (thread)
    threadIdxValue = thread->index;
}

/// The running thread has to wait, or is over.
void Block::switchToNext(bool last) {
  Thread &self = *currentThread;
  if (!isStackWhole(self.fiber))
    reportFault(self.place.str(), "a thread used more than its stack of " +
                                      std::to_string(stackBytes >> 10) + " KB");
  Thread *next = takeNext();
  if (next == &self)
    return;
  become(next);
  switchFiber(self.fiber, next ? next->fiber : host, last);
}

void Block::runThread() {
  beginFiber();
  Thread &self = *currentThread;
  Block &block = *self.block;
  block.call.run();
  self.state = State::Done;
  self.place = {};
  ++block.done;
  block.switchToNext(/*last=*/true);
  __builtin_unreachable();
}

void Block::run() {
  blockIdxValue = index;
  blockDimValue = shape;
  gridDimValue = grid;
  if (Thread *first = takeNext()) {
    become(first);
    switchFiber(host, first->fiber);
  }
  bool parked = atGrid == threads.size();
  if (!isDone() && !parked)
    reportStuck();
}

int Block::waitForBlock(int predicate, Place place) {
  Thread &self = *currentThread;
  if (atBarrier == 0) {
    barrierPlace = place;
    predicates = 0;
  }
  self.state = State::AtBarrier;
  self.place = place;
  ++atBarrier;
  if (!(barrierPlace == place))
    reportStuck();
  predicates += predicate != 0;
  if (atBarrier == threads.size()) {
    atBarrier = 0;
    ++epoch;
    barrierResult = predicates;
    for (unsigned i : order)
      makeReady(threads[i]);
  }
  switchToNext(/*last=*/false);
  return barrierResult;
}

void Block::waitForGrid(Place place) {
  Thread &self = *currentThread;
  if (atGrid == 0)
    gridPlace = place;
  self.state = State::AtGridBarrier;
  self.place = place;
  ++atGrid;
  if (!(gridPlace == place))
    reportStuck();
  switchToNext(/*last=*/false);
}

void Block::leaveGridBarrier() {
  atGrid = 0;
  ++epoch;
  for (unsigned i : order)
    makeReady(threads[i]);
}

void Block::checkMask(unsigned mask, const Thread &self, Place place) const {
  unsigned lane = self.number % warpLanes;
  if (!(mask >> lane & 1))
    reportFault(place.str(), print("lane %u of a warp is not in the mask "
                                   "0x%08x that it gives",
                                   lane, mask));
  unsigned lanes =
      std::min<unsigned>(warpLanes, threads.size() - (self.number - lane));
  if (lanes < warpLanes && mask >> lanes)
    reportFault(place.str(), print("the mask 0x%08x names more lanes than the "
                                   "%u threads of this warp",
                                   mask, lanes));
}

Meeting &Block::findMeeting(Warp &warp, WarpOp op, unsigned mask) {
  for (unsigned rest = warp.active; rest; rest &= rest - 1) {
    Meeting &meeting = warp.meetings[__builtin_ctz(rest)];
    bool isOpen = meeting.unread == 0;
    if (isOpen && meeting.op == op && meeting.mask == mask)
      return meeting;
  }
  unsigned i = __builtin_ctz(~warp.active);
  warp.active |= 1u << i;
  Meeting &meeting = warp.meetings[i];
  meeting.op = op;
  meeting.mask = mask;
  meeting.arrived = meeting.unread = 0;
  return meeting;
}

Meeting &Block::meet(WarpOp op, unsigned mask, uint64_t value, Place place) {
  Thread &self = *currentThread;
  checkMask(mask, self, place);
  unsigned lane = self.number % warpLanes, firstThread = self.number - lane;
  Warp &warp = getWarp(self);
  Meeting &meeting = findMeeting(warp, op, mask);
  meeting.values[lane] = value;
  meeting.arrived |= 1u << lane;
  self.state = State::AtWarpOp;
  self.place = place;
  self.mask = mask;
  if (meeting.arrived == mask) {
    meeting.unread = mask;
    if (op == WarpOp::Sync)
      ++warp.epoch;
    for (unsigned i = 0; i < warpLanes; ++i) {
      unsigned next = schedule.isReverse() ? warpLanes - 1 - i : i;
      if (mask >> next & 1)
        makeReady(threads[firstThread + next]);
    }
  }
  switchToNext(/*last=*/false);
  return meeting;
}

void Block::leave(Meeting &meeting) {
  unsigned lane = currentThread->number % warpLanes;
  meeting.unread &= ~(1u << lane);
  Warp &warp = getWarp(*currentThread);
  if (meeting.unread == 0)
    warp.active &= ~(1u << (&meeting - warp.meetings));
}

/// What threads in the same state at the same line wait for, with their number.
static std::string describeWaiting(const Thread &first, unsigned count) {
  std::string text =
      print("%u thread%s, the first (%u,%u,%u), ", count, count == 1 ? "" : "s",
            first.index.x, first.index.y, first.index.z);
  switch (first.state) {
  case State::Ready:
    return text + "could go on\n";
  case State::Done:
    return text + (count == 1 ? "is done\n" : "are done\n");
  case State::AtBarrier:
    text += "at the barrier";
    break;
  case State::AtGridBarrier:
    text += "at the grid-wide barrier";
    break;
  case State::AtWarpOp:
    text += print("at the warp operation with mask 0x%08x", first.mask);
    break;
  }
  return text + " in " + first.place.str() + "\n";
}

void Block::reportStuck() const {
  auto isSame = [](const Thread &a, const Thread &b) {
    bool sameMask = a.state != State::AtWarpOp || a.mask == b.mask;
    return a.state == b.state && sameMask && a.place == b.place;
  };
  std::string details;
  const Thread *firstWaiting = nullptr;
  for (const Thread &thread : threads) {
    auto same = [&](const Thread &other) { return isSame(thread, other); };
    const Thread &first = *std::find_if(threads.begin(), threads.end(), same);
    if (&first != &thread)
      continue;
    bool waits = thread.state != State::Ready && thread.state != State::Done;
    if (waits && !firstWaiting)
      firstWaiting = &thread;
    unsigned count = std::count_if(threads.begin(), threads.end(), same);
    details += "  " + describeWaiting(thread, count);
  }
  bool atBarriers =
      std::all_of(threads.begin(), threads.end(), [](const Thread &thread) {
        return thread.state != State::AtWarpOp;
      });
  reportFault(firstWaiting->place.str(),
              atBarriers ? "not all threads of the block come to this barrier"
                         : "deadlock: not all threads that this waits for come",
              details);
}
