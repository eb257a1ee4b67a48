//===- NodeContext.cpp - What a handler sees of one ONNX node -------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NodeContext.h"

#include "GraphImporter.h"
#include "bn/Dialect/BN/IR/BN.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include <charconv>

using namespace mlir;
using namespace mlir::bn;

LogicalResult NodeContext::fail(const Twine &reason) {
  why = reason.str();
  return failure();
}

StringRef NodeContext::getName() const { return getNodeName(node); }
int NodeContext::getOpset() const { return importer.getOpset(); }
const ImportOptions &NodeContext::getOptions() const {
  return importer.getOptions();
}

bool NodeContext::isExampleBatch(int64_t extent) const {
  return importer.getExampleBatch() == extent;
}
void NodeContext::noteTrainingMode() {
  importer.noteTrainingMode(getName(), location);
}

int64_t NodeContext::takeStream() { return importer.takeStream(); }

//===----------------------------------------------------------------------===//
// Inputs and outputs
//===----------------------------------------------------------------------===//

bool NodeContext::isOutputUsed(unsigned index) const {
  return index < getOutputCount() && importer.isUsed(node.output(index));
}

bool NodeContext::isInteger(unsigned index) const {
  return hasInput(index) && importer.getIntegers(node.input(index));
}

FailureOr<TypedValue<RankedTensorType>>
NodeContext::getTensor(unsigned index, Type integersAs) {
  if (!hasInput(index))
    return fail("expected an input " + Twine(index));
  StringRef name = node.input(index);
  if (const IntegerTensor *integers = importer.getIntegers(name)) {
    if (!integersAs || integers->values.empty() ||
        !llvm::all_of(integers->values, std::mem_fn(&ShapeInteger::isConstant)))
      return fail("expected input '" + Twine(name) +
                  "' to hold values of type float or double, got integers");
    SmallVector<APFloat> values;
    for (ShapeInteger integer : integers->values) {
      APFloat value(static_cast<double>(integer.constant));
      bool inexact;
      value.convert(cast<FloatType>(integersAs).getFloatSemantics(),
                    APFloat::rmNearestTiesToEven, &inexact);
      values.push_back(value);
    }
    auto type = RankedTensorType::get(integers->shape, integersAs);
    Value constant = arith::ConstantOp::create(
        builder, location, DenseElementsAttr::get(type, values));
    return cast<TypedValue<RankedTensorType>>(constant);
  }
  std::string reason;
  Value value = importer.getTensor(name, reason);
  if (!value)
    return fail(reason);
  return cast<TypedValue<RankedTensorType>>(value);
}

FailureOr<IntegerTensor> NodeContext::getIntegers(unsigned index) {
  if (!hasInput(index))
    return fail("expected an input " + Twine(index));
  if (const IntegerTensor *integers = importer.getIntegers(node.input(index)))
    return *integers;
  return fail("expected input '" + Twine(node.input(index)) +
              "' to be integers known when compiling");
}

FailureOr<SmallVector<int64_t>> NodeContext::getConstants(unsigned index,
                                                          StringRef what) {
  FailureOr<IntegerTensor> integers = getIntegers(index);
  if (failed(integers))
    return failure();
  SmallVector<int64_t> constants;
  for (ShapeInteger integer : integers->values) {
    if (!integer.isConstant())
      return fail("expected " + Twine(what) +
                  " not to depend on the batch; fix it with --shape");
    constants.push_back(integer.constant);
  }
  return constants;
}

void NodeContext::setOutput(unsigned index, Value value) {
  if (index < getOutputCount())
    importer.define(node.output(index), value);
}

void NodeContext::setOutput(unsigned index, IntegerTensor integers) {
  if (index < getOutputCount())
    importer.define(node.output(index), std::move(integers));
}

LogicalResult NodeContext::forwardInput() {
  if (!hasInput(0))
    return fail("expected an input 0");
  importer.alias(node.output(0), node.input(0));
  return success();
}

//===----------------------------------------------------------------------===//
// Attributes
//===----------------------------------------------------------------------===//

onnx::AttributeProto *NodeContext::getAttribute(StringRef name) const {
  for (onnx::AttributeProto &attribute : *node.mutable_attribute())
    if (attribute.name() == name)
      return &attribute;
  return nullptr;
}

int64_t NodeContext::getInt(StringRef name, int64_t byDefault) const {
  const onnx::AttributeProto *attribute = getAttribute(name);
  return attribute ? attribute->i() : byDefault;
}

double bn::getShortestDecimal(float value) {
  char text[32];
  char *end = std::to_chars(text, text + sizeof(text), value).ptr;
  double widened = value;
  std::from_chars(text, end, widened);
  return widened;
}

double NodeContext::getFloat(StringRef name, float byDefault) const {
  const onnx::AttributeProto *attribute = getAttribute(name);
  float value = attribute ? attribute->f() : byDefault;
  return getShortestDecimal(value);
}

