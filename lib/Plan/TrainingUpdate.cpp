//===- TrainingUpdate.cpp - The optimizer's step on vectors ---------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TrainingUpdate.h"

#include "bn/Dialect/BN/IR/BN.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace mlir::bn;

/// Values of each vector that one task computes: enough to be worth a task.
static constexpr int64_t kPiece = 16 << 10;

Operation *bn::findUpdate(func::FuncOp func) {
  Block &body = func.getBody().front();
  Operation *op = &body.front();
  if (!isa<SgdUpdateOp, AdamUpdateOp>(op) || op->getNextNode() == nullptr ||
      op->getNextNode() != body.getTerminator())
    return nullptr;
  bool inOrder =
      llvm::equal(op->getOperands(), body.getArguments()) &&
      llvm::equal(op->getResults(), body.getTerminator()->getOperands());
  auto type = cast<RankedTensorType>(op->getOperand(0).getType());
  bool isVector = type.getElementType().isF32() && type.isDynamicDim(0);
  return inOrder && isVector ? op : nullptr;
}

namespace {

/// Builds the task that computes one piece.
class UpdateEmitter {
public:
  UpdateEmitter(Operation *update, func::FuncOp task, int64_t lanes)
      : update(update), task(task), lanes(lanes),
        builder(OpBuilder::atBlockBegin(task.addEntryBlock())),
        loc(update->getLoc()) {}

  void run();

private:
  void emitLoop(Value lower, Value upper, int64_t step);
  SmallVector<Value> compute(ArrayRef<Value> values);
  SmallVector<Value> computeSgd(ArrayRef<Value> values);
  SmallVector<Value> computeAdam(ArrayRef<Value> values);

  Value constant(int64_t value) {
    return arith::ConstantIndexOp::create(builder, loc, value);
  }
  /// The scalar `value` as what is computed with: a vector, or itself.
  Value spread(Value value) {
    return vectorType
               ? vector::BroadcastOp::create(builder, loc, vectorType, value)
                     .getResult()
               : value;
  }
  Value fma(Value a, Value b, Value c) {
    return math::FmaOp::create(builder, loc, a, b, c);
  }
  Value negate(Value a) { return arith::NegFOp::create(builder, loc, a); }
  Value number(float value) {
    return arith::ConstantOp::create(builder, loc,
                                     builder.getF32FloatAttr(value));
  }

  Operation *update;
  func::FuncOp task;
  int64_t lanes;
  OpBuilder builder;
  Location loc;
  SmallVector<Value> settings;
  VectorType vectorType;
};

} // namespace

SmallVector<Value> UpdateEmitter::computeSgd(ArrayRef<Value> values) {
  Value parameter = values[0], velocity = values[2];
  Value momentum = spread(settings[1]);
  Value gradient = fma(spread(settings[2]), parameter, values[1]);
  Value newVelocity = fma(momentum, velocity, gradient);
  Value ahead = fma(momentum, newVelocity, gradient);
  Value isNesterov = arith::CmpFOp::create(
      builder, loc, arith::CmpFPredicate::UNE, settings[3], number(0.0f));
  Value direction =
      arith::SelectOp::create(builder, loc, isNesterov, ahead, newVelocity);
  return {fma(spread(negate(settings[0])), direction, parameter), newVelocity};
}

SmallVector<Value> UpdateEmitter::computeAdam(ArrayRef<Value> values) {
  Value one = number(1.0f);
  auto subtract = [&](Value a, Value b) -> Value {
    return arith::SubFOp::create(builder, loc, a, b);
  };
  auto divide = [&](Value a, Value b) -> Value {
    return arith::DivFOp::create(builder, loc, a, b);
  };
  auto multiply = [&](Value a, Value b) -> Value {
    return arith::MulFOp::create(builder, loc, a, b);
  };
  Value rate = settings[0], decay = settings[4];
  Value parameter = values[0], gradient = values[1];
  if (cast<AdamUpdateOp>(update).getDecoupled())
    parameter =
        multiply(parameter, spread(subtract(one, multiply(rate, decay))));
  else
    gradient = fma(spread(decay), parameter, gradient);
  Value first = fma(spread(subtract(one, settings[1])),
                    subtract(gradient, values[2]), values[2]);
  Value second = fma(multiply(spread(subtract(one, settings[2])), gradient),
                     gradient, multiply(spread(settings[2]), values[3]));
  Value root = math::SqrtOp::create(builder, loc, second);
  Value correction = math::SqrtOp::create(builder, loc, settings[6]);
  Value denominator = arith::AddFOp::create(
      builder, loc, divide(root, spread(correction)), spread(settings[3]));
  Value step = negate(divide(rate, settings[5]));
  return {fma(spread(step), divide(first, denominator), parameter), first,
          second};
}

