//===- PlanKernels.cpp - From the graph to kernels on blocks of rows ------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Plan/BlockPlanner.h"
#include "bn/Plan/Passes.h"

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
    for (func::FuncOp func :
         llvm::make_early_inc_range(getOperation().getOps<func::FuncOp>()))
      if (!func.isPrivate() && !func.isExternal())
        planFunction(func);
  }

private:
  void planFunction(func::FuncOp func);
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

void PlanKernels::planFunction(func::FuncOp func) {
  std::optional<int64_t> batch = getBatch(func);
  if (!batch)
    return;
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

  SmallVector<Attribute> symbols;
  for (BlockShape block : blocks)
    symbols.push_back(FlatSymbolRefAttr::get(
        buildBlockFunction(func, groups, block, machine)));
  Builder builder(&getContext());
  func->setAttr(BNDialect::kBlocksAttr, builder.getArrayAttr(symbols));
  func->setAttr(BNDialect::kWorthwhileRowsAttr,
                builder.getI64IntegerAttr(worthwhile));
  numKernels += groups.size();
}
