//===- ShapeOps.cpp - Ops that move values without computing --------------===//
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

//===----------------------------------------------------------------------===//
// Reshape
//===----------------------------------------------------------------------===//

namespace {
/// A number of values: `factor`, times the batch if `dynamic`.
struct Count {
  int64_t factor = 1;
  bool dynamic = false;

  /// False when the product is too large, or has the batch twice.
  bool multiply(int64_t extent) {
    if (ShapedType::isDynamic(extent))
      return !std::exchange(dynamic, true);
    std::optional<int64_t> product = countElements({factor, extent});
    factor = product.value_or(0);
    return product.has_value();
  }
};
} // namespace

static constexpr llvm::StringLiteral kFixBatch = "; fix the batch with --shape";

/// Replaces the extent at `unknown` by what is left of `input`.
static LogicalResult inferExtent(NodeContext &node, Count input,
                                 SmallVectorImpl<int64_t> &shape,
                                 size_t unknown) {
  Count known;
  for (size_t i = 0; i < shape.size(); ++i)
    if (i != unknown && !known.multiply(shape[i]))
      return node.fail("expected a shape of at most 2^40 values");
  if (known.factor == 0 || input.factor % known.factor != 0 ||
      (known.dynamic && !input.dynamic))
    return node.fail("the values of the input do not fill the shape");
  shape[unknown] = input.factor / known.factor;
  if (input.dynamic == known.dynamic)
    return success();
  if (shape[unknown] != 1)
    return node.fail("the dynamic batch would merge with an extent of " +
                     Twine(shape[unknown]) + kFixBatch);
  shape[unknown] = ShapedType::kDynamic;
  return success();
}

/// The extents that `target`, as Reshape reads it, gives to values of `type`.
static FailureOr<SmallVector<int64_t>>
resolveTarget(NodeContext &node, ArrayRef<int64_t> input,
              ArrayRef<ShapeInteger> target) {
  bool allowZero = node.getInt("allowzero", 0) != 0;
  SmallVector<int64_t> shape;
  std::optional<size_t> unknown;
  for (auto [axis, extent] : llvm::enumerate(target)) {
    if (!extent.isConstant()) {
      if (extent.batches != 1 || extent.constant != 0)
        return node.fail("expected the batch itself as extent " + Twine(axis) +
                         kFixBatch);
      shape.push_back(ShapedType::kDynamic);
    } else if (extent.constant == -1) {
      if (unknown)
        return node.fail("expected at most one extent of -1");
      unknown = axis;
      shape.push_back(1);
    } else if (extent.constant == 0 && !allowZero) {
      if (axis >= input.size())
        return node.fail("extent " + Twine(axis) +
                         " copies that of the input, which has rank " +
                         Twine(input.size()));
      shape.push_back(input[axis]);
    } else if (axis == 0 && !input.empty() &&
               ShapedType::isDynamic(input.front()) &&
               node.isExampleBatch(extent.constant)) {
      shape.push_back(ShapedType::kDynamic);
    } else {
      shape.push_back(extent.constant);
    }
  }
  Count count;
  for (int64_t extent : input)
    if (!count.multiply(extent))
      return node.fail("expected an input of at most 2^40 values");
  if (unknown && failed(inferExtent(node, count, shape, *unknown)))
    return failure();
  if (count.dynamic && !llvm::is_contained(shape, ShapedType::kDynamic))
    return node.fail(Twine("the shape fixes the batch, which is dynamic") +
                     kFixBatch);
  return shape;
}

static LogicalResult reshapeTo(NodeContext &node,
                               ArrayRef<ShapeInteger> target) {
  if (node.isInteger(0)) {
    FailureOr<IntegerTensor> integers = node.getIntegers(0);
    auto shape = resolveTarget(node, integers->shape, target);
    if (failed(shape))
      return failure();
    if (countElements(*shape) != static_cast<int64_t>(integers->values.size()))
      return node.fail("the values of the input do not fill the shape");
    integers->shape = *shape;
    node.setOutput(0, std::move(*integers));
    return success();
  }
  auto input = node.getTensor(0);
  if (failed(input))
    return failure();
  auto shape = resolveTarget(node, (*input).getType().getShape(), target);
  if (failed(shape))
    return failure();
  FailureOr<Value> reshaped = node.createReshape(*input, *shape);
  if (failed(reshaped))
    return failure();
  node.setOutput(0, *reshaped);
  return success();
}

static LogicalResult importReshape1(NodeContext &node) {
  SmallVector<ShapeInteger> target;
  for (int64_t extent : node.getInts("shape").value_or(SmallVector<int64_t>()))
    target.push_back({extent, 0});
  return reshapeTo(node, target);
}

static LogicalResult importReshape(NodeContext &node) {
  FailureOr<IntegerTensor> target = node.getIntegers(1);
  if (failed(target))
    return failure();
  if (target->shape.size() != 1)
    return node.fail("expected a shape of rank 1, got rank " +
                     Twine(target->shape.size()));
  return reshapeTo(node, target->values);
}

//===----------------------------------------------------------------------===//
// Flatten, Squeeze, Unsqueeze
//===----------------------------------------------------------------------===//

