//===- BatchSums.h - What is summed over a batch ----------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_LIB_CODEGEN_GPU_BATCHSUMS_H
#define BN_LIB_CODEGEN_GPU_BATCHSUMS_H

#include "ModelMapping.h"

namespace mlir::bn {

/// Sums over the batch, each of which is a value of a result. The batch is
/// taken in a fixed number of parts, so that there is work for many blocks and
/// the order of the sums is the same every time.
struct BatchSum {
  explicit BatchSum(Operation *op);

  /// The sums so far with what the values at `inner`, a position in `extents`,
  /// add to those of the results at `point`. `shift` is that of statistics.
  SmallVector<Value> add(ElementBuilder &code, ArrayRef<Value> point,
                         ArrayRef<Value> inner, ValueRange sofar,
                         Value shift) const;
  /// The results from the sums.
  SmallVector<Value> finish(ElementBuilder &code, ArrayRef<Value> sums) const;

  /// Mean and variance are merged rather than added.
  bool isStatistics() const { return isa<BatchStatisticsOp>(op); }
  /// The value that statistics are taken about.
  Value getShift(ElementBuilder &code, ArrayRef<Value> point,
                 ArrayRef<Value> inner) const;

  Operation *op;
  /// Sums of each result.
  unsigned count = 1;
  /// Of the results, and what is summed over; the first extent of those may be
  /// dynamic.
  SmallVector<int64_t> shape, extents;
  SmallVector<StringRef> names, innerNames;
  /// Neighbouring results read neighbouring values, so that each thread takes a
  /// sum of its own; otherwise a block takes one.
  bool byThreads = true;
  int64_t parts = 1;

private:
  void setChannels(Value input, Layout layout);
  void setReduction(ReduceSumOp op);
  /// The position in the input of batch and space `inner`, in `channel`.
  Point placeChannel(ArrayRef<Value> inner, Value channel) const;
  void chooseParts();

  size_t channelAxis = 0;
};

} // namespace mlir::bn

#endif // BN_LIB_CODEGEN_GPU_BATCHSUMS_H
