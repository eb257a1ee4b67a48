//===- ParameterArena.h - One constant array for all parameters --*- C++
//-*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_PLAN_PARAMETERARENA_H
#define BN_PLAN_PARAMETERARENA_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"

namespace mlir::bn {

/// Collects the parameters of a function in one constant global, each aligned
/// to a cache line, in the order in which they are added. Code that runs
/// through the layers then reads memory from front to back.
class ParameterArena {
public:
  /// The arena of `func`, named after it; `func` must have a body.
  explicit ParameterArena(func::FuncOp func);

  /// Appends `values` and returns a memref of `shape` that views them.
  Value add(OpBuilder &builder, Location loc, ArrayRef<float> values,
            ArrayRef<int64_t> shape);

  /// Appends one value for each of `channels` channels; zeros for those that
  /// only fill up a vector.
  Value addPerChannel(OpBuilder &builder, Location loc, ArrayRef<float> values,
                      int64_t channels);

  /// Creates the global. Call once, when everything was added.
  void finish();

private:
  func::FuncOp func;
  std::string name;
  SmallVector<float> values;
  /// `memref.get_global` ops whose type is known only at the end.
  SmallVector<Operation *> uses;
};

} // namespace mlir::bn

#endif // BN_PLAN_PARAMETERARENA_H
