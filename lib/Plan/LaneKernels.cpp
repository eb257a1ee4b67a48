//===- LaneKernels.cpp - Which ops have lane kernels ----------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Plan/LaneKernels.h"

#include "bn/Dialect/BN/IR/BN.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::bn;

static RankedTensorType getTensorType(Value value) {
  return cast<RankedTensorType>(value.getType());
}

/// True for a block of rows; false for a parameter.
static bool hasBatch(Value value) {
  RankedTensorType type = getTensorType(value);
  return type.getRank() > 0 && type.isDynamicDim(0);
}

/// True if all tensors are of f32, but for labels, hits and seeds, and static
/// but for the batch.
static bool hasLaneStorage(Operation *op) {
  auto isStored = [](Value value) {
    auto type = dyn_cast<RankedTensorType>(value.getType());
    if (!type)
      return false;
    ArrayRef<int64_t> shape = type.getShape();
    return (type.getElementType().isF32() ||
            type.getElementType().isInteger(64)) &&
           llvm::none_of(shape.drop_front(std::min<size_t>(1, shape.size())),
                         ShapedType::isDynamic);
  };
  return llvm::all_of(op->getOperands(), isStored) &&
         llvm::all_of(op->getResults(), isStored);
}

/// True for an op whose images are not stored channels first.
static bool isChannelsLast(Operation *op) {
  auto layout = op->getAttrOfType<LayoutAttr>("layout");
  return layout && layout.getValue() != Layout::NCHW;
}

static bool isImage(Value value) { return getTensorType(value).getRank() == 4; }

/// True if no two windows overlap and none reaches over the edge.
template <typename PoolOp> static bool hasDisjointWindows(PoolOp pool) {
  auto isZero = [](int64_t value) { return value == 0; };
  auto isOne = [](int64_t value) { return value == 1; };
  return llvm::equal(pool.getKernel(), pool.getStrides()) &&
         llvm::all_of(pool.getPadding(), isZero) &&
         llvm::all_of(pool.getDilations(), isOne) && !pool.getCeilMode();
}

/// Elementwise ops broadcast parameters, and rows of the same rank.
static bool broadcastsWithinRows(Operation *op) {
  int64_t rank = getTensorType(op->getResult(0)).getRank();
  return llvm::all_of(op->getOperands(), [&](Value operand) {
    RankedTensorType type = getTensorType(operand);
    if (hasBatch(operand))
      return type.getRank() == rank;
    // A parameter has no value per row.
    return type.getRank() < rank || type.getDimSize(0) == 1;
  });
}

static bool reducesBatch(ReduceSumOp op) {
  return llvm::is_contained(op.getAxes(), 0);
}

