//===- TrainingTraffic.cpp - Passes over tensors around norms -------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Which tensors belong to which batch norm is read off the graph: forward what
// lies between the products around it, backward the gradients of that. Passes
// over them are read off the kernels' inputs and outputs.
//
//===----------------------------------------------------------------------===//

#include "TrainingTraffic.h"

#include "bn/Dialect/BN/Transforms/NormalizationFacts.h"

using namespace mlir;
using namespace mlir::bn;

static bool isProduct(Operation *op) {
  return isa<ConvOp, LinearOp, ConvInputGradientOp, ConvFilterGradientOp,
             WinogradConvOp, WinogradConvInputGradientOp,
             WinogradConvFilterGradientOp>(op);
}

static bool isLoss(Operation *op) {
  return isa<CrossEntropyLossOp, MeanSquaredErrorLossOp>(op);
}

static bool isGradient(Operation *op) {
  return op->getName().stripDialect().ends_with("_gradient");
}

static int64_t getBytesPerRow(Value value) {
  return getElementCount(value.getType()) * getElementBytes(value.getType());
}

namespace {

/// The tensors with rows of a training step and the batch norms they belong to.
class TensorMap {
public:
  explicit TensorMap(Block &graph);

  /// Ops that the loss, statistics, or results of the forward pass depend on.
  bool isForward(Operation *op) const { return forward.contains(op); }
  bool isForward(Value root) const {
    Operation *op = root.getDefiningOp();
    return !op || (isForward(op) && !isLoss(op));
  }
  std::optional<int64_t> getOwner(Value root) const {
    auto owner = owners.find(root);
    if (owner == owners.end())
      return std::nullopt;
    return owner->second;
  }
  /// Of one batch norm, in the order of the program.
  SmallVector<Value> getTensors(int64_t norm) const;

  SmallVector<BatchStatisticsOp> norms;

private:
  void findForward(Block &graph);
  void climb(Value value, int64_t norm);
  void descend(Block &graph, bool isBackward);

  llvm::DenseSet<Operation *> forward;
  llvm::MapVector<Value, int64_t> owners;
};

} // namespace

/// Calls `visit` with the roots of operands with rows.
static void forRows(Operation *op, llvm::function_ref<void(Value)> visit) {
  for (Value operand : op->getOperands())
    if (Value root = lookThroughReshapes(operand); hasRows(root))
      visit(root);
}

void TensorMap::findForward(Block &graph) {
  // What depends on a gradient is no part of the forward pass.
  llvm::DenseSet<Value> backward;
  SmallVector<Value> wanted;
  for (Operation &op : graph) {
    bool depends = isGradient(&op) || isLoss(&op);
    for (Value operand : op.getOperands())
      depends |= backward.contains(operand);
    if (depends)
      backward.insert(op.result_begin(), op.result_end());
    if (isLoss(&op) || isa<BatchStatisticsOp>(op) ||
        op.hasTrait<OpTrait::IsTerminator>()) {
      if (isLoss(&op))
        forward.insert(&op);
      forRows(&op, [&](Value root) {
        if (!backward.contains(root))
          wanted.push_back(root);
      });
    }
  }
  while (!wanted.empty()) {
    Operation *op = wanted.pop_back_val().getDefiningOp();
    if (op && forward.insert(op).second)
      forRows(op, [&](Value root) { wanted.push_back(root); });
  }
  for (BatchStatisticsOp norm : norms)
    forward.insert(norm);
}

/// Gives `value` and what it is computed from to `norm`, up to results of
/// products, which belong to it too, and to what belongs to another.
void TensorMap::climb(Value value, int64_t norm) {
  SmallVector<Value> path = {value};
  bool wasForward = isForward(lookThroughReshapes(value));
  while (!path.empty()) {
    Value root = lookThroughReshapes(path.pop_back_val());
    Operation *op = root.getDefiningOp();
    // The gradient of a layer is computed from what belongs to it forward, too.
    if (!op || isForward(root) != wasForward ||
        !owners.insert({root, norm}).second || isProduct(op) || isLoss(op))
      continue;
    forRows(op, [&](Value operand) { path.push_back(operand); });
  }
}

