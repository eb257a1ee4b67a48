//===- PoolOps.cpp - Pools and reductions ---------------------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NodeContext.h"
#include "Window.h"
#include "bn/Dialect/BN/IR/BN.h"

using namespace mlir;
using namespace mlir::bn;

static FailureOr<SmallVector<NamedAttribute>> readPool(NodeContext &node,
                                                       RankedTensorType input) {
  std::optional<SmallVector<int64_t>> kernel = node.getInts("kernel_shape");
  if (!kernel)
    return node.fail("expected the attribute kernel_shape");
  FailureOr<Window> window = readWindow(node, input, *kernel);
  if (failed(window))
    return failure();
  return SmallVector<NamedAttribute>{
      node.getI64Array("kernel", window->kernel),
      node.getI64Array("strides", window->strides),
      node.getI64Array("padding", window->padding),
      node.getI64Array("dilations", window->dilations),
      node.getAttr("ceil_mode",
                   node.builder.getBoolAttr(node.getInt("ceil_mode", 0) != 0))};
}

static LogicalResult importMaxPool(NodeContext &node) {
  if (node.isOutputUsed(1))
    return node.fail("the indices of the maxima are not supported");
  auto input = node.getTensor(0);
  if (failed(input))
    return failure();
  auto attributes = readPool(node, (*input).getType());
  if (failed(attributes))
    return failure();
  return node.replaceWith<MaxPoolOp>(*input, *attributes);
}

static LogicalResult importAveragePool(NodeContext &node) {
  auto input = node.getTensor(0);
  if (failed(input))
    return failure();
  auto attributes = readPool(node, (*input).getType());
  if (failed(attributes))
    return failure();
  // Without padding the two ways to count are one; exporters write either.
  auto padding =
      cast<DenseI64ArrayAttr>(NamedAttrList(*attributes).get("padding"));
  bool padded = llvm::any_of(padding.asArrayRef(),
                             [](int64_t extent) { return extent != 0; });
  attributes->push_back(
      node.getAttr("count_include_pad",
                   node.builder.getBoolAttr(
                       padded && node.getInt("count_include_pad", 0) != 0)));
  return node.replaceWith<AveragePoolOp>(*input, *attributes);
}

/// Means over `axes`, in any order.
static LogicalResult createMean(NodeContext &node, Value input,
                                SmallVector<int64_t> axes, bool keep) {
  int64_t rank = cast<RankedTensorType>(input.getType()).getRank();
  for (int64_t &axis : axes) {
    FailureOr<int64_t> normalized = node.normalizeAxis(axis, rank);
    if (failed(normalized))
      return failure();
    axis = *normalized;
  }
  llvm::sort(axes);
  SmallVector<NamedAttribute> attributes{node.getI64Array("axes", axes)};
  if (keep)
    attributes.push_back(node.getAttr("keep_dims", node.builder.getUnitAttr()));
  return node.replaceWith<ReduceMeanOp>(input, attributes);
}

static LogicalResult importGlobalAveragePool(NodeContext &node) {
  auto input = node.getTensor(0);
  if (failed(input))
    return failure();
  int64_t rank = (*input).getType().getRank();
  if (rank < 3)
    return node.fail("expected an input of rank 3 or more, got " + Twine(rank));
  return createMean(node, *input, llvm::to_vector(llvm::seq<int64_t>(2, rank)),
                    /*keep=*/true);
}

static LogicalResult importReduceMean(NodeContext &node) {
  auto input = node.getTensor(0);
  if (failed(input))
    return failure();
  // From opset 18 on the axes are an input.
  SmallVector<int64_t> axes =
      node.getInts("axes").value_or(SmallVector<int64_t>());
  if (node.hasInput(1)) {
    FailureOr<SmallVector<int64_t>> given = node.getConstants(1, "the axes");
    if (failed(given))
      return failure();
    axes = *given;
  }
  if (axes.empty()) {
    if (node.getInt("noop_with_empty_axes", 0))
      return node.forwardInput();
    axes = llvm::to_vector(llvm::seq<int64_t>(0, (*input).getType().getRank()));
  }
  if (axes.empty())
    return node.forwardInput();
  return createMean(node, *input, axes, node.getInt("keepdims", 1) != 0);
}

ArrayRef<OpEntry> bn::getPoolOps() {
  static constexpr OpEntry entries[] = {
      {"AveragePool", 1, importAveragePool},
      {"GlobalAveragePool", 1, importGlobalAveragePool},
      {"MaxPool", 1, importMaxPool},
      {"ReduceMean", 1, importReduceMean},
  };
  return entries;
}
