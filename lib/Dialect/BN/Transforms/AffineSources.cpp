//===- AffineSources.cpp - Ops that are affine maps by channel ------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Dialect/BN/Transforms/AffineSources.h"

#include "bn/Dialect/BN/IR/Parameters.h"

#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/FormatVariadic.h"

#include <cmath>

using namespace mlir;
using namespace mlir::bn;

FailureOr<std::optional<int64_t>>
mlir::bn::findChannelAxis(RankedTensorType constant, RankedTensorType target) {
  int64_t missing = target.getRank() - constant.getRank();
  if (missing < 0)
    return failure();
  std::optional<int64_t> axis;
  for (int64_t i = 0; i < constant.getRank(); ++i) {
    if (constant.getDimSize(i) == 1)
      continue;
    if (axis || constant.isDynamicDim(i) ||
        constant.getDimSize(i) != target.getDimSize(i + missing))
      return failure();
    axis = i + missing;
  }
  return axis;
}

FailureOr<ChannelConstant>
mlir::bn::getChannelConstant(Value value, RankedTensorType target) {
  FailureOr<std::optional<int64_t>> axis =
      findChannelAxis(cast<RankedTensorType>(value.getType()), target);
  if (failed(axis) || !*axis)
    return failure();
  FailureOr<std::vector<double>> values = readParameter(value);
  if (failed(values))
    return failure();
  return ChannelConstant{**axis, std::move(*values)};
}

//===----------------------------------------------------------------------===//
// Normalizations
//===----------------------------------------------------------------------===//

/// Reads a batch norm's parameters and refuses those that give no finite map.
static FailureOr<ChannelAffineMap> getBatchNormMap(BatchNormInferenceOp op,
                                                   std::string &reason) {
  std::vector<double> parameters[4];
  std::pair<StringRef, Value> operands[] = {{"scale", op.getScale()},
                                            {"offset", op.getOffset()},
                                            {"mean", op.getMean()},
                                            {"variance", op.getVariance()}};
  for (auto [values, operand] : llvm::zip_equal(parameters, operands)) {
    FailureOr<std::vector<double>> read = readParameter(operand.second);
    if (failed(read)) {
      reason = llvm::formatv("its {0} is not constant", operand.first);
      return failure();
    }
    values = std::move(*read);
    for (auto [channel, value] : llvm::enumerate(values))
      if (!std::isfinite(value)) {
        reason = llvm::formatv("its {0} of channel {1} is not finite",
                               operand.first, channel);
        return failure();
      }
  }
  auto &[scale, offset, mean, variance] = parameters;
  double epsilon = op.getEpsilon().convertToDouble();
  ChannelAffineMap map;
  map.axis = getChannelAxis(op.getInput().getType().getRank(), op.getLayout());
  for (size_t c = 0; c < scale.size(); ++c) {
    if (!(variance[c] + epsilon > 0.0)) {
      reason = llvm::formatv(
          "its variance {0:e2} of channel {1} plus epsilon is not positive",
          variance[c], c);
      return failure();
    }
    double factor = scale[c] / std::sqrt(variance[c] + epsilon);
    map.scale.push_back(factor);
    map.shift.push_back(offset[c] - mean[c] * factor);
    map.magnitude.push_back(std::abs(scale[c]) + std::abs(offset[c]));
  }
  return map;
}

static FailureOr<ChannelAffineMap> getScaleShiftMap(ScaleShiftOp op,
                                                    std::string &reason) {
  FailureOr<std::vector<double>> scale = readParameter(op.getScale());
  FailureOr<std::vector<double>> shift = readParameter(op.getShift());
  if (failed(scale) || failed(shift)) {
    reason = "its parameters are not constant";
    return failure();
  }
  ChannelAffineMap map;
  map.axis = getChannelAxis(op.getInput().getType().getRank(), op.getLayout());
  map.scale = std::move(*scale);
  map.shift = std::move(*shift);
  return map;
}

//===----------------------------------------------------------------------===//
// Elementwise ops
//===----------------------------------------------------------------------===//

namespace {
/// An elementwise op, taken apart into what it maps and the constant.
struct ElementwiseMap {
  Value input;
  ChannelConstant constant;
};
} // namespace

static FailureOr<ElementwiseMap> matchElementwise(Operation *op) {
  if (!isa<AddOp, SubOp, MulOp, DivOp>(op))
    return failure();
  for (unsigned input = 0; input < 2; ++input) {
    // A constant minuend or dividend makes no such map.
    if (input == 1 && !isa<AddOp, MulOp>(op))
      break;
    Value value = op->getOperand(input);
    // The input must not be repeated itself.
    if (value.getType() != op->getResult(0).getType())
      continue;
    FailureOr<ChannelConstant> constant = getChannelConstant(
        op->getOperand(1 - input), cast<RankedTensorType>(value.getType()));
    if (succeeded(constant))
      return ElementwiseMap{value, std::move(*constant)};
  }
  return failure();
}

static FailureOr<ChannelAffineMap> getElementwiseMap(Operation *op) {
  FailureOr<ElementwiseMap> match = matchElementwise(op);
  if (failed(match))
    return failure();
  ChannelAffineMap map;
  map.axis = match->constant.axis;
  for (double value : match->constant.values) {
    bool shifts = isa<AddOp, SubOp>(op);
    map.scale.push_back(shifts ? 1.0 : isa<DivOp>(op) ? 1.0 / value : value);
    map.shift.push_back(!shifts ? 0.0 : isa<SubOp>(op) ? -value : value);
    if (!std::isfinite(map.scale.back()) || !std::isfinite(map.shift.back()))
      return failure();
  }
  return map;
}

FailureOr<ChannelAffineMap> mlir::bn::getAffineMap(Operation *op,
                                                   std::string &reason) {
  if (auto batchNorm = dyn_cast<BatchNormInferenceOp>(op))
    return getBatchNormMap(batchNorm, reason);
  if (auto scaleShift = dyn_cast<ScaleShiftOp>(op))
    return getScaleShiftMap(scaleShift, reason);
  return getElementwiseMap(op);
}

Value mlir::bn::getAffineInput(Operation *op) {
  FailureOr<ElementwiseMap> match = matchElementwise(op);
  return succeeded(match) ? match->input : op->getOperand(0);
}
