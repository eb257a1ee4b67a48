//===- RaiseGroupNorm.cpp - Raise group norms that are written out --------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Before opset 21 ONNX had no group norm with a scale per channel. Exporters
// write it as an instance norm of the groups, whose scale is 1 and offset 0, in
// between of two reshapes, and scale and shift the channels behind it.
//
//===----------------------------------------------------------------------===//

#include "Decomposition.h"

#include "bn/Dialect/BN/IR/Parameters.h"
#include "bn/Dialect/BN/Transforms/AffineSources.h"

#include "mlir/IR/DialectResourceBlobManager.h"

using namespace mlir;
using namespace mlir::bn;

namespace {
struct GroupForm {
  Value input;
  GroupNormOp norm;
  /// Constants by channel behind the norm; null where there are none.
  Value scale, offset;
  /// From the end to the first reshape.
  SmallVector<Operation *> parts;
};
} // namespace

/// Takes `value` as `input` op constant by channel of axis 1 and returns the
/// input; `value` itself if it is none.
template <typename OpType>
static Value stripConstant(Value value, Value &constant, GroupForm &form) {
  auto op = value.getDefiningOp<OpType>();
  if (!op)
    return value;
  for (unsigned i = 0; i < 2; ++i) {
    Value input = op->getOperand(i), other = op->getOperand(1 - i);
    if (input.getType() != op.getType() || failed(evaluate(other)))
      continue;
    FailureOr<std::optional<int64_t>> axis =
        findChannelAxis(cast<RankedTensorType>(other.getType()), op.getType());
    if (failed(axis) || axis->value_or(1) != 1)
      continue;
    constant = other;
    form.parts.push_back(op);
    return input;
  }
  return value;
}

static bool match(Operation *end, GroupForm &form) {
  Value value = end->getResult(0);
  value = stripConstant<AddOp>(value, form.offset, form);
  value = stripConstant<MulOp>(value, form.scale, form);
  if (!form.offset && !form.scale)
    return false;
  auto after = value.getDefiningOp<ReshapeOp>();
  if (!after || !(form.norm = after.getInput().getDefiningOp<GroupNormOp>()))
    return false;
  auto before = form.norm.getInput().getDefiningOp<ReshapeOp>();
  if (!before || before.getInput().getType() != after.getType())
    return false;
  form.input = before.getInput();
  form.parts.append({after, form.norm, before});

  RankedTensorType type = after.getType(), groups = form.norm.getType();
  int64_t rank = type.getRank(), count = groups.getDimSize(1);
  // Each group is a channel of the instance norm, of consecutive channels.
  if (rank < 2 || rank > 5 || type.isDynamicDim(1) ||
      form.norm.getLayout() != Layout::NCHW ||
      type.getDimSize(0) != groups.getDimSize(0) ||
      static_cast<int64_t>(form.norm.getGroups()) != count ||
      type.getDimSize(1) % count != 0 ||
      failed(readParameter(form.norm.getScale())) ||
      failed(readParameter(form.norm.getOffset())))
    return false;
  return llvm::all_of(ArrayRef(form.parts).drop_front(),
                      [](Operation *part) { return part->hasOneUse(); });
}

/// `constant` as a vector of one value per channel if it is a blob of that
/// size: under its own name.
static Value reuseBlob(OpBuilder &builder, Value constant,
                       RankedTensorType vector) {
  auto blob = dyn_cast_or_null<DenseResourceElementsAttr>(
      getConstantElements(constant));
  if (!blob || blob.getNumElements() != vector.getNumElements())
    return nullptr;
  return createConstant(
      builder, constant.getLoc(),
      DenseResourceElementsAttr::get(vector, blob.getRawHandle()));
}

std::optional<Raised> mlir::bn::raiseGroupNorm(Operation *end) {
  GroupForm form;
  if (!isa<AddOp, MulOp>(end) || !match(end, form))
    return std::nullopt;
  auto type = cast<RankedTensorType>(form.input.getType());
  int64_t channels = type.getDimSize(1);
  int64_t groups = form.norm.getGroups(), perGroup = channels / groups;
  auto vector = RankedTensorType::get({channels}, type.getElementType());
  OpBuilder builder(end);
  auto readVector = [&](Value constant, double absent) {
    std::vector<double> values(1, absent);
    if (constant)
      values = *evaluate(constant);
    if (values.size() == 1)
      values.assign(channels, values.front());
    return values;
  };
  std::vector<double> scale = readVector(form.scale, 1.0),
                      offset = readVector(form.offset, 0.0);
  std::vector<double> groupScale = *readParameter(form.norm.getScale()),
                      groupOffset = *readParameter(form.norm.getOffset());
  // The norm's own factors and shifts come first.
  bool ownScale = llvm::any_of(groupScale, [](double x) { return x != 1.0; });
  bool ownOffset = llvm::any_of(groupOffset, [](double x) { return x != 0.0; });
  for (int64_t c = 0; c < channels; ++c) {
    offset[c] += scale[c] * groupOffset[c / perGroup];
    scale[c] *= groupScale[c / perGroup];
  }
  auto create = [&](Value constant, bool changed, ArrayRef<double> values) {
    if (constant && !changed)
      if (Value same = reuseBlob(builder, constant, vector))
        return same;
    return createConstant(
        builder, constant ? constant.getLoc() : end->getLoc(),
        makeParameter(vector, values,
                      constant ? getConstantElements(constant) : nullptr));
  };
  auto raised =
      GroupNormOp::create(builder, end->getLoc(), type, form.input,
                          create(form.scale, ownScale, scale),
                          create(form.offset, ownOffset, offset), groups,
                          form.norm.getEpsilon(), Layout::NCHW);
  end->getResult(0).replaceAllUsesWith(raised.getResult());
  return Raised{raised, form.parts};
}
