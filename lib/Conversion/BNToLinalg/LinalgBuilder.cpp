//===- LinalgBuilder.cpp - Loops over tensors, by formula -----------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LinalgBuilder.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::bn;

Value bn::convertFloat(ImplicitLocOpBuilder &builder, Value value,
                       FloatType type) {
  auto from = cast<FloatType>(value.getType());
  if (from == type)
    return value;
  if (from.getWidth() < type.getWidth())
    return arith::ExtFOp::create(builder, type, value);
  if (from.getWidth() > type.getWidth())
    return arith::TruncFOp::create(builder, type, value);
  // f16 and bf16 hold different values; f32 holds both.
  return arith::TruncFOp::create(
      builder, type,
      arith::ExtFOp::create(builder, builder.getF32Type(), value));
}

FloatType LinalgBuilder::getWideType() {
  FloatType type = getFloatType(op->getResult(0));
  return type.getWidth() > 64 ? type : getF64Type();
}

Value LinalgBuilder::getBatch() {
  for (Value operand : op->getOperands()) {
    auto type = cast<RankedTensorType>(operand.getType());
    for (int64_t axis = 0; axis < type.getRank(); ++axis)
      if (type.isDynamicDim(axis))
        return tensor::DimOp::create(*this, operand, axis);
  }
  llvm_unreachable("a dynamic result comes from a dynamic operand");
}

SmallVector<OpFoldResult> LinalgBuilder::getExtents(ArrayRef<int64_t> shape) {
  SmallVector<OpFoldResult> extents;
  for (int64_t extent : shape)
    extents.push_back(ShapedType::isDynamic(extent)
                          ? OpFoldResult(getBatch())
                          : OpFoldResult(getIndexAttr(extent)));
  return extents;
}

Value LinalgBuilder::createEmpty(ArrayRef<int64_t> shape, Type elementType) {
  SmallVector<Value> dynamic;
  if (int64_t count = llvm::count(shape, ShapedType::kDynamic))
    dynamic.append(count, getBatch());
  return tensor::EmptyOp::create(*this, shape, elementType, dynamic);
}

Value LinalgBuilder::createScalar(Type type, double value) {
  return arith::ConstantOp::create(*this, FloatAttr::get(type, value));
}

Value LinalgBuilder::createFilled(ArrayRef<int64_t> shape,
                                  FloatType elementType, double value) {
  return linalg::FillOp::create(*this, createScalar(elementType, value),
                                createEmpty(shape, elementType))
      .getResult(0);
}

Value LinalgBuilder::createCount(RankedTensorType type,
                                 ArrayRef<int64_t> axes) {
  double fixed = 1;
  bool hasBatch = false;
  for (int64_t axis : axes) {
    if (type.isDynamicDim(axis))
      hasBatch = true;
    else
      fixed *= type.getDimSize(axis);
  }
  Value count = createScalar(getWideType(), fixed);
  if (!hasBatch)
    return count;
  Value batch = arith::IndexCastOp::create(*this, getI64Type(), getBatch());
  return arith::MulFOp::create(
      *this, count, arith::SIToFPOp::create(*this, getWideType(), batch));
}

Value LinalgBuilder::createGeneric(ValueRange inputs, ArrayRef<AffineMap> maps,
                                   Value init, bool readsInit,
                                   FloatType computeType, Formula formula) {
  AffineMap result = maps.back();
  SmallVector<utils::IteratorType> iterators(result.getNumDims(),
                                             utils::IteratorType::reduction);
  // A dimension that only takes part in an index is summed over as well: then
  // several positions give to one value of the result.
  for (AffineExpr expr : result.getResults())
    if (auto dim = dyn_cast<AffineDimExpr>(expr))
      iterators[dim.getPosition()] = utils::IteratorType::parallel;
  auto createBody = [&](OpBuilder &nested, Location loc, ValueRange scalars) {
    ImplicitLocOpBuilder builder(loc, nested);
    SmallVector<Value> values;
    for (Value scalar : readsInit ? scalars : scalars.drop_back())
      values.push_back(isa<FloatType>(scalar.getType())
                           ? convertFloat(builder, scalar, computeType)
                           : scalar);
    Value value = formula(builder, values);
    linalg::YieldOp::create(builder,
                            convertFloat(builder, value, getFloatType(init)));
  };
  return linalg::GenericOp::create(*this, TypeRange{init.getType()}, inputs,
                                   ValueRange{init}, maps, iterators,
                                   createBody)
      .getResult(0);
}

Value LinalgBuilder::createLoops(ValueRange inputs, ArrayRef<AffineMap> maps,
                                 Value init, FloatType computeType,
                                 Formula formula) {
  return createGeneric(inputs, maps, init, /*readsInit=*/true, computeType,
                       formula);
}

Value LinalgBuilder::createMap(RankedTensorType type, ValueRange inputs,
                               ArrayRef<AffineMap> maps, FloatType computeType,
                               Formula formula) {
  SmallVector<AffineMap> allMaps(maps);
  allMaps.push_back(getMultiDimIdentityMap(type.getRank()));
  Value init = createEmpty(type.getShape(), type.getElementType());
  return createGeneric(inputs, allMaps, init, /*readsInit=*/false, computeType,
                       formula);
}

AffineMap LinalgBuilder::getAxesMap(int64_t rank, ArrayRef<int64_t> axes) {
  SmallVector<AffineExpr> exprs;
  for (int64_t axis : axes)
    exprs.push_back(getAffineDimExpr(axis));
  return AffineMap::get(rank, /*symbolCount=*/0, exprs, getContext());
}

/// The groups of axes when `axis` of `rank - 1` axes corresponds to two of
/// `rank` ones.
static SmallVector<ReassociationIndices> pairAxes(int64_t rank, int64_t axis) {
  SmallVector<ReassociationIndices> groups;
  for (int64_t i = 0; i < rank; ++i) {
    if (i == axis + 1)
      groups.back().push_back(i);
    else
      groups.push_back({i});
  }
  return groups;
}

Value LinalgBuilder::splitAxis(Value input, int64_t axis, int64_t outer,
                               int64_t inner) {
  auto type = cast<RankedTensorType>(input.getType());
  SmallVector<int64_t> shape(type.getShape());
  shape[axis] = outer;
  shape.insert(shape.begin() + axis + 1, inner);
  return tensor::ExpandShapeOp::create(
      *this, RankedTensorType::get(shape, type.getElementType()), input,
      pairAxes(shape.size(), axis));
}

Value LinalgBuilder::mergeAxes(Value input, int64_t axis) {
  auto type = cast<RankedTensorType>(input.getType());
  return tensor::CollapseShapeOp::create(*this, input,
                                         pairAxes(type.getRank(), axis));
}
