//===- BNGradients.cpp - What gradients are built of ----------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BNGradients.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace mlir::bn;

Value bn::createSplat(OpBuilder &builder, Location loc, RankedTensorType type,
                      double value) {
  Attribute element = builder.getFloatAttr(type.getElementType(), value);
  return arith::ConstantOp::create(builder, loc,
                                   DenseElementsAttr::get(type, element));
}

Value bn::createScaled(OpBuilder &builder, Location loc, Value tensor,
                       double factor) {
  if (factor == 1.0)
    return tensor;
  auto scalar =
      RankedTensorType::get({}, getElementTypeOrSelf(tensor.getType()));
  return MulOp::create(builder, loc, tensor,
                       createSplat(builder, loc, scalar, factor));
}

Value bn::sumRepeated(OpBuilder &builder, Location loc, Value gradient,
                      RankedTensorType type) {
  auto from = cast<RankedTensorType>(gradient.getType());
  int64_t missing = from.getRank() - type.getRank();
  SmallVector<int64_t> axes;
  for (int64_t axis = 0; axis < from.getRank(); ++axis)
    if (axis < missing ||
        (type.getDimSize(axis - missing) == 1 && from.getDimSize(axis) != 1))
      axes.push_back(axis);
  if (!axes.empty())
    gradient = ReduceSumOp::create(builder, loc, gradient, axes,
                                   /*keep_dims=*/missing == 0);
  // Extents of 1 come back.
  if (gradient.getType() != type)
    gradient = ReshapeOp::create(builder, loc, type, gradient);
  return gradient;
}

Value bn::sumOthers(OpBuilder &builder, Location loc, Value gradient,
                    int64_t keptAxis) {
  SmallVector<int64_t> axes;
  for (int64_t axis = 0;
       axis < cast<RankedTensorType>(gradient.getType()).getRank(); ++axis)
    if (axis != keptAxis)
      axes.push_back(axis);
  return ReduceSumOp::create(builder, loc, gradient, axes);
}
