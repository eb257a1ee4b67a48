//===- TrainingPlan.cpp - Phases and kernels of a training step -----------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TrainingPlan.h"

#include "bn/Plan/LaneKernels.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::bn;

/// A filter's gradient is added up in lanes if they stay in cache: bytes.
static constexpr int64_t kLargestLaneSum = 256 << 10;

/// What a tensor is computed from again in a later phase at most: ops, and
/// tensors that are read.
static constexpr size_t kLargestChain = 6, kMostLeaves = 2;

bool bn::hasRows(Value value) {
  auto type = cast<RankedTensorType>(value.getType());
  return type.getRank() > 0 && type.isDynamicDim(0);
}

bool bn::isBodyConstant(Value value) {
  DenseElementsAttr elements;
  // All others read their parameters from buffers.
  return matchPattern(value, m_Constant(&elements)) && elements.isSplat() &&
         llvm::all_of(value.getUsers(),
                      llvm::IsaPred<AddOp, SubOp, MulOp, DivOp, PowOp>);
}

int64_t bn::getElementBytes(Type tensor) {
  return llvm::divideCeil(
      cast<RankedTensorType>(tensor).getElementTypeBitWidth(), 8);
}

int64_t bn::getElementCount(Type tensor) {
  int64_t count = 1;
  for (int64_t extent : cast<RankedTensorType>(tensor).getShape())
    if (!ShapedType::isDynamic(extent))
      count *= extent;
  return count;
}

namespace {

/// Where an op of the graph belongs.
enum class Role {
  /// Nothing to compute: constants and reshapes.
  none,
  /// On tensors without rows, between the phases.
  small,
  /// On blocks of rows.
  rows,
  /// A sum over the batch with a kernel of its own behind the phase.
  batchSum
};

class TrainingPlanner {
public:
  TrainingPlanner(func::FuncOp func, const TrainingPlanOptions &options)
      : body(func.getBody().front()), options(options) {}

  std::variant<TrainingPlan, PlanObstacle> run();

private:
  std::optional<PlanObstacle> findObstacle();
  Role getRole(Operation *op);
  void findPhases();
  void placeFilterTransforms();
  void placeBatchSums();
  void store(Value value, int64_t phase, bool isBehind = false);
  void keep(Value value, int64_t phase);
  bool isRecomputed(Value root);
  bool readsLeaves(Value root, int64_t phase);
  void formGroups();

  Block &body;
  const TrainingPlanOptions &options;
  TrainingPlan plan;
  /// For tensors with rows the phase that computes them, for others the first
  /// that can read them; by root.
  llvm::DenseMap<Value, int64_t> stages;
  llvm::DenseMap<Operation *, unsigned> order;
  /// The ops that run in each phase, some of them again.
  std::vector<llvm::SetVector<Operation *>> phaseOps;
  SmallVector<std::pair<Operation *, int64_t>> batchSums;
  SmallVector<Operation *> filterTransforms;
  /// The tensors that a chain which is recomputed reads, and its ops.
  struct Chain {
    llvm::SmallSetVector<Value, 4> leaves;
    size_t ops = 0;
  };
  llvm::DenseMap<Value, std::optional<Chain>> chains;
};

} // namespace

/// Of the input of new running statistics only the batch is taken.
static bool isOnlyMeasured(OpOperand &operand) {
  auto running = dyn_cast<RunningStatisticsOp>(operand.getOwner());
  return running && &operand == &running.getInputMutable();
}

static bool readsRows(Operation *op) {
  return llvm::any_of(op->getOpOperands(), [](OpOperand &operand) {
    return hasRows(operand.get()) && !isOnlyMeasured(operand);
  });
}

static bool isReturned(Value value) {
  return llvm::any_of(value.getUsers(), [](Operation *user) {
    return user->hasTrait<OpTrait::IsTerminator>() ||
           (isa<ReshapeOp>(user) && isReturned(user->getResult(0)));
  });
}

