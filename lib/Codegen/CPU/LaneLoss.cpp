//===- LaneLoss.cpp - Losses on lanes of rows -----------------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Codegen/CPU/LaneGenerators.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace mlir::bn;

namespace {

/// Emits the loss of a block: each lane is a row with its label.
class LossGenerator {
public:
  LossGenerator(Operation *op, LaneBody &body, LaneKernelOp kernel);

  void run();

private:
  void emitCrossEntropy();
  void emitSquaredError();
  void findLargest();
  Value loadInput(LaneIndex c) { return code.loadLanes(input, c); }
  /// The target of class `c`: what smoothing leaves, more at the label.
  Value getTarget(LaneIndex c);
  Value isLabel(Value number) {
    return arith::CmpIOp::create(code.builder, code.loc,
                                 arith::CmpIPredicate::eq, number, labels);
  }
  Value getClass(LaneIndex c);
  void addTo(Value buffer, Value value);
  /// A vector that carries 1 / (count * batch) for the mean.
  Value getPart(double count);

  LaneBody &body;
  LaneBuilder &code;
  bool isCrossEntropy;
  double smoothing;
  int64_t classes;
  Value input, labels, mask;
  /// The buffers of the results that are yielded.
  Value loss, hits, gradient;
  /// The largest input of each row, and its class.
  Value largest, largestClass;
};

} // namespace

LossGenerator::LossGenerator(Operation *op, LaneBody &body, LaneKernelOp kernel)
    : body(body), code(body.getCode()),
      isCrossEntropy(isa<CrossEntropyLossOp>(op)),
      smoothing(
          op->getAttrOfType<FloatAttr>("label_smoothing").getValueAsDouble()),
      classes(getRowShape(op->getOperand(0))[0]),
      input(body.getBuffer(op->getOperand(0))),
      labels(code.loadLanes(body.getBuffer(op->getOperand(1)), {})),
      mask(code.getMask(kernel.getRows())) {
  for (auto [yielded, output] :
       llvm::zip_equal(body.getBlock().getTerminator()->getOperands(),
                       kernel.getOutputs())) {
    // Loss and hits have one value, whatever their shape is.
    Value value = yielded;
    while (auto reshape = value.getDefiningOp<ReshapeOp>())
      value = reshape.getInput();
    switch (cast<OpResult>(value).getResultNumber()) {
    case 0:
      loss = code.view(output, {code.length});
      break;
    case 1:
      hits = code.view(output, {code.length});
      break;
    default:
      gradient = code.view(output, {classes, code.length});
    }
  }
}

Value LossGenerator::getClass(LaneIndex c) {
  Value number = arith::IndexCastOp::create(
      code.builder, code.loc, code.builder.getI64Type(), code.materialize(c));
  return code.broadcast(number);
}

Value LossGenerator::getTarget(LaneIndex c) {
  return code.select(isLabel(getClass(c)),
                     code.splat(1 - smoothing + smoothing / classes),
                     code.splat(smoothing / classes));
}

void LossGenerator::addTo(Value buffer, Value value) {
  Value before = code.loadLanes(buffer, {});
  value = code.masked(value, mask);
  Value after =
      isa<FloatType>(getElementTypeOrSelf(value))
          ? code.addF(before, value)
          : arith::AddIOp::create(code.builder, code.loc, before, value)
                .getResult();
  code.storeLanes(after, buffer, {});
}

Value LossGenerator::getPart(double count) {
  Value rows = arith::IndexCastOp::create(
      code.builder, code.loc, code.builder.getI64Type(), body.getBatch());
  Value batch = arith::SIToFPOp::create(code.builder, code.loc,
                                        code.builder.getF32Type(), rows);
  batch = code.mulF(batch, code.constantLike(batch, count));
  return code.broadcast(code.divF(code.constantLike(batch, 1), batch));
}

/// The first of the largest inputs; NaN is larger than all others.
void LossGenerator::findLargest() {
  largest = loadInput(0);
  largestClass = getClass(0);
  if (classes == 1)
    return;
  SmallVector<Value> found = code.forCarried(
      code.index(1), code.index(classes), {largest, largestClass},
      [&](Value i, SmallVector<Value> carried) -> SmallVector<Value> {
        LaneIndex c(i, classes);
        Value value = loadInput(c);
        // Not "less or equal", so that NaN wins, but only over what is none.
        Value notLess =
            arith::CmpFOp::create(code.builder, code.loc,
                                  arith::CmpFPredicate::UGT, value, carried[0]);
        Value isNumber = arith::CmpFOp::create(code.builder, code.loc,
                                               arith::CmpFPredicate::ORD,
                                               carried[0], carried[0]);
        Value larger =
            arith::AndIOp::create(code.builder, code.loc, notLess, isNumber);
        return {code.select(larger, value, carried[0]),
                code.select(larger, getClass(c), carried[1])};
      });
  largest = found[0];
  largestClass = found[1];
}

void LossGenerator::run() {
  findLargest();
  if (hits) {
    Value hit = arith::ExtUIOp::create(
        code.builder, code.loc,
        VectorType::get(code.length, code.builder.getI64Type()),
        isLabel(largestClass));
    addTo(hits, hit);
  }
  if (isCrossEntropy)
    emitCrossEntropy();
  else
    emitSquaredError();
}

/// With z = input - largest: -sum t * log(p) = log(sum exp(z)) - sum t * z, as
/// the targets add up to 1.
void LossGenerator::emitCrossEntropy() {
  Value zero = code.splat(0.0);
  SmallVector<Value> sums = code.forCarried(
      classes, {zero, zero},
      [&](LaneIndex c, SmallVector<Value> carried) -> SmallVector<Value> {
        Value z = code.subF(loadInput(c), largest);
        Value power = math::ExpOp::create(code.builder, code.loc, z);
        if (gradient)
          code.storeLanes(power, gradient, c);
        return {code.addF(carried[0], power),
                code.fma(getTarget(c), z, carried[1])};
      });
  Value part = getPart(1);
  if (loss) {
    Value logarithm = math::LogOp::create(code.builder, code.loc, sums[0]);
    addTo(loss, code.mulF(code.subF(logarithm, sums[1]), part));
  }
  if (!gradient)
    return;
  Value inverse = code.divF(code.splat(1.0), sums[0]);
  code.forEach(classes, [&](LaneIndex c) {
    Value p = code.mulF(code.loadLanes(gradient, c), inverse);
    code.storeLanes(code.mulF(code.subF(p, getTarget(c)), part), gradient, c);
  });
}

void LossGenerator::emitSquaredError() {
  Value part = getPart(classes);
  Value twice = code.addF(part, part);
  SmallVector<Value> sum = code.forCarried(
      classes, SmallVector<Value>{code.splat(0.0)},
      [&](LaneIndex c, SmallVector<Value> carried) -> SmallVector<Value> {
        Value difference = code.subF(loadInput(c), getTarget(c));
        if (gradient)
          code.storeLanes(code.mulF(difference, twice), gradient, c);
        return {code.fma(difference, difference, carried[0])};
      });
  if (loss)
    addTo(loss, code.mulF(sum[0], part));
}

void bn::generateLoss(Operation *op, LaneBody &body, LaneKernelOp kernel) {
  LossGenerator(op, body, kernel).run();
}
