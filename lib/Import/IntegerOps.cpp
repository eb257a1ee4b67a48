//===- IntegerOps.cpp - Shapes that exporters compute ---------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// PyTorch's exporters compute the target of a reshape from the shape of a
// tensor: Shape, Gather, Unsqueeze, Concat, and arithmetic. All of that is
// known while importing, with the batch as a symbol, and no op comes of it.
//
//===----------------------------------------------------------------------===//

#include "IntegerMath.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::bn;

/// `lhs` and `rhs` under `kind`, or none when the result is no multiple of the
/// batch plus a constant, or does not fit.
static std::optional<ShapeInteger> apply(IntegerOperator kind, ShapeInteger lhs,
                                         ShapeInteger rhs) {
  ShapeInteger result;
  bool overflow = false;
  switch (kind) {
  case IntegerOperator::Add:
    overflow |= llvm::AddOverflow(lhs.constant, rhs.constant, result.constant);
    overflow |= llvm::AddOverflow(lhs.batches, rhs.batches, result.batches);
    break;
  case IntegerOperator::Sub:
    overflow |= llvm::SubOverflow(lhs.constant, rhs.constant, result.constant);
    overflow |= llvm::SubOverflow(lhs.batches, rhs.batches, result.batches);
    break;
  case IntegerOperator::Mul:
    if (!lhs.isConstant())
      std::swap(lhs, rhs);
    if (!lhs.isConstant())
      return std::nullopt;
    overflow |= llvm::MulOverflow(lhs.constant, rhs.constant, result.constant);
    overflow |= llvm::MulOverflow(lhs.constant, rhs.batches, result.batches);
    break;
  case IntegerOperator::Div:
    // The one quotient that overflows is that by -1.
    if (!rhs.isConstant() || rhs.constant == 0 || rhs.constant == -1)
      return std::nullopt;
    if (!lhs.isConstant() &&
        (lhs.constant % rhs.constant != 0 || lhs.batches % rhs.constant != 0))
      return std::nullopt;
    result = {lhs.constant / rhs.constant, lhs.batches / rhs.constant};
    break;
  }
  return overflow ? std::nullopt : std::optional(result);
}

LogicalResult bn::foldIntegers(NodeContext &node, IntegerOperator kind) {
  FailureOr<IntegerTensor> lhs = node.getIntegers(0);
  FailureOr<IntegerTensor> rhs = node.getIntegers(1);
  if (failed(lhs) || failed(rhs))
    return failure();
  bool repeatLeft =
      lhs->values.size() == 1 && lhs->shape.size() <= rhs->shape.size();
  bool repeatRight =
      rhs->values.size() == 1 && rhs->shape.size() <= lhs->shape.size();
  if (lhs->shape != rhs->shape && !repeatLeft && !repeatRight)
    return node.fail("expected integers of one shape, or a single one");

  IntegerTensor result = repeatRight ? *lhs : *rhs;
  for (size_t i = 0; i < result.values.size(); ++i) {
    std::optional<ShapeInteger> value =
        apply(kind, lhs->values[lhs->values.size() == 1 ? 0 : i],
              rhs->values[rhs->values.size() == 1 ? 0 : i]);
    if (!value)
      return node.fail("cannot compute this with a dynamic batch; fix it with "
                       "--shape");
    result.values[i] = *value;
  }
  node.setOutput(0, std::move(result));
  return success();
}

//===----------------------------------------------------------------------===//
// Shapes of tensors
//===----------------------------------------------------------------------===//

/// The extents of input 0.
static FailureOr<SmallVector<ShapeInteger>> getExtents(NodeContext &node) {
  SmallVector<ShapeInteger> extents;
  if (node.isInteger(0)) {
    FailureOr<IntegerTensor> integers = node.getIntegers(0);
    if (failed(integers))
      return failure();
    for (int64_t extent : integers->shape)
      extents.push_back({extent, 0});
    return extents;
  }
  auto input = node.getTensor(0);
  if (failed(input))
    return failure();
  for (int64_t extent : (*input).getType().getShape())
    extents.push_back(ShapedType::isDynamic(extent) ? ShapeInteger{0, 1}
                                                    : ShapeInteger{extent, 0});
  return extents;
}

static LogicalResult importShape(NodeContext &node) {
  FailureOr<SmallVector<ShapeInteger>> extents = getExtents(node);
  if (failed(extents))
    return failure();
  // Both bounds count from the end when negative, and are clamped.
  int64_t rank = extents->size();
  auto clamp = [&](int64_t axis) {
    return std::clamp<int64_t>(axis < 0 ? axis + rank : axis, 0, rank);
  };
  int64_t start = clamp(node.getInt("start", 0));
  int64_t end = std::max(start, clamp(node.getInt("end", rank)));
  node.setOutput(0, IntegerTensor::fromVector(SmallVector<ShapeInteger>(
                        ArrayRef(*extents).slice(start, end - start))));
  return success();
}

