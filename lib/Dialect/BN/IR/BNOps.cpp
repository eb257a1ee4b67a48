//===- BNOps.cpp - Ops of the bn dialect ----------------------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Dialect/BN/IR/BN.h"

#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace mlir::bn;

#include "bn/Dialect/BN/IR/BNInterfaces.cpp.inc"
#define GET_OP_CLASSES
#include "bn/Dialect/BN/IR/BNOps.cpp.inc"

//===----------------------------------------------------------------------===//
// NormalizationOpInterface
//===----------------------------------------------------------------------===//

StringRef BatchNormInferenceOp::getSourceOpType() {
  return "BatchNormalization";
}

int64_t BatchNormInferenceOp::getChannelCount() {
  return getScale().getType().getDimSize(0);
}

StringRef BatchNormTrainingOp::getSourceOpType() {
  return "BatchNormalization";
}

int64_t BatchNormTrainingOp::getChannelCount() {
  return getScale().getType().getDimSize(0);
}

StringRef GroupNormOp::getSourceOpType() {
  return static_cast<int64_t>(getGroups()) == getChannelCount()
             ? "InstanceNormalization"
             : "GroupNormalization";
}

int64_t GroupNormOp::getChannelCount() {
  return getScale().getType().getDimSize(0);
}

StringRef LayerNormOp::getSourceOpType() {
  return getRootMeanSquare() ? "RMSNormalization" : "LayerNormalization";
}

int64_t LayerNormOp::getChannelCount() {
  return cast<RankedTensorType>(getScale().getType()).getNumElements();
}
