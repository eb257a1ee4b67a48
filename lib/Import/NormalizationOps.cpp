//===- NormalizationOps.cpp - BatchNormalization --------------------------===//
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

/// The outputs that are read: Y, running mean, running variance. Older opsets
/// have two more, scratch space of the source's training.
static constexpr unsigned kOutputs = 3;

/// Opsets 1 and 6: `is_test`, whose absence means training.
static bool readIsTest(NodeContext &node) {
  return node.getInt("is_test", 0) == 0;
}

/// Opsets 7 and 9: no attribute; more than one output means training.
static bool readOutputCount(NodeContext &node) {
  bool training = false;
  for (unsigned i = 1; i < node.getOutputCount(); ++i)
    training |= node.hasOutput(i);
  return training;
}

static bool readTrainingMode(NodeContext &node) {
  return node.getInt("training_mode", 0) != 0;
}

/// `inFile`: whether the file says training mode.
static LogicalResult importBatchNorm(NodeContext &node, bool inFile) {
  // The tensors X, scale, B, mean, var in the order of both ops' operands.
  SmallVector<Value> operands;
  for (unsigned i = 0; i < 5; ++i) {
    auto operand = node.getTensor(i);
    if (failed(operand))
      return failure();
    operands.push_back(*operand);
  }
  auto type = cast<RankedTensorType>(operands[0].getType());
  if (type.getRank() < 2 || type.getRank() > 5)
    return node.fail("expected an input of rank 2 to 5, got " +
                     Twine(type.getRank()));
  for (Value operand : ArrayRef(operands).drop_front()) {
    auto parameter = cast<RankedTensorType>(operand.getType());
    if (parameter.getElementType() != type.getElementType())
      return node.fail("expected parameters of the input's element type");
    if (parameter.getRank() != 1)
      return node.fail("expected parameters of rank 1, got rank " +
                       Twine(parameter.getRank()));
  }

  bool training = inFile;
  if (node.getOptions().batchNormMode == BatchNormMode::Eval)
    training = false;
  else if (node.getOptions().batchNormMode == BatchNormMode::Train)
    training = true;
  for (unsigned i = kOutputs; i < node.getOutputCount(); ++i)
    if (node.isOutputUsed(i))
      return node.fail("output " + Twine(i) +
                       ", scratch space of the source's training, is not "
                       "supported");

  Builder &builder = node.builder;
  NamedAttribute epsilon = node.getAttr(
      "epsilon", builder.getF64FloatAttr(node.getFloat("epsilon", 1e-5f)));
  Attribute decay = builder.getF64FloatAttr(node.getFloat("momentum", 0.9f));
  if (training) {
    NamedAttribute momentum = node.getAttr("momentum", decay);
    FailureOr<BatchNormTrainingOp> op = node.create<BatchNormTrainingOp>(
        operands, {epsilon, momentum}, {}, /*results=*/5);
    if (failed(op))
      return failure();
    node.setOutput(0, op->getResult());
    node.setOutput(1, op->getNewRunningMean());
    node.setOutput(2, op->getNewRunningVariance());
    if (node.getOptions().batchNormMode == BatchNormMode::AsFile)
      node.noteTrainingMode();
    return success();
  }

  if (!inFile)
    for (unsigned i = 1; i < kOutputs; ++i)
      if (node.isOutputUsed(i))
        return node.fail("output " + Twine(i) +
                         " has no value in prediction mode");
  // Frozen statistics stay what they are.
  node.setOutput(1, operands[3]);
  node.setOutput(2, operands[4]);
  return node.replaceWith<BatchNormInferenceOp>(
      operands, {epsilon, node.getAttr(BNDialect::kMomentumAttr, decay)});
}

static LogicalResult importBatchNorm1(NodeContext &node) {
  if (node.getInt("spatial", 1) == 0)
    return node.fail("statistics per activation (spatial = 0) are not "
                     "supported");
  return importBatchNorm(node, readIsTest(node));
}

static LogicalResult importBatchNorm7(NodeContext &node) {
  if (node.getInt("spatial", 1) == 0)
    return node.fail("statistics per activation (spatial = 0) are not "
                     "supported");
  return importBatchNorm(node, readOutputCount(node));
}

static LogicalResult importBatchNorm14(NodeContext &node) {
  return importBatchNorm(node, readTrainingMode(node));
}

ArrayRef<OpEntry> bn::getNormalizationOps() {
  static constexpr OpEntry entries[] = {
      {"BatchNormalization", 1, importBatchNorm1},
      {"BatchNormalization", 7, importBatchNorm7},
      {"BatchNormalization", 14, importBatchNorm14},
  };
  return entries;
}
