//===- LaneBuilder.h - Shorthands for lane kernels --------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_CODEGEN_CPU_LANEBUILDER_H
#define BN_CODEGEN_CPU_LANEBUILDER_H

#include "bn/Codegen/CPU/KernelGenerators.h"

namespace mlir::bn {

/// One coordinate of a value within its row: `base * scale + offset`, where the
/// loop variable `base` runs from 0 to `extent` - 1; without a base the offset
/// alone. Tells statically what can be told: whether it is inside of a tensor,
/// and which pooling window it belongs to.
struct LaneIndex {
  LaneIndex(int64_t offset = 0) : offset(offset) {}
  LaneIndex(Value base, int64_t extent) : base(base), extent(extent) {}

  /// This times `factor` plus `addend`.
  LaneIndex affine(int64_t factor, int64_t addend = 0) const;
  /// This divided by `divisor`, rounded down, if that is such an index again.
  std::optional<LaneIndex> dividedBy(int64_t divisor) const;
  int64_t getMin() const { return offset; }
  int64_t getMax() const {
    return base ? (extent - 1) * scale + offset : offset;
  }
  /// True if it is from 0 to `size` - 1 whatever the base is.
  bool isWithin(int64_t size) const { return getMin() >= 0 && getMax() < size; }

  bool operator==(const LaneIndex &other) const {
    return base == other.base && offset == other.offset &&
           (!base || scale == other.scale);
  }
  bool operator<(const LaneIndex &other) const;

  Value base;
  int64_t extent = 1, scale = 1, offset = 0;
};

/// The coordinates of a value, without batch and lane.
using LanePoint = SmallVector<LaneIndex, 4>;

/// Emits loops over blocks of rows, a vector of lanes at a time.
class LaneBuilder : public KernelBuilder {
public:
  /// `length` is the number of lanes, `registers` that of vector registers.
  LaneBuilder(OpBuilder &builder, Location loc, int64_t length,
              int64_t registers)
      : KernelBuilder(builder, loc, builder.getF32Type(), length),
        length(length), registers(registers) {}

  Value materialize(const LaneIndex &index);
  SmallVector<Value> materialize(ArrayRef<LaneIndex> point);

  /// The lanes of a value, stored with the lane as last coordinate.
  Value loadLanes(Value buffer, ArrayRef<LaneIndex> point);
  void storeLanes(Value vector, Value buffer, ArrayRef<LaneIndex> point);
  /// The value of a parameter, as a scalar or in all lanes.
  Value loadScalar(Value buffer, ArrayRef<LaneIndex> point);
  Value loadParameter(Value buffer, ArrayRef<LaneIndex> point);
  Value broadcast(Value scalar);

  Value addF(Value lhs, Value rhs);
  Value subF(Value lhs, Value rhs);
  Value mulF(Value lhs, Value rhs);
  Value divF(Value lhs, Value rhs);
  Value fma(Value a, Value b, Value c);
  Value select(Value condition, Value yes, Value no);
  /// A constant of the type of `like`, a float or a vector of floats.
  Value constantLike(Value like, double value);
  /// The sum of `values`, added up in pairs.
  Value sum(SmallVector<Value> values);

  /// A vector of the sums of the lanes of up to `length` vectors. Each sum is
  /// added up in the same order whatever the number of vectors is.
  Value addLanes(SmallVector<Value> vectors);
  /// The sum of two values, of floats or integers.
  Value addAny(Value lhs, Value rhs);

  /// A loop over 0 to `extent` - 1; of one iteration, no loop.
  void forEach(int64_t extent, function_ref<void(LaneIndex)> body);
  /// A loop from `begin` to `end` that carries `values`; returns the last ones.
  SmallVector<Value>
  forCarried(Value begin, Value end, SmallVector<Value> values,
             function_ref<SmallVector<Value>(Value, SmallVector<Value>)> body);
  /// As above, from 0 to `extent`; of one iteration, no loop.
  SmallVector<Value> forCarried(
      int64_t extent, SmallVector<Value> values,
      function_ref<SmallVector<Value>(LaneIndex, SmallVector<Value>)> body);
  /// The sums of `count` terms over all points of `shape`, in a fixed order.
  SmallVector<Value>
  sumOver(ArrayRef<int64_t> shape, int64_t count,
          function_ref<SmallVector<Value>(ArrayRef<LaneIndex>)> terms);
  /// Loops over all points of `shape`.
  void forShape(ArrayRef<int64_t> shape,
                function_ref<void(ArrayRef<LaneIndex>)> body);

  /// An affine function of `operands` (d0, d1, ...).
  Value apply(AffineExpr expression, ValueRange operands);
  Value maximum(Value lhs, int64_t rhs);
  Value minimum(Value lhs, int64_t rhs);

  /// A buffer on the stack, for as long as the function runs.
  Value allocate(ArrayRef<int64_t> shape, Type elementType);

  /// The vector 0, 1, 2, ... of i32.
  Value getLaneNumbers();
  /// Which lanes hold a row, of `rows` ones: a vector of i1.
  Value getMask(Value rows);
  /// `vector` with zeros in lanes without a row.
  Value masked(Value vector, Value mask);

  /// `buffer`, which is contiguous, as one of `shape`: of the same lanes, if it
  /// has any.
  Value view(Value buffer, ArrayRef<int64_t> shape);

  int64_t length, registers;
};

/// True for a tensor of rows; false for a parameter or a sum over the batch.
bool hasBatch(Value tensor);

/// The shape of one row of `tensor`; of a parameter, its own.
SmallVector<int64_t> getRowShape(Value tensor);

} // namespace mlir::bn

#endif // BN_CODEGEN_CPU_LANEBUILDER_H
