//===- TextReport.cpp - Reports as text and JSON --------------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Facts.h"

#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"

using namespace mlir;
using namespace mlir::bn;

void mlir::bn::printText(const ReportFacts &facts, StringRef title,
                         llvm::raw_ostream &os) {
  os << llvm::formatv("{0}: {1} of {2} normalizations folded, {3} fused, {4} "
                      "kept\n",
                      title, facts.folded, facts.total, facts.fused,
                      facts.kept);
  for (NormalizationAttr fact : facts.normalizations) {
    os << llvm::formatv("\n{0} ({1}): {2}", fact.getName(), fact.getOp(),
                        fact.getStatus());
    if (!fact.getInto().empty())
      os << ", " << fact.getInto();
    if (getStatus(fact) != NormalizationStatus::Kept)
      os << llvm::formatv("\n  largest relative change {0:e2}, allowed {1:e2}",
                          fact.getMeasured().getValueAsDouble(),
                          fact.getBound().getValueAsDouble());
    if (!fact.getReason().empty())
      os << "\n  " << fact.getReason();
    os << "\n";
  }
}

/// Names come from the source model and need not be UTF-8.
static std::string toJsonText(StringRef text) {
  return llvm::json::isUTF8(text) ? text.str() : llvm::json::fixUTF8(text);
}

void mlir::bn::printJson(const ReportFacts &facts, llvm::raw_ostream &os) {
  llvm::json::OStream json(os, /*IndentSize=*/2);
  json.object([&] {
    json.attribute("total", facts.total);
    json.attribute("folded", facts.folded);
    json.attribute("fused", facts.fused);
    json.attribute("kept", facts.kept);
    json.attributeArray("normalizations", [&] {
      for (NormalizationAttr fact : facts.normalizations)
        json.object([&] {
          json.attribute("name", toJsonText(fact.getName()));
          json.attribute("op", toJsonText(fact.getOp()));
          json.attribute("status", toJsonText(fact.getStatus()));
          json.attribute("into", toJsonText(fact.getInto()));
          json.attribute("reason", toJsonText(fact.getReason()));
          json.attribute("bound", fact.getBound().getValueAsDouble());
          json.attribute("measured", fact.getMeasured().getValueAsDouble());
        });
    });
  });
  os << "\n";
}
