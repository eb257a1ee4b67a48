//===- SliceOps.cpp - Concat, Slice, Split --------------------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "IntegerMath.h"

#include "bn/Dialect/BN/IR/BN.h"

using namespace mlir;
using namespace mlir::bn;

//===----------------------------------------------------------------------===//
// Concat
//===----------------------------------------------------------------------===//

static LogicalResult concatTensors(NodeContext &node, int64_t axis) {
  SmallVector<Value> inputs;
  for (unsigned i = 0; i < node.getInputCount(); ++i) {
    auto input = node.getTensor(i);
    if (failed(input))
      return failure();
    inputs.push_back(*input);
  }
  if (inputs.empty())
    return node.fail("expected an input 0");
  FailureOr<int64_t> normalized = node.normalizeAxis(
      axis, cast<RankedTensorType>(inputs.front().getType()).getRank());
  if (failed(normalized))
    return failure();
  if (inputs.size() == 1)
    return node.forwardInput();
  return node.replaceWith<ConcatOp>(
      inputs,
      node.getAttr("axis", node.builder.getI64IntegerAttr(*normalized)));
}

static LogicalResult importConcat1(NodeContext &node) {
  return concatTensors(node, node.getInt("axis", 1));
}

static LogicalResult importConcat(NodeContext &node) {
  if (node.isInteger(0))
    return concatIntegers(node);
  return concatTensors(node, node.getInt("axis", 0));
}

//===----------------------------------------------------------------------===//
// Slice
//===----------------------------------------------------------------------===//

/// The positions of `axis` of `value` from `begin`, `size` of them.
static FailureOr<Value> createSlice(NodeContext &node, Value value,
                                    int64_t axis, int64_t begin, int64_t size) {
  if (begin == 0 &&
      size == cast<RankedTensorType>(value.getType()).getDimSize(axis))
    return value;
  auto getNumber = [&](StringRef name, int64_t number) {
    return node.getAttr(name, node.builder.getI64IntegerAttr(number));
  };
  NamedAttribute attributes[] = {getNumber("axis", axis),
                                 getNumber("begin", begin),
                                 getNumber("size", size)};
  FailureOr<SliceOp> slice = node.create<SliceOp>(value, attributes);
  if (failed(slice))
    return failure();
  return slice->getResult();
}

/// One axis of a slice, cut out of `value`.
static FailureOr<Value> cutAxis(NodeContext &node, Value value, int64_t axis,
                                int64_t start, int64_t end) {
  int64_t extent = cast<RankedTensorType>(value.getType()).getDimSize(axis);
  if (ShapedType::isDynamic(extent)) {
    // "To the end" is written as a number that no batch reaches.
    if (start == 0 && end >= std::numeric_limits<int32_t>::max())
      return value;
    return node.fail("expected all rows of the dynamic batch; fix it with "
                     "--shape");
  }
  auto clamp = [&](int64_t place) {
    return std::clamp<int64_t>(place < 0 ? place + extent : place, 0, extent);
  };
  start = clamp(start);
  end = clamp(end);
  if (start >= end)
    return node.fail("the slice of axis " + Twine(axis) + " is empty");
  return createSlice(node, value, axis, start, end - start);
}

/// The list that input `index` holds since opset 10, an attribute before; none
/// when neither is there.
static FailureOr<std::optional<SmallVector<int64_t>>>
readList(NodeContext &node, unsigned index, StringRef name) {
  if (!node.hasInput(index))
    return node.getInts(name);
  FailureOr<SmallVector<int64_t>> values = node.getConstants(index, name);
  if (failed(values))
    return failure();
  return std::optional(*values);
}

static LogicalResult importSlice(NodeContext &node) {
  if (node.isInteger(0))
    return sliceIntegers(node);
  auto input = node.getTensor(0);
  if (failed(input))
    return failure();
  auto starts = readList(node, 1, "starts"), ends = readList(node, 2, "ends"),
       axes = readList(node, 3, "axes"), steps = readList(node, 4, "steps");
  if (failed(starts) || failed(ends) || failed(axes) || failed(steps))
    return failure();
  size_t count = *starts ? (*starts)->size() : 0;
  if (!*starts || !*ends || (*ends)->size() != count ||
      (*axes && (*axes)->size() != count) ||
      (*steps && (*steps)->size() != count))
    return node.fail("expected as many ends, axes and steps as starts");
  Value value = *input;
  int64_t rank = (*input).getType().getRank();
  for (size_t i = 0; i < count; ++i) {
    FailureOr<int64_t> axis =
        node.normalizeAxis(*axes ? (**axes)[i] : int64_t(i), rank);
    if (failed(axis))
      return failure();
    if (*steps && (**steps)[i] != 1)
      return node.fail("expected steps of 1, got " + Twine((**steps)[i]));
    FailureOr<Value> cut =
        cutAxis(node, value, *axis, (**starts)[i], (**ends)[i]);
    if (failed(cut))
      return failure();
    value = *cut;
  }
  node.setOutput(0, value);
  return success();
}

//===----------------------------------------------------------------------===//
// Split
//===----------------------------------------------------------------------===//

static LogicalResult importSplit(NodeContext &node) {
  auto input = node.getTensor(0);
  if (failed(input))
    return failure();
  RankedTensorType type = (*input).getType();
  FailureOr<int64_t> axis =
      node.normalizeAxis(node.getInt("axis", 0), type.getRank());
  if (failed(axis))
    return failure();
  int64_t extent = type.getDimSize(*axis), parts = node.getOutputCount();
  if (ShapedType::isDynamic(extent))
    return node.fail("expected a static extent of axis " + Twine(*axis));
  auto sizes = readList(node, 1, "split");
  if (failed(sizes))
    return failure();
  if (!*sizes) {
    // Equal parts, of which the last may be smaller.
    int64_t size = llvm::divideCeil(extent, parts);
    sizes->emplace(parts, size);
    (*sizes)->back() = extent - size * (parts - 1);
  }
  if (static_cast<int64_t>((*sizes)->size()) != parts)
    return node.fail("expected a size for each of the " + Twine(parts) +
                     " outputs, got " + Twine((*sizes)->size()));
  int64_t begin = 0;
  for (auto [index, size] : llvm::enumerate(**sizes)) {
    if (size < 1 || size > extent - begin)
      return node.fail("expected parts that fill the " + Twine(extent) +
                       " positions of axis " + Twine(*axis));
    FailureOr<Value> part = createSlice(node, *input, *axis, begin, size);
    if (failed(part))
      return failure();
    node.setOutput(index, *part);
    begin += size;
  }
  if (begin != extent)
    return node.fail("expected parts that fill the " + Twine(extent) +
                     " positions of axis " + Twine(*axis));
  return success();
}

ArrayRef<OpEntry> bn::getSliceOps() {
  static constexpr OpEntry entries[] = {
      {"Concat", 1, importConcat1},
      {"Concat", 4, importConcat},
      {"Slice", 1, importSlice},
      {"Split", 2, importSplit},
  };
  return entries;
}
