//===- LossKernel.cpp - Loss, hits and gradient by one block --------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BlockLoop.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

#include <limits>

using namespace mlir;
using namespace mlir::bn;

namespace {

/// One row of the logits.
class LossRow {
public:
  LossRow(ElementBuilder &code, Operation *op, Value row, Value gradient)
      : code(code), b(code.builder), loc(code.getLoc()), op(op), row(row),
        gradient(gradient),
        classes(
            cast<RankedTensorType>(op->getOperand(0).getType()).getDimSize(1)) {
    label = code.evaluate(op->getOperand(1), row);
    label = arith::IndexCastOp::create(b, code.named("label"), b.getIndexType(),
                                       label);
    smoothing =
        op->getAttrOfType<FloatAttr>("label_smoothing")
            ? op->getAttrOfType<FloatAttr>("label_smoothing").getValueAsDouble()
            : 0.0;
  }

  /// The loss of the row, whose gradient is stored, and 1 for a hit.
  std::pair<Value, Value> build(Value count) {
    auto largest = forClasses(
        {code.number(-std::numeric_limits<double>::infinity()), code.index(0)},
        {"largest", "first"}, [&](Value k, ValueRange x) -> SmallVector<Value> {
          Value logit = getLogit(k);
          Value isLarger = arith::CmpFOp::create(
              b, code.named("larger"), arith::CmpFPredicate::OGT, logit, x[0]);
          return {select(isLarger, logit, x[0]), select(isLarger, k, x[1])};
        });
    Value isHit = code.compare(arith::CmpIPredicate::eq, largest[1], label);
    Value hit = select(isHit, code.number(1.0), code.number(0.0));
    Value loss = isa<CrossEntropyLossOp>(op)
                     ? buildCrossEntropy(largest[0], count)
                     : buildSquaredError(count);
    return {loss, hit};
  }

private:
  Value select(Value condition, Value yes, Value no) {
    return arith::SelectOp::create(b, loc, condition, yes, no);
  }
  Value getLogit(Value k) { return code.evaluate(op->getOperand(0), {row, k}); }
  /// What is wanted of class `k`.
  Value getTarget(Value k) {
    double share = smoothing / static_cast<double>(classes);
    return select(code.compare(arith::CmpIPredicate::eq, k, label),
                  code.number(1.0 - smoothing + share), code.number(share));
  }
  SmallVector<Value>
  forClasses(ValueRange inits, ArrayRef<StringRef> names,
             llvm::function_ref<SmallVector<Value>(Value, ValueRange)> body) {
    return code.loop(code.index(0), code.index(classes), code.index(1), "k",
                     inits, names, body);
  }

  /// About the largest value, nothing overflows.
  Value buildCrossEntropy(Value largest, Value count) {
    auto getExponential = [&](Value k) -> Value {
      return math::ExpOp::create(b, loc, code.sub(getLogit(k), largest));
    };
    Value sum = forClasses(code.number(0.0), StringRef("sum"),
                           [&](Value k, ValueRange x) -> SmallVector<Value> {
                             return {code.add(x[0], getExponential(k))};
                           })
                    .front();
    Value logarithm = math::LogOp::create(b, code.named("logarithm"), sum);
    return forClasses(
               code.number(0.0), StringRef("loss"),
               [&](Value k, ValueRange x) -> SmallVector<Value> {
                 Value target = getTarget(k);
                 Value logProbability =
                     code.sub(code.sub(getLogit(k), largest), logarithm);
                 // 0 * -inf is no number: a class that is not wanted may be
                 // impossible.
                 Value wanted =
                     arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OGT,
                                           target, code.number(0.0));
                 Value more = code.sub(x[0], code.mul(target, logProbability));
                 Value difference =
                     code.sub(code.div(getExponential(k), sum), target);
                 code.store(code.div(difference, count), gradient, {row, k});
                 return {select(wanted, more, x[0])};
               })
        .front();
  }

  Value buildSquaredError(Value count) {
    return forClasses(code.number(0.0), StringRef("loss"),
                      [&](Value k, ValueRange x) -> SmallVector<Value> {
                        Value difference = code.sub(getLogit(k), getTarget(k));
                        code.store(
                            code.div(code.add(difference, difference), count),
                            gradient, {row, k});
                        return {code.fma(difference, difference, x[0])};
                      })
        .front();
  }

  ElementBuilder &code;
  OpBuilder &b;
  Location loc;
  Operation *op;
  Value row, gradient, label;
  int64_t classes;
  double smoothing;
};

} // namespace

void bn::buildLossKernel(ModelMapping &model, Operation *op,
                         ArrayRef<Value> buffers) {
  SmallVector<std::string> comment = describeOps(op);
  comment.push_back("One block: each thread takes every " +
                    std::to_string(kBlockSize) + "th row.");
  KernelBuilder kernel(model, "loss", op->getLoc(), comment);
  ElementBuilder &code = kernel.code;
  Value input = op->getOperand(0);
  Value scratch = kernel.addScratch(), thread = kernel.getThread();
  Value rows = code.getExtent(input, 0);
  int64_t classes = cast<RankedTensorType>(input.getType()).getDimSize(1);
  // The mean is over the rows, or over all values.
  Value values =
      isa<CrossEntropyLossOp>(op) ? rows : code.mulIndex(rows, classes);
  Value count = code.toFloat(values);
  Value gradient = kernel.getArgument(buffers[2]);
  SmallVector<Value> sums =
      code.loop(thread, rows, code.index(kBlockSize), "row",
                {code.number(0.0), code.number(0.0)}, {"losses", "hits"},
                [&](Value row, ValueRange x) -> SmallVector<Value> {
                  auto [loss, hit] =
                      LossRow(code, op, row, gradient).build(count);
                  return {code.add(x[0], loss), code.add(x[1], hit)};
                });
  Value loss = code.div(kernel.sumOverBlock(sums[0], scratch), count);
  Value hits = arith::FPToSIOp::create(code.builder, code.getLoc(),
                                       code.builder.getI64Type(),
                                       kernel.sumOverBlock(sums[1], scratch));
  BlockLoop block = {kernel, scratch, thread, {}, {}};
  block.store({{loss, buffers[0]}, {hits, buffers[1]}}, {});
  OpBuilder &host = model.getBuilder();
  kernel.launch(arith::ConstantIndexOp::create(
      host, getUnnamed(model.getFunction().getLoc()), 1));
}
