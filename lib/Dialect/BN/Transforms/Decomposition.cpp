//===- Decomposition.cpp - Batch norms written out ------------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Decomposition.h"

#include "bn/Dialect/BN/IR/Parameters.h"

#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/TypeSwitch.h"

#include <cmath>

using namespace mlir;
using namespace mlir::bn;

/// More than any layer has channels.
static constexpr int64_t kMaxElements = 1 << 16;
/// Deeper than any exporter writes an expression of parameters.
static constexpr int kMaxDepth = 8;

static FailureOr<std::vector<double>> evaluate(Value value, int depth);

/// Applies `compute` to two operands, broadcast to `result`.
static FailureOr<std::vector<double>>
evaluateBinary(Operation *op, int depth,
               llvm::function_ref<double(double, double)> compute) {
  auto result = cast<RankedTensorType>(op->getResult(0).getType());
  std::vector<double> operands[2];
  SmallVector<int64_t> strides[2];
  for (unsigned i = 0; i < 2; ++i) {
    FailureOr<std::vector<double>> values =
        ::evaluate(op->getOperand(i), depth + 1);
    if (failed(values))
      return failure();
    operands[i] = std::move(*values);
    auto type = cast<RankedTensorType>(op->getOperand(i).getType());
    // Strides of the operand along the result's axes; 0 where it is repeated.
    strides[i].assign(result.getRank(), 0);
    int64_t stride = 1, missing = result.getRank() - type.getRank();
    for (int64_t axis = type.getRank() - 1; axis >= 0; --axis) {
      if (type.getDimSize(axis) != 1)
        strides[i][axis + missing] = stride;
      stride *= type.getDimSize(axis);
    }
  }
  std::vector<double> values(result.getNumElements());
  for (size_t index = 0; index < values.size(); ++index) {
    int64_t rest = index, offsets[2] = {0, 0};
    for (int64_t axis = result.getRank() - 1; axis >= 0; --axis) {
      int64_t position = rest % result.getDimSize(axis);
      rest /= result.getDimSize(axis);
      offsets[0] += position * strides[0][axis];
      offsets[1] += position * strides[1][axis];
    }
    values[index] = compute(operands[0][offsets[0]], operands[1][offsets[1]]);
  }
  return values;
}

static FailureOr<std::vector<double>> evaluate(Value value, int depth) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  if (!type || !type.hasStaticShape() || type.getNumElements() > kMaxElements ||
      depth > kMaxDepth)
    return failure();
  if (ElementsAttr elements = getConstantElements(value))
    return readParameter(elements);
  Operation *op = value.getDefiningOp();
  if (!op)
    return failure();
  using Result = FailureOr<std::vector<double>>;
  return TypeSwitch<Operation *, Result>(op)
      .Case([&](AddOp) { return evaluateBinary(op, depth, std::plus<>()); })
      .Case([&](SubOp) { return evaluateBinary(op, depth, std::minus<>()); })
      .Case(
          [&](MulOp) { return evaluateBinary(op, depth, std::multiplies<>()); })
      .Case([&](DivOp) { return evaluateBinary(op, depth, std::divides<>()); })
      .Case([&](PowOp) {
        return evaluateBinary(
            op, depth, [](double x, double y) { return std::pow(x, y); });
      })
      .Case([&](SqrtOp sqrt) -> Result {
        Result values = ::evaluate(sqrt.getInput(), depth + 1);
        if (succeeded(values))
          for (double &x : *values)
            x = std::sqrt(x);
        return values;
      })
      .Case([&](ReshapeOp reshape) {
        return ::evaluate(reshape.getInput(), depth + 1);
      })
      .Default([](Operation *) { return failure(); });
}

FailureOr<std::vector<double>> mlir::bn::evaluate(Value value) {
  return ::evaluate(value, /*depth=*/0);
}

