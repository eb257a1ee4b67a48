//===- Inspection.h - The normalization layers of a model -------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_REPORT_INSPECTION_H
#define BN_REPORT_INSPECTION_H

#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/raw_ostream.h"

#include <optional>
#include <string>
#include <vector>

namespace mlir::bn {

/// One normalization layer. Vectors have a value per channel, and are empty if
/// the parameter is not constant.
struct InspectedNormalization {
  std::string name;
  std::string kind;
  int64_t channels = 0;
  double epsilon = 0;
  /// Absent where the model has none, as in prediction mode without the ONNX op.
  std::optional<double> momentum;
  /// Of the channels, where they are normalized in groups.
  std::optional<int64_t> groups;
  /// Whether there are an offset and running statistics at all.
  bool hasBeta = true, hasRunning = true;
  std::vector<double> gamma, beta, runningMean, runningVariance;
  /// What became of it and, if a layer took it in, which.
  std::string status = "kept";
  std::string into;
};

/// The normalization layers of a model and the numbers of its parameters.
class Inspection {
public:
  /// Looks at `module` as it was imported.
  explicit Inspection(ModuleOp module);

  /// Takes what became of the layers from the facts in the optimized module.
  void addFacts(ModuleOp optimized);

  /// Prints the first five values of each tensor, or all.
  void printText(llvm::raw_ostream &os, bool all) const;
  /// Prints all values, with the keys that the commands document.
  void printJson(llvm::raw_ostream &os) const;

private:
  struct LayerParameters {
    std::string name;
    std::string kind;
    int64_t count;
  };

  void addNormalization(Operation *op);

  std::vector<InspectedNormalization> normalizations;
  std::vector<LayerParameters> layers;
  int64_t parameters = 0;
  /// Those of normalizations: gamma and beta.
  int64_t normalizationParameters = 0;
};

} // namespace mlir::bn

#endif // BN_REPORT_INSPECTION_H
