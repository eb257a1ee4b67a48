//===- BNGradientsElementwise.cpp - Gradients of elementwise ops ----------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BNGradients.h"

using namespace mlir;
using namespace mlir::bn;

//===----------------------------------------------------------------------===//
// Unary ops; all but relu's from the result alone
//===----------------------------------------------------------------------===//

static Value createOne(OpBuilder &builder, Operation *op) {
  auto scalar = RankedTensorType::get(
      {}, getElementTypeOrSelf(op->getResult(0).getType()));
  return createSplat(builder, op->getLoc(), scalar, 1.0);
}

LogicalResult ReluOp::buildGradients(OpBuilder &builder,
                                     ValueRange resultGradients,
                                     ArrayRef<bool> wanted,
                                     SmallVectorImpl<Value> &gradients,
                                     std::string &reason) {
  Value gradient = resultGradients[0];
  gradient = ReluGradientOp::create(builder, getLoc(), gradient, getResult());
  gradients.push_back(gradient);
  return success();
}

LogicalResult SigmoidOp::buildGradients(OpBuilder &builder,
                                        ValueRange resultGradients,
                                        ArrayRef<bool> wanted,
                                        SmallVectorImpl<Value> &gradients,
                                        std::string &reason) {
  Value gradient = resultGradients[0];
  // g * y * (1 - y); y - y * y is one multiply-add.
  Value square = MulOp::create(builder, getLoc(), getResult(), getResult());
  Value slope = SubOp::create(builder, getLoc(), getResult(), square);
  gradient = MulOp::create(builder, getLoc(), gradient, slope);
  gradients.push_back(gradient);
  return success();
}

LogicalResult TanhOp::buildGradients(OpBuilder &builder,
                                     ValueRange resultGradients,
                                     ArrayRef<bool> wanted,
                                     SmallVectorImpl<Value> &gradients,
                                     std::string &reason) {
  Value gradient = resultGradients[0];
  // g * (1 - y^2)
  Value square = MulOp::create(builder, getLoc(), getResult(), getResult());
  Value slope =
      SubOp::create(builder, getLoc(), createOne(builder, *this), square);
  gradient = MulOp::create(builder, getLoc(), gradient, slope);
  gradients.push_back(gradient);
  return success();
}

LogicalResult ExpOp::buildGradients(OpBuilder &builder,
                                    ValueRange resultGradients,
                                    ArrayRef<bool> wanted,
                                    SmallVectorImpl<Value> &gradients,
                                    std::string &reason) {
  Value gradient = resultGradients[0];
  gradient = MulOp::create(builder, getLoc(), gradient, getResult());
  gradients.push_back(gradient);
  return success();
}

LogicalResult SqrtOp::buildGradients(OpBuilder &builder,
                                     ValueRange resultGradients,
                                     ArrayRef<bool> wanted,
                                     SmallVectorImpl<Value> &gradients,
                                     std::string &reason) {
  Value gradient = resultGradients[0];
  // g / 2 / y
  Value half = createScaled(builder, getLoc(), gradient, 0.5);
  gradient = DivOp::create(builder, getLoc(), half, getResult());
  gradients.push_back(gradient);
  return success();
}

LogicalResult ClipOp::buildGradients(OpBuilder &builder,
                                     ValueRange resultGradients,
                                     ArrayRef<bool> wanted,
                                     SmallVectorImpl<Value> &gradients,
                                     std::string &reason) {
  Value gradient = resultGradients[0];
  // It passes where the result is above one bound and below the other.
  auto scalar =
      RankedTensorType::get({}, getElementTypeOrSelf(getResult().getType()));
  double minimum = getMinimum().convertToDouble();
  double maximum = getMaximum().convertToDouble();
  if (!std::isinf(minimum)) {
    Value bound = createSplat(builder, getLoc(), scalar, minimum);
    Value above = SubOp::create(builder, getLoc(), getResult(), bound);
    gradient = ReluGradientOp::create(builder, getLoc(), gradient, above);
  }
  if (!std::isinf(maximum)) {
    Value bound = createSplat(builder, getLoc(), scalar, maximum);
    Value below = SubOp::create(builder, getLoc(), bound, getResult());
    gradient = ReluGradientOp::create(builder, getLoc(), gradient, below);
  }
  gradients.push_back(gradient);
  return success();
}