StringRef NodeContext::getString(StringRef name, StringRef byDefault) const {
  const onnx::AttributeProto *attribute = getAttribute(name);
  return attribute ? StringRef(attribute->s()) : byDefault;
}

std::optional<SmallVector<int64_t>> NodeContext::getInts(StringRef name) const {
  const onnx::AttributeProto *attribute = getAttribute(name);
  if (!attribute)
    return std::nullopt;
  return SmallVector<int64_t>(attribute->ints().begin(),
                              attribute->ints().end());
}

//===----------------------------------------------------------------------===//
// Building
//===----------------------------------------------------------------------===//

Value NodeContext::createSplat(double value, Type elementType,
                               ArrayRef<int64_t> shape) {
  auto type = RankedTensorType::get(shape, elementType);
  return arith::ConstantOp::create(
      builder, location,
      DenseElementsAttr::get(
          type, Attribute(builder.getFloatAttr(elementType, value))));
}

Value NodeContext::createConstant(onnx::TensorProto &tensor) {
  std::string name = tensor.name().empty() ? getName().str() : tensor.name();
  ElementsAttr value = takeFloats(tensor, name, builder.getContext());
  // A single value is better seen in the IR than kept aside.
  if (auto blob = dyn_cast<DenseResourceElementsAttr>(value);
      blob && value.getNumElements() == 1)
    value = DenseElementsAttr::getFromRawBuffer(value.getShapedType(),
                                                blob.getData());
  return arith::ConstantOp::create(builder, location, value);
}

FailureOr<Value> NodeContext::createReshape(Value value,
                                            ArrayRef<int64_t> shape) {
  auto type = cast<RankedTensorType>(value.getType());
  if (type.getShape() == shape)
    return value;
  auto result = RankedTensorType::get(shape, type.getElementType());
  // A parameter stays a parameter: the same blob under another shape.
  DenseResourceElementsAttr blob;
  if (matchPattern(value, m_Constant(&blob)) &&
      countElements(shape) == type.getNumElements())
    return arith::ConstantOp::create(
               builder, value.getLoc(),
               DenseResourceElementsAttr::get(result, blob.getRawHandle()))
        .getResult();
  FailureOr<ReshapeOp> reshape = create<ReshapeOp>(value, {}, result);
  if (failed(reshape))
    return failure();
  return reshape->getResult();
}

FailureOr<int64_t> NodeContext::normalizeAxis(int64_t axis, int64_t rank) {
  if (axis < -rank || axis >= rank)
    return fail("expected an axis from " + Twine(-rank) + " to " +
                Twine(rank - 1) + ", got " + Twine(axis));
  return axis < 0 ? axis + rank : axis;
}

/// What is wrong with the extents of `type`, or nothing.
static std::optional<std::string> findExtentFault(RankedTensorType type) {
  SmallVector<int64_t> extents;
  for (auto [axis, extent] : llvm::enumerate(type.getShape())) {
    if (!ShapedType::isDynamic(extent))
      extents.push_back(extent);
    else if (axis != 0)
      return ("the dynamic batch would move to axis " + Twine(axis) +
              " of the result; fix it with --shape")
          .str();
  }
  std::optional<int64_t> count = countElements(extents);
  if (!count || *count == 0)
    return "the result would have no value, or more than 2^40";
  return std::nullopt;
}

Operation *NodeContext::createOperation(StringRef name, ValueRange operands,
                                        ArrayRef<NamedAttribute> attributes,
                                        RankedTensorType type,
                                        unsigned results) {
  OperationState state(location, name);
  state.addOperands(operands);
  state.addAttributes(attributes);
  // Stands for the inferred types until the op exists to infer them from.
  Type first = type ? Type(type) : operands.front().getType();
  state.addTypes(SmallVector<Type>(results, first));
  Operation *op = builder.create(state);

  std::string diagnosed;
  ScopedDiagnosticHandler handler(builder.getContext(),
                                  [&](Diagnostic &diagnostic) {
                                    if (diagnosed.empty())
                                      diagnosed = diagnostic.str();
                                    return success();
                                  });
  auto build = [&]() -> LogicalResult {
    auto inferable = dyn_cast<InferTypeOpInterface>(op);
    if (!type && inferable) {
      SmallVector<Type> types;
      if (failed(inferable.inferReturnTypes(
              builder.getContext(), location, op->getOperands(),
              op->getRawDictionaryAttrs(), op->getPropertiesStorage(),
              op->getRegions(), types)))
        return failure();
      for (auto [result, inferred] : llvm::zip_equal(op->getResults(), types))
        result.setType(inferred);
    }
    for (Type result : op->getResultTypes())
      if (std::optional<std::string> fault =
              findExtentFault(cast<RankedTensorType>(result)))
        return fail(*fault);
    return verify(op);
  };
  if (succeeded(build()))
    return op;
  op->erase();
  if (!diagnosed.empty()) {
    // Verifiers begin with the name of an op that the model does not know.
    StringRef reason = diagnosed;
    reason.consume_front(("'" + name + "' op ").str());
    (void)fail(reason);
  }
  return nullptr;
}
