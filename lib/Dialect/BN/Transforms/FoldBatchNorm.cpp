//===- FoldBatchNorm.cpp - Fold batch norm into its neighbours ------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A prediction-mode batch norm is an affine map by channel. This pass follows
// each such map against the data flow to an op that absorbs it at its result,
// and else along the data flow to one that absorbs it at its input; which ops
// absorb and which let a map pass is theirs to say (AffineAbsorber,
// AffineCarrier).
//
//===----------------------------------------------------------------------===//

#include "bn/Dialect/BN/Transforms/AffineSources.h"
#include "bn/Dialect/BN/Transforms/NormalizationFacts.h"
#include "bn/Dialect/BN/Transforms/Passes.h"

#include "bn/Dialect/BN/IR/Parameters.h"

#include "llvm/ADT/SetVector.h"
#include "llvm/Support/FormatVariadic.h"

#include <cmath>

namespace mlir::bn {
#define GEN_PASS_DEF_FOLDBATCHNORM
#include "bn/Dialect/BN/Transforms/Passes.h.inc"
} // namespace mlir::bn

using namespace mlir;
using namespace mlir::bn;

namespace {
/// A place where a map can vanish.
struct Absorption {
  AffineAbsorber op;
  AbsorbedParameters parameters;
  AffineSide side;
};

/// An op that is an affine map, or a normalization that cannot become one.
struct Candidate {
  /// Null once it is folded.
  Operation *op;
  /// Whether users know it as a normalization.
  bool isNormalization;
  NormalizationFact fact;
};

struct FoldBatchNorm : bn::impl::FoldBatchNormBase<FoldBatchNorm> {
  using FoldBatchNormBase::FoldBatchNormBase;

  void runOnOperation() override;

private:
  /// Follows `map`, which is applied to `value` (Result) or gives it (Input),
  /// through carriers to an op that absorbs it on that side.
  FailureOr<Absorption> findAbsorber(Value value, ChannelAffineMap map,
                                     AffineSide side, std::string &reason);
  /// Folds a candidate or records why it stays.
  bool fold(Candidate &candidate);

  std::vector<Candidate> candidates;
};
} // namespace

static std::string describe(Operation *op) {
  return llvm::formatv("'{0}' ({1})", getLayerName(op), op->getName());
}

/// The one op that uses `value`; null, with a reason, if there is none other
/// than `allowed` or there are several.
static Operation *getOnlyUser(Value value, StringRef what,
                              std::string &reason) {
  Operation *user = nullptr;
  for (OpOperand &use : value.getUses()) {
    if (use.getOwner()->hasTrait<OpTrait::IsTerminator>()) {
      reason = llvm::formatv("{0} is a result of the model", what);
      return nullptr;
    }
    if (user) {
      reason = llvm::formatv("{0} has several users, {1} and {2}", what,
                             describe(use.getOwner()), describe(user));
      return nullptr;
    }
    user = use.getOwner();
  }
  if (!user)
    reason = llvm::formatv("{0} has no user", what);
  return user;
}

FailureOr<Absorption> FoldBatchNorm::findAbsorber(Value value,
                                                  ChannelAffineMap map,
                                                  AffineSide side,
                                                  std::string &reason) {
  bool backward = side == AffineSide::Result;
  bool isOwnResult = !backward;
  while (true) {
    Operation *neighbour = value.getDefiningOp();
    if (backward && !neighbour) {
      reason = "its input is an argument of the model";
      return failure();
    }
    std::string what = isOwnResult
                           ? "its result"
                           : llvm::formatv("the result of {0}",
                                           describe(value.getDefiningOp()))
                                 .str();
    Operation *user = getOnlyUser(value, what, reason);
    if (!user)
      return failure();
    if (!backward) {
      neighbour = user;
      if (neighbour->getOperand(0) != value ||
          !isa<AffineAbsorber, AffineCarrier>(neighbour)) {
        reason =
            llvm::formatv("{0} takes in no scale and shift", describe(user));
        return failure();
      }
    }
    std::string detail;
    if (auto absorber = dyn_cast<AffineAbsorber>(neighbour)) {
      FailureOr<AbsorbedParameters> parameters =
          absorber.absorbMap(map, side, detail);
      if (failed(parameters)) {
        reason = llvm::formatv("{0}: {1}", describe(neighbour), detail);
        return failure();
      }
      if (parameters->measured > tolerance) {
        reason = llvm::formatv(
            "{0}: rounding would change it by {1:e2}, more than {2:e2}",
            describe(neighbour), parameters->measured, tolerance.getValue());
        return failure();
      }
      return Absorption{absorber, *parameters, side};
    }
    auto carrier = dyn_cast<AffineCarrier>(neighbour);
    if (!carrier) {
      reason =
          llvm::formatv("{0} takes in no scale and shift", describe(neighbour));
      return failure();
    }
    FailureOr<ChannelAffineMap> moved = carrier.moveMap(
        map, backward ? AffineSide::Input : AffineSide::Result, detail);
    if (failed(moved)) {
      reason = llvm::formatv("{0}: {1}", describe(neighbour), detail);
      return failure();
    }
    map = std::move(*moved);
    value = backward ? neighbour->getOperand(0) : neighbour->getResult(0);
    isOwnResult = false;
  }
}

