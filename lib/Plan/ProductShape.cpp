//===- ProductShape.cpp - Geometry and weights of a product kernel --------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Plan/ProductShape.h"

#include "bn/Dialect/BN/IR/Parameters.h"

#include "mlir/IR/DialectResourceBlobManager.h"

using namespace mlir;
using namespace mlir::bn;

SmallVector<float> bn::getConstantValues(Value constant) {
  ElementsAttr elements = getConstantElements(constant);
  assert(elements && "fusion groups have constant parameters");
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(elements)) {
    ArrayRef<char> bytes = resource.getRawHandle().getBlob()->getData();
    SmallVector<float> values(bytes.size() / sizeof(float));
    std::memcpy(values.data(), bytes.data(), bytes.size());
    return values;
  }
  return llvm::to_vector(elements.getValues<float>());
}

static ArrayRef<int64_t> getShape(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

/// Lanes of the longest vectors: what the channels of a group should fill.
static constexpr int64_t kGroupChannels = 16;

/// How many groups of `conv` become one: as few as fill whole vectors.
static int64_t getJoinedGroups(ConvOp conv) {
  int64_t groups = conv.getGroups();
  int64_t channels = getShape(conv.getFilter())[0] / groups;
  for (int64_t joined = 1; joined < groups; ++joined)
    if (groups % joined == 0 && channels * joined % kGroupChannels == 0)
      return joined;
  return groups;
}

static bool isDepthwise(ConvOp conv) {
  return conv.getGroups() > 1 && getShape(conv.getFilter())[1] == 1 &&
         getShape(conv.getFilter())[0] == conv.getGroups();
}

ProductShape bn::getProductShape(const FusionGroup &group) {
  ProductShape shape = {};
  if (auto conv = dyn_cast<ConvOp>(group.product)) {
    ArrayRef<int64_t> filter = getShape(conv.getFilter());
    shape.outputChannels = filter[0];
    shape.inputChannels = filter[1];
    shape.isDepthwise = isDepthwise(conv);
    if (!shape.isDepthwise) {
      int64_t joined = getJoinedGroups(conv);
      shape.groups = conv.getGroups() / joined;
      shape.inputChannels *= joined;
    }
    for (int i = 0; i < 2; ++i) {
      shape.kernel[i] = filter[2 + i];
      shape.strides[i] = conv.getStrides()[i];
      shape.dilations[i] = conv.getDilations()[i];
      shape.padding[i] = conv.getPadding()[i];
      shape.extents[i] = getShape(conv.getResult())[2 + i];
      shape.window[i] = 1;
    }
  } else {
    auto linear = cast<LinearOp>(group.product);
    ArrayRef<int64_t> image = getStoredShape(linear.getInput());
    shape.outputChannels = getShape(linear.getResult())[1];
    shape.inputChannels = image[1];
    for (int i = 0; i < 2; ++i) {
      shape.kernel[i] = image.size() == 4 ? image[2 + i] : 1;
      shape.strides[i] = shape.dilations[i] = 1;
      shape.extents[i] = shape.window[i] = 1;
    }
  }
  if (group.pool) {
    auto kernel = group.pool->getAttrOfType<DenseI64ArrayAttr>("kernel");
    for (int i = 0; i < 2; ++i)
      shape.window[i] = kernel[i];
  }
  return shape;
}

/// `factor * value`, rounded once.
static float scale(double factor, float value) {
  return static_cast<float>(factor * value);
}

/// The weights of `conv` with those of its groups that are joined side by side,
/// and zeros around them.
static SmallVector<float> joinGroups(ConvOp conv, SmallVector<float> weights) {
  int64_t joined = isDepthwise(conv) ? 1 : getJoinedGroups(conv);
  if (joined == 1)
    return weights;
  int64_t outputs = getShape(conv.getFilter())[0];
  int64_t own = weights.size() / outputs; // inputs and taps of one group
  int64_t outputsPerGroup = outputs / conv.getGroups();
  SmallVector<float> wide(weights.size() * joined, 0.0f);
  for (int64_t o = 0; o < outputs; ++o)
    llvm::copy(ArrayRef(weights).slice(o * own, own),
               wide.begin() +
                   (o * joined + o / outputsPerGroup % joined) * own);
  return wide;
}

ProductParameters bn::getProductParameters(const FusionGroup &group) {
  ProductParameters parameters;
  if (auto conv = dyn_cast<ConvOp>(group.product)) {
    parameters.weights = joinGroups(conv, getConstantValues(conv.getFilter()));
    if (conv.getBias())
      parameters.bias = getConstantValues(conv.getBias());
  } else {
    auto linear = cast<LinearOp>(group.product);
    SmallVector<float> weights = getConstantValues(linear.getWeight());
    int64_t outputs = getShape(linear.getResult())[1];
    int64_t inputs = getShape(linear.getInput())[1];
    double alpha = linear.getAlpha().convertToDouble();
    double beta = linear.getBeta().convertToDouble();
    parameters.weights.resize(weights.size());
    for (int64_t o = 0; o < outputs; ++o)
      for (int64_t i = 0; i < inputs; ++i)
        parameters.weights[o * inputs + i] = scale(
            alpha, linear.getTransposeWeight() ? weights[o * inputs + i]
                                               : weights[i * outputs + o]);
    if (linear.getBias())
      for (float value : getConstantValues(linear.getBias()))
        parameters.bias.push_back(scale(beta, value));
  }
  return parameters;
}
