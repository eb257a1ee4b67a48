//===- BNGradientsShapes.cpp - Gradients of pools and shapes --------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BNGradients.h"

#include "mlir/Dialect/Utils/IndexingUtils.h"

using namespace mlir;
using namespace mlir::bn;

//===----------------------------------------------------------------------===//
// Pools, reductions, dropout
//===----------------------------------------------------------------------===//

LogicalResult MaxPoolOp::buildGradients(OpBuilder &builder,
                                        ValueRange resultGradients,
                                        ArrayRef<bool> wanted,
                                        SmallVectorImpl<Value> &gradients,
                                        std::string &reason) {
  Value gradient = resultGradients[0];
  gradient = MaxPoolGradientOp::create(
      builder, getLoc(), getInput().getType(), gradient, getInput(),
      getKernel(), getStrides(), getPadding(), getDilations(), getCeilMode(),
      getLayout());
  gradients.push_back(gradient);
  return success();
}

LogicalResult AveragePoolOp::buildGradients(OpBuilder &builder,
                                            ValueRange resultGradients,
                                            ArrayRef<bool> wanted,
                                            SmallVectorImpl<Value> &gradients,
                                            std::string &reason) {
  Value gradient = resultGradients[0];
  gradient = AveragePoolGradientOp::create(
      builder, getLoc(), getInput().getType(), gradient, getKernel(),
      getStrides(), getPadding(), getDilations(), getCeilMode(),
      getCountIncludePad(), getLayout());
  gradients.push_back(gradient);
  return success();
}

LogicalResult ReduceMeanOp::buildGradients(OpBuilder &builder,
                                           ValueRange resultGradients,
                                           ArrayRef<bool> wanted,
                                           SmallVectorImpl<Value> &gradients,
                                           std::string &reason) {
  Value gradient = resultGradients[0];
  gradient = ReduceMeanGradientOp::create(builder, getLoc(),
                                          getInput().getType(), gradient,
                                          getInput(), getAxes(), getKeepDims());
  gradients.push_back(gradient);
  return success();
}

LogicalResult DropoutOp::buildGradients(OpBuilder &builder,
                                        ValueRange resultGradients,
                                        ArrayRef<bool> wanted,
                                        SmallVectorImpl<Value> &gradients,
                                        std::string &reason) {
  if (!getSeed()) {
    reason = "it has no seed";
    return failure();
  }
  // The seed chooses the same values again.
  gradients.push_back(DropoutOp::create(builder, getLoc(), getType(),
                                        resultGradients[0], getSeed(),
                                        getRatio(), getStream()));
  gradients.push_back(Value());
  return success();
}

//===----------------------------------------------------------------------===//
// Ops that move values
//===----------------------------------------------------------------------===//

LogicalResult ReshapeOp::buildGradients(OpBuilder &builder,
                                        ValueRange resultGradients,
                                        ArrayRef<bool> wanted,
                                        SmallVectorImpl<Value> &gradients,
                                        std::string &reason) {
  Value gradient = resultGradients[0];
  gradient =
      ReshapeOp::create(builder, getLoc(), getInput().getType(), gradient);
  gradients.push_back(gradient);
  return success();
}

LogicalResult TransposeOp::buildGradients(OpBuilder &builder,
                                          ValueRange resultGradients,
                                          ArrayRef<bool> wanted,
                                          SmallVectorImpl<Value> &gradients,
                                          std::string &reason) {
  Value gradient = resultGradients[0];
  gradient = TransposeOp::create(builder, getLoc(), gradient,
                                 invertPermutationVector(getPermutation()));
  gradients.push_back(gradient);
  return success();
}

LogicalResult ConcatOp::buildGradients(OpBuilder &builder,
                                       ValueRange resultGradients,
                                       ArrayRef<bool> wanted,
                                       SmallVectorImpl<Value> &gradients,
                                       std::string &reason) {
  int64_t begin = 0;
  for (auto [i, input] : llvm::enumerate(getInputs())) {
    int64_t size =
        cast<RankedTensorType>(input.getType()).getDimSize(getAxis());
    Value gradient;
    if (wanted[i])
      gradient = SliceOp::create(builder, getLoc(), resultGradients[0],
                                 getAxis(), begin, size);
    gradients.push_back(gradient);
    begin += size;
  }
  return success();
}

/// Zeros of the shape of `like`, whose batch may be dynamic: the gradient of a
/// mean that nothing depends on.
static Value createZeros(OpBuilder &builder, Location loc, Value like) {
  auto type = cast<RankedTensorType>(like.getType());
  auto axes = llvm::to_vector(llvm::seq<int64_t>(type.getRank()));
  Value zero = createSplat(
      builder, loc, RankedTensorType::get({}, type.getElementType()), 0.0);
  return ReduceMeanGradientOp::create(builder, loc, type, zero, like, axes,
                                      /*keep_dims=*/false);
}

LogicalResult SliceOp::buildGradients(OpBuilder &builder,
                                      ValueRange resultGradients,
                                      ArrayRef<bool> wanted,
                                      SmallVectorImpl<Value> &gradients,
                                      std::string &reason) {
  auto type = cast<RankedTensorType>(getInput().getType());
  int64_t end = getBegin() + getSize(), extent = type.getDimSize(getAxis());
  auto createRest = [&](int64_t begin, int64_t size) {
    Value rest =
        SliceOp::create(builder, getLoc(), getInput(), getAxis(), begin, size);
    return createZeros(builder, getLoc(), rest);
  };
  SmallVector<Value> parts;
  if (getBegin() > 0)
    parts.push_back(createRest(0, getBegin()));
  parts.push_back(resultGradients[0]);
  if (end < extent)
    parts.push_back(createRest(end, extent - end));
  gradients.push_back(ConcatOp::create(builder, getLoc(), parts, getAxis()));
  return success();
}
