//===- TensorData.h - Tensors of an ONNX file -------------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_LIB_IMPORT_TENSORDATA_H
#define BN_LIB_IMPORT_TENSORDATA_H

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "onnx/onnx_pb.h"
#include <optional>
#include <string>

namespace mlir::bn {

/// Largest number of values that a tensor may have: more is a damaged or
/// hostile file, and small enough that bytes never overflow.
inline constexpr int64_t kMostElements = int64_t(1) << 40;

/// The product of `shape`, or none when an extent is negative or the product
/// is above `kMostElements`.
std::optional<int64_t> countElements(ArrayRef<int64_t> shape);

/// An integer known while importing: `constant + batches * (the batch)`.
struct ShapeInteger {
  int64_t constant = 0;
  int64_t batches = 0;

  bool isConstant() const { return batches == 0; }
};

/// A tensor of such integers: what exporters compute shapes with.
struct IntegerTensor {
  SmallVector<int64_t> shape;
  SmallVector<ShapeInteger> values;

  static IntegerTensor fromVector(SmallVector<ShapeInteger> values) {
    int64_t extent = values.size();
    return {{extent}, std::move(values)};
  }
  static IntegerTensor fromScalar(ShapeInteger value) { return {{}, {value}}; }
};

/// The type of an ONNX element type that networks are computed in (f32, f64),
/// or null.
FloatType getFloatType(int32_t onnxType, MLIRContext *context);

/// Whether integers of this ONNX type can be computed with while importing
/// (int64, int32, bool).
bool isIntegerType(int32_t onnxType);

/// The name of an ONNX element type, in lower case.
std::string getElementTypeName(int32_t onnxType);

/// What is wrong with the extents or the amount of data of `tensor`, or none.
/// Nothing may read the data of a tensor that was not checked. Tensors of types
/// that are never read are not checked.
std::optional<std::string> findFault(const onnx::TensorProto &tensor);

/// The values of a (checked) tensor of an integer type.
IntegerTensor readIntegers(const onnx::TensorProto &tensor);

/// A (checked) tensor of floats, as a resource blob called `name`. The data
/// moves: `tensor` keeps none.
ElementsAttr takeFloats(onnx::TensorProto &tensor, StringRef name,
                        MLIRContext *context);

} // namespace mlir::bn

#endif // BN_LIB_IMPORT_TENSORDATA_H
