//===- PooledSums.cpp - Sums behind the gradient of a pooling -------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Dialect/BN/Transforms/PooledSums.h"

#include "bn/Dialect/BN/IR/Parameters.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace mlir::bn;

/// Whether the windows are disjoint, so that P(t) is smaller than t, and all
/// have the same divisor.
static bool hasDisjointWindows(AveragePoolGradientOp pool) {
  auto isAll = [](ArrayRef<int64_t> values, int64_t value) {
    return llvm::all_of(values, [=](int64_t v) { return v == value; });
  };
  int64_t size = 1;
  for (int64_t extent : pool.getKernel())
    size *= extent;
  return size > 1 && pool.getKernel() == pool.getStrides() &&
         isAll(pool.getPadding(), 0) && isAll(pool.getDilations(), 1) &&
         !pool.getCeilMode();
}

/// Moves what computes `value` pointwise up to where its operands are known.
static void hoist(Value value, Operation *notBefore) {
  Operation *op = value.getDefiningOp();
  if (!op || op->getBlock() != notBefore->getBlock() ||
      !notBefore->isBeforeInBlock(op))
    return;
  bool isConstant = matchPattern(op, m_Constant());
  if (!isConstant && !isa<AddOp, SubOp, MulOp, DivOp>(op))
    return;
  Operation *last = notBefore;
  for (Value operand : op->getOperands()) {
    hoist(operand, notBefore);
    Operation *producer = operand.getDefiningOp();
    if (producer && last->isBeforeInBlock(producer))
      last = producer;
  }
  op->moveAfter(last);
}

bool bn::sumOverPooled(BatchNormParameterGradientOp sums) {
  auto product = sums.getGradient().getDefiningOp<MulOp>();
  if (!product)
    return false;
  Value derivative = product.getRhs();
  auto pool = product.getLhs().getDefiningOp<AveragePoolGradientOp>();
  if (!pool) {
    derivative = product.getLhs();
    pool = product.getRhs().getDefiningOp<AveragePoolGradientOp>();
  }
  Type type = sums.getInput().getType();
  Operation *mean = sums.getMean().getDefiningOp();
  if (!pool || !hasDisjointWindows(pool) || derivative.getType() != type ||
      pool.getLayout() != sums.getLayout() || !mean ||
      mean->getBlock() != sums->getBlock())
    return false;

  // Where the forward pass is, so that it is there that all of it is computed.
  hoist(derivative, mean);
  OpBuilder builder(sums);
  Operation *known = derivative.getDefiningOp();
  if (known && mean->isBeforeInBlock(known))
    builder.setInsertionPointAfter(known);
  else
    builder.setInsertionPointAfter(mean);
  Location loc = sums.getLoc();
  int64_t rank = cast<RankedTensorType>(type).getRank();
  int64_t channelAxis = getChannelAxis(rank, sums.getLayout());
  auto channels = cast<RankedTensorType>(sums.getMean().getType());

  // What has no channels yet: t and t * (x - mean).
  SmallVector<int64_t> broadcast(rank - channelAxis, 1);
  broadcast.front() = channels.getDimSize(0);
  Value means = sums.getMean();
  if (broadcast.size() > 1)
    means = ReshapeOp::create(
        builder, loc, channels.clone(ArrayRef<int64_t>(broadcast)), means);
  Value centered = SubOp::create(builder, loc, type, sums.getInput(), means);
  auto poolOf = [&](Value value) -> Value {
    return AveragePoolOp::create(
        builder, loc, pool.getGradient().getType(), value, pool.getKernel(),
        pool.getStrides(), pool.getPadding(), pool.getDilations(),
        pool.getCeilMode(), pool.getCountIncludePad(), pool.getLayout());
  };
  Value ofScale =
      poolOf(MulOp::create(builder, loc, type, derivative, centered));
  Value ofOffset = poolOf(derivative);

  builder.setInsertionPoint(sums);
  SmallVector<int64_t> axes = llvm::to_vector(llvm::seq<int64_t>(0, rank));
  axes.erase(axes.begin() + channelAxis);
  auto sumWith = [&](Value pooled) -> Value {
    Value terms = MulOp::create(builder, loc, pooled.getType(),
                                pool.getGradient(), pooled);
    return ReduceSumOp::create(builder, loc, channels, terms, axes);
  };
  APFloat epsilon = sums.getEpsilon();
  bool losesInfo;
  epsilon.convert(
      cast<FloatType>(channels.getElementType()).getFloatSemantics(),
      APFloat::rmNearestTiesToEven, &losesInfo);
  Value deviation = SqrtOp::create(
      builder, loc,
      AddOp::create(
          builder, loc, channels, sums.getVariance(),
          arith::ConstantOp::create(
              builder, loc, DenseElementsAttr::get(channels, epsilon))));
  Value scaleGradient =
      DivOp::create(builder, loc, channels, sumWith(ofScale), deviation);
  sums.getScaleGradient().replaceAllUsesWith(scaleGradient);
  sums.getOffsetGradient().replaceAllUsesWith(sumWith(ofOffset));
  sums.erase();
  return true;
}
