//===- LaneGroups.cpp - Which ops of a phase become one kernel ------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TrainingPlan.h"

#include "bn/Plan/LaneKernels.h"

using namespace mlir;
using namespace mlir::bn;

static ArrayRef<int64_t> getShape(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

/// Whether `op` reads other positions than the one it computes: what it reads
/// must be stored.
static bool movesPositions(Operation *op) {
  return isa<TransposeOp, SliceOp, AveragePoolGradientOp, MaxPoolGradientOp,
             ReduceMeanGradientOp>(op);
}

namespace {

/// A group that grows. Its ops compute values of one shape.
struct OpenGroup {
  SmallVector<Operation *> ops;
  ArrayRef<int64_t> shape;
  bool hasProduct = false;
  bool hasWindow = false;
  /// Takes in no more ops.
  bool isClosed = false;
};

class GroupFormer {
public:
  explicit GroupFormer(bool fuse) : fuse(fuse) {}

  void add(Operation *op);
  std::vector<LaneGroup> finish();

private:
  bool join(Operation *op, LaneForm form);
  bool mayFollow(Operation *op, LaneForm form, unsigned index);
  bool mayMove(unsigned from, unsigned to);
  /// The group that computes `value` in this phase.
  std::optional<unsigned> findGroup(Value value) {
    Operation *op = lookThroughReshapes(value).getDefiningOp();
    auto found = groupOf.find(op);
    if (!op || found == groupOf.end())
      return std::nullopt;
    return found->second;
  }

  bool fuse;
  std::vector<OpenGroup> groups;
  llvm::DenseMap<Operation *, unsigned> groupOf;
};

} // namespace

/// Whether the form allows `op` in the body of group `index`, some of whose
/// values it reads.
bool GroupFormer::mayFollow(Operation *op, LaneForm form, unsigned index) {
  const OpenGroup &group = groups[index];
  if (group.isClosed || movesPositions(op))
    return false;
  // What is computed within a body has the shape of all that is.
  for (Value operand : op->getOperands()) {
    if (findGroup(operand) != index)
      continue;
    LaneForm producerForm =
        getLaneForm(lookThroughReshapes(operand).getDefiningOp());
    if (producerForm != LaneForm::pointwise &&
        producerForm != LaneForm::product)
      return false;
    if (getShape(operand) != group.shape)
      return false;
  }
  switch (form) {
  case LaneForm::pointwise:
    return getShape(op->getResult(0)) == group.shape;
  case LaneForm::reduction:
    return true;
  case LaneForm::window:
    return !group.hasProduct;
  default:
    return false;
  }
}

/// Whether the ops of group `from` may be in the body of group `to` behind it:
/// they compute single values of the same shape, and no group in between needs
/// them.
bool GroupFormer::mayMove(unsigned from, unsigned to) {
  const OpenGroup &group = groups[from];
  if (group.isClosed || group.hasProduct || group.hasWindow ||
      group.shape != groups[to].shape)
    return false;
  for (unsigned i = from + 1; i < to; ++i)
    for (Operation *op : groups[i].ops)
      for (Value operand : op->getOperands())
        if (findGroup(operand) == from)
          return false;
  return true;
}

/// Adds `op` to the last of the groups that compute its operands, together with
/// those of the others that can be moved there.
bool GroupFormer::join(Operation *op, LaneForm form) {
  llvm::SmallSetVector<unsigned, 4> producers;
  for (Value operand : op->getOperands())
    if (std::optional<unsigned> group = findGroup(operand))
      producers.insert(*group);
  if (producers.empty())
    return false;
  unsigned target = *llvm::max_element(producers);
  if (!mayFollow(op, form, target))
    return false;
  OpenGroup &group = groups[target];
  for (unsigned producer : producers) {
    if (producer == target || !mayMove(producer, target))
      continue;
    // A product comes first; the order of others is that of the phase.
    group.ops.insert(group.ops.begin() + group.hasProduct,
                     groups[producer].ops.begin(), groups[producer].ops.end());
    for (Operation *moved : groups[producer].ops)
      groupOf[moved] = target;
    groups[producer].ops.clear();
    groups[producer].isClosed = true;
  }
  group.ops.push_back(op);
  group.hasWindow |= form == LaneForm::window;
  groupOf[op] = target;
  return true;
}

void GroupFormer::add(Operation *op) {
  LaneForm form = getLaneForm(op);
  if (form == LaneForm::view || (fuse && join(op, form)))
    return;
  OpenGroup group;
  group.ops.push_back(op);
  group.hasProduct = form == LaneForm::product;
  group.hasWindow = form == LaneForm::window;
  group.isClosed = form == LaneForm::whole;
  bool endsBody = form == LaneForm::reduction || form == LaneForm::window;
  group.shape = getShape(endsBody ? op->getOperand(0) : op->getResult(0));
  groupOf[op] = groups.size();
  groups.push_back(group);
}

std::vector<LaneGroup> GroupFormer::finish() {
  std::vector<LaneGroup> result;
  for (OpenGroup &group : groups)
    if (!group.ops.empty())
      result.push_back({group.ops, {}, {}});
  return result;
}

std::vector<LaneGroup> bn::formLaneGroups(ArrayRef<Operation *> ops,
                                          bool fuse) {
  GroupFormer former(fuse);
  for (Operation *op : ops)
    former.add(op);
  return former.finish();
}
