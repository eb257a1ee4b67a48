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
  for (auto [fact, layer] : llvm::zip(facts.normalizations, facts.layers)) {
    os << llvm::formatv("\n{0} ({1}): {2}", fact.getName(), fact.getOp(),
                        fact.getStatus());
    if (!fact.getInto().empty())
      os << ", " << fact.getInto();
    if (isFolded(fact))
      os << llvm::formatv("\n  largest relative change {0:e2}, allowed {1:e2}",
                          fact.getMeasured().getValueAsDouble(),
                          fact.getBound().getValueAsDouble());
    if (!fact.getReason().empty())
      os << "\n  " << fact.getReason();
    if (layer)
      os << "\n  " << describePasses(*layer) << "\n  "
         << describeTensors(*layer);
    os << "\n";
  }
  if (facts.plan)
    os << "\n" << describeWorkspace(*facts.plan) << "\n";
  if (!facts.winograd.empty())
    os << "\n" << describeWinograd(facts.winograd) << "\n";
  for (const WinogradFact &fact : facts.winograd)
    os << "  " << fact.name << ": " << describe(fact) << "\n";
}

/// Names come from the source model and need not be UTF-8.
static std::string toJsonText(StringRef text) {
  return llvm::json::isUTF8(text) ? text.str() : llvm::json::fixUTF8(text);
}

static void printPasses(llvm::json::OStream &json, StringRef key,
                        const Passes &passes) {
  json.attributeObject(key, [&] {
    json.attribute("forward_reads", passes.forwardReads);
    json.attribute("forward_writes", passes.forwardWrites);
    json.attribute("backward_reads", passes.backwardReads);
    json.attribute("backward_writes", passes.backwardWrites);
    json.attribute("next_layer_reads", passes.nextReads);
    json.attribute("next_layer_writes", passes.nextWrites);
  });
}

static void printLayer(llvm::json::OStream &json, const LayerFacts &layer) {
  json.attributeObject("passes", [&] {
    printPasses(json, "before", layer.getBefore());
    printPasses(json, "after", layer.getAfter());
  });
  json.attributeArray("tensors", [&] {
    for (const TensorFacts &tensor : layer.tensors)
      json.object([&] {
        json.attribute("name", toJsonText(tensor.name));
        json.attribute("place", tensor.place);
        json.attribute("bytes_per_row", tensor.bytesPerRow);
        printPasses(json, "before", tensor.before);
        printPasses(json, "after", tensor.after);
      });
  });
}

static void printPlan(llvm::json::OStream &json,
                      const TrainingPlanFacts &plan) {
  json.attributeObject("training", [&] {
    json.attribute("fused", plan.fused);
    json.attribute("batch", plan.batch);
    json.attribute("peak_bytes", plan.peakBytes);
    json.attribute("memory_budget", plan.memoryBudget
                                        ? llvm::json::Value(*plan.memoryBudget)
                                        : llvm::json::Value(nullptr));
    json.attribute("fixed_bytes", plan.fixedBytes);
    json.attribute("bytes_per_row", plan.bytesPerRow);
    json.attribute("bytes_per_thread", plan.bytesPerThread);
  });
}

static void printWinograd(llvm::json::OStream &json,
                          ArrayRef<WinogradFact> facts) {
  json.attributeArray("winograd", [&] {
    for (const WinogradFact &fact : facts)
      json.object([&] {
        json.attribute("name", toJsonText(fact.name));
        json.attribute("algorithm", fact.algorithm);
        json.attribute("measured", fact.measured);
        json.attribute("bound", fact.bound);
        json.attribute("reason", fact.reason);
      });
  });
}

void mlir::bn::printJson(const ReportFacts &facts, llvm::raw_ostream &os) {
  llvm::json::OStream json(os, /*IndentSize=*/2);
  json.object([&] {
    json.attribute("total", facts.total);
    json.attribute("folded", facts.folded);
    json.attribute("fused", facts.fused);
    json.attribute("kept", facts.kept);
    json.attributeArray("normalizations", [&] {
      for (auto [fact, layer] : llvm::zip(facts.normalizations, facts.layers))
        json.object([&] {
          json.attribute("name", toJsonText(fact.getName()));
          json.attribute("op", toJsonText(fact.getOp()));
          json.attribute("status", toJsonText(fact.getStatus()));
          json.attribute("into", toJsonText(fact.getInto()));
          json.attribute("reason", toJsonText(fact.getReason()));
          json.attribute("bound", fact.getBound().getValueAsDouble());
          json.attribute("measured", fact.getMeasured().getValueAsDouble());
          if (layer)
            printLayer(json, *layer);
        });
    });
    if (facts.plan)
      printPlan(json, *facts.plan);
    if (!facts.winograd.empty())
      printWinograd(json, facts.winograd);
  });
  os << "\n";
}
