//===- NormalizationFacts.cpp - What became of each normalization ---------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Dialect/BN/Transforms/NormalizationFacts.h"

#include "bn/Dialect/BN/IR/Parameters.h"

#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace mlir::bn;

std::string mlir::bn::getLayerName(Operation *op) {
  if (StringRef name = getSourceName(op->getLoc()); !name.empty())
    return name.str();
  StringRef kind = op->getName().getStringRef();
  if (auto file = op->getLoc()->findInstanceOf<FileLineColLoc>())
    return llvm::formatv("{0} at line {1}", kind, file.getLine());
  return kind.str();
}

StringRef mlir::bn::getReasonToStay(Operation *op) {
  if (isa<BatchNormTrainingOp>(op))
    return "training mode: its statistics are those of each batch";
  if (isa<GroupNormOp, LayerNormOp>(op))
    return "normalizes within a sample: there is nothing to fold";
  return {};
}

NormalizationFacts::NormalizationFacts(ModuleOp module) : module(module) {
  auto facts = module->getAttrOfType<ArrayAttr>(BNDialect::kNormalizationsAttr);
  if (!facts)
    return;
  for (auto fact : facts.getAsRange<NormalizationAttr>())
    entries.push_back({{fact.getName().str(), fact.getOp().str(),
                        symbolizeNormalizationStatus(fact.getStatus())
                            .value_or(NormalizationStatus::Kept),
                        fact.getInto().str(), fact.getReason().str(),
                        fact.getBound().getValueAsDouble(),
                        fact.getMeasured().getValueAsDouble()},
                       /*recorded=*/false});
}

void NormalizationFacts::record(NormalizationFact fact) {
  for (Entry &entry : entries)
    if (!entry.recorded && entry.fact.name == fact.name) {
      fact.op = entry.fact.op;
      entry = {std::move(fact), /*recorded=*/true};
      return;
    }
  entries.push_back({std::move(fact), /*recorded=*/true});
}

bool NormalizationFacts::contains(StringRef name) const {
  return llvm::any_of(entries, [&](const Entry &entry) {
    return !entry.recorded && entry.fact.name == name;
  });
}

void NormalizationFacts::write() {
  Builder builder(module.getContext());
  SmallVector<Attribute> facts;
  for (const Entry &entry : entries)
    facts.push_back(NormalizationAttr::get(
        module.getContext(), entry.fact.name, entry.fact.op,
        stringifyNormalizationStatus(entry.fact.status), entry.fact.into,
        entry.fact.reason, builder.getF64FloatAttr(entry.fact.bound),
        builder.getF64FloatAttr(entry.fact.measured)));
  if (!facts.empty())
    module->setAttr(BNDialect::kNormalizationsAttr,
                    builder.getArrayAttr(facts));
}