FailureOr<double> mlir::bn::evaluateScalar(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  if (!type || !type.hasStaticShape() || type.getNumElements() != 1)
    return failure();
  FailureOr<std::vector<double>> values = evaluate(value);
  if (failed(values))
    return failure();
  return values->front();
}

Value mlir::bn::createDerivedConstant(OpBuilder &builder, Location loc,
                                      RankedTensorType type,
                                      ArrayRef<double> values, Value source) {
  while (auto reshape = source ? source.getDefiningOp<ReshapeOp>() : nullptr)
    source = reshape.getInput();
  DenseResourceElementsAttr initializer;
  if (source && matchPattern(source, m_Constant(&initializer)) &&
      initializer.getElementType() == type.getElementType()) {
    FailureOr<std::vector<double>> stored = readParameter(source);
    if (succeeded(stored) && ArrayRef(*stored) == values)
      return createConstant(
          builder, source.getLoc(),
          DenseResourceElementsAttr::get(type, initializer.getRawHandle()));
  }
  return createConstant(builder, loc,
                        makeParameter(type, values, /*like=*/nullptr));
}

std::optional<Layout> mlir::bn::getLayoutOf(int64_t axis, int64_t rank) {
  if (rank < 2 || rank > 5)
    return std::nullopt;
  for (Layout layout : {Layout::NCHW, Layout::NHWC})
    if (axis == getChannelAxis(rank, layout))
      return layout;
  return std::nullopt;
}

/// Whether `value` is the constant `expected`, as a single element.
static bool isScalar(Value value, double expected) {
  FailureOr<double> scalar = evaluateScalar(value);
  return succeeded(scalar) && *scalar == expected;
}

/// Takes `value` apart into a variance and an epsilon.
static void matchEpsilon(Value value, Normalization &normalization) {
  normalization.variance = value;
  auto add = value.getDefiningOp<AddOp>();
  if (!add)
    return;
  for (unsigned i : {1, 0}) {
    FailureOr<double> epsilon = evaluateScalar(add->getOperand(i));
    if (failed(epsilon) || !(*epsilon >= 0.0) || !std::isfinite(*epsilon))
      continue;
    normalization.variance = add->getOperand(1 - i);
    normalization.epsilon = *epsilon;
    normalization.inner.push_back(add);
    return;
  }
}

/// Matches sqrt(v + eps) or pow(v + eps, 0.5), and with `inverse` what is 1
/// divided by it.
static bool matchDeviation(Value value, bool inverse,
                           Normalization &normalization) {
  Operation *op = value.getDefiningOp();
  if (auto sqrt = dyn_cast_or_null<SqrtOp>(op); sqrt && !inverse) {
    normalization.inner.push_back(op);
    matchEpsilon(sqrt.getInput(), normalization);
    return true;
  }
  if (auto pow = dyn_cast_or_null<PowOp>(op);
      pow && isScalar(pow.getRhs(), inverse ? -0.5 : 0.5) &&
      pow.getLhs().getType() == pow.getType()) {
    normalization.inner.push_back(op);
    matchEpsilon(pow.getLhs(), normalization);
    return true;
  }
  if (auto div = dyn_cast_or_null<DivOp>(op);
      div && inverse && isScalar(div.getLhs(), 1.0) &&
      div.getRhs().getType() == div.getType()) {
    normalization.inner.push_back(op);
    return matchDeviation(div.getRhs(), /*inverse=*/false, normalization);
  }
  return false;
}

std::optional<Normalization> mlir::bn::matchNormalization(Operation *op) {
  Normalization normalization;
  if (isa<DivOp>(op) &&
      matchDeviation(op->getOperand(1), /*inverse=*/false, normalization)) {
    normalization.input = 0;
    return normalization;
  }
  if (isa<MulOp>(op))
    for (unsigned input = 0; input < 2; ++input) {
      normalization = Normalization();
      if (matchDeviation(op->getOperand(1 - input), /*inverse=*/true,
                         normalization)) {
        normalization.input = input;
        return normalization;
      }
    }
  return std::nullopt;
}
