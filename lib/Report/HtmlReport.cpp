//===- HtmlReport.cpp - The report as a page ------------------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Facts.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"

#include <algorithm>

using namespace mlir;
using namespace mlir::bn;

/// One file: nothing is loaded from elsewhere. Colours follow the reader's
/// light or dark setting; status is told by words too, not by colour alone.
static constexpr StringLiteral kHead = R"html(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 72rem;
       margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .4rem .7rem;
         border-bottom: 1px solid #8886; }
td.number, th.number { text-align: right;
         font-variant-numeric: tabular-nums; white-space: nowrap; }
.bar { display: inline-block; width: 8rem; height: .8rem; background: #8883;
       border-radius: .2rem; overflow: hidden; }
.bar > span { display: block; height: 100%; background: #2a7de1; }
.folded { color: #1a7f37; } .fused { color: #2a7de1; } .kept { color: #bf5b00; }
</style>
)html";

/// `text` with what HTML reads as markup replaced.
static void printEscaped(StringRef text, llvm::raw_ostream &os) {
  std::string fixed;
  if (!llvm::json::isUTF8(text)) {
    fixed = llvm::json::fixUTF8(text);
    text = fixed;
  }
  llvm::printHTMLEscaped(text, os);
}

static StringRef getClass(NormalizationStatus status) {
  switch (status) {
  case NormalizationStatus::Kept:
    return "kept";
  case NormalizationStatus::Fused:
    return "fused";
  case NormalizationStatus::FoldedIntoProducer:
  case NormalizationStatus::FoldedIntoConsumer:
    return "folded";
  }
  llvm_unreachable("unknown status");
}

/// The measured change as a share of what was allowed: a number and a bar.
static void printChange(NormalizationAttr fact, llvm::raw_ostream &os) {
  double measured = fact.getMeasured().getValueAsDouble();
  double bound = fact.getBound().getValueAsDouble();
  double percent =
      bound > 0.0 ? std::clamp(100.0 * measured / bound, 0.0, 100.0) : 0.0;
  os << llvm::formatv("<td class=\"number\">{0:e2}</td>"
                      "<td class=\"number\">{1:e2}</td>"
                      "<td><span class=\"bar\" title=\"{2:f1} % of what is "
                      "allowed\"><span style=\"width: {2:f1}%\"></span></span>"
                      "</td>",
                      measured, bound, percent);
}

static void printRow(NormalizationAttr fact, const LayerFacts *layer,
                     llvm::raw_ostream &os) {
  os << "<tr><td>";
  printEscaped(fact.getName(), os);
  os << "</td><td>";
  printEscaped(fact.getOp(), os);
  os << "</td><td class=\"" << getClass(getStatus(fact)) << "\">";
  printEscaped(fact.getStatus(), os);
  os << "</td><td>";
  printEscaped(fact.getInto(), os);
  os << "</td>";
  // Nothing was changed where nothing was folded.
  if (isFolded(fact))
    printChange(fact, os);
  else
    os << "<td></td><td></td><td></td>";
  os << "<td>";
  printEscaped(fact.getReason(), os);
  if (layer) {
    for (const std::string &line :
         {describePasses(*layer), describeTensors(*layer)}) {
      os << "<br>";
      printEscaped(line, os);
    }
  }
  os << "</td></tr>\n";
}

static void printWinograd(ArrayRef<WinogradFact> facts, llvm::raw_ostream &os) {
  os << "<p>";
  printEscaped(describeWinograd(facts), os);
  os << "</p>\n<ul>\n";
  for (const WinogradFact &fact : facts) {
    os << "<li>";
    printEscaped(fact.name + ": " + describe(fact), os);
    os << "</li>\n";
  }
  os << "</ul>\n";
}

void mlir::bn::printHtml(const ReportFacts &facts, StringRef title,
                         llvm::raw_ostream &os) {
  os << kHead << "<title>";
  printEscaped(title, os);
  os << ": normalizations</title>\n</head>\n<body>\n<h1>";
  printEscaped(title, os);
  os << llvm::formatv("</h1>\n<p><b>{0} of {1}</b> normalizations folded, {2} "
                      "fused, {3} kept.</p>\n",
                      facts.folded, facts.total, facts.fused, facts.kept);
  if (!facts.normalizations.empty()) {
    os << "<table>\n<thead><tr><th>Layer</th><th>Op</th><th>Status</th>"
          "<th>Into</th><th class=\"number\">Change</th>"
          "<th class=\"number\">Allowed</th><th></th><th>Remarks</th></tr>"
          "</thead>\n<tbody>\n";
    for (auto [fact, layer] : llvm::zip(facts.normalizations, facts.layers))
      printRow(fact, layer, os);
    os << "</tbody>\n</table>\n";
  }
  if (facts.plan) {
    os << "<p>";
    printEscaped(describeWorkspace(*facts.plan), os);
    os << "</p>\n";
  }
  if (!facts.winograd.empty())
    printWinograd(facts.winograd, os);
  os << "</body>\n</html>\n";
}
