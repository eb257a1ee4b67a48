//===- ProductOps.cpp - Conv, Gemm, MatMul --------------------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GraphExporter.h"

using namespace mlir;
using namespace mlir::bn;

static LogicalResult exportConv(GraphExporter &graph, ConvOp op) {
  SmallVector<std::string> inputs{
      graph.getChannelsFirst(op, op.getInput(), op.getLayout()),
      graph.getName(op.getFilter())};
  if (op.getBias())
    inputs.push_back(graph.getName(op.getBias()));
  onnx::NodeProto &node = graph.addNode(op, "Conv", inputs);
  graph.setInts(node, "kernel_shape",
                op.getFilter().getType().getShape().drop_front(2));
  graph.setInts(node, "strides", op.getStrides());
  graph.setInts(node, "pads", op.getPadding());
  graph.setInts(node, "dilations", op.getDilations());
  graph.setInt(node, "group", op.getGroups());
  graph.restoreLayout(op, node, op.getLayout());
  return success();
}

static LogicalResult exportGemm(GraphExporter &graph, LinearOp op) {
  SmallVector<std::string> inputs{graph.getName(op.getInput()),
                                  graph.getName(op.getWeight())};
  if (op.getBias())
    inputs.push_back(graph.getName(op.getBias()));
  onnx::NodeProto &node = graph.addNode(op, "Gemm", inputs);
  graph.setFloat(node, "alpha", op.getAlpha().convertToDouble());
  graph.setFloat(node, "beta", op.getBeta().convertToDouble());
  graph.setInt(node, "transA", op.getTransposeInput());
  graph.setInt(node, "transB", op.getTransposeWeight());
  return success();
}

/// Above rank 2 there is MatMul, which only multiplies.
static LogicalResult exportMatMul(GraphExporter &graph, LinearOp op) {
  if (!op.getAlpha().isExactlyValue(1.0) ||
      (op.getBias() && !op.getBeta().isExactlyValue(1.0)))
    return graph.emitError(op)
           << "expected alpha and beta of 1 for an input of rank "
           << cast<RankedTensorType>(op.getInput().getType()).getRank();
  std::string weight = graph.getName(op.getWeight());
  if (op.getTransposeWeight()) {
    onnx::NodeProto &transpose = graph.addHelper(op, "Transpose", {weight});
    graph.setInts(transpose, "perm", {1, 0});
    weight = transpose.output(0);
  }
  std::string input = graph.getName(op.getInput());
  if (!op.getBias()) {
    graph.addNode(op, "MatMul", {input, weight});
    return success();
  }
  std::string product =
      graph.addHelper(op, "MatMul", {input, weight}).output(0);
  graph.addNode(op, "Add", {product, graph.getName(op.getBias())});
  return success();
}

std::optional<LogicalResult> bn::exportProduct(GraphExporter &graph,
                                               Operation *op) {
  if (auto conv = dyn_cast<ConvOp>(op))
    return exportConv(graph, conv);
  auto linear = dyn_cast<LinearOp>(op);
  if (!linear)
    return std::nullopt;
  if (cast<RankedTensorType>(linear.getInput().getType()).getRank() == 2)
    return exportGemm(graph, linear);
  return exportMatMul(graph, linear);
}
