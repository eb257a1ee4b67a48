//===- ConstantOps.cpp - Constants, and ops that change nothing -----------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NodeContext.h"
#include "bn/Dialect/BN/IR/BN.h"

using namespace mlir;
using namespace mlir::bn;

static LogicalResult importTensor(NodeContext &node,
                                  onnx::TensorProto &tensor) {
  if (isIntegerType(tensor.data_type())) {
    node.setOutput(0, readIntegers(tensor));
    return success();
  }
  if (!getFloatType(tensor.data_type(), node.builder.getContext()))
    return node.fail("expected values of type float or double, got " +
                     getElementTypeName(tensor.data_type()));
  node.setOutput(0, node.createConstant(tensor));
  return success();
}

static LogicalResult importConstant(NodeContext &node) {
  MLIRContext *context = node.builder.getContext();
  Type f32 = Float32Type::get(context);
  if (onnx::AttributeProto *value = node.getAttribute("value"))
    return importTensor(node, *value->mutable_t());
  if (onnx::AttributeProto *value = node.getAttribute("value_float")) {
    node.setOutput(0, node.createSplat(value->f(), f32));
    return success();
  }
  if (onnx::AttributeProto *value = node.getAttribute("value_floats")) {
    onnx::TensorProto tensor;
    tensor.set_data_type(onnx::TensorProto::FLOAT);
    tensor.add_dims(value->floats_size());
    *tensor.mutable_float_data() = value->floats();
    if (std::optional<std::string> fault = findFault(tensor))
      return node.fail(*fault);
    return importTensor(node, tensor);
  }
  if (onnx::AttributeProto *value = node.getAttribute("value_int")) {
    node.setOutput(0, IntegerTensor::fromScalar({value->i(), 0}));
    return success();
  }
  if (std::optional<SmallVector<int64_t>> values = node.getInts("value_ints")) {
    SmallVector<ShapeInteger> integers;
    for (int64_t value : *values)
      integers.push_back({value, 0});
    node.setOutput(0, IntegerTensor::fromVector(std::move(integers)));
    return success();
  }
  return node.fail("expected a dense tensor of numbers");
}

static LogicalResult importConstantOfShape(NodeContext &node) {
  FailureOr<SmallVector<int64_t>> shape = node.getConstants(0, "the shape");
  if (failed(shape))
    return failure();
  std::optional<int64_t> count = countElements(*shape);
  // The splat of floats costs nothing, but integers are kept one by one.
  constexpr int64_t mostIntegers = 1 << 16;
  if (!count || *count == 0)
    return node.fail("expected extents from 1 up and at most 2^40 values");
  onnx::AttributeProto *value = node.getAttribute("value");
  if (!value) {
    node.setOutput(
        0, node.createSplat(0.0, Float32Type::get(node.builder.getContext()),
                            *shape));
    return success();
  }
  onnx::TensorProto &tensor = *value->mutable_t();
  if (isIntegerType(tensor.data_type()) && *count <= mostIntegers) {
    IntegerTensor one = readIntegers(tensor);
    if (one.values.size() != 1)
      return node.fail("expected one value to fill with");
    IntegerTensor result{*shape,
                         SmallVector<ShapeInteger>(*count, one.values.front())};
    node.setOutput(0, std::move(result));
    return success();
  }
  if (tensor.data_type() != onnx::TensorProto::FLOAT || tensor.dims_size() != 1)
    return node.fail("expected one value of type float, or a few integers");
  float fill = 0.0f;
  if (tensor.has_raw_data())
    std::memcpy(&fill, tensor.raw_data().data(), sizeof(fill));
  else
    fill = tensor.float_data(0);
  node.setOutput(
      0, node.createSplat(fill, Float32Type::get(node.builder.getContext()),
                          *shape));
  return success();
}

static LogicalResult importIdentity(NodeContext &node) {
  return node.forwardInput();
}

/// The target is a name in opset 1, a number later.
static int32_t getCastTarget(NodeContext &node) {
  const onnx::AttributeProto *to = node.getAttribute("to");
  onnx::TensorProto_DataType type = onnx::TensorProto::UNDEFINED;
  if (to && to->type() == onnx::AttributeProto::STRING)
    (void)onnx::TensorProto_DataType_Parse(to->s(), &type);
  else if (to && onnx::TensorProto_DataType_IsValid(to->i()))
    type = static_cast<onnx::TensorProto_DataType>(to->i());
  return type;
}

static LogicalResult importCast(NodeContext &node) {
  int32_t target = getCastTarget(node);
  FloatType type = getFloatType(target, node.builder.getContext());
  if (node.isInteger(0)) {
    if (target == onnx::TensorProto::INT64 ||
        target == onnx::TensorProto::INT32)
      return node.forwardInput();
    if (!type)
      return node.fail("cannot cast integers to " + getElementTypeName(target));
    auto constant = node.getTensor(0, type);
    if (failed(constant))
      return failure();
    node.setOutput(0, *constant);
    return success();
  }
  auto input = node.getTensor(0);
  if (failed(input))
    return failure();
  if ((*input).getType().getElementType() != type)
    return node.fail("casts that change the element type are not supported, "
                     "got one to " +
                     getElementTypeName(target));
  return node.forwardInput();
}

ArrayRef<OpEntry> bn::getConstantOps() {
  static constexpr OpEntry entries[] = {
      {"Cast", 1, importCast},
      {"Constant", 1, importConstant},
      {"ConstantOfShape", 9, importConstantOfShape},
      {"Identity", 1, importIdentity},
  };
  return entries;
}
