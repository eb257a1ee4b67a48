//===- TrainingBuffers.cpp - Where a training step keeps what -------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TrainingBuffers.h"

#include "WorkspaceLayout.h"

#include "bn/Dialect/BN/IR/WinogradTransform.h"
#include "bn/Runtime/Abi.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::bn;

std::optional<unsigned> bn::findResult(Value root) {
  for (OpOperand &use : root.getUses()) {
    Operation *user = use.getOwner();
    if (user->hasTrait<OpTrait::IsTerminator>())
      return use.getOperandNumber();
    if (isa<ReshapeOp>(user))
      if (std::optional<unsigned> index = findResult(user->getResult(0)))
        return index;
  }
  return std::nullopt;
}

std::pair<int64_t, int64_t> bn::getWorkerStart(const TrainingBuffers &buffers,
                                               int64_t lanes) {
  // The last block may have a single row, so that blocks are counted up.
  return {buffers.fixedBytes + buffers.blockBytes,
          llvm::alignTo(llvm::divideCeil(buffers.blockBytes, lanes),
                        BN_WORKSPACE_ALIGNMENT)};
}

namespace {

/// One arena in the making.
class Arena {
public:
  void add(llvm::DenseMap<Value, BufferPlace> &places, Value root,
           int64_t bytes, int64_t firstStep, int64_t lastStep) {
    bytes = llvm::alignTo(bytes, BN_WORKSPACE_ALIGNMENT);
    buffers.push_back({{bytes, firstStep, lastStep}, &places, root});
  }

  /// Places all buffers behind `start`; returns the end.
  FailureOr<int64_t> finish(int64_t start = 0) {
    SmallVector<LiveBuffer *> live;
    for (Entry &entry : buffers)
      live.push_back(&entry.buffer);
    FailureOr<int64_t> size = layOutWorkspace(live);
    if (failed(size))
      return failure();
    for (Entry &entry : buffers)
      (*entry.places)[entry.root] = {start + entry.buffer.offset,
                                     entry.buffer.bytes};
    return start + *size;
  }

private:
  struct Entry {
    LiveBuffer buffer;
    llvm::DenseMap<Value, BufferPlace> *places;
    Value root;
  };
  SmallVector<Entry> buffers;
};

} // namespace

static int64_t getBytes(Value value) {
  return getElementCount(value.getType()) * getElementBytes(value.getType());
}

/// What a block of a tensor with rows takes. Kernels read and write several
/// tensors at the same place: large ones, which are often a power of two apart,
/// have an odd number of cache lines between them, or they would take turns in
/// one set of each cache.
static int64_t getBlockBytes(Value value, int64_t lanes) {
  constexpr int64_t kLargeBuffer = 256 << 10, kStagger = 17 * 64;
  int64_t bytes = getBytes(value) * lanes;
  return bytes < kLargeBuffer ? bytes : bytes + kStagger;
}

/// What lives within phase `index` alone. A step is one group.
static FailureOr<int64_t>
placeScratch(const TrainingPlan &plan, int64_t index, int64_t lanes,
             llvm::DenseMap<Value, BufferPlace> &places) {
  const TrainingPhase &phase = plan.phases[index];
  int64_t end = phase.groups.size();
  llvm::MapVector<Value, std::pair<int64_t, int64_t>> lives;
  auto addStep = [&](Value value, int64_t step) {
    Value root = lookThroughReshapes(value);
    if (!hasRows(root))
      return;
    auto life = plan.lives.find(root);
    // A tensor that is kept is not computed again in a later phase.
    if (plan.isStored(root))
      return;
    auto [entry, isNew] = lives.insert({root, {step, step}});
    entry->second.first = std::min(entry->second.first, step);
    entry->second.second = std::max(entry->second.second, step);
    // Arguments are packed in front of the groups, results unpacked behind.
    if (isa<BlockArgument>(root))
      entry->second.first = 0;
    if (life != plan.lives.end() && life->second.first == index &&
        findResult(root))
      entry->second.second = end;
  };
  for (auto [step, group] : llvm::enumerate(phase.groups)) {
    for (Value input : group.inputs)
      addStep(input, step);
    for (Value output : group.outputs)
      addStep(output, step);
  }
  Arena arena;
  for (auto [root, life] : lives)
    arena.add(places, root, getBlockBytes(root, lanes), life.first,
              life.second);
  return arena.finish();
}

