//===- TrainingParameters.h - What a model learns ---------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_LIB_DIALECT_BN_TRANSFORMS_TRAININGPARAMETERS_H
#define BN_LIB_DIALECT_BN_TRANSFORMS_TRAININGPARAMETERS_H

#include "bn/Dialect/BN/IR/BN.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <string>

namespace mlir::bn {

/// A parameter of a model: an initializer of its source.
struct TrainingParameter {
  std::string name;
  /// As in `bn.parameter`.
  StringRef role;
  /// The layer that uses it first, and the inputs that one output of it is a
  /// sum of (0 if it is no sum).
  std::string layer;
  int64_t fanIn = 0;
  ElementsAttr value;
  /// Where it is read, perhaps in another shape.
  SmallVector<OpOperand *> uses;
};

/// The role of the number of batches that a layer's running statistics are
/// means of. No source has it.
inline constexpr StringLiteral kBatchesTracked = "batches_tracked";

/// Whether a parameter of this role is a running statistic, which is not
/// trained.
bool isStatistic(StringRef role);

/// The parameters of `function` in the order of their first use, trained ones
/// first. Reports an error and fails where an initializer cannot be one
/// parameter.
FailureOr<SmallVector<TrainingParameter>>
collectTrainingParameters(func::FuncOp function);

} // namespace mlir::bn

#endif // BN_LIB_DIALECT_BN_TRANSFORMS_TRAININGPARAMETERS_H
