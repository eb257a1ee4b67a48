//===- BlockKernels.cpp - One block of threads per value ------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BlockLoop.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace mlir::bn;

void bn::buildReductionKernel(ModelMapping &model, Operation *op,
                              Value buffer) {
  Value input = op->getOperand(0);
  auto isStored = [&](Value operand) -> bool {
    return model.getBuffer(operand) != nullptr;
  };
  SmallVector<Operation *> ops = getExpressionOps(op->getResult(0), isStored);
  KernelBuilder kernel(model, getKernelName(ops), op->getLoc(),
                       describeOps(ops));
  ElementBuilder &code = kernel.code;
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  auto axes = op->getAttrOfType<DenseI64ArrayAttr>("axes").asArrayRef();
  BlockLoop block = {kernel, kernel.addScratch(), kernel.getThread(), {}, {}};
  Point point = code.split(kernel.getBlock(), type.getShape(),
                           getAxisNames(op->getResult(0)));
  auto inputType = cast<RankedTensorType>(input.getType());
  auto names = getAxisNames(input);
  for (int64_t axis : axes) {
    block.extents.push_back(inputType.getDimSize(axis));
    block.names.push_back(names[axis]);
  }
  Value total = block.sum([&](ArrayRef<Value> inner) {
    Point position(inputType.getRank());
    for (size_t axis = 0, kept = 0; axis < position.size(); ++axis)
      if (!llvm::is_contained(axes, axis))
        position[axis] = point[kept++];
      else
        kept += op->hasAttr("keep_dims");
    for (auto [axis, along] : llvm::zip(axes, inner))
      position[axis] = along;
    return code.evaluate(input, position);
  });
  auto [values, overBatch] = getReducedCount(op);
  if (isa<ReduceMeanOp>(op))
    total = code.div(total, code.count(values, overBatch));
  block.store({{total, buffer}}, point);
  kernel.launch(model.getCount(type.getShape()));
}

SmallVector<int64_t> bn::getStatisticsShape(Operation *op) {
  auto shape = cast<RankedTensorType>(op->getOperand(0).getType()).getShape();
  if (auto groups = op->getAttrOfType<IntegerAttr>("groups"))
    return {shape[0], groups.getInt()};
  if (auto axis = op->getAttrOfType<IntegerAttr>("axis"))
    return SmallVector<int64_t>(shape.take_front(axis.getInt()));
  return {cast<BatchNormTrainingOp>(op).getChannelCount()};
}

StatisticsDomain bn::getStatisticsDomain(Operation *op, ElementBuilder &code) {
  Value input = op->getOperand(0);
  auto shape = cast<RankedTensorType>(input.getType()).getShape();
  SmallVector<StringRef> names = getAxisNames(input);
  StatisticsDomain domain;
  if (auto axis = op->getAttrOfType<IntegerAttr>("axis")) {
    domain.extents.assign(shape.begin() + axis.getInt(), shape.end());
    domain.names.assign(names.begin() + axis.getInt(), names.end());
    domain.place = [](ArrayRef<Value> outer, ArrayRef<Value> inner) {
      Point position(outer);
      position.append(inner.begin(), inner.end());
      return position;
    };
    return domain;
  }
  auto layout = op->getAttrOfType<LayoutAttr>("layout");
  size_t channelAxis =
      getChannelAxis(shape.size(), layout ? layout.getValue() : Layout::NCHW);
  domain.extents.assign(shape.begin(), shape.end());
  domain.names = names;
  if (auto groups = op->getAttrOfType<IntegerAttr>("groups")) {
    // All but the batch; of the channels those of a group.
    int64_t size = shape[channelAxis] / groups.getInt();
    domain.extents[channelAxis] = size;
    domain.extents.erase(domain.extents.begin());
    domain.names.erase(domain.names.begin());
    domain.names[channelAxis - 1] = "c";
    domain.place = [&code, size, channelAxis](ArrayRef<Value> outer,
                                              ArrayRef<Value> inner) {
      Point position = {outer[0]};
      position.append(inner.begin(), inner.end());
      position[channelAxis] =
          code.addIndex(code.mulIndex(outer[1], size), position[channelAxis]);
      return position;
    };
    return domain;
  }
  // All but the channels.
  domain.extents.erase(domain.extents.begin() + channelAxis);
  domain.names.erase(domain.names.begin() + channelAxis);
  domain.place = [channelAxis](ArrayRef<Value> outer, ArrayRef<Value> inner) {
    Point position(inner);
    position.insert(position.begin() + channelAxis, outer[0]);
    return position;
  };
  return domain;
}

Point bn::splitStatistics(Operation *op, ArrayRef<int64_t> shape,
                          ElementBuilder &code, Value linear) {
  SmallVector<StringRef> names = {"row", "group"};
  if (isa<BatchNormTrainingOp>(op))
    names = {"channel"};
  else if (shape.size() > 2)
    names = getAxisNames(op->getOperand(0));
  return code.split(linear, shape,
                    ArrayRef<StringRef>(names).take_front(shape.size()));
}

void bn::buildStatisticsKernel(ModelMapping &model, Operation *op, Value mean,
                               Value spread) {
  Value input = op->getOperand(0);
  std::string formula =
      mean ? "mean = sum(x) / m, variance = sum((x - mean)^2) / m"
           : "variance = sum(x^2) / m";
  SmallVector<std::string> comment = {
      "Statistics for " + forComment(getNodeName(op)) + ":", formula};
  KernelBuilder kernel(model, (getNodeName(op) + "_statistics").str(),
                       op->getLoc(), comment);
  ElementBuilder &code = kernel.code;
  SmallVector<int64_t> shape = getStatisticsShape(op);
  StatisticsDomain domain = getStatisticsDomain(op, code);
  BlockLoop block = {kernel, kernel.addScratch(), kernel.getThread(),
                     domain.extents, domain.names};
  Point point = splitStatistics(op, shape, code, kernel.getBlock());
  auto evaluate = [&](ArrayRef<Value> inner) {
    return code.evaluate(input, domain.place(point, inner));
  };

  auto [values, overBatch] = countValues(domain.extents);
  Value count = code.count(values, overBatch);
  Value average;
  if (mean) {
    average = code.div(block.sum(evaluate), count);
    average.setLoc(code.named("mean"));
  }
  Value variance = code.div(block.sum([&](ArrayRef<Value> inner) {
    Value x = evaluate(inner);
    if (average)
      x = code.sub(x, average);
    return code.mul(x, x);
  }),
                            count);
  SmallVector<std::pair<Value, Value>> stores;
  if (mean)
    stores.push_back({average, mean});
  if (isa<BatchNormTrainingOp>(op)) {
    stores.push_back({variance, spread});
  } else {
    FloatAttr epsilon = op->getAttrOfType<FloatAttr>("epsilon");
    variance.setLoc(code.named("variance"));
    stores.push_back(
        {code.invertDeviation(variance, epsilon.getValue()), spread});
  }
  block.store(stores, point);
  kernel.launch(model.getCount(shape));
}
