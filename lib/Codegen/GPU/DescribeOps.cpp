//===- DescribeOps.cpp - What kernels say of themselves -------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ModelMapping.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::bn;

/// "5x5"
static std::string join(ArrayRef<int64_t> extents) {
  std::string text;
  for (int64_t extent : extents)
    text += (text.empty() ? "" : "x") + std::to_string(extent);
  return text;
}

/// "2", or "2x1" where the spatial axes differ.
static std::string joinEqual(ArrayRef<int64_t> values) {
  return llvm::all_equal(values) ? std::to_string(values.front())
                                 : join(values);
}

/// What differs from a window that moves by 1 within its input.
template <typename Op> static std::string describeWindow(Op op) {
  std::string text;
  if (llvm::any_of(op.getStrides(), [](int64_t s) { return s != 1; }))
    text += ", stride " + joinEqual(op.getStrides());
  if (llvm::any_of(op.getPadding(), [](int64_t p) { return p != 0; }))
    text += ", padding " + joinEqual(op.getPadding());
  if (llvm::any_of(op.getDilations(), [](int64_t d) { return d != 1; }))
    text += ", dilation " + joinEqual(op.getDilations());
  return text;
}

static std::string describeConv(ConvOp conv) {
  auto filter = cast<RankedTensorType>(conv.getFilter().getType()).getShape();
  std::string text =
      join(filter.drop_front(2)) + " convolution" + describeWindow(conv);
  if (conv.getGroups() != 1)
    text += ", " + std::to_string(conv.getGroups()) + " groups";
  return text + ": y[o] = " + (conv.getBias() ? "b[o] + " : "") +
         "sum of x[c, p + k] * w[o, c, k]";
}

static std::string describeNorm(StringRef mean, bool hasOffset) {
  return ("y = (x - " + mean + ") / sqrt(variance + epsilon) * gamma" +
          (hasOffset ? " + beta" : ""))
      .str();
}

/// What only training steps have.
static std::string describeTraining(Operation *op) {
  return llvm::TypeSwitch<Operation *, std::string>(op)
      .Case([](CrossEntropyLossOp) {
        return "cross-entropy of softmax, its gradient, and hits";
      })
      .Case([](MeanSquaredErrorLossOp) {
        return "squared error, its gradient, and hits";
      })
      .Case([](SgdUpdateOp) { return "gradient descent with momentum"; })
      .Case([](AdamUpdateOp adam) {
        return adam.getDecoupled() ? "AdamW" : "Adam";
      })
      .Case([](BatchStatisticsOp) {
        return "mean and variance of each channel of the batch";
      })
      .Case([](RunningStatisticsOp) {
        return "running = momentum * running + (1 - momentum) * batch";
      })
      .Case([](BatchNormParameterGradientOp) {
        return "gradients of gamma and beta: sum(dy * x^), sum(dy)";
      })
      .Case([](BatchNormInputGradientOp) {
        return "dx = gamma / deviation * (dy - (dbeta + x^ * dgamma) / m)";
      })
      .Case<GroupNormGradientOp, LayerNormGradientOp>([](auto) {
        return "dx = (h - mean(h) - x^ * mean(h * x^)) / deviation, h = dy * "
               "gamma";
      })
      .Case([](ConvInputGradientOp) {
        return "gradient of the input: sum of dy[o, p - k] * w[o, c, k]";
      })
      .Case([](ConvFilterGradientOp) {
        return "gradient of the filter: sum of dy[o, p] * x[c, p + k]";
      })
      .Case([](MaxPoolGradientOp) {
        return "each window gives its gradient to its first largest value";
      })
      .Case([](AveragePoolGradientOp) {
        return "each window gives its gradient to its values in equal parts";
      })
      .Case([](ReduceMeanGradientOp) { return "dx = dy / m"; })
      .Case([](ReluGradientOp) { return "dx = y > 0 ? dy : 0"; })
      .Case([](DropoutOp) { return "zeros at random, by a hash of the place"; })
      .Default([](Operation *) { return ""; });
}

static std::string describe(Operation *op) {
  return llvm::TypeSwitch<Operation *, std::string>(op)
      .Case([](ConvOp conv) { return describeConv(conv); })
      .Case([](LinearOp linear) {
        std::string bias = linear.getBias() ? " + b[o]" : "";
        return "linear layer: y[o] = sum of x[k] * w[o, k]" + bias;
      })
      .Case([](ReluOp) { return "y = max(x, 0)"; })
      .Case([](SigmoidOp) { return "y = 1 / (1 + exp(-x))"; })
      .Case([](TanhOp) { return "y = tanh(x)"; })
      .Case([](ExpOp) { return "y = exp(x)"; })
      .Case([](SqrtOp) { return "y = sqrt(x)"; })
      .Case([](AddOp) { return "y = a + b"; })
      .Case([](SubOp) { return "y = a - b"; })
      .Case([](MulOp) { return "y = a * b"; })
      .Case([](DivOp) { return "y = a / b"; })
      .Case([](PowOp) { return "y = a ^ b"; })
      .Case([](MaxPoolOp pool) {
        return "maximum of " + join(pool.getKernel()) + " windows" +
               describeWindow(pool);
      })
      .Case([](AveragePoolOp pool) {
        return "mean of " + join(pool.getKernel()) + " windows" +
               describeWindow(pool);
      })
      .Case([](ReduceMeanOp) { return "y = sum(x) / m"; })
      .Case([](ReduceSumOp) { return "y = sum(x)"; })
      .Case([](ScaleShiftOp) { return "y = a[c] * x + b[c]"; })
      .Case([](BatchNormInferenceOp) {
        return describeNorm("mean[c]", /*hasOffset=*/true);
      })
      .Case<BatchNormTrainingOp, GroupNormOp>(
          [](auto) { return describeNorm("mean", /*hasOffset=*/true); })
      .Case([](LayerNormOp norm) {
        return describeNorm(norm.getRootMeanSquare() ? "0" : "mean",
                            norm.getOffset() != nullptr);
      })
      .Case([](ReshapeOp) { return "the same values in another shape"; })
      .Case([](TransposeOp) { return "permuted axes"; })
      .Case([](ConcatOp) { return "tensors one behind the other"; })
      .Case([](SliceOp) { return "some positions of an axis"; })
      .Default([](Operation *other) { return describeTraining(other); });
}

std::string bn::forComment(StringRef text) {
  std::string result;
  for (char c : text)
    result += llvm::isPrint(c) && c != '\\' ? c : '_';
  return result;
}

SmallVector<std::string> bn::describeOps(ArrayRef<Operation *> ops) {
  SmallVector<std::string> lines;
  for (Operation *op : ops)
    lines.push_back(forComment(getNodeName(op)) + ": " + describe(op));
  return lines;
}
