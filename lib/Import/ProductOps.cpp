//===- ProductOps.cpp - Conv, Gemm, MatMul --------------------------------===//
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

static LogicalResult importConv(NodeContext &node) {
  auto input = node.getTensor(0);
  if (failed(input))
    return failure();
  auto filter = node.getTensor(1);
  if (failed(filter))
    return failure();
  if ((*filter).getType().getRank() != (*input).getType().getRank())
    return node.fail(
        "expected a filter of rank " + Twine((*input).getType().getRank()) +
        " as the input's, got " + Twine((*filter).getType().getRank()));
  ArrayRef<int64_t> kernel = (*filter).getType().getShape().drop_front(2);
  std::optional<SmallVector<int64_t>> declared = node.getInts("kernel_shape");
  if (declared && ArrayRef<int64_t>(*declared) != kernel)
    return node.fail("expected kernel_shape to be the filter's");
  FailureOr<Window> window = readWindow(node, (*input).getType(), kernel);
  if (failed(window))
    return failure();

  SmallVector<Value> operands{*input, *filter};
  if (node.hasInput(2)) {
    auto bias = node.getTensor(2);
    if (failed(bias))
      return failure();
    operands.push_back(*bias);
  }
  return node.replaceWith<ConvOp>(
      operands, {node.getI64Array("strides", window->strides),
                 node.getI64Array("padding", window->padding),
                 node.getI64Array("dilations", window->dilations),
                 node.getAttr("groups", node.builder.getI64IntegerAttr(
                                            node.getInt("group", 1)))});
}

/// Gemm's addend as one value per column of the result, or null when it is
/// something else.
static FailureOr<Value> getColumnBias(NodeContext &node,
                                      TypedValue<RankedTensorType> addend,
                                      int64_t columns) {
  ArrayRef<int64_t> shape = addend.getType().getShape();
  if (!addend.getType().hasStaticShape())
    return Value();
  if (addend.getType().getNumElements() != columns ||
      (!shape.empty() && shape.back() != columns))
    return Value();
  return node.createReshape(addend, {columns});
}

static LogicalResult importGemm(NodeContext &node) {
  auto input = node.getTensor(0);
  if (failed(input))
    return failure();
  auto weight = node.getTensor(1);
  if (failed(weight))
    return failure();
  if ((*input).getType().getRank() != 2 || (*weight).getType().getRank() != 2)
    return node.fail("expected two matrices of rank 2");

  Builder &builder = node.builder;
  SmallVector<NamedAttribute> attributes{node.getAttr(
      "alpha", builder.getF64FloatAttr(node.getFloat("alpha", 1.0f)))};
  if (node.getInt("transA", 0))
    attributes.push_back(
        node.getAttr("transpose_input", builder.getUnitAttr()));
  bool transposed = node.getInt("transB", 0);
  if (transposed)
    attributes.push_back(
        node.getAttr("transpose_weight", builder.getUnitAttr()));
  if (!node.hasInput(2))
    return node.replaceWith<LinearOp>({*input, *weight}, attributes);

  auto addend = node.getTensor(2);
  if (failed(addend))
    return failure();
  double beta = node.getFloat("beta", 1.0f);
  FailureOr<Value> bias = getColumnBias(
      node, *addend, (*weight).getType().getDimSize(transposed ? 0 : 1));
  if (failed(bias))
    return failure();
  if (*bias) {
    attributes.push_back(node.getAttr("beta", builder.getF64FloatAttr(beta)));
    return node.replaceWith<LinearOp>({*input, *weight, *bias}, attributes);
  }

  // An addend that differs by row, or one value for all.
  FailureOr<LinearOp> product =
      node.create<LinearOp>({*input, *weight}, attributes);
  if (failed(product))
    return failure();
  RankedTensorType type = product->getType();
  Value scaled = *addend;
  if (beta != 1.0) {
    FailureOr<MulOp> scale = node.create<MulOp>(
        {scaled, node.createSplat(beta, type.getElementType())});
    if (failed(scale))
      return failure();
    scaled = scale->getResult();
  }
  FailureOr<AddOp> sum = node.create<AddOp>({product->getResult(), scaled});
  if (failed(sum))
    return failure();
  if (sum->getType() != type)
    return node.fail("expected an addend that broadcasts to the product");
  node.setOutput(0, sum->getResult());
  return success();
}

static LogicalResult importMatMul(NodeContext &node) {
  auto lhs = node.getTensor(0);
  if (failed(lhs))
    return failure();
  auto rhs = node.getTensor(1);
  if (failed(rhs))
    return failure();
  if ((*lhs).getType().getRank() < 2 || (*rhs).getType().getRank() != 2)
    return node.fail("expected a left side of rank 2 or more and a right side "
                     "of rank 2, got ranks " +
                     Twine((*lhs).getType().getRank()) + " and " +
                     Twine((*rhs).getType().getRank()));
  return node.replaceWith<LinearOp>({*lhs, *rhs});
}

ArrayRef<OpEntry> bn::getProductOps() {
  static constexpr OpEntry entries[] = {
      {"Conv", 1, importConv},
      {"Gemm", 1, importGemm},
      {"MatMul", 1, importMatMul},
  };
  return entries;
}