static LogicalResult importFlatten(NodeContext &node) {
  auto input = node.getTensor(0);
  if (failed(input))
    return failure();
  ArrayRef<int64_t> shape = (*input).getType().getShape();
  int64_t rank = shape.size();
  int64_t axis = node.getInt("axis", 1);
  if (axis < -rank || axis > rank)
    return node.fail("expected an axis from " + Twine(-rank) + " to " +
                     Twine(rank) + ", got " + Twine(axis));
  if (axis < 0)
    axis += rank;
  Count front, back;
  for (auto [i, extent] : llvm::enumerate(shape))
    (void)(static_cast<int64_t>(i) < axis ? front : back).multiply(extent);
  SmallVector<int64_t> flat;
  for (const Count &count : {front, back}) {
    if (count.dynamic && count.factor != 1)
      return node.fail("the dynamic batch would merge with an extent of " +
                       Twine(count.factor) + kFixBatch);
    flat.push_back(count.dynamic ? ShapedType::kDynamic : count.factor);
  }
  FailureOr<Value> reshaped = node.createReshape(*input, flat);
  if (failed(reshaped))
    return failure();
  node.setOutput(0, *reshaped);
  return success();
}

/// The axes that an attribute, or since opset 13 input 1, names; sorted and
/// from 0 up for a tensor of `rank`. None when neither is there.
static FailureOr<std::optional<SmallVector<int64_t>>>
readAxes(NodeContext &node, int64_t rank) {
  std::optional<SmallVector<int64_t>> axes = node.getInts("axes");
  if (node.hasInput(1)) {
    FailureOr<SmallVector<int64_t>> given = node.getConstants(1, "the axes");
    if (failed(given))
      return failure();
    axes = *given;
  }
  if (!axes)
    return axes;
  for (int64_t &axis : *axes) {
    FailureOr<int64_t> normalized = node.normalizeAxis(axis, rank);
    if (failed(normalized))
      return failure();
    axis = *normalized;
  }
  llvm::sort(*axes);
  if (std::adjacent_find(axes->begin(), axes->end()) != axes->end())
    return node.fail("expected each axis once");
  return axes;
}

/// Sets output 0 to the values of input 0 in the shape that `change` makes of
/// its shape.
static LogicalResult
changeShape(NodeContext &node,
            function_ref<LogicalResult(SmallVectorImpl<int64_t> &)> change) {
  if (node.isInteger(0)) {
    FailureOr<IntegerTensor> integers = node.getIntegers(0);
    if (failed(change(integers->shape)))
      return failure();
    node.setOutput(0, std::move(*integers));
    return success();
  }
  auto input = node.getTensor(0);
  if (failed(input))
    return failure();
  SmallVector<int64_t> shape((*input).getType().getShape());
  if (failed(change(shape)))
    return failure();
  FailureOr<Value> reshaped = node.createReshape(*input, shape);
  if (failed(reshaped))
    return failure();
  node.setOutput(0, *reshaped);
  return success();
}

static LogicalResult importSqueeze(NodeContext &node) {
  return changeShape(
      node, [&](SmallVectorImpl<int64_t> &shape) -> LogicalResult {
        auto axes = readAxes(node, shape.size());
        if (failed(axes))
          return failure();
        if (!*axes) {
          llvm::erase(shape, 1);
          return success();
        }
        for (int64_t axis : llvm::reverse(**axes)) {
          if (shape[axis] != 1)
            return node.fail("expected an extent of 1 on axis " + Twine(axis));
          shape.erase(shape.begin() + axis);
        }
        return success();
      });
}

static LogicalResult importUnsqueeze(NodeContext &node) {
  return changeShape(
      node, [&](SmallVectorImpl<int64_t> &shape) -> LogicalResult {
        // Axes count in the result, whose rank depends on their number.
        size_t added =
            node.getInts("axes").value_or(SmallVector<int64_t>()).size();
        if (node.hasInput(1)) {
          FailureOr<IntegerTensor> given = node.getIntegers(1);
          if (failed(given))
            return failure();
          added = given->values.size();
        }
        auto axes = readAxes(node, shape.size() + added);
        if (failed(axes))
          return failure();
        if (*axes)
          for (int64_t axis : **axes)
            shape.insert(shape.begin() + axis, 1);
        return success();
      });
}

static LogicalResult importTranspose(NodeContext &node) {
  auto input = node.getTensor(0);
  if (failed(input))
    return failure();
  SmallVector<int64_t> permutation =
      node.getInts("perm").value_or(llvm::to_vector(
          llvm::reverse(llvm::seq<int64_t>(0, (*input).getType().getRank()))));
  return node.replaceWith<TransposeOp>(
      *input, node.getI64Array("permutation", permutation));
}

ArrayRef<OpEntry> bn::getShapeOps() {
  static constexpr OpEntry entries[] = {
      {"Flatten", 1, importFlatten},     {"Reshape", 1, importReshape1},
      {"Reshape", 5, importReshape},     {"Squeeze", 1, importSqueeze},
      {"Transpose", 1, importTranspose}, {"Unsqueeze", 1, importUnsqueeze},
  };
  return entries;
}
