//===- KernelFunctions.cpp - What kernels call ----------------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Checker.h"
#include "Grid.h"
#include "bn/Runtime/CudaOnCpu/DeviceFunctions.h"
#include "bn/Runtime/CudaOnCpu/WarpFunctions.h"

using namespace bn::cuda;

/// The running thread; there is none when host code calls a kernel's function.
static Thread &getThread(const Place &place) {
  if (!currentThread)
    reportFault(place.str(), "host code calls a function of kernels");
  return *currentThread;
}

static int waitForBlock(int predicate, unsigned line, const char *file) {
  Place place{line, file};
  return getThread(place).block->waitForBlock(predicate, place);
}

#define HERE unsigned line, const char *file

void __syncthreads(HERE) { waitForBlock(0, line, file); }
int __syncthreads_count(int predicate, HERE) {
  return waitForBlock(predicate, line, file);
}
int __syncthreads_and(int predicate, HERE) {
  return waitForBlock(!predicate, line, file) == 0;
}
int __syncthreads_or(int predicate, HERE) {
  return waitForBlock(predicate, line, file) != 0;
}

/// The lanes of `mask` exchange values; `read` takes what the thread wants.
template <typename Read>
static auto meet(WarpOp op, unsigned mask, uint64_t value, unsigned line,
                 const char *file, Read read) {
  Place place{line, file};
  Block &block = *getThread(place).block;
  Meeting &meeting = block.meet(op, mask, value, place);
  auto result = read(meeting);
  block.leave(meeting);
  return result;
}

void __syncwarp(unsigned mask, HERE) {
  meet(WarpOp::Sync, mask, 0, line, file, [](Meeting &) { return 0; });
}

unsigned __ballot_sync(unsigned mask, int predicate, HERE) {
  return meet(WarpOp::Vote, mask, predicate != 0, line, file,
              [&](Meeting &meeting) {
                unsigned votes = 0;
                for (unsigned i = 0; i < warpLanes; ++i)
                  if (mask >> i & 1)
                    votes |= unsigned(meeting.values[i]) << i;
                return votes;
              });
}
int __all_sync(unsigned mask, int predicate, HERE) {
  return __ballot_sync(mask, predicate, line, file) == mask;
}
int __any_sync(unsigned mask, int predicate, HERE) {
  return __ballot_sync(mask, predicate, line, file) != 0;
}
unsigned __activemask() {
  reportFault(describeCode(__builtin_return_address(0)),
              "__activemask depends on how the hardware schedules threads: "
              "give the lanes that take part as a mask");
}

#undef HERE

uint64_t bn::cuda::shuffle(unsigned mask, uint64_t value, unsigned source,
                           unsigned line, const char *file) {
  if (source >= warpLanes || !(mask >> source & 1))
    reportFault(Place{line, file}.str(),
                print("a shuffle reads lane %u, which is not in its mask "
                      "0x%08x",
                      source, mask));
  return meet(WarpOp::Shuffle, mask, value, line, file,
              [&](Meeting &meeting) { return meeting.values[source]; });
}

unsigned bn::cuda::linearThread() { return getThread({}).number; }

void bn::cuda::gridBarrier(unsigned line, const char *file) {
  Place place{line, file};
  Thread &self = getThread(place);
  if (!running.cooperative)
    reportFault(place.str(),
                "a grid-wide barrier in a kernel whose launch does "
                "not have cudaLaunchAttributeCooperative");
  if (isAddressBuild())
    reportFault(place.str(), "the address build has no grid-wide barriers: its "
                             "blocks have no shared memory of their own");
  self.block->waitForGrid(place);
}

// Fences matter for what the checker takes for ordered; threads run one at a
// time and see all that was written.
void __threadfence_block() {}
void __threadfence() {
  if (checker)
    checker->fence();
}
void __threadfence_system() { __threadfence(); }

void __trap() {
  reportFault(describeCode(__builtin_return_address(0)), "__trap was called");
}
