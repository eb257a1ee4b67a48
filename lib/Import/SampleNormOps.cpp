//===- SampleNormOps.cpp - Normalizations within a sample -----------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NodeContext.h"
#include "bn/Dialect/BN/IR/BN.h"
#include "bn/Dialect/BN/IR/Parameters.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace mlir::bn;

//===----------------------------------------------------------------------===//
// Parameters
//===----------------------------------------------------------------------===//

/// The values of a tensor of shape `from`, broadcast to `to` of the same rank.
static std::vector<double> broadcast(ArrayRef<double> values,
                                     ArrayRef<int64_t> from,
                                     ArrayRef<int64_t> to) {
  std::vector<double> result(values);
  // From the last axis on, each of extent 1 repeats what is behind it.
  int64_t block = 1;
  for (int64_t axis = to.size() - 1; axis >= 0; --axis) {
    int64_t times = to[axis] / from[axis];
    std::vector<double> repeated;
    repeated.reserve(result.size() * times);
    for (size_t begin = 0; begin < result.size(); begin += block)
      for (int64_t i = 0; i < times; ++i)
        repeated.insert(repeated.end(), result.begin() + begin,
                        result.begin() + begin + block);
    result = std::move(repeated);
    block *= to[axis];
  }
  return result;
}

/// `value`, whose shape broadcasts to `shape`, in that shape.
static FailureOr<Value> expandParameter(NodeContext &node, Value value,
                                        ArrayRef<int64_t> shape) {
  auto type = cast<RankedTensorType>(value.getType());
  SmallVector<int64_t> from(shape.size() - type.getRank(), 1);
  llvm::append_range(from, type.getShape());
  FailureOr<Value> aligned = node.createReshape(value, from);
  if (failed(aligned) || ArrayRef(from) == shape)
    return aligned;
  // In training the repeated values are one parameter.
  bool trained = node.getOptions().batchNormMode == BatchNormMode::Train;
  ElementsAttr elements = getConstantElements(*aligned);
  FailureOr<std::vector<double>> values = failure();
  if (elements && !trained)
    values = readParameter(elements);
  auto result = RankedTensorType::get(shape, type.getElementType());
  if (succeeded(values))
    return createConstant(
        node.builder, value.getLoc(),
        makeParameter(result, broadcast(*values, from, shape), elements));
  Value ones = node.createSplat(1.0, type.getElementType(), shape);
  FailureOr<MulOp> product = node.create<MulOp>({*aligned, ones});
  if (failed(product))
    return failure();
  return product->getResult();
}

static std::string describe(ArrayRef<int64_t> shape) {
  return "[" +
         llvm::join(
             llvm::map_range(
                 shape, [](int64_t extent) { return std::to_string(extent); }),
             ",") +
         "]";
}

/// Input `index`, the parameter called `name` of a normalization of values of
/// `type`, as a tensor of `shape`; null if it is left out.
static FailureOr<Value> getParameter(NodeContext &node, unsigned index,
                                     StringRef name, RankedTensorType type,
                                     ArrayRef<int64_t> shape) {
  if (!node.hasInput(index))
    return Value();
  auto parameter = node.getTensor(index);
  if (failed(parameter))
    return failure();
  RankedTensorType given = (*parameter).getType();
  if (given.getElementType() != type.getElementType())
    return node.fail("expected parameters of the input's element type");
  int64_t missing = static_cast<int64_t>(shape.size()) - given.getRank();
  bool fits = missing >= 0;
  for (int64_t axis = 0; fits && axis < given.getRank(); ++axis)
    fits = given.getDimSize(axis) == 1 ||
           given.getDimSize(axis) == shape[missing + axis];
  if (!fits)
    return node.fail("expected " + Twine(name) + " of the shape " +
                     describe(shape) + ", got " + describe(given.getShape()));
  return expandParameter(node, *parameter, shape);
}

//===----------------------------------------------------------------------===//
// Groups of channels
//===----------------------------------------------------------------------===//

static NamedAttribute getEpsilon(NodeContext &node) {
  return node.getAttr(
      "epsilon", node.builder.getF64FloatAttr(node.getFloat("epsilon", 1e-5f)));
}

