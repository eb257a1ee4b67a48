//===- ElementwiseOps.cpp - Elementwise ops -------------------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "IntegerMath.h"
#include "NodeContext.h"
#include "bn/Dialect/BN/IR/BN.h"
#include "bn/Dialect/BN/IR/Parameters.h"

#include <limits>

using namespace mlir;
using namespace mlir::bn;

template <typename OpTy> static LogicalResult importUnary(NodeContext &node) {
  auto input = node.getTensor(0);
  if (failed(input))
    return failure();
  return node.replaceWith<OpTy>(*input);
}

/// The batch may meet itself or an extent of 1, but no other extent: the two
/// would have to be equal in every run.
static LogicalResult checkBatches(NodeContext &node, RankedTensorType lhs,
                                  RankedTensorType rhs) {
  for (int64_t i = 1; i <= std::min(lhs.getRank(), rhs.getRank()); ++i) {
    int64_t left = lhs.getDimSize(lhs.getRank() - i);
    int64_t right = rhs.getDimSize(rhs.getRank() - i);
    if (left != right && left != 1 && right != 1 &&
        (ShapedType::isDynamic(left) || ShapedType::isDynamic(right)))
      return node.fail("the dynamic batch meets an extent of " +
                       Twine(ShapedType::isDynamic(left) ? right : left) +
                       "; fix it with --shape");
  }
  return success();
}

template <typename OpTy>
static LogicalResult createBinary(NodeContext &node, Value lhs, Value rhs) {
  if (failed(checkBatches(node, cast<RankedTensorType>(lhs.getType()),
                          cast<RankedTensorType>(rhs.getType()))))
    return failure();
  return node.replaceWith<OpTy>({lhs, rhs});
}

template <typename OpTy> static constexpr IntegerOperator getIntegerOperator() {
  if constexpr (std::is_same_v<OpTy, AddOp>)
    return IntegerOperator::Add;
  else if constexpr (std::is_same_v<OpTy, SubOp>)
    return IntegerOperator::Sub;
  else if constexpr (std::is_same_v<OpTy, MulOp>)
    return IntegerOperator::Mul;
  else
    return IntegerOperator::Div;
}

template <typename OpTy> static LogicalResult importBinary(NodeContext &node) {
  if constexpr (!std::is_same_v<OpTy, PowOp>)
    if (node.isInteger(0) && node.isInteger(1))
      return foldIntegers(node, getIntegerOperator<OpTy>());
  auto lhs = node.getTensor(0);
  if (failed(lhs))
    return failure();
  // The exponent of Pow may be of an integer type.
  auto rhs = node.getTensor(1, (*lhs).getType().getElementType());
  if (failed(rhs))
    return failure();
  return createBinary<OpTy>(node, *lhs, *rhs);
}

/// Before opset 7 shapes are equal unless `broadcast` is set; then the right
/// side is aligned with the left at `axis`, by default at the last axes.
template <typename OpTy> static LogicalResult importBinary1(NodeContext &node) {
  if (!node.getInt("broadcast", 0) || !node.getAttribute("axis"))
    return importBinary<OpTy>(node);
  auto lhs = node.getTensor(0);
  if (failed(lhs))
    return failure();
  auto rhs = node.getTensor(1);
  if (failed(rhs))
    return failure();
  int64_t rank = (*lhs).getType().getRank();
  FailureOr<int64_t> axis = node.normalizeAxis(node.getInt("axis", 0), rank);
  if (failed(axis))
    return failure();
  SmallVector<int64_t> shape((*rhs).getType().getShape());
  int64_t missing = rank - *axis - static_cast<int64_t>(shape.size());
  if (missing < 0)
    return node.fail("expected a right side of rank " + Twine(rank - *axis) +
                     " at most, got " + Twine(shape.size()));
  shape.append(missing, 1);
  FailureOr<Value> aligned = node.createReshape(*rhs, shape);
  if (failed(aligned))
    return failure();
  return createBinary<OpTy>(node, *lhs, *aligned);
}

static LogicalResult importSum(NodeContext &node) {
  auto first = node.getTensor(0);
  if (failed(first))
    return failure();
  node.setOutput(0, *first);
  Value sum = *first;
  for (unsigned i = 1; i < node.getInputCount(); ++i) {
    auto addend = node.getTensor(i);
    if (failed(addend))
      return failure();
    if (failed(checkBatches(node, cast<RankedTensorType>(sum.getType()),
                            (*addend).getType())))
      return failure();
    FailureOr<AddOp> add = node.create<AddOp>({sum, *addend});
    if (failed(add))
      return failure();
    sum = add->getResult();
  }
  node.setOutput(0, sum);
  return success();
}

static LogicalResult importNeg(NodeContext &node) {
  auto input = node.getTensor(0);
  if (failed(input))
    return failure();
  // Not 0 - x, which makes +0 of 0.
  return node.replaceWith<MulOp>(
      {*input, node.createSplat(-1.0, (*input).getType().getElementType())});
}

