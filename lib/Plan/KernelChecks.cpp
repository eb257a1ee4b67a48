//===- KernelChecks.cpp - Which ops kernels can take ----------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Plan/KernelChecks.h"

#include "bn/Dialect/BN/IR/Parameters.h"
#include "bn/Plan/FusionGroups.h"

#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace mlir::bn;

bool bn::isElementwise(Operation *op) {
  return isa<ReluOp, SigmoidOp, TanhOp, ExpOp, SqrtOp, ClipOp, AddOp, SubOp,
             MulOp, DivOp, ScaleShiftOp>(op);
}

bool bn::isPool(Operation *op) {
  return isa<MaxPoolOp, AveragePoolOp, ReduceMeanOp>(op);
}

bool bn::isConstant(Value value) { return matchPattern(value, m_Constant()); }

bool bn::isParameter(Value value) {
  if (!value)
    return true;
  ElementsAttr elements = getConstantElements(value);
  auto resource = dyn_cast_if_present<DenseResourceElementsAttr>(elements);
  if (!resource)
    return elements != nullptr;
  AsmResourceBlob *blob = resource.getRawHandle().getBlob();
  return blob &&
         blob->getData().size() == elements.getNumElements() * sizeof(float);
}

static RankedTensorType getTensorType(Value value) {
  return cast<RankedTensorType>(value.getType());
}

bool bn::hasStorage(Value value) {
  RankedTensorType type = getTensorType(value);
  return type.getElementType().isF32() &&
         (type.getRank() == 2 || type.getRank() == 4) &&
         llvm::none_of(type.getShape().drop_front(), ShapedType::isDynamic);
}

//===----------------------------------------------------------------------===//
// Elementwise ops
//===----------------------------------------------------------------------===//

Value bn::getPrimaryOperand(Operation *op) {
  for (Value operand : op->getOperands())
    if (operand.getType() == op->getResult(0).getType() && !isConstant(operand))
      return operand;
  return Value();
}

/// Features of a flattened image: what is stored is the image.
static bool isFlattenedImage(Value value) {
  return static_cast<int64_t>(getStoredShape(value).size()) !=
         getTensorType(value).getRank();
}

static OperandRole getConstantRole(Operation *op, Value operand) {
  if (!isParameter(operand))
    return OperandRole::Unknown;
  ElementsAttr elements = getConstantElements(operand);
  if (elements.getNumElements() == 1 || elements.isSplat())
    return OperandRole::Number;
  // Only channels, which are axis 1 of the result, have an extent.
  Value result = op->getResult(0);
  RankedTensorType type = getTensorType(result);
  ArrayRef<int64_t> shape = getTensorType(operand).getShape();
  int64_t axis = 1 - (type.getRank() - static_cast<int64_t>(shape.size()));
  if (axis < 0 || isFlattenedImage(result) ||
      shape[axis] != elements.getNumElements() ||
      shape[axis] != type.getDimSize(1))
    return OperandRole::Unknown;
  return OperandRole::PerChannel;
}

OperandRole bn::getOperandRole(Operation *op, Value operand) {
  if (isConstant(operand))
    return isa<ScaleShiftOp>(op) ? OperandRole::PerChannel
                                 : getConstantRole(op, operand);
  // A constant behind a reshape has no storage.
  if (isConstant(lookThroughReshapes(operand)))
    return OperandRole::Unknown;
  Value result = op->getResult(0);
  RankedTensorType type = getTensorType(operand);
  RankedTensorType resultType = getTensorType(result);
  if (isa<ScaleShiftOp>(op) && operand != op->getOperand(0))
    return OperandRole::Unknown;
  if (type == resultType && getStoredShape(operand) == getStoredShape(result))
    return OperandRole::Tensor;
  bool hasOnePosition =
      type.getRank() == 4 && type.getDimSize(2) == 1 && type.getDimSize(3) == 1;
  return hasOnePosition && resultType.getRank() == 4 &&
                 type.getShape().take_front(2) ==
                     resultType.getShape().take_front(2)
             ? OperandRole::Tensor
             : OperandRole::Unknown;
}