/// `lowestRank`: that of the inputs that ONNX has the op for.
static FailureOr<TypedValue<RankedTensorType>> getImage(NodeContext &node,
                                                        int64_t lowestRank) {
  auto input = node.getTensor(0);
  if (failed(input))
    return failure();
  RankedTensorType type = (*input).getType();
  if (type.getRank() < lowestRank || type.getRank() > 5)
    return node.fail("expected an input of rank " + Twine(lowestRank) +
                     " to 5, got " + Twine(type.getRank()));
  if (type.isDynamicDim(1))
    return node.fail("expected a static number of channels");
  return input;
}

/// Scale and offset have a value for each of `parts` parts of the channels,
/// which is the number of groups or that of channels.
static LogicalResult importGroups(NodeContext &node,
                                  TypedValue<RankedTensorType> input,
                                  int64_t groups, int64_t parts) {
  RankedTensorType type = input.getType();
  int64_t channels = type.getDimSize(1);
  if (groups < 1 || channels % groups != 0)
    return node.fail("expected num_groups to divide the " + Twine(channels) +
                     " channels, got " + Twine(groups));
  SmallVector<Value> operands = {input};
  for (auto [index, name] :
       {std::pair<unsigned, StringRef>(1, "scale"), {2, "bias"}}) {
    // ONNX's checker has not seen what it calls deprecated.
    if (!node.hasInput(index))
      return node.fail("expected an input " + Twine(index) + ", the " + name);
    FailureOr<Value> parameter = getParameter(node, index, name, type, parts);
    if (succeeded(parameter) && parts != channels) {
      parameter = node.createReshape(*parameter, {parts, 1});
      if (succeeded(parameter))
        parameter =
            expandParameter(node, *parameter, {parts, channels / parts});
      if (succeeded(parameter))
        parameter = node.createReshape(*parameter, channels);
    }
    if (failed(parameter))
      return failure();
    operands.push_back(*parameter);
  }
  NamedAttribute attributes[] = {
      getEpsilon(node),
      node.getAttr("groups", node.builder.getI64IntegerAttr(groups))};
  return node.replaceWith<GroupNormOp>(operands, attributes, type);
}

static LogicalResult importInstanceNorm(NodeContext &node) {
  auto input = getImage(node, /*lowestRank=*/3);
  if (failed(input))
    return failure();
  int64_t channels = (*input).getType().getDimSize(1);
  return importGroups(node, *input, channels, channels);
}

static LogicalResult importGroupNorm18(NodeContext &node) {
  auto input = getImage(node, /*lowestRank=*/2);
  if (failed(input))
    return failure();
  int64_t groups = node.getInt("num_groups", 0);
  return importGroups(node, *input, groups, /*parts=*/groups);
}

static LogicalResult importGroupNorm21(NodeContext &node) {
  auto input = getImage(node, /*lowestRank=*/2);
  if (failed(input))
    return failure();
  return importGroups(node, *input, node.getInt("num_groups", 0),
                      /*parts=*/(*input).getType().getDimSize(1));
}

//===----------------------------------------------------------------------===//
// Last axes
//===----------------------------------------------------------------------===//