//===----------------------------------------------------------------------===//
// Binary ops, whose operands are repeated
//===----------------------------------------------------------------------===//

/// Fills in the gradients of two operands from those by their values once
/// repeated, which
/// `createOperandGradients` build where they are wanted.
static void
addGradients(OpBuilder &builder, Operation *op, ArrayRef<bool> wanted,
             SmallVectorImpl<Value> &gradients,
             ArrayRef<llvm::function_ref<Value()>> createOperandGradients) {
  for (auto [i, create] : llvm::enumerate(createOperandGradients)) {
    Value gradient;
    if (wanted[i])
      gradient =
          sumRepeated(builder, op->getLoc(), create(),
                      cast<RankedTensorType>(op->getOperand(i).getType()));
    gradients.push_back(gradient);
  }
}

LogicalResult AddOp::buildGradients(OpBuilder &builder,
                                    ValueRange resultGradients,
                                    ArrayRef<bool> wanted,
                                    SmallVectorImpl<Value> &gradients,
                                    std::string &reason) {
  Value gradient = resultGradients[0];
  auto create = [&] { return gradient; };
  addGradients(builder, *this, wanted, gradients, {create, create});
  return success();
}

LogicalResult SubOp::buildGradients(OpBuilder &builder,
                                    ValueRange resultGradients,
                                    ArrayRef<bool> wanted,
                                    SmallVectorImpl<Value> &gradients,
                                    std::string &reason) {
  Value gradient = resultGradients[0];
  auto createLeft = [&] { return gradient; };
  auto createRight = [&] {
    return createScaled(builder, getLoc(), gradient, -1.0);
  };
  addGradients(builder, *this, wanted, gradients, {createLeft, createRight});
  return success();
}

LogicalResult MulOp::buildGradients(OpBuilder &builder,
                                    ValueRange resultGradients,
                                    ArrayRef<bool> wanted,
                                    SmallVectorImpl<Value> &gradients,
                                    std::string &reason) {
  Value gradient = resultGradients[0];
  auto createLeft = [&]() -> Value {
    return MulOp::create(builder, getLoc(), gradient, getRhs());
  };
  auto createRight = [&]() -> Value {
    return MulOp::create(builder, getLoc(), gradient, getLhs());
  };
  addGradients(builder, *this, wanted, gradients, {createLeft, createRight});
  return success();
}

LogicalResult DivOp::buildGradients(OpBuilder &builder,
                                    ValueRange resultGradients,
                                    ArrayRef<bool> wanted,
                                    SmallVectorImpl<Value> &gradients,
                                    std::string &reason) {
  Value gradient = resultGradients[0];
  auto createLeft = [&]() -> Value {
    return DivOp::create(builder, getLoc(), gradient, getRhs());
  };
  // -g * (lhs / rhs) / rhs
  auto createRight = [&] {
    Value product = MulOp::create(builder, getLoc(), gradient, getResult());
    Value quotient = DivOp::create(builder, getLoc(), product, getRhs());
    return createScaled(builder, getLoc(), quotient, -1.0);
  };
  addGradients(builder, *this, wanted, gradients, {createLeft, createRight});
  return success();
}

LogicalResult PowOp::buildGradients(OpBuilder &builder,
                                    ValueRange resultGradients,
                                    ArrayRef<bool> wanted,
                                    SmallVectorImpl<Value> &gradients,
                                    std::string &reason) {
  Value gradient = resultGradients[0];
  if (wanted[1]) {
    reason = "its exponent is learned";
    return failure();
  }
  // g * rhs * lhs^(rhs - 1)
  auto createLeft = [&]() -> Value {
    Value less =
        SubOp::create(builder, getLoc(), getRhs(), createOne(builder, *this));
    Value power = PowOp::create(builder, getLoc(), getLhs(), less);
    Value slope = MulOp::create(builder, getLoc(), power, getRhs());
    return MulOp::create(builder, getLoc(), gradient, slope);
  };
  addGradients(builder, *this, wanted, gradients, {createLeft});
  gradients.push_back(Value());
  return success();
}