/// Gives what is computed from tensors of batch norms, without a product, to
/// the last of these.
void TensorMap::descend(Block &graph, bool isBackward) {
  for (Operation &op : graph.without_terminator()) {
    if (isProduct(&op) || isa<ReshapeOp>(op) || isLoss(&op) ||
        isForward(&op) == isBackward)
      continue;
    std::optional<int64_t> last;
    forRows(&op, [&](Value root) {
      if (std::optional<int64_t> owner = getOwner(root))
        last = std::max(owner, last);
    });
    if (!last)
      continue;
    for (Value result : op.getResults())
      if (hasRows(result))
        owners.insert({result, *last});
  }
}

TensorMap::TensorMap(Block &graph) {
  norms.assign(graph.getOps<BatchStatisticsOp>().begin(),
               graph.getOps<BatchStatisticsOp>().end());
  findForward(graph);
  for (auto [index, norm] : llvm::enumerate(norms))
    climb(norm.getInput(), index);
  descend(graph, /*isBackward=*/false);
  for (auto gradient : graph.getOps<BatchNormInputGradientOp>())
    for (auto [index, norm] : llvm::enumerate(norms))
      if (gradient.getMean() == norm.getMean())
        climb(gradient.getResult(), index);
  for (auto gradient : graph.getOps<BatchNormParameterGradientOp>())
    for (auto [index, norm] : llvm::enumerate(norms))
      if (gradient.getMean() == norm.getMean())
        climb(gradient.getGradient(), index);
  descend(graph, /*isBackward=*/true);
}

SmallVector<Value> TensorMap::getTensors(int64_t norm) const {
  SmallVector<Value> tensors;
  for (auto [root, owner] : owners)
    if (owner == norm)
      tensors.push_back(root);
  llvm::sort(tensors, [](Value a, Value b) {
    return a.getDefiningOp()->isBeforeInBlock(b.getDefiningOp());
  });
  return tensors;
}

//===----------------------------------------------------------------------===//
// Passes
//===----------------------------------------------------------------------===//

namespace {

/// Counts the passes of a plan's kernels over the tensors of batch norms.
class PassCounter {
public:
  PassCounter(const TrainingPlan &plan, const TensorMap &map);

  /// Passes over one tensor, each as 1.
  Passes get(Value root) const { return passes.lookup(root); }
  const PassTable &getAll() const { return passes; }
  std::string getPlace(Value root) const;

private:
  struct Seen {
    bool isForward = false, isBackward = false, isNext = false;
  };
  void countGroup(const LaneGroup &group, int64_t phase);
  void countRead(const LaneGroup &group, Value root);
  void countWrite(const LaneGroup &group, Value root);
  void countSums(const TrainingPhase &phase);

  const TrainingPlan &plan;
  const TensorMap &map;
  PassTable passes;
  /// The group that computes an op first, and the phases that compute it.
  llvm::DenseMap<Operation *, const LaneGroup *> homes;
  llvm::DenseMap<Operation *, int64_t> phaseCounts;
  /// Who reads what in the phase at hand.
  llvm::MapVector<Value, Seen> seen;
};

} // namespace

PassCounter::PassCounter(const TrainingPlan &plan, const TensorMap &map)
    : plan(plan), map(map) {
  for (const TrainingPhase &phase : plan.phases)
    for (const LaneGroup &group : phase.groups)
      for (Operation *op : group.ops) {
        homes.insert({op, &group});
        ++phaseCounts[op];
      }
  for (auto [index, phase] : llvm::enumerate(plan.phases)) {
    seen.clear();
    for (const LaneGroup &group : phase.groups)
      countGroup(group, index);
    // However many kernels read a block, it is one pass over the batch.
    for (auto [root, readers] : seen) {
      Passes &count = passes[root];
      count.forwardReads += readers.isForward;
      count.backwardReads += readers.isBackward;
      count.nextReads +=
          readers.isNext && !readers.isForward && !readers.isBackward;
    }
    countSums(phase);
  }
}

