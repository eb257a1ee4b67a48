//===- KernelBody.cpp - The scalar expression inside a kernel -------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Plan/KernelBody.h"

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

void bn::buildKernelBody(Region &region, ArrayRef<Operation *> ops,
                         Type elementType) {
  OpBuilder builder(region.getContext());
  Block *block = builder.createBlock(&region);
  Location loc = region.getLoc();
  Value value = block->addArgument(elementType, loc);
  auto addOperand = [&] { return block->addArgument(elementType, loc); };
  for (Operation *op : ops) {
    loc = op->getLoc();
    value =
        llvm::TypeSwitch<Operation *, Value>(op)
            .Case([&](ReluOp) { return buildRelu(builder, loc, value); })
            .Case([&](SigmoidOp) { return buildSigmoid(builder, loc, value); })
            .Case([&](TanhOp) -> Value {
              return math::TanhOp::create(builder, loc, value);
            })
            .Case([&](ExpOp) -> Value {
              return math::ExpOp::create(builder, loc, value);
            })
            .Case([&](SqrtOp) -> Value {
              return math::SqrtOp::create(builder, loc, value);
            })
            .Case([&](ScaleShiftOp) -> Value {
              Value scale = addOperand(), shift = addOperand();
              return math::FmaOp::create(builder, loc, value, scale, shift);
            });
  }
  YieldOp::create(builder, region.getLoc(), value);
}