/// The last phase that reads each tensor without rows, by root.
static llvm::DenseMap<Value, int64_t> findLastReads(const TrainingPlan &plan) {
  llvm::DenseMap<Value, int64_t> last;
  for (auto [index, phase] : llvm::enumerate(plan.phases)) {
    auto read = [&, phase = index](Value value) {
      last[lookThroughReshapes(value)] = phase;
    };
    for (Operation *op :
         llvm::concat<Operation *const>(phase.smallOps, phase.batchSums))
      llvm::for_each(op->getOperands(), read);
    for (const LaneGroup &group : phase.groups)
      llvm::for_each(group.inputs, read);
  }
  return last;
}

/// Memory that kernels of a phase need besides their tensors, one after the
/// other; those behind the blocks have no tensors of a phase.
static std::pair<int64_t, int64_t> getKernelBytes(const TrainingPhase &phase,
                                                  int64_t lanes) {
  int64_t groups = 0, sums = 0;
  for (const LaneGroup &group : phase.groups)
    for (Operation *op : group.ops)
      groups = std::max(groups, getWinogradScratch(op, lanes));
  for (Operation *op : phase.batchSums)
    sums = std::max(sums, getWinogradScratch(op, lanes));
  return {groups * sizeof(float), sums * sizeof(float)};
}

FailureOr<TrainingBuffers> bn::placeBuffers(const TrainingPlan &plan,
                                            int64_t lanes) {
  TrainingBuffers buffers;
  Arena fixed, blocks;
  llvm::DenseMap<Value, int64_t> lastReads = findLastReads(plan);
  for (auto [index, phase] : llvm::enumerate(plan.phases)) {
    int64_t step = index;
    // The parameters' gradients are the caller's.
    auto addFixed = [&](Value value) {
      if (!findResult(value))
        fixed.add(buffers.fixed, value, getBytes(value), step,
                  std::max(step, lastReads.lookup(value)));
    };
    for (Operation *op : phase.smallOps)
      for (Value result : op->getResults())
        addFixed(result);
    for (Operation *op : phase.batchSums)
      addFixed(op->getResult(0));
    for (Value sum : phase.merges)
      addFixed(sum);
    for (const LaneGroup &group : phase.groups)
      for (Value output : group.outputs) {
        if (hasRows(output))
          continue;
        int64_t merged = step;
        for (auto [late, other] : llvm::enumerate(plan.phases))
          if (llvm::is_contained(other.merges, output))
            merged = late;
        if (output.getDefiningOp<BatchStatisticsOp>())
          blocks.add(buffers.blockStatistics, output,
                     getElementCount(output.getType()) * sizeof(double), step,
                     merged);
        else
          fixed.add(buffers.parts, output, getBytes(output) * lanes * kShards,
                    step, merged);
      }
    FailureOr<int64_t> scratch =
        placeScratch(plan, index, lanes, buffers.scratch.emplace_back());
    if (failed(scratch))
      return failure();
    auto [groupBytes, sumBytes] = getKernelBytes(phase, lanes);
    buffers.kernelScratch.push_back(*scratch);
    buffers.workerBytes = std::max<int64_t>(
        {buffers.workerBytes,
         llvm::alignTo(*scratch + groupBytes, BN_WORKSPACE_ALIGNMENT),
         llvm::alignTo(sumBytes, BN_WORKSPACE_ALIGNMENT)});
  }
  for (auto [root, life] : plan.lives)
    if (life.first != life.last)
      blocks.add(buffers.blocks, root, getBlockBytes(root, lanes), life.first,
                 life.last);
  FailureOr<int64_t> fixedBytes = fixed.finish(), blockBytes = blocks.finish();
  if (failed(fixedBytes) || failed(blockBytes))
    return failure();
  buffers.fixedBytes = *fixedBytes;
  buffers.blockBytes = *blockBytes;
  return buffers;
}
