//===- RaiseTraining.cpp - Raise training-mode batch norms ----------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Decomposition.h"

#include "bn/Dialect/BN/IR/Parameters.h"
#include "bn/Dialect/BN/Transforms/AffineSources.h"

using namespace mlir;
using namespace mlir::bn;

namespace {
/// The parts of a batch norm with the statistics of the batch:
/// (x - mean(x)) / sqrt(mean((x - mean(x))^2) + epsilon) * gamma + beta.
struct TrainingForm {
  Value input;
  ReduceMeanOp mean;
  /// The mean is computed again by exporters that write the variance apart.
  ReduceMeanOp meanOfVariance;
  ReduceMeanOp variance;
  double epsilon;
  /// Null where there are none.
  Value scale, offset;
  int64_t axis;
  Layout layout;
  /// All ops but the means and the variance.
  llvm::SetVector<Operation *> parts;
};
} // namespace

/// Takes `value` as `input` op constant by channel, where `OpType` is add or
/// mul; `constant` is set, and the other operand is the answer.
template <typename OpType>
static Value stripConstant(Value value, Value &constant, TrainingForm &form) {
  auto op = value.getDefiningOp<OpType>();
  if (!op || constant)
    return value;
  for (unsigned i = 0; i < 2; ++i) {
    Value input = op->getOperand(i), other = op->getOperand(1 - i);
    if (input.getType() != op.getType() || failed(evaluate(other)) ||
        failed(findChannelAxis(cast<RankedTensorType>(other.getType()),
                               op.getType())))
      continue;
    constant = other;
    form.parts.insert(op);
    return input;
  }
  return value;
}

/// Matches x - mean(x) and returns the mean.
static ReduceMeanOp matchCentered(Value value, TrainingForm &form) {
  auto sub = value.getDefiningOp<SubOp>();
  if (!sub || sub.getType() != sub.getLhs().getType())
    return nullptr;
  auto mean = sub.getRhs().getDefiningOp<ReduceMeanOp>();
  if (!mean || mean.getInput() != sub.getLhs())
    return nullptr;
  form.parts.insert(sub);
  return mean;
}

/// The operand of a square, written as pow(v, 2) or v * v.
static Value matchSquare(Value value, TrainingForm &form) {
  Operation *op = value.getDefiningOp();
  bool isSquare = false;
  if (isa_and_nonnull<MulOp>(op)) {
    isSquare = op->getOperand(0) == op->getOperand(1);
  } else if (isa_and_nonnull<PowOp>(op)) {
    FailureOr<double> exponent = evaluateScalar(op->getOperand(1));
    isSquare = succeeded(exponent) && *exponent == 2.0 &&
               op->getOperand(0).getType() == value.getType();
  }
  if (!isSquare)
    return nullptr;
  form.parts.insert(op);
  return op->getOperand(0);
}

/// The one axis that `mean` leaves, if its result is aligned with that axis of
/// its input.
static std::optional<int64_t> getKeptAxis(ReduceMeanOp mean) {
  int64_t rank = cast<RankedTensorType>(mean.getInput().getType()).getRank();
  if (static_cast<int64_t>(mean.getAxes().size()) != rank - 1)
    return std::nullopt;
  for (int64_t axis = 0; axis < rank; ++axis)
    if (!llvm::is_contained(mean.getAxes(), axis) &&
        (mean.getKeepDims() || axis == rank - 1))
      return axis;
  return std::nullopt;
}

/// Whether only the form itself uses what its ops compute; the batch's mean and
/// variance may have other users, and so may the result of `end`.
static bool isClosed(const TrainingForm &form, Operation *end) {
  return llvm::all_of(form.parts, [&](Operation *part) {
    return part == end || llvm::all_of(part->getUsers(), [&](Operation *user) {
             return form.parts.contains(user) || user == form.variance;
           });
  });
}

