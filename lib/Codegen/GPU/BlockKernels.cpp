//===- BlockKernels.cpp - One block of threads per value ------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ModelMapping.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace mlir::bn;

namespace {

/// Sums over positions, by the threads of a block.
struct BlockLoop {
  KernelBuilder &kernel;
  Value scratch, thread;
  /// What is summed over; the first extent may be dynamic.
  SmallVector<int64_t> extents;
  SmallVector<StringRef> names;

  Value sum(llvm::function_ref<Value(ArrayRef<Value>)> value) {
    ElementBuilder &code = kernel.code;
    OpBuilder &b = code.builder;
    Location loc = code.getLoc();
    auto [fixed, overBatch] = countValues(extents);
    Value count =
        overBatch ? code.mulIndex(kernel.getBatch(), fixed) : code.index(fixed);
    auto loop = scf::ForOp::create(b, loc, thread, count,
                                   code.index(kBlockSize), code.number(0.0));
    loop.getInductionVar().setLoc(code.named("i"));
    loop.getRegionIterArg(0).setLoc(code.named("sum"));
    {
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToStart(loop.getBody());
      Point inner = code.split(loop.getInductionVar(), extents, names);
      Value next = code.add(loop.getRegionIterArg(0), value(inner));
      scf::YieldOp::create(b, loc, next);
    }
    return kernel.sumOverBlock(loop.getResult(0), scratch);
  }

  /// Stores by one thread.
  void store(ArrayRef<std::pair<Value, Value>> valuesAndBuffers,
             ArrayRef<Value> point) {
    ElementBuilder &code = kernel.code;
    OpBuilder &b = code.builder;
    Location loc = code.getLoc();
    Value isFirst = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq,
                                          thread, code.index(0));
    auto branch = scf::IfOp::create(b, loc, isFirst, /*withElseRegion=*/false);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(branch.thenBlock());
    for (auto [value, buffer] : valuesAndBuffers)
      memref::StoreOp::create(b, loc, value, kernel.getArgument(buffer), point);
  }
};

} // namespace

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
  if (auto norm = dyn_cast<GroupNormOp>(op))
    return {shape[0], static_cast<int64_t>(norm.getGroups())};
  if (auto norm = dyn_cast<LayerNormOp>(op))
    return SmallVector<int64_t>(shape.take_front(norm.getAxis()));
  return {cast<BatchNormTrainingOp>(op).getChannelCount()};
}

namespace {

/// Which values of its input a norm's statistics are taken over.
struct StatisticsDomain {
  SmallVector<int64_t> extents;
  SmallVector<StringRef> names;
  /// From the statistics' position and one in `extents` to one of the input.
  std::function<Point(ArrayRef<Value>, ArrayRef<Value>)> place;
};

} // namespace

static StatisticsDomain getDomain(Operation *op, ElementBuilder &code) {
  Value input = op->getOperand(0);
  auto shape = cast<RankedTensorType>(input.getType()).getShape();
  SmallVector<StringRef> names = getAxisNames(input);
  StatisticsDomain domain;
  if (auto norm = dyn_cast<LayerNormOp>(op)) {
    domain.extents.assign(shape.begin() + norm.getAxis(), shape.end());
    domain.names.assign(names.begin() + norm.getAxis(), names.end());
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
  if (auto norm = dyn_cast<GroupNormOp>(op)) {
    // All but the batch; of the channels those of a group.
    int64_t size = norm.getChannelCount() / norm.getGroups();
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
  StatisticsDomain domain = getDomain(op, code);
  BlockLoop block = {kernel, kernel.addScratch(), kernel.getThread(),
                     domain.extents, domain.names};
  SmallVector<StringRef> names = {"row", "group"};
  if (isa<BatchNormTrainingOp>(op))
    names = {"channel"};
  else if (shape.size() > 2)
    names = SmallVector<StringRef>(
        ArrayRef<StringRef>(getAxisNames(input)).take_front(shape.size()));
  Point point = code.split(kernel.getBlock(), shape,
                           ArrayRef<StringRef>(names).take_front(shape.size()));
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
