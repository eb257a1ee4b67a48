//===- RaiseInference.cpp - Raise prediction-mode batch norms -------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Decomposition.h"

#include "bn/Dialect/BN/IR/Parameters.h"
#include "bn/Dialect/BN/Transforms/AffineSources.h"

#include <cmath>

using namespace mlir;
using namespace mlir::bn;

namespace {
/// One elementwise op by a constant.
struct Step {
  enum Kind { Shift, Scale, Normalize };

  Operation *op;
  Kind kind;
  /// Operand that is not the constant.
  unsigned input;
  /// Axis along which the constant differs; none if it is a single value.
  std::optional<int64_t> axis;
  /// What is added; what is multiplied by; the variance. One value, or one per
  /// channel.
  std::vector<double> values;
  double epsilon = 0.0;
  /// The constant, or the expression of it, that was read.
  Value source;
};

/// Consecutive steps: (x + shift) * factors + shift.
struct Group {
  const Step *before = nullptr;
  SmallVector<const Step *> factors;
  const Step *after = nullptr;

  const Step &front() const { return before ? *before : *factors.front(); }
  const Step &back() const { return after ? *after : *factors.back(); }
  SmallVector<const Step *> all() const {
    SmallVector<const Step *> steps;
    if (before)
      steps.push_back(before);
    steps.append(factors.begin(), factors.end());
    if (after)
      steps.push_back(after);
    return steps;
  }
};
} // namespace

//===----------------------------------------------------------------------===//
// Steps
//===----------------------------------------------------------------------===//

/// Whether `op`'s operand `input` has the shape of the result and the other
/// differs along one axis at most; then that axis.
static FailureOr<std::optional<int64_t>> getStepAxis(Operation *op,
                                                     unsigned input) {
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  if (op->getOperand(input).getType() != type)
    return failure();
  return findChannelAxis(
      cast<RankedTensorType>(op->getOperand(1 - input).getType()), type);
}

static std::optional<Step> matchStep(Operation *op) {
  if (!isa_and_nonnull<AddOp, SubOp, MulOp, DivOp>(op))
    return std::nullopt;
  if (std::optional<Normalization> match = matchNormalization(op)) {
    FailureOr<std::optional<int64_t>> axis = getStepAxis(op, match->input);
    FailureOr<std::vector<double>> variance = evaluate(match->variance);
    if (succeeded(axis) && succeeded(variance))
      return Step{op,
                  Step::Normalize,
                  match->input,
                  *axis,
                  std::move(*variance),
                  match->epsilon,
                  match->variance};
  }
  for (unsigned input = 0; input < 2; ++input) {
    // A constant minuend or dividend makes no such step.
    if (input == 1 && !isa<AddOp, MulOp>(op))
      break;
    FailureOr<std::optional<int64_t>> axis = getStepAxis(op, input);
    if (failed(axis))
      continue;
    Value constant = op->getOperand(1 - input);
    FailureOr<std::vector<double>> values = evaluate(constant);
    if (failed(values))
      continue;
    for (double &value : *values) {
      if (isa<SubOp>(op))
        value = -value;
      else if (isa<DivOp>(op))
        value = 1.0 / value;
    }
    return Step{op,
                isa<AddOp, SubOp>(op) ? Step::Shift : Step::Scale,
                input,
                *axis,
                std::move(*values),
                /*epsilon=*/0.0,
                constant};
  }
  return std::nullopt;
}

/// The chain of steps that ends in `op`, in the order of the program. Values
/// between its ops have no other user.
static std::vector<Step> collectChain(Operation *op) {
  std::vector<Step> steps;
  while (std::optional<Step> step = matchStep(op)) {
    Value input = op->getOperand(step->input);
    steps.push_back(std::move(*step));
    if (!input.hasOneUse())
      break;
    op = input.getDefiningOp();
  }
  std::reverse(steps.begin(), steps.end());
  return steps;
}

/// Cuts a chain into groups, each as large as it can be.
static SmallVector<Group> cutChain(ArrayRef<Step> steps) {
  SmallVector<Group> groups;
  size_t i = 0;
  while (i < steps.size()) {
    Group group;
    if (steps[i].kind == Step::Shift)
      group.before = &steps[i++];
    while (i < steps.size() && steps[i].kind != Step::Shift)
      group.factors.push_back(&steps[i++]);
    if (group.factors.empty())
      continue;
    // A mean to subtract belongs to the normalization that follows it.
    if (i < steps.size() &&
        (i + 1 == steps.size() || steps[i + 1].kind != Step::Normalize))
      group.after = &steps[i++];
    groups.push_back(std::move(group));
  }
  return groups;
}

//===----------------------------------------------------------------------===//
// Groups
//===----------------------------------------------------------------------===//

/// The axis that all steps of the group agree on.
static FailureOr<int64_t> getGroupAxis(const Group &group,
                                       RankedTensorType type) {
  std::optional<int64_t> axis;
  for (const Step *step : group.all()) {
    if (step->axis && axis && *step->axis != *axis)
      return failure();
    if (step->axis)
      axis = step->axis;
  }
  // Parameters of a single channel do not tell their axis. Where no square root
  // shows that they are a batch norm's they may be anything.
  if (!axis &&
      llvm::any_of(
          group.all(),
          [](const Step *step) { return step->kind == Step::Normalize; }) &&
      type.getRank() >= 2 && type.getDimSize(1) == 1)
    axis = 1;
  if (!axis)
    return failure();
  return *axis;
}