StringRef bn::checkBody(Operation *op) {
  if (!isElementwise(op))
    return "kernels take no op of this kind";
  if (auto scaleShift = dyn_cast<ScaleShiftOp>(op)) {
    if (scaleShift.getLayout() != Layout::NCHW)
      return "the layout is NHWC";
    if (!isParameter(scaleShift.getScale()) ||
        !isParameter(scaleShift.getShift()))
      return "the scale is not constant";
    // Behind a flattening the features of a storage are not its channels.
    if (isFlattenedImage(scaleShift.getInput()))
      return "the scale is by feature of a flattened image";
    return "";
  }
  if (!getPrimaryOperand(op))
    return op->getNumOperands() == 1 ? "its input is constant"
                                     : "no operand has the shape of the result";
  for (Value operand : op->getOperands())
    if (getOperandRole(op, operand) == OperandRole::Unknown)
      return "an operand is neither one number, one per channel, nor a tensor "
             "of the same shape or of one position";
  return "";
}

//===----------------------------------------------------------------------===//
// Products, pools, concatenations
//===----------------------------------------------------------------------===//

StringRef bn::checkProduct(Operation *op) {
  if (auto conv = dyn_cast<ConvOp>(op)) {
    if (conv.getLayout() != Layout::NCHW)
      return "the layout is NHWC";
    if (getTensorType(conv.getInput()).getRank() != 4)
      return "the convolution is not two-dimensional";
    if (!isParameter(conv.getFilter()) || !isParameter(conv.getBias()))
      return "the weights are not constant";
    return "";
  }
  auto linear = cast<LinearOp>(op);
  if (getTensorType(linear.getInput()).getRank() != 2 ||
      linear.getTransposeInput())
    return "the input is not a matrix of rows of the batch";
  if (!isParameter(linear.getWeight()) || !isParameter(linear.getBias()))
    return "the weights are not constant";
  return "";
}

template <typename PoolOp> static StringRef checkWindows(PoolOp pool) {
  if (pool.getLayout() != Layout::NCHW)
    return "the layout is NHWC";
  if (getTensorType(pool.getInput()).getRank() != 4)
    return "the pooling is not two-dimensional";
  if (llvm::any_of(pool.getDilations(), [](int64_t d) { return d != 1; }))
    return "the pooling is dilated";
  return "";
}

StringRef bn::checkPool(Operation *op) {
  if (auto pool = dyn_cast<MaxPoolOp>(op))
    return checkWindows(pool);
  if (auto pool = dyn_cast<AveragePoolOp>(op)) {
    // Padding counts, what rounding up adds to it does not.
    if (pool.getCeilMode() && pool.getCountIncludePad())
      return "the pooling rounds its extent up and counts padding";
    return checkWindows(pool);
  }
  auto mean = cast<ReduceMeanOp>(op);
  if (getTensorType(mean.getInput()).getRank() != 4 ||
      mean.getAxes() != ArrayRef<int64_t>{2, 3})
    return "the mean is not over all positions of an image";
  return "";
}

bool bn::hasDisjointWindows(Operation *op) {
  auto check = [](auto pool) {
    return llvm::equal(pool.getKernel(), pool.getStrides()) &&
           llvm::all_of(pool.getKernel(), [](int64_t k) { return k <= 3; }) &&
           llvm::all_of(pool.getPadding(), [](int64_t p) { return p == 0; }) &&
           !pool.getCeilMode();
  };
  if (auto pool = dyn_cast<MaxPoolOp>(op))
    return check(pool);
  auto pool = dyn_cast<AveragePoolOp>(op);
  return pool && check(pool);
}

StringRef bn::checkConcat(ConcatOp op) {
  if (op.getAxis() != 1)
    return "the axis is not that of the channels";
  for (Value input : op.getInputs())
    if (!hasStorage(input) || isConstant(lookThroughReshapes(input)))
      return "its tensors are not computed f32 features or images";
  if (llvm::any_of(op.getInputs(), isFlattenedImage))
    return "an operand is a flattened image";
  return "";
}
