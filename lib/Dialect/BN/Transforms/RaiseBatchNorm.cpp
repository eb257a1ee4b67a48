//===- RaiseBatchNorm.cpp - Recognise batch norms that are written out ----===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Decomposition.h"

#include "bn/Dialect/BN/IR/Parameters.h"
#include "bn/Dialect/BN/Transforms/NormalizationFacts.h"
#include "bn/Dialect/BN/Transforms/Passes.h"

#include "mlir/IR/Iterators.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FormatVariadic.h"

namespace mlir::bn {
#define GEN_PASS_DEF_RAISEBATCHNORM
#include "bn/Dialect/BN/Transforms/Passes.h.inc"
} // namespace mlir::bn

using namespace mlir;
using namespace mlir::bn;

namespace {
struct RaiseBatchNorm : bn::impl::RaiseBatchNormBase<RaiseBatchNorm> {
  using RaiseBatchNormBase::RaiseBatchNormBase;

  void runOnOperation() override;
};
} // namespace

/// The name of the layer whose ops `parts` are: what their names have in common
/// up to a `/`, as PyTorch writes scopes; else the name of the last op.
static std::string getCommonScope(ArrayRef<Operation *> parts,
                                  Operation *last) {
  std::string scope = getLayerName(parts.front());
  for (Operation *part : parts) {
    StringRef name = getSourceName(part->getLoc());
    size_t common = 0, shorter = std::min(scope.size(), name.size());
    while (common < shorter && scope[common] == name[common])
      ++common;
    scope.resize(common);
  }
  size_t slash = scope.rfind('/');
  if (slash == std::string::npos || slash == 0)
    return getLayerName(last);
  return scope.substr(0, slash);
}

/// Makes a batch norm that was recognised in prediction mode one with the
/// statistics of the batch; leaves others, and those whose channels have one
/// value. Nothing is written out of how statistics are averaged: as ONNX's
/// default says.
static Operation *useBatchStatistics(Operation *op) {
  auto norm = dyn_cast<BatchNormInferenceOp>(op);
  if (!norm)
    return op;
  auto type = cast<RankedTensorType>(norm.getType());
  int64_t axis = getChannelAxis(type.getRank(), norm.getLayout());
  if (type.hasStaticShape() && type.getNumElements() == type.getDimSize(axis))
    return op;
  OpBuilder builder(norm);
  auto training = BatchNormTrainingOp::create(
      builder, norm.getLoc(), norm.getInput(), norm.getScale(),
      norm.getOffset(), norm.getMean(), norm.getVariance(), norm.getEpsilon(),
      APFloat(0.9), MomentumConvention::onnx, RunningVariance::biased,
      norm.getLayout());
  norm.replaceAllUsesWith(training.getResult());
  norm.erase();
  return training;
}

void RaiseBatchNorm::runOnOperation() {
  // Ends come before what leads to them.
  SmallVector<Operation *> ops;
  getOperation().walk([&](Operation *op) {
    if (isa<AddOp, SubOp, MulOp, DivOp>(op))
      ops.push_back(op);
  });
  llvm::SetVector<Operation *> seen;
  SmallVector<Raised> raised;
  for (Operation *op : llvm::reverse(ops)) {
    if (seen.contains(op) || op->use_empty())
      continue;
    std::optional<Raised> whole = raiseTraining(op);
    if (!whole)
      whole = raiseGroupNorm(op);
    if (whole) {
      seen.insert(whole->parts.begin(), whole->parts.end());
      raised.push_back(std::move(*whole));
      continue;
    }
    // In the reverse order, as the ends are.
    SmallVector<Raised> chain = raiseInference(op, seen);
    if (batchStatistics)
      for (Raised &entry : chain)
        entry.op = useBatchStatistics(entry.op);
    raised.append(chain.rbegin(), chain.rend());
  }
  if (raised.empty())
    return;

  // Names are those of the ops that are now dead.
  llvm::StringSet<> names;
  llvm::DenseMap<Operation *, size_t> sizes;
  for (Raised &entry : llvm::reverse(raised)) {
    std::string name = getCommonScope(entry.parts, entry.op);
    if (!names.insert(name).second)
      name = getLayerName(entry.op);
    entry.op->setLoc(
        NameLoc::get(StringAttr::get(&getContext(), name), entry.op->getLoc()));
    sizes[entry.op] = entry.parts.size();
  }
  numRaised += raised.size();

  getOperation().walk<WalkOrder::PostOrder, ReverseIterator>([](Operation *op) {
    if (isOpTriviallyDead(op))
      op->erase();
  });

  // All normalizations, so that the facts are in the order of the program.
  NormalizationFacts facts(getOperation());
  getOperation().walk([&](Operation *op) {
    auto it = sizes.find(op);
    auto normalization = dyn_cast<NormalizationOpInterface>(op);
    if (it == sizes.end() && !normalization)
      return;
    NormalizationFact fact;
    fact.name = getLayerName(op);
    fact.op = it != sizes.end() ? "decomposed"
                                : normalization.getSourceOpType().str();
    if (it != sizes.end())
      fact.reason = llvm::formatv("recognised in {0} ops", it->second);
    facts.record(std::move(fact));
  });
  facts.write();
}