/// Element `channel` of a constant that may be a single value.
static double at(const Step *step, size_t channel) {
  return step->values[step->values.size() == 1 ? 0 : channel];
}

/// The one step that divides by a deviation, if it is clear which: one that
/// shows the square root, or a single division amid all four parts.
static const Step *findNormalizer(const Group &group) {
  if (!group.before)
    return nullptr;
  const Step *found = nullptr, *division = nullptr;
  int divisions = 0;
  for (const Step *step : group.factors) {
    if (step->kind == Step::Normalize) {
      if (found)
        return nullptr;
      found = step;
    } else if (isa<DivOp>(step->op)) {
      division = step;
      ++divisions;
    }
  }
  if (found)
    return found;
  if (divisions != 1 || group.factors.size() < 2 || !group.after)
    return nullptr;
  return division;
}

/// Replaces nothing yet: creates what computes the same as `group`, or returns
/// null. With `isRest` the group is what follows a value that has other users.
static Operation *raiseGroup(const Group &group, bool isRest) {
  auto type = cast<RankedTensorType>(group.back().op->getResult(0).getType());
  FailureOr<int64_t> axis = getGroupAxis(group, type);
  if (failed(axis))
    return nullptr;
  std::optional<Layout> layout = getLayoutOf(*axis, type.getRank());
  const Step *normalizer = findNormalizer(group);
  // Without a normalizer or a shift behind the factors it is no normalization,
  // nor is the rest of one.
  if (!layout || (!normalizer && (!group.after || isRest)))
    return nullptr;

  size_t channels = type.getDimSize(*axis);
  std::vector<double> scale(channels, 1.0), offset(channels, 0.0),
      mean(channels), variance(channels);
  for (size_t c = 0; c < channels; ++c) {
    for (const Step *step : group.factors) {
      if (normalizer && step == normalizer)
        continue;
      scale[c] *= step->kind == Step::Normalize
                      ? 1.0 / std::sqrt(at(step, c) + step->epsilon)
                      : at(step, c);
    }
    if (group.after)
      offset[c] = at(group.after, c);
    double before = group.before ? at(group.before, c) : 0.0;
    if (!normalizer) {
      offset[c] += scale[c] * before;
    } else {
      mean[c] = -before;
      // A deviation without its square root is that of epsilon 0.
      double value = at(normalizer, c);
      bool isVariance = normalizer->kind == Step::Normalize;
      variance[c] = isVariance ? value : 1.0 / (value * value);
      if (!(variance[c] + normalizer->epsilon > 0.0) ||
          (!isVariance && value < 0.0))
        return nullptr;
    }
    if (!std::isfinite(scale[c] + offset[c] + mean[c] + variance[c]))
      return nullptr;
  }

  OpBuilder builder(group.back().op);
  Location loc = group.back().op->getLoc();
  auto vector = RankedTensorType::get({static_cast<int64_t>(channels)},
                                      type.getElementType());
  auto create = [&](Value source, ArrayRef<double> values) {
    return createDerivedConstant(builder, source ? source.getLoc() : loc,
                                 vector, values, source);
  };
  Value scaleSource;
  for (const Step *step : group.factors)
    if (step != normalizer)
      scaleSource = step->source;
  Value input = group.front().op->getOperand(group.front().input);
  Value scaleValue = create(scaleSource, scale);
  Value offsetValue =
      create(group.after ? group.after->source : Value(), offset);
  if (!normalizer)
    return ScaleShiftOp::create(builder, loc, type, input, scaleValue,
                                offsetValue, *layout);
  Value meanValue = create(group.before->source, mean);
  Value varianceValue = create(normalizer->source, variance);
  return BatchNormInferenceOp::create(builder, loc, type, input, scaleValue,
                                      offsetValue, meanValue, varianceValue,
                                      APFloat(normalizer->epsilon), *layout);
}

SmallVector<Raised>
mlir::bn::raiseInference(Operation *op, llvm::SetVector<Operation *> &seen) {
  std::vector<Step> steps = collectChain(op);
  for (const Step &step : steps)
    seen.insert(step.op);
  SmallVector<Raised> result;
  if (steps.empty())
    return result;
  Operation *producer =
      steps.front().op->getOperand(steps.front().input).getDefiningOp();
  bool isCut = matchStep(producer).has_value();
  for (const Group &group : cutChain(steps)) {
    bool isRest = isCut && &group.front() == &steps.front();
    Operation *raised = raiseGroup(group, isRest);
    if (!raised)
      continue;
    Raised entry{raised, {}};
    for (const Step *step : group.all())
      entry.parts.push_back(step->op);
    group.back().op->getResult(0).replaceAllUsesWith(raised->getResult(0));
    result.push_back(std::move(entry));
  }
  return result;
}