void PassCounter::countGroup(const LaneGroup &group, int64_t phase) {
  auto getFirst = [&](Value root) { return plan.lives.lookup(root).first; };
  for (Value input : group.inputs) {
    Value root = lookThroughReshapes(input);
    // What this phase has computed is still the thread's own.
    if (map.getOwner(root) && plan.isStored(root) && getFirst(root) < phase)
      countRead(group, root);
  }
  for (Value output : group.outputs)
    if (map.getOwner(output) && plan.isStored(output))
      countWrite(group, output);
}

void PassCounter::countRead(const LaneGroup &group, Value root) {
  // A kernel of nothing but ops that run again belongs to who wants them.
  bool isHome = llvm::any_of(group.ops, [&](Operation *op) {
    return map.isForward(op) && homes.lookup(op) == &group;
  });
  bool isForward = false, isNext = map.isForward(root);
  for (Operation *op : group.ops)
    forRows(op, [&](Value operand) {
      if (operand != root)
        return;
      isForward |= isHome && map.isForward(op);
      isNext &= isProduct(op);
    });
  Seen &readers = seen[root];
  (isNext      ? readers.isNext
   : isForward ? readers.isForward
               : readers.isBackward) = true;
}

void PassCounter::countWrite(const LaneGroup &group, Value root) {
  Passes &count = passes[root];
  if (map.isForward(root))
    ++count.forwardWrites;
  else if (isProduct(group.ops.front()))
    ++count.nextWrites;
  else
    ++count.backwardWrites;
}

/// Kernels over the whole batch come behind the blocks.
void PassCounter::countSums(const TrainingPhase &phase) {
  for (Operation *op : phase.batchSums)
    forRows(op, [&](Value root) {
      if (map.getOwner(root))
        ++(map.isForward(root) ? passes[root].nextReads
                               : passes[root].backwardReads);
    });
}

std::string PassCounter::getPlace(Value root) const {
  if (plan.isStored(root))
    return "stored";
  return phaseCounts.lookup(root.getDefiningOp()) > 1 ? "recomputed" : "block";
}

static Passes scale(Passes passes, double factor) {
  for (double *count :
       {&passes.forwardReads, &passes.forwardWrites, &passes.backwardReads,
        &passes.backwardWrites, &passes.nextReads, &passes.nextWrites})
    *count *= factor;
  return passes;
}

PassTable bn::countPasses(Block &graph, const TrainingPlan &plan) {
  TensorMap map(graph);
  return PassCounter(plan, map).getAll();
}

std::vector<LayerFacts> bn::describeLayers(Block &graph,
                                           const PassTable &before,
                                           const TrainingPlan &after) {
  TensorMap map(graph);
  PassCounter counter(after, map);
  std::vector<LayerFacts> layers;
  for (auto [index, norm] : llvm::enumerate(map.norms)) {
    LayerFacts layer;
    layer.name = getLayerName(norm);
    double unit = getBytesPerRow(norm.getInput());
    for (Value root : map.getTensors(index)) {
      TensorFacts tensor;
      tensor.name = getLayerName(root.getDefiningOp());
      if (!map.isForward(root))
        tensor.name += " gradient";
      tensor.bytesPerRow = getBytesPerRow(root);
      tensor.place = counter.getPlace(root);
      double share = tensor.bytesPerRow / unit;
      tensor.before = scale(before.lookup(root), share);
      tensor.after = scale(counter.get(root), share);
      layer.tensors.push_back(std::move(tensor));
    }
    layers.push_back(std::move(layer));
  }
  return layers;
}