static LogicalResult importSize(NodeContext &node) {
  FailureOr<SmallVector<ShapeInteger>> extents = getExtents(node);
  if (failed(extents))
    return failure();
  ShapeInteger size{1, 0};
  for (ShapeInteger extent : *extents) {
    std::optional<ShapeInteger> product =
        apply(IntegerOperator::Mul, size, extent);
    if (!product)
      return node.fail("the size does not fit 64 bits");
    size = *product;
  }
  node.setOutput(0, IntegerTensor::fromScalar(size));
  return success();
}

//===----------------------------------------------------------------------===//
// Moving integers
//===----------------------------------------------------------------------===//

/// Input 0 as a vector, or a single value, of integers.
static FailureOr<IntegerTensor> getVector(NodeContext &node) {
  if (!node.isInteger(0))
    return node.fail("supported for integers known when compiling only");
  FailureOr<IntegerTensor> vector = node.getIntegers(0);
  if (vector->shape.size() > 1)
    return node.fail("expected integers of rank 0 or 1, got rank " +
                     Twine(vector->shape.size()));
  return vector;
}

static LogicalResult importGather(NodeContext &node) {
  FailureOr<IntegerTensor> data = getVector(node);
  if (failed(data))
    return failure();
  FailureOr<SmallVector<int64_t>> indices = node.getConstants(1, "the indices");
  if (failed(indices))
    return failure();
  IntegerTensor result;
  result.shape = node.getIntegers(1)->shape;
  for (int64_t index : *indices) {
    FailureOr<int64_t> place = node.normalizeAxis(index, data->values.size());
    if (failed(place))
      return node.fail("index " + Twine(index) + " is outside of the " +
                       Twine(data->values.size()) + " values");
    result.values.push_back(data->values[*place]);
  }
  node.setOutput(0, std::move(result));
  return success();
}

LogicalResult bn::concatIntegers(NodeContext &node) {
  SmallVector<ShapeInteger> values;
  for (unsigned i = 0; i < node.getInputCount(); ++i) {
    if (!node.isInteger(i))
      return node.fail("supported for integers known when compiling only");
    FailureOr<IntegerTensor> part = node.getIntegers(i);
    if (part->shape.size() != 1)
      return node.fail("expected integers of rank 1, got rank " +
                       Twine(part->shape.size()));
    values.append(part->values);
  }
  node.setOutput(0, IntegerTensor::fromVector(std::move(values)));
  return success();
}

namespace {
struct Slice {
  int64_t start, end, step;
};
} // namespace

/// The slice of a vector that attributes (before opset 10) or inputs say.
static FailureOr<Slice> readSlice(NodeContext &node) {
  auto read = [&](unsigned index, StringRef name,
                  int64_t byDefault) -> FailureOr<int64_t> {
    SmallVector<int64_t> values{byDefault};
    if (node.hasInput(index)) {
      FailureOr<SmallVector<int64_t>> given = node.getConstants(index, name);
      if (failed(given))
        return failure();
      values = *given;
    } else if (std::optional<SmallVector<int64_t>> ints = node.getInts(name)) {
      values = *ints;
    }
    if (values.size() != 1)
      return node.fail("expected one value in " + Twine(name) +
                       " for integers of rank 1");
    return values.front();
  };
  FailureOr<int64_t> start = read(1, "starts", 0), end = read(2, "ends", 0),
                     axis = read(3, "axes", 0), step = read(4, "steps", 1);
  if (failed(start) || failed(end) || failed(axis) || failed(step))
    return failure();
  if ((*axis != 0 && *axis != -1) || *step == 0)
    return node.fail("expected axis 0 and a step other than 0");
  return Slice{*start, *end, *step};
}

LogicalResult bn::sliceIntegers(NodeContext &node) {
  FailureOr<IntegerTensor> data = getVector(node);
  if (failed(data))
    return failure();
  FailureOr<Slice> slice = readSlice(node);
  if (failed(slice))
    return failure();
  int64_t size = data->values.size();
  // Forward slices lie between 0 and size, backward ones between -1 and
  // size - 1; ends may be as far out as 64 bits allow.
  bool forward = slice->step > 0;
  auto clamp = [&](int64_t place) {
    if (place < 0)
      place += size;
    return std::clamp<int64_t>(place, forward ? 0 : -1,
                               forward ? size : size - 1);
  };
  SmallVector<ShapeInteger> values;
  int64_t step = std::clamp<int64_t>(slice->step, -size - 1, size + 1);
  int64_t end = clamp(slice->end);
  for (int64_t i = clamp(slice->start); forward ? i < end : i > end; i += step)
    values.push_back(data->values[i]);
  node.setOutput(0, IntegerTensor::fromVector(std::move(values)));
  return success();
}

ArrayRef<OpEntry> bn::getIntegerOps() {
  static constexpr OpEntry entries[] = {
      {"Gather", 1, importGather},
      {"Shape", 1, importShape},
      {"Size", 1, importSize},
  };
  return entries;
}
