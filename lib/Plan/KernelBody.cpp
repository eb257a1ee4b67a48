//===- KernelBody.cpp - The scalar expression inside a kernel -------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Plan/KernelBody.h"

#include "bn/Dialect/BN/IR/Parameters.h"
#include "bn/Plan/KernelChecks.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::bn;

static Value buildConstant(OpBuilder &builder, Location loc, Type type,
                           double value) {
  return arith::ConstantOp::create(builder, loc,
                                   builder.getFloatAttr(type, value));
}

/// max(x, 0) that keeps NaN: x is returned unless it is below zero.
static Value buildRelu(OpBuilder &builder, Location loc, Value x) {
  Value zero = buildConstant(builder, loc, x.getType(), 0.0);
  Value negative =
      arith::CmpFOp::create(builder, loc, arith::CmpFPredicate::OLT, x, zero);
  return arith::SelectOp::create(builder, loc, negative, zero, x);
}

static Value buildSigmoid(OpBuilder &builder, Location loc, Value x) {
  Value one = buildConstant(builder, loc, x.getType(), 1.0);
  Value negated = arith::NegFOp::create(builder, loc, x);
  Value exponential = math::ExpOp::create(builder, loc, negated);
  Value denominator = arith::AddFOp::create(builder, loc, exponential, one);
  return arith::DivFOp::create(builder, loc, one, denominator);
}

static Value buildClip(OpBuilder &builder, Location loc, ClipOp op, Value x) {
  auto limit = [&](Value value, double bound,
                   arith::CmpFPredicate beyond) -> Value {
    if (std::isinf(bound))
      return value;
    Value constant = buildConstant(builder, loc, x.getType(), bound);
    // An ordered comparison lets NaN pass.
    Value outside =
        arith::CmpFOp::create(builder, loc, beyond, value, constant);
    return arith::SelectOp::create(builder, loc, outside, constant, value);
  };
  Value above =
      limit(x, op.getMinimum().convertToDouble(), arith::CmpFPredicate::OLT);
  return limit(above, op.getMaximum().convertToDouble(),
               arith::CmpFPredicate::OGT);
}

/// The scalar expression of the elementwise `op` on `x`.
static Value buildScalar(OpBuilder &builder, Operation *op, ValueRange x) {
  Location loc = op->getLoc();
  return llvm::TypeSwitch<Operation *, Value>(op)
      .Case([&](ReluOp) { return buildRelu(builder, loc, x[0]); })
      .Case([&](ClipOp clip) { return buildClip(builder, loc, clip, x[0]); })
      .Case([&](SigmoidOp) { return buildSigmoid(builder, loc, x[0]); })
      .Case([&](TanhOp) -> Value {
        return math::TanhOp::create(builder, loc, x[0]);
      })
      .Case([&](ExpOp) -> Value {
        return math::ExpOp::create(builder, loc, x[0]);
      })
      .Case([&](SqrtOp) -> Value {
        return math::SqrtOp::create(builder, loc, x[0]);
      })
      .Case([&](AddOp) -> Value {
        return arith::AddFOp::create(builder, loc, x[0], x[1]);
      })
      .Case([&](SubOp) -> Value {
        return arith::SubFOp::create(builder, loc, x[0], x[1]);
      })
      .Case([&](MulOp) -> Value {
        return arith::MulFOp::create(builder, loc, x[0], x[1]);
      })
      .Case([&](DivOp) -> Value {
        return arith::DivFOp::create(builder, loc, x[0], x[1]);
      })
      .Case([&](ScaleShiftOp) -> Value {
        return math::FmaOp::create(builder, loc, x[0], x[1], x[2]);
      });
}

/// Calls `visit` with each operand of the body that the body does not compute.
static void
walkOuterOperands(const FusionGroup &group,
                  function_ref<void(OpOperand &, OperandRole)> visit) {
  llvm::DenseSet<Value> inside;
  inside.insert(group.getBodyInput());
  for (Operation *op : group.body) {
    for (OpOperand &operand : op->getOpOperands())
      if (!inside.contains(operand.get()))
        visit(operand, getOperandRole(op, operand.get()));
    inside.insert(op->getResult(0));
  }
}

BodyOperands bn::getBodyOperands(const FusionGroup &group) {
  BodyOperands operands;
  walkOuterOperands(group, [&](OpOperand &operand, OperandRole role) {
    if (role == OperandRole::PerChannel)
      operands.channels.push_back(operand.get());
    else if (role == OperandRole::Tensor)
      operands.tensors.push_back(operand.get());
  });
  return operands;
}

/// The one value of a constant that is the same everywhere.
static double getNumber(Value constant) {
  ElementsAttr elements = getConstantElements(constant);
  if (elements.isSplat())
    return elements.getSplatValue<APFloat>().convertToDouble();
  return readParameter(elements)->front();
}

void bn::buildKernelBody(Region &region, const FusionGroup &group,
                         Type elementType) {
  OpBuilder builder(region.getContext());
  Block *block = builder.createBlock(&region);
  BodyOperands operands = getBodyOperands(group);
  size_t count = 1 + operands.channels.size() + operands.tensors.size();
  for (size_t i = 0; i < count; ++i)
    block->addArgument(elementType, region.getLoc());

  // Arguments are in the order of `getBodyOperands`.
  auto channel = std::next(block->args_begin());
  auto tensor = std::next(channel, operands.channels.size());
  llvm::DenseMap<OpOperand *, Value> outer;
  walkOuterOperands(group, [&](OpOperand &operand, OperandRole role) {
    if (role == OperandRole::Number)
      outer[&operand] = buildConstant(builder, operand.getOwner()->getLoc(),
                                      elementType, getNumber(operand.get()));
    else
      outer[&operand] =
          role == OperandRole::PerChannel ? *channel++ : *tensor++;
  });

  llvm::DenseMap<Value, Value> values;
  Value last = values[group.getBodyInput()] = block->getArgument(0);
  for (Operation *op : group.body) {
    SmallVector<Value> scalars;
    for (OpOperand &operand : op->getOpOperands()) {
      Value scalar = outer.lookup(&operand);
      scalars.push_back(scalar ? scalar : values.lookup(operand.get()));
    }
    last = values[op->getResult(0)] = buildScalar(builder, op, scalars);
  }
  YieldOp::create(builder, region.getLoc(), last);
}
