//===- TrainingMemory.cpp - Plans that keep to a budget -------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TrainingMemory.h"

#include "bn/Plan/LaneKernels.h"

#include <numeric>

using namespace mlir;
using namespace mlir::bn;

int64_t bn::getWorkspaceBytes(const TrainingBuffers &buffers, int64_t lanes,
                              int64_t batch) {
  auto [start, perRow] = getWorkerStart(buffers, lanes);
  return start + batch * perRow + buffers.workerBytes;
}

/// Whether an op that runs on rows can run again in a later phase.
static bool canRunAgain(Operation *op) {
  LaneForm form = getLaneForm(op);
  return (form == LaneForm::pointwise || form == LaneForm::product ||
          form == LaneForm::window) &&
         llvm::all_of(op->getResults(), hasRows);
}

/// What `op` costs for one row, in multiply-adds.
static double getRowCost(Operation *op) {
  double values = getElementCount(op->getResult(0).getType());
  switch (getLaneForm(op)) {
  case LaneForm::product: {
    // The parameter's values by channel of the result, or by feature.
    Value parameter = op->getOperand(1);
    ArrayRef<int64_t> shape =
        cast<RankedTensorType>(parameter.getType()).getShape();
    ArrayRef<int64_t> result =
        cast<RankedTensorType>(op->getResult(0).getType()).getShape();
    double tile = 1;
    if (auto outputs = op->getAttrOfType<DenseI64ArrayAttr>("output_tile"))
      for (int64_t extent : outputs.asArrayRef())
        tile *= extent;
    return values * getElementCount(parameter.getType()) /
           (tile * (isa<ConvInputGradientOp>(op) ? shape[1] : result[1]));
  }
  case LaneForm::window:
    return getElementCount(op->getOperand(0).getType());
  default:
    return values * getLaneCost(op);
  }
}

namespace {

class MemoryFitter {
public:
  MemoryFitter(func::FuncOp func, TrainingPlanOptions options, PlacedPlan plan,
               int64_t batch)
      : func(func), options(std::move(options)), current(std::move(plan)),
        batch(batch) {}

  PlacedPlan run(int64_t budget);

private:
  std::optional<PlacedPlan> plan();
  int64_t getBytes(const PlacedPlan &placed) const {
    return getWorkspaceBytes(placed.buffers, options.lanes, batch);
  }
  std::vector<int64_t> getLiveBytes(const PlacedPlan &placed) const;
  double getCost(Value root) const;
  SmallVector<Value> getCandidates() const;
  bool tryWithout(Value root);
  bool shrink();
  void storeAgain(int64_t budget);

  func::FuncOp func;
  TrainingPlanOptions options;
  PlacedPlan current;
  int64_t batch;
  /// What is computed again, in the order of the decisions, and what did not
  /// help.
  SmallVector<Value> chosen;
  llvm::DenseSet<Value> refused;
};

} // namespace

std::optional<PlacedPlan> MemoryFitter::plan() {
  auto planned = planTraining(func, options);
  auto *plan = std::get_if<TrainingPlan>(&planned);
  if (!plan)
    return std::nullopt;
  FailureOr<TrainingBuffers> buffers = placeBuffers(*plan, options.lanes);
  if (failed(buffers))
    return std::nullopt;
  return PlacedPlan{std::move(*plan), std::move(*buffers)};
}

/// Bytes per row of what is kept, in each phase.
std::vector<int64_t>
MemoryFitter::getLiveBytes(const PlacedPlan &placed) const {
  std::vector<int64_t> live(placed.plan.phases.size() + 1);
  for (auto [root, life] : placed.plan.lives)
    if (life.first != life.last)
      for (int64_t phase = life.first; phase <= life.last; ++phase)
        live[phase] +=
            getElementCount(root.getType()) * getElementBytes(root.getType());
  return live;
}

/// What it costs to compute `root` again from what is kept now.
double MemoryFitter::getCost(Value root) const {
  double cost = 0;
  llvm::SmallSetVector<Operation *, 8> ops;
  ops.insert(root.getDefiningOp());
  for (size_t i = 0; i < ops.size(); ++i) {
    cost += getRowCost(ops[i]);
    for (Value operand : ops[i]->getOperands()) {
      Value source = lookThroughReshapes(operand);
      if (hasRows(source) && source.getDefiningOp() &&
          !current.plan.isStored(source))
        ops.insert(source.getDefiningOp());
    }
  }
  return cost;
}

/// Tensors that are kept where most is, the best first.
SmallVector<Value> MemoryFitter::getCandidates() const {
  std::vector<int64_t> live = getLiveBytes(current);
  int64_t fullest =
      std::distance(live.begin(), std::max_element(live.begin(), live.end()));
  // Kernels over the whole batch need it in memory.
  llvm::DenseSet<Value> pinned;
  for (const TrainingPhase &phase : current.plan.phases)
    for (Operation *op : phase.batchSums)
      for (Value operand : op->getOperands())
        pinned.insert(lookThroughReshapes(operand));

  SmallVector<std::pair<double, Value>> rated;
  for (auto [root, life] : current.plan.lives) {
    Operation *op = root.getDefiningOp();
    if (!op || life.first == life.last || life.first > fullest ||
        life.last < fullest || !canRunAgain(op) || pinned.contains(root) ||
        options.recomputed.contains(root) || refused.contains(root))
      continue;
    rated.push_back(
        {getCost(root) / double(getElementCount(root.getType())), root});
  }
  llvm::stable_sort(rated, llvm::less_first());
  SmallVector<Value> candidates;
  for (auto [rate, root] : rated)
    candidates.push_back(root);
  return candidates;
}

/// Takes the plan that computes `root` again, if it is smaller: as a whole, or,
/// where several phases are as full, in one of them.
bool MemoryFitter::tryWithout(Value root) {
  options.recomputed.insert(root);
  if (std::optional<PlacedPlan> trial = plan()) {
    auto getSum = [&](const PlacedPlan &placed) {
      std::vector<int64_t> live = getLiveBytes(placed);
      return std::accumulate(live.begin(), live.end(), int64_t(0));
    };
    int64_t before = getBytes(current), after = getBytes(*trial);
    if (after < before ||
        (after == before && getSum(*trial) < getSum(current))) {
      current = std::move(*trial);
      chosen.push_back(root);
      return true;
    }
  }
  options.recomputed.erase(root);
  refused.insert(root);
  return false;
}

bool MemoryFitter::shrink() {
  for (Value candidate : getCandidates())
    if (tryWithout(candidate))
      return true;
  return false;
}

/// What was decided early may not be needed any more.
void MemoryFitter::storeAgain(int64_t budget) {
  for (Value root : chosen) {
    options.recomputed.erase(root);
    std::optional<PlacedPlan> trial = plan();
    if (trial && getBytes(*trial) <= budget)
      current = std::move(*trial);
    else
      options.recomputed.insert(root);
  }
}

PlacedPlan MemoryFitter::run(int64_t budget) {
  while (getBytes(current) > budget) {
    if (shrink())
      continue;
    // What did not help before may do so behind other decisions.
    if (refused.empty())
      break;
    refused.clear();
    if (!shrink())
      break;
  }
  if (getBytes(current) <= budget)
    storeAgain(budget);
  return std::move(current);
}

PlacedPlan bn::fitTraining(func::FuncOp func, TrainingPlanOptions options,
                           PlacedPlan plan, int64_t batch, int64_t budget) {
  return MemoryFitter(func, std::move(options), std::move(plan), batch)
      .run(budget);
}