static bool match(Operation *end, TrainingForm &form) {
  Value value = end->getResult(0);
  value = stripConstant<AddOp>(value, form.offset, form);
  if (Operation *op = value.getDefiningOp(); op && !matchNormalization(op))
    value = stripConstant<MulOp>(value, form.scale, form);
  Operation *division = value.getDefiningOp();
  if (!division)
    return false;
  std::optional<Normalization> normalization = matchNormalization(division);
  if (!normalization)
    return false;
  form.parts.insert(division);
  form.parts.insert(normalization->inner.begin(), normalization->inner.end());
  form.epsilon = normalization->epsilon;
  value = division->getOperand(normalization->input);
  if (value.getType() != division->getResult(0).getType())
    return false;
  value = stripConstant<MulOp>(value, form.scale, form);
  if (!(form.mean = matchCentered(value, form)))
    return false;
  form.variance = normalization->variance.getDefiningOp<ReduceMeanOp>();
  if (!form.variance)
    return false;
  Value centered = matchSquare(form.variance.getInput(), form);
  if (!centered || !(form.meanOfVariance = matchCentered(centered, form)))
    return false;

  form.input = form.mean.getInput();
  std::optional<int64_t> axis = getKeptAxis(form.mean);
  if (!axis || form.meanOfVariance.getInput() != form.input ||
      getKeptAxis(form.meanOfVariance) != axis ||
      getKeptAxis(form.variance) != axis)
    return false;
  auto type = cast<RankedTensorType>(form.input.getType());
  std::optional<Layout> layout = getLayoutOf(*axis, type.getRank());
  if (!layout || type.isDynamicDim(*axis))
    return false;
  form.axis = *axis;
  form.layout = *layout;
  for (Value constant : {form.scale, form.offset}) {
    if (!constant)
      continue;
    FailureOr<std::optional<int64_t>> found =
        findChannelAxis(cast<RankedTensorType>(constant.getType()), type);
    if (failed(found) || (*found && **found != form.axis))
      return false;
  }
  return isClosed(form, end);
}

/// Whether the batch norm would be legal: a channel has more than one value.
static bool hasSeveralValues(TrainingForm &form) {
  auto type = cast<RankedTensorType>(form.input.getType());
  return llvm::any_of(form.mean.getAxes(), [&](int64_t axis) {
    return type.isDynamicDim(axis) || type.getDimSize(axis) > 1;
  });
}

std::optional<Raised> mlir::bn::raiseTraining(Operation *end) {
  TrainingForm form;
  if (!isa<AddOp, MulOp, DivOp>(end) || !match(end, form) ||
      !hasSeveralValues(form))
    return std::nullopt;

  // Other users of the mean may stand in front of the end.
  Operation *first = form.mean;
  for (Operation *other : {form.meanOfVariance.getOperation(),
                           form.variance.getOperation(), end}) {
    if (other->getBlock() != first->getBlock())
      return std::nullopt;
    if (other->isBeforeInBlock(first))
      first = other;
  }
  OpBuilder builder(first);
  auto type = cast<RankedTensorType>(form.input.getType());
  int64_t channels = type.getDimSize(form.axis);
  auto vector = RankedTensorType::get({channels}, type.getElementType());
  auto create = [&](Value constant, double absent) {
    std::vector<double> values(1, absent);
    if (constant)
      values = *evaluate(constant);
    if (values.size() == 1)
      values.assign(channels, values.front());
    return createDerivedConstant(builder,
                                 constant ? constant.getLoc() : end->getLoc(),
                                 vector, values, constant);
  };
  Value scale = create(form.scale, 1.0), offset = create(form.offset, 0.0);
  // What is written out does not update running statistics; nothing uses those
  // of the batch norm.
  Value runningMean = create(nullptr, 0.0),
        runningVariance = create(nullptr, 1.0);
  auto raised = BatchNormTrainingOp::create(
      builder, end->getLoc(), form.input, scale, offset, runningMean,
      runningVariance, APFloat(form.epsilon), APFloat(0.9),
      MomentumConvention::onnx, RunningVariance::biased, form.layout);

  end->getResult(0).replaceAllUsesWith(raised.getResult());
  auto replaceOthers = [&](ReduceMeanOp old, Value statistic) {
    auto isOther = [&](OpOperand &use) {
      return !form.parts.contains(use.getOwner());
    };
    if (llvm::none_of(old->getUses(), isOther))
      return;
    Value reshaped =
        ReshapeOp::create(builder, old.getLoc(), old.getType(), statistic);
    old.getResult().replaceUsesWithIf(reshaped, isOther);
  };
  replaceOthers(form.mean, raised.getBatchMean());
  if (form.meanOfVariance != form.mean)
    replaceOthers(form.meanOfVariance, raised.getBatchMean());
  replaceOthers(form.variance, raised.getBatchVariance());

  Raised result{raised, {form.mean, form.variance}};
  result.parts.append(form.parts.begin(), form.parts.end());
  return result;
}
