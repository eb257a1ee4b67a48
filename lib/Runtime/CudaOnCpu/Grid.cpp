//===- Grid.cpp - The blocks of a launch ----------------------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Grid.h"
#include "Checker.h"
#include "Streams.h"

#include <cstring>

using namespace bn::cuda;

Running bn::cuda::running;
Schedule bn::cuda::schedule;
static StackPool stackPool;

extern "C" {
// The linker's names for the bounds of the section; null without shared arrays.
__attribute__((weak, visibility("hidden"))) extern char __start_bn_shared[];
__attribute__((weak, visibility("hidden"))) extern char __stop_bn_shared[];
}

SharedMemory bn::cuda::getSharedMemory() {
  return {__start_bn_shared, __stop_bn_shared};
}

/// Shared memory as a block finds it first.
static void clearShared() {
  SharedMemory shared = getSharedMemory();
  if (shared.size())
    std::memset(shared.begin, 0xff, shared.size()); // NaN
  if (checker)
    checker->clearShared();
}

/// Blocks one after another, each from its beginning to its end.
static void runBlocks(Block &block, unsigned count) {
  std::vector<unsigned> order;
  schedule.order(order, count);
  for (unsigned number : order) {
    clearShared();
    block.start(number);
    block.run();
  }
}

namespace {

/// A block of a cooperative launch, and its shared memory while another block
/// runs.
struct ResidentBlock {
  explicit ResidentBlock(std::unique_ptr<Block> block)
      : block(std::move(block)) {}

  void takeTurn() {
    SharedMemory shared = getSharedMemory();
    if (started) {
      std::memcpy(shared.begin, bytes.data(), bytes.size());
      if (checker)
        checker->restoreShared(state);
    } else {
      clearShared();
      started = true;
    }
    block->run();
    bytes.assign(shared.begin, shared.end);
    if (checker)
      checker->saveShared(state);
  }

  std::unique_ptr<Block> block;
  bool started = false;
  std::vector<char> bytes;
  std::vector<uint8_t> state;
};

} // namespace

/// Blocks that are not done are at a grid-wide barrier: it must be the same for
/// all. Returns false if all are done.
static bool passGridBarrier(std::vector<ResidentBlock> &blocks) {
  unsigned done = 0;
  Block *waiting = nullptr;
  for (ResidentBlock &resident : blocks) {
    Block &block = *resident.block;
    if (block.isDone())
      ++done;
    else if (!waiting)
      waiting = &block;
    else if (!(waiting->getGridBarrier() == block.getGridBarrier()))
      reportFault(waiting->getGridBarrier().str(),
                  "blocks wait at different grid-wide barriers",
                  print("  block %u waits in %s\n", block.getNumber(),
                        block.getGridBarrier().str().c_str()));
  }
  if (!waiting)
    return false;
  if (done)
    reportFault(
        waiting->getGridBarrier().str(),
        print("%u of %zu blocks are done and never come to this grid-wide "
              "barrier",
              done, blocks.size()));
  ++running.phase;
  for (ResidentBlock &resident : blocks)
    resident.block->leaveGridBarrier();
  return true;
}

static void runCooperative(const KernelCall &call, dim3 grid, dim3 shape,
                           unsigned count) {
  std::vector<ResidentBlock> blocks;
  for (unsigned i = 0; i < count; ++i) {
    blocks.emplace_back(
        std::make_unique<Block>(call, grid, shape, schedule, stackPool));
    blocks.back().block->start(i);
  }
  std::vector<unsigned> order;
  do {
    schedule.order(order, count);
    for (unsigned i : order)
      blocks[i].takeTurn();
  } while (passGridBarrier(blocks));
}

void bn::cuda::runGrid(const KernelCall &call, dim3 grid, dim3 shape,
                       bool cooperative) {
  schedule.update();
  running.call = &call;
  running.cooperative = cooperative;
  ++running.launch;
  ++running.phase;
  unsigned count = grid.x * grid.y * grid.z;
  if (cooperative) {
    runCooperative(call, grid, shape, count);
  } else {
    Block block(call, grid, shape, schedule, stackPool);
    runBlocks(block, count);
  }
  running.call = nullptr;
}

/// Whether CUDA's limits allow the launch; `cooperative` is what it asks for.
static cudaError_t checkLaunch(const cudaLaunchConfig_t &config,
                               bool &cooperative) {
  const dim3 &grid = config.gridDim, &block = config.blockDim;
  uint64_t threads = uint64_t(block.x) * block.y * block.z;
  uint64_t blocks = uint64_t(grid.x) * grid.y * grid.z;
  if (threads == 0 || block.x > maxBlockThreads || block.y > maxBlockThreads ||
      threads > maxBlockThreads || block.z > 64 || blocks == 0 ||
      grid.x > 0x7fffffffu || grid.y > 65535 || grid.z > 65535)
    return cudaErrorInvalidConfiguration;
  for (unsigned i = 0; i < config.numAttrs; ++i) {
    const cudaLaunchAttribute &attribute = config.attrs[i];
    if (attribute.id == cudaLaunchAttributeCooperative)
      cooperative = attribute.val.cooperative;
    if (attribute.id == cudaLaunchAttributeClusterDimension)
      return cudaErrorNotSupported;
  }
  unsigned resident = multiprocessors * (maxMultiprocessorThreads / threads);
  if (cooperative && blocks > resident)
    return cudaErrorCooperativeLaunchTooLarge;
  return cudaSuccess;
}

cudaError_t bn::cuda::launch(const cudaLaunchConfig_t &config,
                             std::shared_ptr<const KernelCall> call) {
  bool cooperative = false;
  if (cudaError_t error = checkLaunch(config, cooperative))
    return setLastError(error);
  dim3 grid = config.gridDim, block = config.blockDim;
  return submit(config.stream, [=] {
    runGrid(*call, grid, block, cooperative);
    return cudaSuccess;
  });
}