/// A result that only the caller wants.
static bool isOnlyReturned(Operation *op) {
  return llvm::all_of(op->getUsers(), [](Operation *user) {
    return user->hasTrait<OpTrait::IsTerminator>() ||
           (isa<ReshapeOp>(user) && isOnlyReturned(user));
  });
}

//===----------------------------------------------------------------------===//
// Roles
//===----------------------------------------------------------------------===//

Role TrainingPlanner::getRole(Operation *op) {
  if (isa<ReshapeOp>(op) || matchPattern(op, m_Constant()))
    return Role::none;
  if (!readsRows(op))
    return Role::small;
  if (!hasBatchSumKernel(op))
    return Role::rows;
  int64_t bytes = getElementCount(op->getResult(0).getType()) * options.lanes *
                  getElementBytes(op->getResult(0).getType());
  return hasLaneKernel(op) && bytes <= kLargestLaneSum ? Role::rows
                                                       : Role::batchSum;
}

std::optional<PlanObstacle> TrainingPlanner::findObstacle() {
  for (Value result : body.getTerminator()->getOperands())
    if (hasRows(result) && isa<BlockArgument>(lookThroughReshapes(result)))
      return PlanObstacle{body.getTerminator(),
                          "a result with rows is an argument"};
  for (Operation &op : body.without_terminator()) {
    for (Value value :
         llvm::concat<Value>(SmallVector<Value>(op.getOperands()),
                             SmallVector<Value>(op.getResults()))) {
      auto type = dyn_cast<RankedTensorType>(value.getType());
      if (!type)
        return PlanObstacle{&op, "it works on something else than tensors"};
      // Of several dynamic extents only the first is the batch.
      if (type.getNumDynamicDims() > (hasRows(value) ? 1 : 0))
        return PlanObstacle{&op, "an extent other than the batch is dynamic"};
    }
    Role role = getRole(&op);
    if (role == Role::rows && !hasLaneKernel(&op))
      return PlanObstacle{&op, "it has no form for vectors of rows"};
    if (role == Role::small && llvm::any_of(op.getResults(), hasRows))
      return PlanObstacle{&op, "it makes rows of a batch from none"};
    if (isa<ReshapeOp>(op) &&
        hasRows(op.getOperand(0)) != hasRows(op.getResult(0)))
      return PlanObstacle{&op, "it mixes the rows of the batch"};
  }
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// Phases
//===----------------------------------------------------------------------===//

/// Gives every op the first phase that it can run in, or, if nothing is to be
/// fused, each a phase of its own.
void TrainingPlanner::findPhases() {
  auto phaseAt = [&](int64_t index) -> TrainingPhase & {
    if (index >= static_cast<int64_t>(plan.phases.size())) {
      plan.phases.resize(index + 1);
      phaseOps.resize(index + 1);
    }
    return plan.phases[index];
  };
  phaseAt(0);
  int64_t unused = 0;
  for (Operation &op : body.without_terminator()) {
    order[&op] = order.size();
    Role role = getRole(&op);
    if (role == Role::none)
      continue;
    int64_t phase = 0;
    for (OpOperand &operand : op.getOpOperands())
      if (!isOnlyMeasured(operand))
        phase =
            std::max(phase, stages.lookup(lookThroughReshapes(operand.get())));
    if (!options.fuse && role != Role::small) {
      phase = std::max(phase, unused);
      unused = phase + 1;
    }
    phaseAt(phase);
    if (isa<WinogradFilterOp>(op))
      filterTransforms.push_back(&op);
    else if (role == Role::small)
      plan.phases[phase].smallOps.push_back(&op);
    else if (role == Role::batchSum)
      batchSums.push_back({&op, phase});
    else
      phaseOps[phase].insert(&op);
    for (Value result : op.getResults()) {
      bool isSum = role != Role::small && !hasRows(result);
      stages[result] = phase + isSum;
      if (isSum && role == Role::rows)
        phaseAt(phase + 1);
    }
  }
}

/// A transformed filter is several times as large as the filter: it is computed
/// right in front of the first phase that reads it, to be in cache there, and
/// to share its memory with those of other phases.
void TrainingPlanner::placeFilterTransforms() {
  for (Operation *op : filterTransforms) {
    int64_t first = plan.phases.size() - 1;
    for (Operation *user : op->getUsers())
      first = std::min(first, stages.lookup(user->getResult(0)));
    plan.phases[first].smallOps.push_back(op);
  }
}

/// Results that nobody else waits for are computed together at the end, where
/// they are one parallel loop.
void TrainingPlanner::placeBatchSums() {
  int64_t last = plan.phases.size() - 1;
  for (auto [op, phase] : batchSums)
    plan.phases[isOnlyReturned(op) ? last : phase].batchSums.push_back(op);
  for (auto [index, ops] : llvm::enumerate(phaseOps))
    for (Operation *op : ops)
      for (Value sum : op->getResults())
        if (!hasRows(sum)) {
          bool waits = isOnlyReturned(op) && !isa<BatchStatisticsOp>(op);
          plan.phases[waits ? last : index].merges.push_back(sum);
        }
}

//===----------------------------------------------------------------------===//
// Stored or recomputed
//===----------------------------------------------------------------------===//

/// Whether `root` is computed again in each phase that reads it: because it is
/// asked for, or because it is cheap, by few ops without a transcendental
/// function or random numbers, from few tensors.
bool TrainingPlanner::isRecomputed(Value root) {
  if (!options.fuse)
    return false;
  if (options.recomputed.contains(root))
    return true;
  auto known = chains.find(root);
  if (known != chains.end())
    return known->second.has_value();
  Operation *op = root.getDefiningOp();
  std::optional<Chain> chain;
  if (op && getRole(op) == Role::rows &&
      getLaneForm(op) == LaneForm::pointwise &&
      !isa<SigmoidOp, TanhOp, ExpOp, SqrtOp, PowOp, DropoutOp>(op)) {
    chain.emplace();
    chain->ops = 1;
    for (Value operand : op->getOperands()) {
      Value source = lookThroughReshapes(operand);
      // What is computed again anyway costs nothing more.
      if (!hasRows(source) || options.recomputed.contains(source))
        continue;
      // A reshape in the middle of a chain would make it two kernels.
      if (source == operand && isRecomputed(source)) {
        const Chain &inner = *chains[source];
        chain->ops += inner.ops;
        chain->leaves.insert(inner.leaves.begin(), inner.leaves.end());
      } else {
        chain->leaves.insert(source);
      }
    }
    if (chain->ops > kLargestChain || chain->leaves.size() > kMostLeaves)
      chain.reset();
  }
  bool result = chain.has_value();
  chains[root] = std::move(chain);
  return result;
}

/// Keeps `value` until `phase`, or what is behind its blocks, from the phase
/// that computes it on.
void TrainingPlanner::store(Value value, int64_t phase, bool isBehind) {
  Value root = lookThroughReshapes(value);
  // Arguments are packed in the first phase that reads them.
  int64_t home = isa<BlockArgument>(root) ? phase : stages.lookup(root);
  TrainingPlan::Life &life =
      plan.lives.insert({root, {home, home}}).first->second;
  life.first = std::min(life.first, home);
  life.last = std::max(life.last, phase + isBehind);
}

/// Whether the phase reads all that the chain behind `root` is computed from.
bool TrainingPlanner::readsLeaves(Value root, int64_t phase) {
  const std::optional<Chain> &chain = chains[root];
  return chain && llvm::all_of(chain->leaves, [&](Value leaf) {
           return llvm::any_of(phaseOps[phase], [&](Operation *op) {
             return llvm::is_contained(op->getOperands(), leaf);
           });
         });
}

/// Sees to it that `value` can be read in `phase`.
void TrainingPlanner::keep(Value value, int64_t phase) {
  Value root = lookThroughReshapes(value);
  if (!hasRows(root))
    return;
  Operation *op = root.getDefiningOp();
  // What is stored anyway, for a sum over the batch, is read, unless that would
  // be one more tensor to read.
  if (!op || phase == stages.lookup(root) || !isRecomputed(root) ||
      (plan.isStored(root) && !readsLeaves(root, phase)))
    return store(root, phase);
  if (phaseOps[phase].insert(op))
    for (Value operand : op->getOperands())
      keep(operand, phase);
}

//===----------------------------------------------------------------------===//
// Groups
//===----------------------------------------------------------------------===//

void TrainingPlanner::formGroups() {
  for (auto [index, phase] : llvm::enumerate(plan.phases)) {
    SmallVector<Operation *> ops(phaseOps[index].begin(),
                                 phaseOps[index].end());
    llvm::sort(ops, [&](Operation *a, Operation *b) {
      return order.lookup(a) < order.lookup(b);
    });
    // Where it would be computed first, what is recomputed may have no reader.
    llvm::DenseSet<Value> wanted;
    SmallVector<Operation *> all = ops;
    for (Operation *op : llvm::reverse(all)) {
      bool isWanted = llvm::any_of(op->getResults(), [&](Value result) {
        return !hasRows(result) || wanted.contains(result) ||
               plan.isStored(result) || isReturned(result);
      });
      if (!isWanted) {
        llvm::erase(ops, op);
        continue;
      }
      for (Value operand : op->getOperands())
        wanted.insert(lookThroughReshapes(operand));
    }
    phase.groups = formLaneGroups(ops, options.fuse);

    llvm::DenseSet<Value> read;
    for (LaneGroup &group : phase.groups) {
      llvm::SmallSetVector<Value, 8> inputs;
      for (Operation *op : group.ops)
        for (Value operand : op->getOperands()) {
          Value root = lookThroughReshapes(operand);
          if (isBodyConstant(root) ||
              llvm::is_contained(group.ops, root.getDefiningOp()))
            continue;
          inputs.insert(operand);
          read.insert(root);
        }
      group.inputs = inputs.takeVector();
    }
    for (LaneGroup &group : phase.groups)
      for (Operation *op : group.ops)
        for (Value result : op->getResults()) {
          bool isHome = stages.lookup(result) ==
                        static_cast<int64_t>(index) + !hasRows(result);
          bool isNeeded =
              !hasRows(result) || plan.isStored(result) || isReturned(result);
          if ((isHome && isNeeded) || read.contains(result))
            group.outputs.push_back(result);
        }
  }
}

std::variant<TrainingPlan, PlanObstacle> TrainingPlanner::run() {
  if (std::optional<PlanObstacle> obstacle = findObstacle())
    return *obstacle;
  findPhases();
  placeFilterTransforms();
  placeBatchSums();
  for (auto [phase, contents] : llvm::enumerate(plan.phases))
    for (Operation *op : contents.batchSums)
      for (Value operand : op->getOperands())
        store(operand, phase, /*isBehind=*/true);
  // From the last phase to the first: what is recomputed reads tensors too.
  for (int64_t phase = plan.phases.size() - 1; phase >= 0; --phase)
    // Grows while it is read.
    for (size_t i = 0; i < phaseOps[phase].size(); ++i)
      for (Value operand : phaseOps[phase][i]->getOperands())
        keep(operand, phase);
  for (Value result : body.getTerminator()->getOperands())
    if (hasRows(result))
      keep(result, stages.lookup(lookThroughReshapes(result)));
  formGroups();
  return std::move(plan);
}

std::variant<TrainingPlan, PlanObstacle>
bn::planTraining(func::FuncOp func, const TrainingPlanOptions &options) {
  return TrainingPlanner(func, options).run();
}
