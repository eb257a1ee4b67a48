//===- Report.cpp - What became of a model's normalizations ---------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Report/Report.h"

#include "Facts.h"

#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace mlir::bn;

NormalizationStatus mlir::bn::getStatus(NormalizationAttr fact) {
  return symbolizeNormalizationStatus(fact.getStatus())
      .value_or(NormalizationStatus::Kept);
}

bool mlir::bn::isFolded(NormalizationAttr fact) {
  NormalizationStatus status = getStatus(fact);
  return status == NormalizationStatus::FoldedIntoProducer ||
         status == NormalizationStatus::FoldedIntoConsumer;
}

void ReportFacts::findPlan(ModuleOp module) {
  for (Operation &op : *module.getBody())
    if (Attribute attribute = op.getAttr(kTrainingPlanAttr))
      plan = TrainingPlanFacts::fromAttribute(attribute);
  layers.resize(normalizations.size());
  if (!plan)
    return;
  // Both are in the order of the program; names need not be unique.
  llvm::SmallPtrSet<const LayerFacts *, 16> used;
  for (auto [fact, own] : llvm::zip(normalizations, layers))
    for (const LayerFacts &layer : plan->layers)
      if (!own && fact.getName() == layer.name && used.insert(&layer).second)
        own = &layer;
}

ReportFacts::ReportFacts(ModuleOp module) {
  if (auto found = parseWinogradFacts(module->getAttr(kWinogradAttr)))
    winograd = std::move(*found);
  auto facts = module->getAttrOfType<ArrayAttr>(BNDialect::kNormalizationsAttr);
  if (!facts)
    return;
  llvm::append_range(normalizations, facts.getAsRange<NormalizationAttr>());
  findPlan(module);
  total = normalizations.size();
  for (NormalizationAttr fact : normalizations) {
    switch (getStatus(fact)) {
    case NormalizationStatus::Kept:
      ++kept;
      break;
    case NormalizationStatus::Fused:
      ++fused;
      break;
    case NormalizationStatus::FoldedIntoProducer:
    case NormalizationStatus::FoldedIntoConsumer:
      ++folded;
      break;
    }
  }
}

std::optional<ReportFormat> mlir::bn::getReportFormat(StringRef path) {
  return llvm::StringSwitch<std::optional<ReportFormat>>(
             llvm::sys::path::extension(path))
      .Case(".txt", ReportFormat::Text)
      .Case(".json", ReportFormat::Json)
      .Case(".html", ReportFormat::Html)
      .Default(std::nullopt);
}

void mlir::bn::printReport(ModuleOp module, StringRef title,
                           ReportFormat format, llvm::raw_ostream &os) {
  ReportFacts facts(module);
  switch (format) {
  case ReportFormat::Text:
    return printText(facts, title, os);
  case ReportFormat::Json:
    return printJson(facts, os);
  case ReportFormat::Html:
    return printHtml(facts, title, os);
  }
}

LogicalResult mlir::bn::writeReport(ModuleOp module, StringRef path,
                                    StringRef title) {
  auto fail = [&](const Twine &what) {
    return emitError(UnknownLoc::get(module.getContext()))
           << "cannot write report '" << path << "': " << what;
  };
  std::optional<ReportFormat> format = getReportFormat(path);
  if (!format)
    return fail("expected the ending .txt, .json or .html");
  // A temporary file beside it, renamed when it is complete.
  llvm::Error error =
      llvm::writeToOutput(path, [&](llvm::raw_ostream &os) -> llvm::Error {
        printReport(module, title, *format, os);
        return llvm::Error::success();
      });
  if (error)
    return fail(llvm::toString(std::move(error)));
  return success();
}