bool FoldBatchNorm::fold(Candidate &candidate) {
  Operation *op = candidate.op;
  std::string &reason = candidate.fact.reason;
  if (!getReasonToStay(op).empty())
    return false;
  if (recordOnly) {
    reason = "folding is switched off";
    return false;
  }
  FailureOr<ChannelAffineMap> map = getAffineMap(op, reason);
  if (failed(map))
    return false;

  std::string before, after;
  Value input = getAffineInput(op);
  FailureOr<Absorption> absorption =
      findAbsorber(input, *map, AffineSide::Result, before);
  if (failed(absorption))
    absorption = findAbsorber(op->getResult(0), *map, AffineSide::Input, after);
  if (failed(absorption)) {
    reason = llvm::formatv("{0}; {1}", before, after);
    return false;
  }

  OpBuilder builder(&getContext());
  // Shared constants stay for their other users.
  llvm::SmallSetVector<Value, 8> constants;
  for (Operation *user : {op, absorption->op.getOperation()})
    for (Value operand : user->getOperands())
      if (getConstantElements(operand))
        constants.insert(operand);
  absorption->op.setParameters(builder, absorption->parameters);
  op->getResult(0).replaceAllUsesWith(input);
  op->erase();
  llvm::for_each(constants, eraseDeadConstant);

  bool forward = absorption->side == AffineSide::Input;
  NormalizationFact &fact = candidate.fact;
  fact.status = forward ? NormalizationStatus::FoldedIntoConsumer
                        : NormalizationStatus::FoldedIntoProducer;
  fact.into = getLayerName(absorption->op);
  fact.measured = absorption->parameters.measured;
  fact.reason.clear();
  if (int64_t flushed = absorption->parameters.flushed) {
    numFlushed += flushed;
    fact.reason = llvm::formatv("{0} subnormal values became zero", flushed);
  }
  // What this op had absorbed before goes the same way.
  for (Candidate &other : candidates)
    if (!other.op && other.fact.into == fact.name) {
      other.fact.status = fact.status;
      other.fact.into = fact.into;
      other.fact.measured = std::max(other.fact.measured, fact.measured);
    }
  candidate.op = nullptr;
  return true;
}

void FoldBatchNorm::runOnOperation() {
  if (!(tolerance >= 0.0 && std::isfinite(tolerance))) {
    getOperation().emitError("expected a tolerance of at least 0, got ")
        << tolerance;
    return signalPassFailure();
  }
  NormalizationFacts facts(getOperation());
  candidates.clear();
  getOperation().walk([&](Operation *op) {
    auto normalization = dyn_cast<NormalizationOpInterface>(op);
    std::string name = getLayerName(op);
    bool isNormalization = normalization || facts.contains(name);
    if (!isNormalization && !isa<ScaleShiftOp, AddOp, SubOp, MulOp, DivOp>(op))
      return;
    Candidate candidate{op, isNormalization, {}};
    candidate.fact.name = name;
    candidate.fact.bound = tolerance;
    if (normalization)
      candidate.fact.op = normalization.getSourceOpType().str();
    candidate.fact.reason = getReasonToStay(op);
    candidates.push_back(std::move(candidate));
  });

  // A fold can open the way for another: the second of two batch norms may
  // leave first.
  bool changed = true;
  while (changed) {
    changed = false;
    for (Candidate &candidate : candidates)
      if (candidate.op && fold(candidate))
        changed = true;
  }

  for (Candidate &candidate : candidates) {
    if (!candidate.isNormalization)
      continue;
    ++(candidate.op ? numKept : numFolded);
    facts.record(std::move(candidate.fact));
  }
  facts.write();
}
