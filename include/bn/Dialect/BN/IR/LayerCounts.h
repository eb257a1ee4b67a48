//===- LayerCounts.h - What the layers of a model compute -------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_DIALECT_BN_IR_LAYERCOUNTS_H
#define BN_DIALECT_BN_IR_LAYERCOUNTS_H

#include "mlir/IR/BuiltinAttributes.h"

#include <optional>
#include <string>
#include <vector>

namespace mlir::bn {

/// The attribute of a function with an array with the counts of each layer.
inline constexpr llvm::StringLiteral kLayersAttr = "bn.layers";

/// The attribute of a module with the names of the layers whose time generated
/// code counts; see `--bn-profile-kernels`.
inline constexpr llvm::StringLiteral kProfileAttr = "bn.profile";

/// What is known of a layer without running it.
struct LayerCounts {
  std::string name;
  /// Floating-point operations for one row of the batch.
  int64_t operationsPerRow = 0;
  int64_t parameterBytes = 0;
  /// Bytes of one row of the other tensors that it reads and writes.
  int64_t bytesPerRow = 0;

  Attribute toAttribute(MLIRContext *context) const;
  /// Null for anything that `toAttribute` does not return.
  static std::optional<LayerCounts> fromAttribute(Attribute attribute);
};

/// The counts of all layers; null for anything else than an array of them.
std::optional<std::vector<LayerCounts>> getLayerCounts(Attribute layers);

} // namespace mlir::bn

#endif // BN_DIALECT_BN_IR_LAYERCOUNTS_H