/// Outputs 1 and 2 of LayerNormalization: mean and 1 / deviation along `axes`.
static LogicalResult setStatistics(NodeContext &node,
                                   TypedValue<RankedTensorType> input,
                                   ArrayRef<int64_t> axes,
                                   NamedAttribute epsilon) {
  if (!node.isOutputUsed(1) && !node.isOutputUsed(2))
    return success();
  Type element = input.getType().getElementType();
  if (getFloatType(node.getInt("stash_type", 1), element.getContext()) !=
      element)
    return node.fail("expected statistics (stash_type) of the input's element "
                     "type");
  NamedAttribute attributes[] = {
      node.getI64Array("axes", axes),
      node.getAttr("keep_dims", node.builder.getUnitAttr())};
  auto createMean = [&](Value value) {
    return node.create<ReduceMeanOp>(value, attributes);
  };
  FailureOr<ReduceMeanOp> mean = createMean(input);
  if (failed(mean))
    return failure();
  node.setOutput(1, mean->getResult());
  auto centered = node.create<SubOp>({input, mean->getResult()});
  if (failed(centered))
    return failure();
  auto square =
      node.create<MulOp>({centered->getResult(), centered->getResult()});
  if (failed(square))
    return failure();
  FailureOr<ReduceMeanOp> variance = createMean(square->getResult());
  if (failed(variance))
    return failure();
  double added = cast<FloatAttr>(epsilon.getValue()).getValueAsDouble();
  auto shifted = node.create<AddOp>(
      {variance->getResult(), node.createSplat(added, element)});
  if (failed(shifted))
    return failure();
  auto deviation = node.create<SqrtOp>(shifted->getResult());
  if (failed(deviation))
    return failure();
  auto inverse = node.create<DivOp>(
      {node.createSplat(1.0, element), deviation->getResult()});
  if (failed(inverse))
    return failure();
  node.setOutput(2, inverse->getResult());
  return success();
}

static LogicalResult importLastAxes(NodeContext &node, bool rootMeanSquare) {
  auto input = node.getTensor(0);
  if (failed(input))
    return failure();
  RankedTensorType type = (*input).getType();
  FailureOr<int64_t> axis =
      node.normalizeAxis(node.getInt("axis", -1), type.getRank());
  if (failed(axis))
    return failure();
  ArrayRef<int64_t> extents = type.getShape().drop_front(*axis);
  if (ShapedType::isDynamicShape(extents))
    return node.fail("expected static extents of the normalized axes, got a "
                     "dynamic batch; fix it with --shape");
  FailureOr<Value> scale = getParameter(node, 1, "scale", type, extents);
  if (failed(scale))
    return failure();
  FailureOr<Value> offset = Value();
  if (!rootMeanSquare)
    offset = getParameter(node, 2, "bias", type, extents);
  if (failed(offset))
    return failure();

  NamedAttribute epsilon = getEpsilon(node);
  auto axes = llvm::to_vector(llvm::seq<int64_t>(*axis, type.getRank()));
  if (!rootMeanSquare && failed(setStatistics(node, *input, axes, epsilon)))
    return failure();

  // The op has an axis of samples in front; without one there is one sample.
  SmallVector<int64_t> shape(type.getShape());
  if (*axis == 0)
    shape.insert(shape.begin(), 1);
  FailureOr<Value> samples = node.createReshape(*input, shape);
  if (failed(samples))
    return failure();
  SmallVector<Value> operands = {*samples, *scale};
  if (*offset)
    operands.push_back(*offset);
  SmallVector<NamedAttribute> attributes = {
      epsilon, node.getAttr("axis", node.builder.getI64IntegerAttr(
                                        std::max<int64_t>(*axis, 1)))};
  if (rootMeanSquare)
    attributes.push_back(
        node.getAttr("root_mean_square", node.builder.getUnitAttr()));
  FailureOr<LayerNormOp> norm = node.create<LayerNormOp>(
      operands, attributes, cast<RankedTensorType>(samples->getType()));
  if (failed(norm))
    return failure();
  FailureOr<Value> result =
      node.createReshape(norm->getResult(), type.getShape());
  if (failed(result))
    return failure();
  node.setOutput(0, *result);
  return success();
}

static LogicalResult importLayerNorm(NodeContext &node) {
  return importLastAxes(node, /*rootMeanSquare=*/false);
}

static LogicalResult importRmsNorm(NodeContext &node) {
  return importLastAxes(node, /*rootMeanSquare=*/true);
}

ArrayRef<OpEntry> bn::getSampleNormOps() {
  static constexpr OpEntry entries[] = {
      {"GroupNormalization", 18, importGroupNorm18},
      {"GroupNormalization", 21, importGroupNorm21},
      {"InstanceNormalization", 1, importInstanceNorm},
      {"LayerNormalization", 17, importLayerNorm},
      {"RMSNormalization", 23, importRmsNorm},
  };
  return entries;
}
