//===- Parameters.h - Constant tensors as doubles ---------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Passes compute new parameters in double and round them once. This is the one
// place that reads constants of either storage (dense elements or resource
// blobs) and writes them back.
//
//===----------------------------------------------------------------------===//

#ifndef BN_DIALECT_BN_IR_PARAMETERS_H
#define BN_DIALECT_BN_IR_PARAMETERS_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Value.h"

#include <vector>

namespace mlir::bn {

/// The elements of `value`, if it is a constant.
ElementsAttr getConstantElements(Value value);

/// The values of a constant of a float type in row-major order. Fails if the
/// element type is no float, or the blob of a resource is missing or has
/// another size than the type says.
FailureOr<std::vector<double>> readParameter(ElementsAttr elements);

/// The same for a value; fails also if it is not constant.
FailureOr<std::vector<double>> readParameter(Value value);

/// `value` rounded to the float type `type`, to nearest even.
double roundToType(double value, Type type);

/// The smallest normal number of the float type `type`.
double getSmallestNormal(Type type);

/// A constant of `type` from values that are rounded to its element type. It is
/// a resource blob if `like` is one, with a name made from that of `like`;
/// otherwise dense elements.
ElementsAttr makeParameter(RankedTensorType type, ArrayRef<double> values,
                           ElementsAttr like);

/// Creates a constant that holds `elements`.
Value createConstant(OpBuilder &builder, Location loc, ElementsAttr elements);

/// Erases `value`'s defining op if it is a constant without users.
void eraseDeadConstant(Value value);

/// The operands of `op` that a layer learns: weights and biases, scales and
/// offsets. Running statistics are not learned.
SmallVector<Value> getLearnedParameters(Operation *op);

/// The source model's name in `loc` (that of its outermost NameLoc), or the
/// empty string.
StringRef getSourceName(Location loc);

} // namespace mlir::bn

#endif // BN_DIALECT_BN_IR_PARAMETERS_H
