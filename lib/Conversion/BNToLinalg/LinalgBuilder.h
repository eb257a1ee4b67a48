//===- LinalgBuilder.h - Loops over tensors, by formula ---------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_LIB_CONVERSION_BNTOLINALG_LINALGBUILDER_H
#define BN_LIB_CONVERSION_BNTOLINALG_LINALGBUILDER_H

#include "mlir/IR/AffineMap.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/TypeUtilities.h"

namespace mlir::bn {

/// Builds the linalg ops that one bn op is made of, in front of it.
class LinalgBuilder : public ImplicitLocOpBuilder {
public:
  /// The scalar formula of a loop nest: takes one value per input (and where
  /// it says so the old value of the result), gives the new one. All have the
  /// type to compute in, but for inputs of integers, which stay what they are.
  using Formula = llvm::function_ref<Value(ImplicitLocOpBuilder &, ValueRange)>;

  LinalgBuilder(OpBuilder &builder, Operation *op)
      : ImplicitLocOpBuilder(op->getLoc(), builder), op(op) {}

  /// The type that sums and formulas of several roundings are computed in: f64,
  /// or the element type of the op's first result if that is wider.
  FloatType getWideType();

  /// The batch, as an index: the extent of every dynamic axis of the op.
  Value getBatch();

  /// The extents of a tensor of `shape`; dynamic ones are the batch.
  SmallVector<OpFoldResult> getExtents(ArrayRef<int64_t> shape);

  /// A tensor of unknown values; dynamic extents are the batch.
  Value createEmpty(ArrayRef<int64_t> shape, Type elementType);
  /// A tensor that holds `value` everywhere.
  Value createFilled(ArrayRef<int64_t> shape, FloatType elementType,
                     double value);
  /// A scalar constant.
  Value createScalar(Type type, double value);

  /// The number of values along `axes` of a tensor of `type`, in the wide type.
  Value createCount(RankedTensorType type, ArrayRef<int64_t> axes);

  /// One loop nest over the dimensions of `maps`, which hold the position in
  /// each of `inputs`, then in `init`. Dimensions that do not appear in the
  /// last on their own are summed over, or whatever `formula` does with the old
  /// value.
  Value createLoops(ValueRange inputs, ArrayRef<AffineMap> maps, Value init,
                    FloatType computeType, Formula formula);

  /// A tensor of `type` computed value by value. `maps` hold the position in
  /// each of `inputs` for a position in the result.
  Value createMap(RankedTensorType type, ValueRange inputs,
                  ArrayRef<AffineMap> maps, FloatType computeType,
                  Formula formula);

  /// The map from a position in a tensor of `rank` to that along `axes`.
  AffineMap getAxesMap(int64_t rank, ArrayRef<int64_t> axes);

  /// `input` with `axis` split into the extents `outer` and `inner`.
  Value splitAxis(Value input, int64_t axis, int64_t outer, int64_t inner);
  /// `input` with `axis` and the one after it merged.
  Value mergeAxes(Value input, int64_t axis);

private:
  Value createGeneric(ValueRange inputs, ArrayRef<AffineMap> maps, Value init,
                      bool readsInit, FloatType computeType, Formula formula);

  Operation *op;
};

/// `value` in another float type: itself, extended or rounded.
Value convertFloat(ImplicitLocOpBuilder &builder, Value value, FloatType type);

/// The rank of a tensor.
inline int64_t getRank(Value tensor) {
  return cast<RankedTensorType>(tensor.getType()).getRank();
}

/// The element type of a float tensor.
inline FloatType getFloatType(Value tensor) {
  return cast<FloatType>(getElementTypeOrSelf(tensor.getType()));
}

} // namespace mlir::bn

#endif // BN_LIB_CONVERSION_BNTOLINALG_LINALGBUILDER_H
