//===- FusionGroups.cpp - Which ops become one kernel ---------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Plan/FusionGroups.h"

#include "bn/Plan/KernelBody.h"
#include "bn/Plan/KernelChecks.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/ADT/SmallPtrSet.h"

using namespace mlir;
using namespace mlir::bn;

Operation *FusionGroup::getRoot() const {
  if (concat)
    return concat;
  return product ? product : body.empty() ? pool : body.front();
}

Value FusionGroup::getInput() const {
  Operation *root = getRoot();
  return root == product || root == pool || root == concat
             ? root->getOperand(0)
             : getPrimaryOperand(root);
}

SmallVector<Value> FusionGroup::getInputs() const {
  if (concat)
    return SmallVector<Value>(concat->getOperands());
  SmallVector<Value> inputs = {getInput()};
  inputs.append(getBodyOperands(*this).tensors);
  return inputs;
}

Value FusionGroup::getBodyInput() const {
  return product ? product->getResult(0) : getInput();
}

/// The op that computes what the kernel of `group` stores.
static Operation *getLastOp(const FusionGroup &group) {
  if (group.pool)
    return group.pool;
  return group.body.empty() ? group.getRoot() : group.body.back();
}

Value FusionGroup::getResult() const { return getLastOp(*this)->getResult(0); }

Value bn::lookThroughReshapes(Value value) {
  while (auto reshape = value.getDefiningOp<ReshapeOp>())
    value = reshape.getInput();
  return value;
}

ArrayRef<int64_t> bn::getStoredShape(Value value) {
  while (true) {
    value = lookThroughReshapes(value);
    ArrayRef<int64_t> shape =
        cast<RankedTensorType>(value.getType()).getShape();
    Operation *op = value.getDefiningOp();
    Value source = shape.size() == 2 && op && isElementwise(op)
                       ? getPrimaryOperand(op)
                       : Value();
    if (!source)
      return shape;
    value = source;
  }
}

namespace {

/// Forms groups in the order of their first ops.
class GroupBuilder {
public:
  explicit GroupBuilder(func::FuncOp func) : func(func) {}

  std::variant<SmallVector<FusionGroup>, PlanObstacle> run();

private:
  /// Starts a group with `op`, or returns why there is no kernel for it.
  StringRef startGroup(Operation *op, FusionGroup &group);
  void absorbBody(FusionGroup &group);
  void absorbPool(FusionGroup &group);
  void add(FusionGroup group);

  func::FuncOp func;
  SmallVector<FusionGroup> groups;
  llvm::SmallPtrSet<Operation *, 16> grouped;
};

} // namespace

/// Elementwise ops that a kernel takes in at most: more would only be many
/// operands that are read at the same time.
static constexpr size_t kMaxBody = 32;

/// Takes in as many elementwise ops that follow as leave one value to store.
void GroupBuilder::absorbBody(FusionGroup &group) {
  Operation *root = group.getRoot();
  llvm::SmallSetVector<Value, 8> inside;
  inside.insert(root->getResult(0));
  SmallVector<Operation *> members = group.body;
  size_t best = members.size();
  auto isMember = [&](Operation *op) {
    return op == root || llvm::is_contained(members, op);
  };
  auto countExposed = [&] {
    return llvm::count_if(inside, [&](Value value) {
      return value.use_empty() || !llvm::all_of(value.getUsers(), isMember);
    });
  };
  for (Operation *op = root->getNextNode();
       op && members.size() < kMaxBody && countExposed() > 0;
       op = op->getNextNode()) {
    bool follows = llvm::any_of(op->getOperands(), [&](Value operand) {
      return inside.contains(operand);
    });
    if (!follows || !isElementwise(op) || grouped.contains(op) ||
        op->getResult(0).getType() != root->getResult(0).getType() ||
        !checkBody(op).empty())
      continue;
    members.push_back(op);
    inside.insert(op->getResult(0));
    if (countExposed() == 1)
      best = members.size();
  }
  members.truncate(best);
  group.body = std::move(members);
}

