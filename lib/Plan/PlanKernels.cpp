//===- PlanKernels.cpp - From the graph to kernels on blocks of rows ------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Dialect/BN/Transforms/NormalizationFacts.h"
#include "bn/Plan/BlockPlanner.h"
#include "bn/Plan/Passes.h"
#include "bn/Plan/WinogradTiling.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"

namespace mlir::bn {
#define GEN_PASS_DEF_PLANKERNELS
#include "bn/Plan/Passes.h.inc"
} // namespace mlir::bn

using namespace mlir;
using namespace mlir::bn;

namespace {

struct PlanKernels : bn::impl::PlanKernelsBase<PlanKernels> {
  using PlanKernelsBase::PlanKernelsBase;

  void runOnOperation() override {
    if (!llvm::is_contained({0, 4, 6}, winogradPoints)) {
      getOperation().emitError("winograd-points: expected 0, 4 or 6, got ")
          << int64_t(winogradPoints);
      return signalPassFailure();
    }
    for (func::FuncOp func :
         llvm::make_early_inc_range(getOperation().getOps<func::FuncOp>()))
      if (!func.isPrivate() && !func.isExternal())
        planFunction(func);
  }

private:
  void planFunction(func::FuncOp func);
  void recordFusions(ArrayRef<FusionGroup> groups);
  /// Sees to it that convolutions by few products are exact enough.
  void limitErrors(MutableArrayRef<FusionGroup> groups, const Machine &machine);
};

} // namespace

/// The batch of `func` if it is static and the same for all arguments and
/// results, kDynamic if it is dynamic; nothing if they differ or there is none.
static std::optional<int64_t> getBatch(func::FuncOp func) {
  std::optional<int64_t> batch;
  for (Type type : llvm::concat<const Type>(func.getArgumentTypes(),
                                            func.getResultTypes())) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    if (!tensor || tensor.getRank() == 0)
      return std::nullopt;
    if (batch && *batch != tensor.getDimSize(0))
      return std::nullopt;
    batch = tensor.getDimSize(0);
  }
  return batch;
}

/// A normalization that no layer took in is one multiply-add in a kernel:
/// fused, unless the kernel has nothing else to do.
void PlanKernels::recordFusions(ArrayRef<FusionGroup> groups) {
  NormalizationFacts facts(getOperation());
  for (const FusionGroup &group : groups) {
    bool alone = !group.product && !group.pool && group.body.size() == 1;
    for (Operation *op : group.body) {
      std::string name = getLayerName(op);
      if (alone || !isa<ScaleShiftOp>(op) || !facts.contains(name))
        continue;
      Operation *neighbour = group.getRoot();
      if (neighbour == op)
        neighbour = group.body.size() > 1 ? group.body[1] : group.pool;
      NormalizationFact fact;
      fact.name = name;
      fact.status = NormalizationStatus::Fused;
      fact.into = getLayerName(neighbour);
      fact.reason = "one multiply-add in the kernel of its neighbour";
      facts.record(fact);
    }
  }
  facts.write();
}

void PlanKernels::limitErrors(MutableArrayRef<FusionGroup> groups,
                              const Machine &machine) {
  std::vector<WinogradFact> facts = limitWinogradErrors(groups, machine);
  for (const FusionGroup &group : groups)
    numWinograd += group.winogradOutputs > 0;
  if (facts.empty())
    return;
  // Those of other functions stand there already.
  ModuleOp module = getOperation();
  if (auto earlier = parseWinogradFacts(module->getAttr(kWinogradAttr)))
    facts.insert(facts.begin(), earlier->begin(), earlier->end());
  module->setAttr(kWinogradAttr, toAttribute(&getContext(), facts));
}

void PlanKernels::planFunction(func::FuncOp func) {
  std::optional<int64_t> batch = getBatch(func);
  if (!batch) {
    func.emitRemark("the model takes the plain way: its inputs and outputs are "
                    "not all rows of one batch");
    return;
  }
  auto formed = formFusionGroups(func);
  if (auto *obstacle = std::get_if<PlanObstacle>(&formed)) {
    obstacle->op->emitRemark("the model takes the plain way: no kernel for '")
        << obstacle->op->getName() << "', " << obstacle->reason;
    return;
  }
  auto &groups = std::get<SmallVector<FusionGroup>>(formed);

  Machine machine;
  machine.vectorLength = vectorLength;
  machine.vectorRegisters = vectorRegisters;

  chooseWinograd(groups, winogradPoints, machine);
  BlockShape single = {Lanes::channels, 1};
  BlockShape wide = {Lanes::batch, blockRows};
  BlockCost singleCost = estimateBlockCost(groups, single, machine);
  BlockCost wideCost = estimateBlockCost(groups, wide, machine);
  // Rows that must be left over before a block that is not full pays.
  auto worthwhile = static_cast<int64_t>(
      std::ceil(blockRows * wideCost.cyclesPerRow / singleCost.cyclesPerRow));
  bool wideFits = wideCost.activationBytes <= machine.blockCacheBytes;
  bool anyBatch = ShapedType::isDynamic(*batch);

  SmallVector<BlockShape> blocks;
  if (wideFits && worthwhile < blockRows && (anyBatch || *batch >= worthwhile))
    blocks.push_back(wide);
  if (blocks.empty() || anyBatch ||
      (*batch % blockRows != 0 && *batch % blockRows < worthwhile))
    blocks.push_back(single);
  if (blocks.back().lanes == Lanes::channels)
    limitErrors(groups, machine);

  SmallVector<Attribute> symbols;
  for (BlockShape block : blocks)
    symbols.push_back(FlatSymbolRefAttr::get(
        buildBlockFunction(func, groups, block, machine)));
  Builder builder(&getContext());
  func->setAttr(BNDialect::kBlocksAttr, builder.getArrayAttr(symbols));
  func->setAttr(BNDialect::kWorthwhileRowsAttr,
                builder.getI64IntegerAttr(worthwhile));
  recordFusions(groups);
  numKernels += groups.size();
}
