//===- ProductShape.h - Geometry and weights of a product kernel --*- C++
//-*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_PLAN_PRODUCTSHAPE_H
#define BN_PLAN_PRODUCTSHAPE_H

#include "bn/Plan/FusionGroups.h"

namespace mlir::bn {

/// A convolution or linear layer as one thing: a two-dimensional convolution of
/// an image. A linear layer on flattened features is the convolution by a
/// kernel as large as the image; its output has extent 1 x 1.
struct ProductShape {
  /// Channels that each output reads, and channels of the output.
  int64_t inputChannels, outputChannels;
  /// Groups of output channels that read as many input channels each. Groups of
  /// the source with few channels are joined, with zeros as weights between
  /// them, so that a group's channels fill whole vectors.
  int64_t groups = 1;
  /// Each output channel reads the input channel of its number; `groups` is 1.
  bool isDepthwise = false;
  int64_t kernel[2];
  int64_t strides[2];
  int64_t dilations[2];
  /// Zero padding in front of each spatial dimension.
  int64_t padding[2];
  /// Positions of the output before pooling.
  int64_t extents[2];
  /// Disjoint pooling windows; 1 x 1 without pooling.
  int64_t window[2];

  /// Multiply-adds for each value of the output.
  int64_t getReductionSize() const {
    return inputChannels * kernel[0] * kernel[1];
  }
};

/// Geometry of the product of `group`.
ProductShape getProductShape(const FusionGroup &group);

/// Weights and bias of the product of `group` as numbers: `weights` in the
/// order output channel, input channel, kernel row, kernel column, and one
/// `bias` for each output channel. A linear layer's alpha and beta are
/// multiplied in.
struct ProductParameters {
  SmallVector<float> weights;
  SmallVector<float> bias;
};
ProductParameters getProductParameters(const FusionGroup &group);

/// The values of a constant f32 tensor.
SmallVector<float> getConstantValues(Value constant);

} // namespace mlir::bn

#endif // BN_PLAN_PRODUCTSHAPE_H