/// Takes in the pooling of the group's value, if nothing else wants that.
void GroupBuilder::absorbPool(FusionGroup &group) {
  Value value = group.getResult();
  if (!value.hasOneUse())
    return;
  Operation *user = *value.user_begin();
  if (!isPool(user) || !checkPool(user).empty() ||
      (group.product && !hasDisjointWindows(user)))
    return;
  // Without a product the body is applied where the windows read, and other
  // tensors are only read where results are stored.
  if (group.product || getBodyOperands(group).tensors.empty())
    group.pool = user;
}

void GroupBuilder::add(FusionGroup group) {
  grouped.insert(group.body.begin(), group.body.end());
  if (group.pool)
    grouped.insert(group.pool);
  groups.push_back(std::move(group));
}

StringRef GroupBuilder::startGroup(Operation *op, FusionGroup &group) {
  if (isa<ConvOp, LinearOp>(op)) {
    group.product = op;
    return checkProduct(op);
  }
  if (isPool(op)) {
    group.pool = op;
    return checkPool(op);
  }
  if (auto concat = dyn_cast<ConcatOp>(op)) {
    group.concat = op;
    return checkConcat(concat);
  }
  group.body.push_back(op);
  return checkBody(op);
}

/// Flattening: a storage's image read as features, or features as an image of
/// extent 1 x 1.
static bool isFlattening(ReshapeOp reshape) {
  auto source = cast<RankedTensorType>(reshape.getInput().getType());
  auto result = cast<RankedTensorType>(reshape.getResult().getType());
  bool flattens = source.getRank() == 4 && result.getRank() == 2;
  bool unflattens = getStoredShape(reshape.getInput()).size() == 2 &&
                    result.getRank() == 4 &&
                    source.getDimSize(1) == result.getDimSize(1);
  return source.getDimSize(0) == result.getDimSize(0) &&
         (flattens || unflattens);
}

std::variant<SmallVector<FusionGroup>, PlanObstacle> GroupBuilder::run() {
  for (Operation &op : func.getBody().front().without_terminator()) {
    if (isa<arith::ConstantOp>(op) || grouped.contains(&op))
      continue;
    if (auto reshape = dyn_cast<ReshapeOp>(op)) {
      if (!isFlattening(reshape))
        return PlanObstacle{&op, "it is not a flattening"};
      continue;
    }
    if (op.getNumOperands() == 0 || op.getNumResults() == 0)
      return PlanObstacle{&op, "kernels take no op of this kind"};
    Value input = isElementwise(&op) ? getPrimaryOperand(&op) : Value();
    if (!input)
      input = op.getOperand(0);
    for (Value value : {input, Value(op.getResult(0))})
      if (!hasStorage(value))
        return PlanObstacle{&op, "its tensors are not f32 features or images"};
    if (isConstant(lookThroughReshapes(input)))
      return PlanObstacle{&op, "its input is constant"};

    FusionGroup group;
    StringRef reason = startGroup(&op, group);
    if (!reason.empty())
      return PlanObstacle{&op, reason.str()};
    if (!group.pool && !group.concat) {
      absorbBody(group);
      absorbPool(group);
    }
    add(std::move(group));
  }

  Operation *terminator = func.getBody().front().getTerminator();
  if (groups.empty())
    return PlanObstacle{terminator, "nothing is computed"};
  for (Value value : terminator->getOperands()) {
    Value source = lookThroughReshapes(value);
    if (!hasStorage(source))
      return PlanObstacle{terminator,
                          "a result is not of f32 features or images"};
    if (isConstant(source))
      return PlanObstacle{terminator, "a result is constant"};
  }
  // A group reads nothing that is computed behind its last op.
  llvm::stable_sort(groups, [](const FusionGroup &a, const FusionGroup &b) {
    return getLastOp(a)->isBeforeInBlock(getLastOp(b));
  });
  return std::move(groups);
}

std::variant<SmallVector<FusionGroup>, PlanObstacle>
bn::formFusionGroups(func::FuncOp func) {
  return GroupBuilder(func).run();
}
