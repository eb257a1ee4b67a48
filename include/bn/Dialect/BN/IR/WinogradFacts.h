//===- WinogradFacts.h - Which convolutions take few products ---*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The module attribute `bn.winograd`: an array of dictionaries, for reports and
// tests, of the convolutions that were considered for Winograd's minimal
// filtering.
//
//===----------------------------------------------------------------------===//

#ifndef BN_DIALECT_BN_IR_WINOGRADFACTS_H
#define BN_DIALECT_BN_IR_WINOGRADFACTS_H

#include "mlir/IR/BuiltinAttributes.h"

#include <optional>
#include <string>
#include <vector>

namespace mlir::bn {

inline constexpr llvm::StringLiteral kWinogradAttr = "bn.winograd";

/// One convolution.
struct WinogradFact {
  std::string name;
  /// `F(4x4, 3x3)`, or `direct` if none is exact enough.
  std::string algorithm;
  /// The largest error that was measured for it, relative to the largest
  /// output, and the one that was allowed.
  double measured = 0, bound = 0;
  /// Why it is not the one that is estimated to be the fastest; else empty.
  std::string reason;
};

ArrayAttr toAttribute(MLIRContext *context, ArrayRef<WinogradFact> facts);
/// Nothing if `attribute` is no such array.
std::optional<std::vector<WinogradFact>>
parseWinogradFacts(Attribute attribute);

} // namespace mlir::bn

#endif // BN_DIALECT_BN_IR_WINOGRADFACTS_H
