//===- BNGradientsNormalizations.cpp - Gradients of normalizations --------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BNGradients.h"

using namespace mlir;
using namespace mlir::bn;

static bool isAnyWanted(ArrayRef<bool> wanted, ArrayRef<unsigned> operands) {
  return llvm::any_of(operands, [&](unsigned i) { return wanted[i]; });
}

/// A vector of zeros like `vector`.
static Value createZeros(OpBuilder &builder, Location loc, Value vector) {
  return createSplat(builder, loc, cast<RankedTensorType>(vector.getType()),
                     0.0);
}

LogicalResult BatchNormTrainingOp::buildGradients(
    OpBuilder &builder, ValueRange resultGradients, ArrayRef<bool> wanted,
    SmallVectorImpl<Value> &gradients, std::string &reason) {
  if (llvm::any_of(resultGradients.drop_front(),
                   [](Value gradient) { return gradient; })) {
    reason = "the loss depends on its statistics";
    return failure();
  }
  // The running statistics have no influence on the result.
  auto norm = BatchNormGradientOp::create(
      builder, getLoc(),
      TypeRange{getInput().getType(), getScale().getType(),
                getOffset().getType()},
      resultGradients[0], getInput(), getScale(), getBatchMean(),
      getBatchVariance(), getEpsilon(), getLayout());
  gradients.assign(getNumOperands(), Value());
  for (auto [i, gradient] : llvm::enumerate(norm->getResults()))
    if (wanted[i])
      gradients[i] = gradient;
  return success();
}

LogicalResult BatchNormInferenceOp::buildGradients(
    OpBuilder &builder, ValueRange resultGradients, ArrayRef<bool> wanted,
    SmallVectorImpl<Value> &gradients, std::string &reason) {
  if (isAnyWanted(wanted, {3, 4})) {
    reason = "its statistics are computed";
    return failure();
  }
  Value gradient = resultGradients[0];
  gradients.assign(getNumOperands(), Value());
  // The statistics are constant: scale * gradient / sqrt(variance + epsilon),
  // which is the op without its mean and offset.
  if (wanted[0]) {
    Value zeros = createZeros(builder, getLoc(), getOffset());
    gradients[0] = BatchNormInferenceOp::create(
        builder, getLoc(), getType(), gradient, getScale(), zeros, zeros,
        getVariance(), getEpsilon(), getLayout());
  }
  if (isAnyWanted(wanted, {1, 2})) {
    auto sums = BatchNormParameterGradientOp::create(
        builder, getLoc(),
        TypeRange{getScale().getType(), getOffset().getType()}, gradient,
        getInput(), getMean(), getVariance(), getEpsilon(), getLayout());
    for (unsigned i : {1, 2})
      if (wanted[i])
        gradients[i] = sums->getResult(i - 1);
  }
  return success();
}

LogicalResult ScaleShiftOp::buildGradients(OpBuilder &builder,
                                           ValueRange resultGradients,
                                           ArrayRef<bool> wanted,
                                           SmallVectorImpl<Value> &gradients,
                                           std::string &reason) {
  Value gradient = resultGradients[0];
  int64_t axis = getChannelAxis(getType().getRank(), getLayout());
  gradients.assign(getNumOperands(), Value());
  if (wanted[0])
    gradients[0] = ScaleShiftOp::create(
        builder, getLoc(), getType(), gradient, getScale(),
        createZeros(builder, getLoc(), getShift()), getLayout());
  if (wanted[1]) {
    Value product = MulOp::create(builder, getLoc(), gradient, getInput());
    gradients[1] = sumOthers(builder, getLoc(), product, axis);
  }
  if (wanted[2])
    gradients[2] = sumOthers(builder, getLoc(), gradient, axis);
  return success();
}

LogicalResult GroupNormOp::buildGradients(OpBuilder &builder,
                                          ValueRange resultGradients,
                                          ArrayRef<bool> wanted,
                                          SmallVectorImpl<Value> &gradients,
                                          std::string &reason) {
  auto norm = GroupNormGradientOp::create(
      builder, getLoc(),
      TypeRange{getInput().getType(), getScale().getType(),
                getOffset().getType()},
      resultGradients[0], getInput(), getScale(), getGroups(), getEpsilon(),
      getLayout());
  for (auto [i, gradient] : llvm::enumerate(norm->getResults()))
    gradients.push_back(wanted[i] ? gradient : Value());
  return success();
}

LogicalResult LayerNormOp::buildGradients(OpBuilder &builder,
                                          ValueRange resultGradients,
                                          ArrayRef<bool> wanted,
                                          SmallVectorImpl<Value> &gradients,
                                          std::string &reason) {
  auto norm = LayerNormGradientOp::create(
      builder, getLoc(),
      TypeRange{getInput().getType(), getScale().getType(),
                getScale().getType()},
      resultGradients[0], getInput(), getScale(), getAxis(), getEpsilon(),
      getRootMeanSquare());
  // The offset may be absent.
  for (unsigned i = 0; i < getNumOperands(); ++i)
    gradients.push_back(wanted[i] ? norm->getResult(i) : Value());
  return success();
}
