//===- Facts.h - The facts of a report --------------------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_LIB_REPORT_FACTS_H
#define BN_LIB_REPORT_FACTS_H

#include "bn/Dialect/BN/IR/BN.h"
#include "bn/Dialect/BN/IR/TrainingPlanFacts.h"
#include "bn/Dialect/BN/IR/WinogradFacts.h"

#include "mlir/IR/BuiltinOps.h"

namespace llvm {
class raw_ostream;
} // namespace llvm

namespace mlir::bn {

/// The facts of a module and how many there are of each kind;
/// total = folded + fused + kept.
struct ReportFacts {
  explicit ReportFacts(ModuleOp module);

  SmallVector<NormalizationAttr> normalizations;
  int64_t total = 0;
  int64_t folded = 0;
  int64_t fused = 0;
  int64_t kept = 0;

  /// How a training step was planned, and for each normalization its part in
  /// that, or null.
  std::optional<TrainingPlanFacts> plan;
  SmallVector<const LayerFacts *> layers;

  /// The convolutions that were considered to be computed by few products.
  std::vector<WinogradFact> winograd;

private:
  void findPlan(ModuleOp module);
};

/// The status of a fact; a status that is none of the known ones counts as
/// kept.
NormalizationStatus getStatus(NormalizationAttr fact);

/// Whether a fold has changed numbers, which were then compared.
bool isFolded(NormalizationAttr fact);

/// In words, for people: the passes over the tensors around a normalization,
/// those of them that are kept or computed again, and the workspace of a plan.
std::string describePasses(const LayerFacts &layer);
std::string describeTensors(const LayerFacts &layer);
std::string describeWorkspace(const TrainingPlanFacts &plan);
/// The convolutions by few products in one line, and each of them.
std::string describeWinograd(ArrayRef<WinogradFact> facts);
std::string describe(const WinogradFact &fact);

void printText(const ReportFacts &facts, StringRef title,
               llvm::raw_ostream &os);
void printJson(const ReportFacts &facts, llvm::raw_ostream &os);
void printHtml(const ReportFacts &facts, StringRef title,
               llvm::raw_ostream &os);

} // namespace mlir::bn

#endif // BN_LIB_REPORT_FACTS_H
