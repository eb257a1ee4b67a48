//===- NormalizationFacts.h - What became of each normalization -*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The one place that writes the module attribute `bn.normalizations`.
//
//===----------------------------------------------------------------------===//

#ifndef BN_DIALECT_BN_TRANSFORMS_NORMALIZATIONFACTS_H
#define BN_DIALECT_BN_TRANSFORMS_NORMALIZATIONFACTS_H

#include "bn/Dialect/BN/IR/BN.h"

#include "mlir/IR/BuiltinOps.h"

#include <string>

namespace mlir::bn {

/// The name by which users know `op`: that of the source model's node, or where
/// the op stands in its file.
std::string getLayerName(Operation *op);

/// Why no layer can take in the normalization `op`, whatever its neighbours
/// are; empty if it depends on them.
llvm::StringRef getReasonToStay(Operation *op);

/// What a pass knows of one normalization.
struct NormalizationFact {
  std::string name;
  /// Op type of the source model; `decomposed` if it was written out.
  std::string op;
  NormalizationStatus status = NormalizationStatus::Kept;
  std::string into;
  std::string reason;
  double bound = 0.0;
  double measured = 0.0;
};

/// The facts of a module. A pass makes one, records each normalization that it
/// sees, in the order of the program, and writes them at its end.
class NormalizationFacts {
public:
  explicit NormalizationFacts(ModuleOp module);

  /// Updates the fact of that name from an earlier pass, which keeps its `op`,
  /// or adds one.
  void record(NormalizationFact fact);

  /// Whether an earlier pass has recorded a normalization of that name.
  bool contains(StringRef name) const;

  /// Writes the module attribute.
  void write();

private:
  struct Entry {
    NormalizationFact fact;
    /// Recorded by this pass; names need not be unique.
    bool recorded;
  };
  ModuleOp module;
  std::vector<Entry> entries;
};

} // namespace mlir::bn

#endif // BN_DIALECT_BN_TRANSFORMS_NORMALIZATIONFACTS_H
