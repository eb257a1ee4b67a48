//===- RecordNormalizations.cpp - Normalizations that stay ----------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Dialect/BN/Transforms/NormalizationFacts.h"
#include "bn/Dialect/BN/Transforms/Passes.h"

namespace mlir::bn {
#define GEN_PASS_DEF_RECORDNORMALIZATIONS
#include "bn/Dialect/BN/Transforms/Passes.h.inc"
} // namespace mlir::bn

using namespace mlir;
using namespace mlir::bn;

namespace {

struct RecordNormalizations
    : public bn::impl::RecordNormalizationsBase<RecordNormalizations> {
  using RecordNormalizationsBase::RecordNormalizationsBase;

  void runOnOperation() override {
    NormalizationFacts facts(getOperation());
    getOperation().walk([&](NormalizationOpInterface norm) {
      NormalizationFact fact;
      fact.name = getLayerName(norm);
      fact.op = norm.getSourceOpType().str();
      fact.reason = getReasonToStay(norm);
      if (fact.reason.empty())
        fact.reason = reason;
      facts.record(fact);
    });
    facts.write();
  }
};

} // namespace