SmallVector<Value> UpdateEmitter::compute(ArrayRef<Value> values) {
  return isa<SgdUpdateOp>(update) ? computeSgd(values) : computeAdam(values);
}

/// The step on the values from `lower` to `upper`, a whole number of steps.
void UpdateEmitter::emitLoop(Value lower, Value upper, int64_t step) {
  vectorType =
      step == 1 ? VectorType() : VectorType::get(step, builder.getF32Type());
  auto loop = scf::ForOp::create(builder, loc, lower, upper, constant(step));
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(loop.getBody());
  Value position = loop.getInductionVar();
  unsigned inputs = update->getNumOperands();
  SmallVector<Value> values;
  for (Value source : task.getArguments().take_front(inputs - 1))
    values.push_back(
        vectorType
            ? vector::LoadOp::create(builder, loc, vectorType, source, position)
                  .getResult()
            : memref::LoadOp::create(builder, loc, source, position)
                  .getResult());
  for (auto [i, value] : llvm::enumerate(compute(values))) {
    Value target = task.getArgument(inputs + i);
    if (vectorType)
      vector::StoreOp::create(builder, loc, value, target, position);
    else
      memref::StoreOp::create(builder, loc, value, target, position);
  }
}

void UpdateEmitter::run() {
  unsigned inputs = update->getNumOperands();
  Value source = task.getArgument(inputs - 1);
  auto count = cast<MemRefType>(source.getType()).getDimSize(0);
  for (int64_t i = 0; i < count; ++i)
    settings.push_back(
        memref::LoadOp::create(builder, loc, source, constant(i)));
  Value extent =
      memref::DimOp::create(builder, loc, task.getArgument(0), constant(0));
  Value number = task.getArgument(task.getNumArguments() - 2);
  Value begin = arith::MulIOp::create(builder, loc, number, constant(kPiece));
  Value end = arith::MinUIOp::create(
      builder, loc, extent,
      arith::AddIOp::create(builder, loc, begin, constant(kPiece)));
  Value size = arith::SubIOp::create(builder, loc, end, begin);
  Value left = arith::RemUIOp::create(builder, loc, size, constant(lanes));
  Value whole = arith::SubIOp::create(builder, loc, end, left);
  emitLoop(begin, whole, lanes);
  emitLoop(whole, end, 1);
  func::ReturnOp::create(builder, loc);
}

void bn::emitUpdate(func::FuncOp func, Operation *update, int64_t lanes) {
  OpBuilder builder = OpBuilder::atBlockBegin(&func.getBody().front());
  Location loc = update->getLoc();
  auto vectors = func.getArguments().drop_back(2);
  SmallVector<Type> types = llvm::to_vector(ValueRange(vectors).getTypes());
  types.append(2, builder.getIndexType());
  OpBuilder outside(func.getContext());
  outside.setInsertionPointAfter(func);
  auto task =
      func::FuncOp::create(outside, loc, (func.getName() + ".piece").str(),
                           builder.getFunctionType(types, {}));
  task.setPrivate();
  UpdateEmitter(update, task, lanes).run();

  auto constant = [&](int64_t value) {
    return arith::ConstantIndexOp::create(builder, loc, value);
  };
  Value extent =
      memref::DimOp::create(builder, loc, vectors.front(), constant(0));
  Value count =
      arith::CeilDivUIOp::create(builder, loc, extent, constant(kPiece));
  ParallelOp::create(builder, loc, task.getName(), ValueRange(vectors), count,
                     func.getArguments().back());
  func::ReturnOp::create(builder, loc);
}