static LogicalResult importReciprocal(NodeContext &node) {
  auto input = node.getTensor(0);
  if (failed(input))
    return failure();
  return node.replaceWith<DivOp>(
      {node.createSplat(1.0, (*input).getType().getElementType()), *input});
}

static FailureOr<Value> createClip(NodeContext &node, Value value,
                                   double minimum, double maximum) {
  FailureOr<ClipOp> clip = node.create<ClipOp>(
      {value},
      {node.getAttr("minimum", node.builder.getF64FloatAttr(minimum)),
       node.getAttr("maximum", node.builder.getF64FloatAttr(maximum))},
      cast<RankedTensorType>(value.getType()));
  if (failed(clip))
    return failure();
  return clip->getResult();
}

/// Makes `value`, if there is one, output 0.
static LogicalResult finish(NodeContext &node, FailureOr<Value> value) {
  if (succeeded(value))
    node.setOutput(0, *value);
  return success(succeeded(value));
}

/// Before opset 11 the bounds are attributes.
static LogicalResult importClip1(NodeContext &node) {
  auto input = node.getTensor(0);
  if (failed(input))
    return failure();
  constexpr float kLargest = std::numeric_limits<float>::max();
  return finish(node, createClip(node, *input, node.getFloat("min", -kLargest),
                                 node.getFloat("max", kLargest)));
}

/// The bound at input `index`, which must be constant, or `byDefault`.
static FailureOr<double> getBound(NodeContext &node, unsigned index,
                                  double byDefault) {
  if (!node.hasInput(index))
    return byDefault;
  auto bound = node.getTensor(index);
  if (failed(bound))
    return failure();
  FailureOr<std::vector<double>> values = readParameter(*bound);
  if (failed(values) || values->size() != 1)
    return node.fail("expected bounds that are one constant number each");
  return values->front();
}

static LogicalResult importClip(NodeContext &node) {
  auto input = node.getTensor(0);
  if (failed(input))
    return failure();
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  FailureOr<double> minimum = getBound(node, 1, -kInfinity);
  if (failed(minimum))
    return failure();
  FailureOr<double> maximum = getBound(node, 2, kInfinity);
  if (failed(maximum))
    return failure();
  return finish(node, createClip(node, *input, *minimum, *maximum));
}

/// clip(alpha * x + beta, 0, 1)
static FailureOr<Value> createHardSigmoid(NodeContext &node, Value x,
                                          double alpha, double beta) {
  Type elementType = cast<RankedTensorType>(x.getType()).getElementType();
  auto scaled = node.create<MulOp>({x, node.createSplat(alpha, elementType)});
  if (failed(scaled))
    return failure();
  auto shifted = node.create<AddOp>(
      {scaled->getResult(), node.createSplat(beta, elementType)});
  if (failed(shifted))
    return failure();
  return createClip(node, shifted->getResult(), 0.0, 1.0);
}

static LogicalResult importHardSigmoid(NodeContext &node) {
  auto input = node.getTensor(0);
  if (failed(input))
    return failure();
  return finish(node,
                createHardSigmoid(node, *input, node.getFloat("alpha", 0.2f),
                                  node.getFloat("beta", 0.5f)));
}

/// x * clip(x / 6 + 1 / 2, 0, 1)
static LogicalResult importHardSwish(NodeContext &node) {
  auto input = node.getTensor(0);
  if (failed(input))
    return failure();
  FailureOr<Value> gate = createHardSigmoid(node, *input, 1.0 / 6, 0.5);
  if (failed(gate))
    return failure();
  return node.replaceWith<MulOp>({*input, *gate});
}

ArrayRef<OpEntry> bn::getElementwiseOps() {
  static constexpr OpEntry entries[] = {
      {"Add", 1, importBinary1<AddOp>},
      {"Add", 7, importBinary<AddOp>},
      {"Clip", 1, importClip1},
      {"Clip", 11, importClip},
      {"Div", 1, importBinary1<DivOp>},
      {"Div", 7, importBinary<DivOp>},
      {"Exp", 1, importUnary<ExpOp>},
      {"HardSigmoid", 1, importHardSigmoid},
      {"HardSwish", 14, importHardSwish},
      {"Mul", 1, importBinary1<MulOp>},
      {"Mul", 7, importBinary<MulOp>},
      {"Neg", 1, importNeg},
      {"Pow", 1, importBinary1<PowOp>},
      {"Pow", 7, importBinary<PowOp>},
      {"Reciprocal", 1, importReciprocal},
      {"Relu", 1, importUnary<ReluOp>},
      {"Sigmoid", 1, importUnary<SigmoidOp>},
      {"Sqrt", 1, importUnary<SqrtOp>},
      {"Sub", 1, importBinary1<SubOp>},
      {"Sub", 7, importBinary<SubOp>},
      {"Sum", 1, importSum},
      {"Tanh", 1, importUnary<TanhOp>},
  };
  return entries;
}