LaneForm bn::getLaneForm(Operation *op) {
  if (op->getNumResults() == 0 || !hasLaneStorage(op) || isChannelsLast(op))
    return LaneForm::none;
  auto formIf = [](bool condition, LaneForm form) {
    return condition ? form : LaneForm::none;
  };
  return llvm::TypeSwitch<Operation *, LaneForm>(op)
      .Case<ReshapeOp>([&](ReshapeOp reshape) {
        return formIf(hasBatch(reshape.getInput()) ==
                          hasBatch(reshape.getResult()),
                      LaneForm::view);
      })
      .Case<ReluOp, ClipOp, SigmoidOp, TanhOp, ExpOp, SqrtOp, ReluGradientOp,
            AddOp, SubOp, MulOp, DivOp, PowOp>([&](auto elementwise) {
        return formIf(hasBatch(elementwise.getResult()) &&
                          broadcastsWithinRows(elementwise),
                      LaneForm::pointwise);
      })
      .Case<BatchNormInferenceOp, BatchNormInputGradientOp, ScaleShiftOp>(
          [&](auto norm) {
            return formIf(hasBatch(norm.getResult()), LaneForm::pointwise);
          })
      .Case<DropoutOp>([&](DropoutOp dropout) {
        return formIf(hasBatch(dropout.getResult()) && dropout.getSeed(),
                      LaneForm::pointwise);
      })
      .Case<AveragePoolGradientOp, MaxPoolGradientOp>([&](auto pool) {
        return formIf(isImage(pool.getResult()), hasDisjointWindows(pool)
                                                     ? LaneForm::pointwise
                                                     : LaneForm::whole);
      })
      .Case<ReduceMeanGradientOp>([&](ReduceMeanGradientOp mean) {
        return formIf(!llvm::is_contained(mean.getAxes(), 0),
                      LaneForm::pointwise);
      })
      .Case<TransposeOp>([&](TransposeOp transpose) {
        return formIf(hasBatch(transpose.getInput()) &&
                          transpose.getPermutation().front() == 0,
                      LaneForm::pointwise);
      })
      .Case<SliceOp>([&](SliceOp slice) {
        return formIf(hasBatch(slice.getInput()) && slice.getAxis() != 0,
                      LaneForm::pointwise);
      })
      .Case<ConvOp>([&](ConvOp conv) {
        return formIf(isImage(conv.getInput()) && !hasBatch(conv.getFilter()),
                      LaneForm::product);
      })
      .Case<ConvInputGradientOp>([&](ConvInputGradientOp conv) {
        return formIf(isImage(conv.getGradient()) &&
                          !hasBatch(conv.getFilter()),
                      LaneForm::product);
      })
      .Case<WinogradConvOp, WinogradConvInputGradientOp>(
          [](Operation *) { return LaneForm::product; })
      .Case<WinogradConvFilterGradientOp>(
          [](Operation *) { return LaneForm::whole; })
      .Case<LinearOp>([&](LinearOp linear) {
        return formIf(getTensorType(linear.getInput()).getRank() == 2 &&
                          !linear.getTransposeInput() &&
                          hasBatch(linear.getInput()) &&
                          !hasBatch(linear.getWeight()),
                      LaneForm::product);
      })
      .Case<BatchStatisticsOp, BatchNormParameterGradientOp>(
          [](Operation *) { return LaneForm::reduction; })
      .Case<ReduceSumOp>([&](ReduceSumOp sum) {
        return formIf(hasBatch(sum.getInput()), reducesBatch(sum)
                                                    ? LaneForm::reduction
                                                    : LaneForm::window);
      })
      .Case<ReduceMeanOp>([&](ReduceMeanOp mean) {
        return formIf(hasBatch(mean.getInput()) &&
                          !llvm::is_contained(mean.getAxes(), 0),
                      LaneForm::window);
      })
      .Case<AveragePoolOp, MaxPoolOp>([&](auto pool) {
        return formIf(isImage(pool.getInput()), LaneForm::window);
      })
      .Case<ConvFilterGradientOp>([&](ConvFilterGradientOp conv) {
        return formIf(isImage(conv.getInput()), LaneForm::whole);
      })
      .Case<ConcatOp>([&](ConcatOp concat) {
        return formIf(concat.getAxis() != 0 &&
                          llvm::all_of(concat.getInputs(), hasBatch),
                      LaneForm::whole);
      })
      .Case<LayerNormOp, LayerNormGradientOp>([&](auto norm) {
        return formIf(hasBatch(norm.getInput()) && norm.getAxis() != 0,
                      LaneForm::whole);
      })
      .Case<CrossEntropyLossOp, MeanSquaredErrorLossOp, GroupNormOp,
            GroupNormGradientOp>([](Operation *) { return LaneForm::whole; })
      .Default([](Operation *) { return LaneForm::none; });
}

bool bn::hasLaneKernel(Operation *op) {
  return getLaneForm(op) != LaneForm::none;
}

double bn::getLaneCost(Operation *op) {
  // Measured with AVX-512: a range reduction and a polynomial, and a division.
  if (isa<SigmoidOp, TanhOp>(op))
    return 20;
  if (isa<ExpOp>(op))
    return 12;
  // Two products of integers, which take two instructions each.
  if (isa<DropoutOp>(op))
    return 12;
  if (isa<DivOp, SqrtOp>(op))
    return 8;
  // One call of the library per lane.
  if (isa<PowOp>(op))
    return 400;
  if (isa<BatchNormInputGradientOp>(op))
    return 4;
  if (auto pool = dyn_cast<MaxPoolGradientOp>(op))
    return 4 * pool.getKernel()[0] * pool.getKernel()[1];
  return isa<BatchNormInferenceOp, ReluOp, ClipOp, ReluGradientOp>(op) ? 2 : 1;
}

bool bn::hasBatchSumKernel(Operation *op) {
  if (op->getNumResults() == 0 || !hasLaneStorage(op) || isChannelsLast(op))
    return false;
  if (auto conv = dyn_cast<ConvFilterGradientOp>(op))
    return isImage(conv.getInput());
  if (isa<WinogradConvFilterGradientOp>(op))
    return true;
  if (auto linear = dyn_cast<LinearOp>(op))
    return linear.getTransposeInput() && !linear.getTransposeWeight() &&
           hasBatch(linear.getInput()) && hasBatch(linear.getWeight()) &&
           !linear.getBias();
  return false;
}
