//===- SampleNormGradientKernel.cpp - Means for norms of samples ----------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BlockLoop.h"

using namespace mlir;
using namespace mlir::bn;

void bn::buildSampleNormGradientKernel(ModelMapping &model, Operation *op,
                                       ArrayRef<Value> buffers) {
  Value input = op->getOperand(1);
  SmallVector<std::string> comment = {
      "Means for the gradient of " + forComment(getNodeName(op)) +
          ", with h = gradient * gamma",
      "and the normalized x^: of x, h and h * x^."};
  KernelBuilder kernel(model, (getNodeName(op) + "_gradient_means").str(),
                       op->getLoc(), comment);
  ElementBuilder &code = kernel.code;
  SmallVector<int64_t> shape = getStatisticsShape(op);
  StatisticsDomain domain = getStatisticsDomain(op, code);
  BlockLoop block = {kernel, kernel.addScratch(), kernel.getThread(),
                     domain.extents, domain.names};
  Point point = splitStatistics(op, shape, code, kernel.getBlock());
  auto [values, overBatch] = countValues(domain.extents);
  Value count = code.count(values, overBatch);
  auto getMean = [&](StringRef name, auto value) {
    Value mean = code.div(block.sum([&](ArrayRef<Value> inner) {
      return value(domain.place(point, inner));
    }),
                          count);
    mean.setLoc(code.named(name));
    return mean;
  };
  bool isCentered = buffers[0] != nullptr;
  Value mean, meanGradient;
  if (isCentered)
    mean = getMean("mean", [&](ArrayRef<Value> place) {
      return code.evaluate(input, place);
    });
  auto getCentered = [&](ArrayRef<Value> place) {
    Value x = code.evaluate(input, place);
    return isCentered ? code.sub(x, mean) : x;
  };
  Value variance = getMean("variance", [&](ArrayRef<Value> place) {
    Value x = getCentered(place);
    return code.mul(x, x);
  });
  Value inverse = code.invertDeviation(
      variance, op->getAttrOfType<FloatAttr>("epsilon").getValue());
  inverse.setLoc(code.named("inverse"));
  if (isCentered)
    meanGradient = getMean("mean_gradient", [&](ArrayRef<Value> place) {
      return code.scaleGradient(op, place);
    });
  Value product = getMean("mean_product", [&](ArrayRef<Value> place) {
    return code.mul(code.scaleGradient(op, place),
                    code.mul(getCentered(place), inverse));
  });
  SmallVector<std::pair<Value, Value>> stores = {{inverse, buffers[1]},
                                                 {product, buffers[3]}};
  if (isCentered) {
    stores.push_back({mean, buffers[0]});
    stores.push_back({meanGradient, buffers[2]});
  }
  block.store(stores, point);
  kernel.launch(model.getCount(shape));
}
