//===- PlanText.cpp - What planning decided, in words ---------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Facts.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace mlir::bn;

/// Four digits at most: 2.25, 1000.
static std::string formatNumber(double value) {
  std::string text;
  llvm::raw_string_ostream(text) << llvm::format("%.4g", value);
  return text;
}

static std::string countReads(double reads, double writes) {
  return llvm::formatv("{0} read and {1} written", formatNumber(reads),
                       formatNumber(writes));
}

std::string mlir::bn::describePasses(const LayerFacts &layer) {
  Passes before = layer.getBefore(), after = layer.getAfter();
  return llvm::formatv(
      "tensors of its size: forward {0} (op by op {1}), backward {2} ({3}); by "
      "the next layer {4} ({5})",
      countReads(after.forwardReads, after.forwardWrites),
      countReads(before.forwardReads, before.forwardWrites),
      countReads(after.backwardReads, after.backwardWrites),
      countReads(before.backwardReads, before.backwardWrites),
      countReads(after.nextReads, after.nextWrites),
      countReads(before.nextReads, before.nextWrites));
}

std::string mlir::bn::describeTensors(const LayerFacts &layer) {
  SmallVector<std::string> stored, recomputed;
  for (const TensorFacts &tensor : layer.tensors) {
    if (tensor.place == "stored")
      stored.push_back(llvm::formatv("{0} ({1} bytes per row)", tensor.name,
                                     tensor.bytesPerRow));
    else if (tensor.place == "recomputed")
      recomputed.push_back(tensor.name);
  }
  auto join = [](ArrayRef<std::string> names) {
    return names.empty() ? std::string("nothing") : llvm::join(names, ", ");
  };
  return "stored: " + join(stored) + "; computed again: " + join(recomputed);
}

std::string mlir::bn::describeWorkspace(const TrainingPlanFacts &plan) {
  std::string text = llvm::formatv(
      "a step's workspace for a batch of {0}: {1} bytes ({2}, and {3} per row, "
      "and {4} per thread)",
      plan.batch, plan.peakBytes, plan.fixedBytes, plan.bytesPerRow,
      plan.bytesPerThread);
  if (plan.memoryBudget)
    text += llvm::formatv(", within the budget of {0}", *plan.memoryBudget);
  return text;
}

std::string mlir::bn::describeWinograd(ArrayRef<WinogradFact> facts) {
  auto direct = llvm::count_if(facts, [](const WinogradFact &fact) {
    return fact.algorithm == "direct";
  });
  double squares = 0;
  for (const WinogradFact &fact : facts)
    squares += fact.measured * fact.measured;
  return llvm::formatv(
      "{0} of {1} convolutions by few products (Winograd); all together have "
      "an error of {2:e1} of the largest output",
      facts.size() - direct, facts.size(), std::sqrt(squares));
}

std::string mlir::bn::describe(const WinogradFact &fact) {
  std::string text = fact.algorithm;
  if (fact.algorithm != "direct")
    text += llvm::formatv(", measured error {0:e1} of the largest output, "
                          "allowed {1:e1}",
                          fact.measured, fact.bound);
  return fact.reason.empty() ? text : text + ": " + fact.reason;
}
