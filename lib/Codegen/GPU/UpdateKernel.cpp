//===- UpdateKernel.cpp - A step of the optimizer -------------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ModelMapping.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace mlir::bn;

/// One value of each result of `op`, from the values `x` of its vectors and its
/// `settings`. The order of operations is PyTorch's.
static SmallVector<Value> computeStep(ElementBuilder &code, SgdUpdateOp,
                                      ArrayRef<Value> x,
                                      ArrayRef<Value> settings) {
  OpBuilder &b = code.builder;
  Location loc = code.getLoc();
  Value gradient = code.fma(settings[2], x[0], x[1]);
  Value velocity = code.fma(settings[1], x[2], gradient);
  Value ahead = code.fma(settings[1], velocity, gradient);
  Value isNesterov = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::UNE,
                                           settings[3], code.number(0.0));
  Value direction =
      arith::SelectOp::create(b, loc, isNesterov, ahead, velocity);
  return {code.sub(x[0], code.mul(settings[0], direction)), velocity};
}

static SmallVector<Value> computeStep(ElementBuilder &code, AdamUpdateOp op,
                                      ArrayRef<Value> x,
                                      ArrayRef<Value> settings) {
  OpBuilder &b = code.builder;
  Location loc = code.getLoc();
  auto getRoot = [&](Value value) -> Value {
    return math::SqrtOp::create(b, loc, value);
  };
  Value one = code.number(1.0);
  Value rate = settings[0], epsilon = settings[3], decay = settings[4];
  Value parameter = x[0], gradient = x[1];
  if (op.getDecoupled())
    parameter = code.mul(parameter, code.sub(one, code.mul(rate, decay)));
  else
    gradient = code.fma(decay, parameter, gradient);
  Value first = code.fma(settings[1], x[2],
                         code.mul(code.sub(one, settings[1]), gradient));
  Value square =
      code.mul(code.mul(code.sub(one, settings[2]), gradient), gradient);
  Value second = code.fma(settings[2], x[3], square);
  Value deviation =
      code.add(code.div(getRoot(second), getRoot(settings[6])), epsilon);
  Value step =
      code.mul(code.div(rate, settings[5]), code.div(first, deviation));
  return {code.sub(parameter, step), first, second};
}

void bn::buildUpdateKernel(ModelMapping &model, Operation *op,
                           ArrayRef<Value> buffers) {
  SmallVector<std::string> comment = describeOps(op);
  comment.push_back(
      "All parameters are one vector. The new values may take the "
      "places of the old.");
  KernelBuilder kernel(model, "update", op->getLoc(), comment);
  kernel.allowInPlace();
  ElementBuilder &code = kernel.code;
  Value position = kernel.getPosition();
  Value isInside = code.compare(arith::CmpIPredicate::slt, position,
                                code.getExtent(op->getOperand(0), 0));
  code.runIf(isInside, [&] {
    SmallVector<Value> x, settings;
    for (Value vector : op->getOperands().drop_back())
      x.push_back(code.evaluate(vector, position));
    Value given = op->getOperands().back();
    int64_t count = cast<RankedTensorType>(given.getType()).getDimSize(0);
    for (int64_t i = 0; i < count; ++i)
      settings.push_back(code.evaluate(given, code.index(i)));
    SmallVector<Value> values;
    if (auto sgd = dyn_cast<SgdUpdateOp>(op))
      values = computeStep(code, sgd, x, settings);
    else
      values = computeStep(code, cast<AdamUpdateOp>(op), x, settings);
    for (auto [value, buffer] : llvm::zip_equal(values, buffers))
      code.store(value, kernel.getArgument(buffer), position);
  });
  auto type = cast<RankedTensorType>(op->getOperand(0).getType());
  kernel.launchThreads(model.getCount(type.getShape()));
}
