//===- WinogradFacts.cpp - Which convolutions take few products -----------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Dialect/BN/IR/WinogradFacts.h"

#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace mlir::bn;

ArrayAttr bn::toAttribute(MLIRContext *context, ArrayRef<WinogradFact> facts) {
  Builder builder(context);
  SmallVector<Attribute> entries;
  for (const WinogradFact &fact : facts)
    entries.push_back(builder.getDictionaryAttr(
        {builder.getNamedAttr("name", builder.getStringAttr(fact.name)),
         builder.getNamedAttr("algorithm",
                              builder.getStringAttr(fact.algorithm)),
         builder.getNamedAttr("measured",
                              builder.getF64FloatAttr(fact.measured)),
         builder.getNamedAttr("bound", builder.getF64FloatAttr(fact.bound)),
         builder.getNamedAttr("reason", builder.getStringAttr(fact.reason))}));
  return builder.getArrayAttr(entries);
}

static std::optional<WinogradFact> parseFact(Attribute attribute) {
  auto entry = dyn_cast<DictionaryAttr>(attribute);
  if (!entry)
    return std::nullopt;
  auto name = entry.getAs<StringAttr>("name");
  auto algorithm = entry.getAs<StringAttr>("algorithm");
  auto measured = entry.getAs<FloatAttr>("measured");
  auto bound = entry.getAs<FloatAttr>("bound");
  auto reason = entry.getAs<StringAttr>("reason");
  if (!name || !algorithm || !measured || !bound || !reason)
    return std::nullopt;
  return WinogradFact{name.str(), algorithm.str(), measured.getValueAsDouble(),
                      bound.getValueAsDouble(), reason.str()};
}

std::optional<std::vector<WinogradFact>>
bn::parseWinogradFacts(Attribute attribute) {
  auto entries = dyn_cast_if_present<ArrayAttr>(attribute);
  if (!entries)
    return std::nullopt;
  std::vector<WinogradFact> facts;
  for (Attribute entry : entries) {
    std::optional<WinogradFact> fact = parseFact(entry);
    if (!fact)
      return std::nullopt;
    facts.push_back(std::move(*fact));
  }
  return facts;
}
