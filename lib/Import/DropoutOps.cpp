//===- DropoutOps.cpp - Dropout -------------------------------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NodeContext.h"
#include "bn/Dialect/BN/IR/BN.h"
#include "bn/Dialect/BN/IR/Parameters.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace mlir::bn;

/// Dropout passes its input on in prediction; in training it is an op of its
/// own. `inFile`: whether the file says training.
static LogicalResult importDropout(NodeContext &node, double ratio,
                                   bool inFile) {
  BatchNormMode mode = node.getOptions().batchNormMode;
  if (inFile && mode == BatchNormMode::AsFile)
    return node.fail("random dropout is for training only; export the model "
                     "for prediction, or read it with --bn-mode=eval");
  if (node.isOutputUsed(1))
    return node.fail("the mask is not supported");
  if (mode != BatchNormMode::Train)
    return node.forwardInput();
  if (!(ratio >= 0.0 && ratio < 1.0))
    return node.fail("expected a ratio of at least 0 and less than 1, got " +
                     llvm::formatv("{0}", ratio).str());
  if (ratio == 0.0)
    return node.forwardInput();
  auto input = node.getTensor(0);
  if (failed(input))
    return failure();
  Builder &builder = node.builder;
  NamedAttribute attributes[] = {
      node.getAttr("ratio", builder.getF64FloatAttr(ratio)),
      node.getAttr("stream", builder.getI64IntegerAttr(node.takeStream()))};
  return node.replaceWith<DropoutOp>(*input, attributes, (*input).getType());
}

static LogicalResult importDropout1(NodeContext &node) {
  return importDropout(node, node.getFloat("ratio", 0.5f),
                       node.getInt("is_test", 0) == 0);
}

static LogicalResult importDropout7(NodeContext &node) {
  return importDropout(node, node.getFloat("ratio", 0.5f), false);
}

static LogicalResult importDropout12(NodeContext &node) {
  bool training = false;
  if (node.hasInput(2)) {
    auto mode = node.getConstants(2, "the mode");
    if (failed(mode))
      return failure();
    training = mode->size() == 1 && mode->front() != 0;
  }
  double ratio = 0.5;
  // In prediction nobody reads it.
  if (node.hasInput(1) &&
      node.getOptions().batchNormMode == BatchNormMode::Train) {
    auto given = node.getTensor(1);
    if (failed(given))
      return failure();
    FailureOr<std::vector<double>> values = readParameter(*given);
    if (failed(values) || values->size() != 1)
      return node.fail("expected a constant ratio of one value");
    ratio = values->front();
    if ((*given).getType().getElementType().isF32())
      ratio = getShortestDecimal(static_cast<float>(ratio));
  }
  return importDropout(node, ratio, training);
}

ArrayRef<OpEntry> bn::getDropoutOps() {
  static constexpr OpEntry entries[] = {
      {"Dropout", 1, importDropout1},
      {"Dropout", 7, importDropout7},
      {"Dropout", 12, importDropout12},
  };
  return entries;
}
