//===- BatchSumKernels.cpp - Sums over a batch, in two levels -------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BatchSums.h"
#include "BlockLoop.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace mlir::bn;

namespace {

/// The kernels of one op.
class BatchSumKernels {
public:
  BatchSumKernels(ModelMapping &model, Operation *op, ArrayRef<Value> results)
      : model(model), sum(op), results(results) {
    // A thread runs along the last axis by itself.
    outer = sum.extents;
    if (sum.byThreads && outer.size() > 1)
      inner = outer.pop_back_val();
  }

  void build() {
    name = getNodeName(sum.op).str();
    StringRef mnemonic = sum.op->getName().stripDialect();
    name += mnemonic == "linear" ? "_weight_gradient" : ("_" + mnemonic).str();
    if (sum.parts > 1) {
      SmallVector<int64_t> shape = {sum.parts, sum.count};
      shape.append(sum.shape);
      parts = model.allocate(shape, name + "_parts");
    }
    if (sum.byThreads)
      buildThreadSums();
    else
      buildBlockSums();
    if (sum.parts > 1)
      buildMerge();
  }

private:
  /// Where a part begins and ends among `total` positions.
  struct Part {
    Value total, begin, end;
  };

  SmallVector<std::string> describe() {
    SmallVector<std::string> comment = describeOps(
        getExpressionOps(sum.op->getResult(0), [&](Value operand) -> bool {
          return model.getBuffer(operand) != nullptr;
        }));
    if (sum.parts > 1)
      comment.push_back("Of " + std::to_string(sum.parts) +
                        " parts of the batch, each by itself.");
    return comment;
  }

  static Value getTotal(KernelBuilder &kernel, ArrayRef<int64_t> extents) {
    auto [fixed, overBatch] = countValues(extents);
    return overBatch ? kernel.code.mulIndex(kernel.getBatch(), fixed)
                     : kernel.code.index(fixed);
  }

  Part getPart(KernelBuilder &kernel, Value part) {
    ElementBuilder &code = kernel.code;
    Value total = getTotal(kernel, outer);
    if (sum.parts == 1)
      return {total, code.index(0), total};
    Value length = code.divIndex(
        code.addIndex(total, code.index(sum.parts - 1)), sum.parts);
    Value begin =
        arith::MulIOp::create(code.builder, code.getLoc(), part, length);
    // What is left for the last parts may be nothing.
    begin = code.minimum(begin, total);
    begin.setLoc(code.named("begin"));
    Value end = code.minimum(code.addIndex(begin, length), total);
    end.setLoc(code.named("end"));
    return {total, begin, end};
  }

  /// The values of a part as a number.
  Value countPart(ElementBuilder &code, const Part &part) {
    Value length = code.builder.createOrFold<arith::SubIOp>(
        code.getLoc(), part.end, part.begin);
    return code.toFloat(code.mulIndex(length, inner));
  }

  Point getInner(ElementBuilder &code, Value position) {
    ArrayRef<StringRef> names = sum.innerNames;
    return code.split(position, outer, names.take_front(outer.size()));
  }

  /// Adds up the positions of `part` from `begin` on, every `step`th.
  SmallVector<Value> addUp(KernelBuilder &kernel, ArrayRef<Value> point,
                           const Part &part, Value begin, int64_t step,
                           Value shift) {
    ElementBuilder &code = kernel.code;
    SmallVector<Value> zeros(sum.count, code.number(0.0));
    SmallVector<StringRef> names = {"sum", "sum_2"};
    names.resize(sum.count);
    return code.loop(begin, part.end, code.index(step), "i", zeros, names,
                     [&](Value i, ValueRange sums) -> SmallVector<Value> {
                       Point place = getInner(code, i);
                       if (outer.size() == sum.extents.size())
                         return sum.add(code, point, place, sums, shift);
                       place.push_back({});
                       return code.loop(
                           code.index(0), code.index(inner), code.index(1),
                           sum.innerNames.back(), sums, names,
                           [&](Value along, ValueRange sums) {
                             place.back() = along;
                             return sum.add(code, point, place, sums, shift);
                           });
                     });
  }

  /// The value that the statistics of a part are taken about: its first.
  Value getShift(ElementBuilder &code, ArrayRef<Value> point,
                 const Part &part) {
    if (!sum.isStatistics())
      return {};
    Value last = code.builder.createOrFold<arith::SubIOp>(
        code.getLoc(), part.total, code.index(1));
    Point place = getInner(code, code.minimum(part.begin, last));
    if (outer.size() < sum.extents.size())
      place.push_back(code.index(0));
    return sum.getShift(code, point, place);
  }

  /// What is stored of a part: sums, or mean and sum of squares about it; of
  /// all in one part the results.
  SmallVector<Value> finishPart(KernelBuilder &kernel, const Part &part,
                                ArrayRef<Value> sums, Value shift) {
    ElementBuilder &code = kernel.code;
    if (!sum.isStatistics())
      return sum.parts > 1 ? SmallVector<Value>(sums) : sum.finish(code, sums);
    Value count = countPart(code, part);
    // A part without values has a mean nevertheless, which does not count.
    Value divisor = arith::MaximumFOp::create(code.builder, code.getLoc(),
                                              count, code.number(1.0));
    Value distance = code.div(sums[0], divisor);
    distance.setLoc(code.named("distance"));
    Value squares = code.sub(sums[1], code.mul(distance, sums[0]));
    squares = arith::MaximumFOp::create(code.builder, code.getLoc(), squares,
                                        code.number(0.0));
    if (sum.parts == 1)
      squares = code.div(squares, divisor);
    return {code.add(shift, distance), squares};
  }

  void store(KernelBuilder &kernel, Value part, ArrayRef<Value> point,
             ArrayRef<Value> values) {
    ElementBuilder &code = kernel.code;
    for (auto [i, value] : llvm::enumerate(values)) {
      if (sum.parts == 1) {
        code.store(value, kernel.getArgument(results[i]), point);
        continue;
      }
      Point place = {part, code.index(i)};
      place.append(point.begin(), point.end());
      code.store(value, kernel.getArgument(parts), place);
    }
  }

  /// The part, and the position among the results.
  std::pair<Value, Point> splitPart(ElementBuilder &code, Value linear) {
    SmallVector<int64_t> shape = {sum.parts};
    SmallVector<StringRef> names = {"part"};
    shape.append(sum.shape);
    names.append(sum.names);
    Point point = code.split(linear, shape, names);
    return {point.front(), Point(llvm::drop_begin(point))};
  }

  int64_t getThreads(int64_t rows) {
    return rows * countValues(sum.shape).first;
  }

  Value getHostCount(int64_t count) {
    return arith::ConstantIndexOp::create(
        model.getBuilder(), getUnnamed(model.getFunction().getLoc()), count);
  }

  void buildThreadSums() {
    KernelBuilder kernel(model, name, sum.op->getLoc(), describe());
    ElementBuilder &code = kernel.code;
    Value position = kernel.getPosition();
    int64_t threads = getThreads(sum.parts);
    code.runIf(
        code.compare(arith::CmpIPredicate::slt, position, code.index(threads)),
        [&] {
          auto [number, point] = splitPart(code, position);
          Part part = getPart(kernel, number);
          Value shift = getShift(code, point, part);
          SmallVector<Value> sums =
              addUp(kernel, point, part, part.begin, 1, shift);
          store(kernel, number, point, finishPart(kernel, part, sums, shift));
        });
    kernel.launchThreads(getHostCount(threads));
  }

  void buildBlockSums() {
    KernelBuilder kernel(model, name, sum.op->getLoc(), describe());
    ElementBuilder &code = kernel.code;
    Value scratch = kernel.addScratch(), thread = kernel.getThread();
    auto [number, point] = splitPart(code, kernel.getBlock());
    Part part = getPart(kernel, number);
    Value shift = getShift(code, point, part);
    Value first = code.addIndex(part.begin, thread);
    SmallVector<Value> sums =
        addUp(kernel, point, part, first, kBlockSize, shift);
    for (Value &value : sums)
      value = kernel.sumOverBlock(value, scratch);
    Value isFirst =
        code.compare(arith::CmpIPredicate::eq, thread, code.index(0));
    // Structured bindings cannot be captured.
    Value partNumber = number;
    ArrayRef<Value> place = point;
    code.runIf(isFirst, [&] {
      store(kernel, partNumber, place, finishPart(kernel, part, sums, shift));
    });
    kernel.launch(getHostCount(getThreads(sum.parts)));
  }

  void buildMerge() {
    SmallVector<std::string> comment = {"The parts of " + forComment(name) +
                                        " in their order."};
    KernelBuilder kernel(model, name + "_merge", sum.op->getLoc(), comment);
    ElementBuilder &code = kernel.code;
    Value position = kernel.getPosition();
    int64_t threads = getThreads(1);
    code.runIf(
        code.compare(arith::CmpIPredicate::slt, position, code.index(threads)),
        [&] {
          Point point = code.split(position, sum.shape, sum.names);
          SmallVector<Value> values = sum.isStatistics()
                                          ? mergeStatistics(kernel, point)
                                          : mergeSums(kernel, point);
          for (auto [value, result] : llvm::zip_equal(values, results))
            code.store(value, kernel.getArgument(result), point);
        });
    kernel.launchThreads(getHostCount(threads));
  }

  Value loadPart(KernelBuilder &kernel, Value part, unsigned i,
                 ArrayRef<Value> point) {
    Point place = {part, kernel.code.index(i)};
    place.append(point.begin(), point.end());
    return kernel.code.load(kernel.getArgument(parts), place);
  }

  SmallVector<Value> mergeSums(KernelBuilder &kernel, ArrayRef<Value> point) {
    ElementBuilder &code = kernel.code;
    SmallVector<Value> zeros(sum.count, code.number(0.0));
    SmallVector<StringRef> names = {"sum", "sum_2"};
    names.resize(sum.count);
    SmallVector<Value> sums = code.loop(
        code.index(0), code.index(sum.parts), code.index(1), "part", zeros,
        names, [&](Value part, ValueRange sofar) {
          SmallVector<Value> next;
          for (auto [i, value] : llvm::enumerate(sofar))
            next.push_back(code.add(value, loadPart(kernel, part, i, point)));
          return next;
        });
    return sum.finish(code, sums);
  }

  /// Chan's formula.
  SmallVector<Value> mergeStatistics(KernelBuilder &kernel,
                                     ArrayRef<Value> point) {
    ElementBuilder &code = kernel.code;
    Value zero = code.number(0.0);
    SmallVector<Value> merged = code.loop(
        code.index(0), code.index(sum.parts), code.index(1), "part",
        {zero, zero, zero}, {"count", "mean", "squares"},
        [&](Value number, ValueRange sofar) -> SmallVector<Value> {
          Value count = countPart(code, getPart(kernel, number));
          Value total = code.add(sofar[0], count);
          total.setLoc(code.named("total"));
          Value delta = code.sub(loadPart(kernel, number, 0, point), sofar[1]);
          delta.setLoc(code.named("delta"));
          Value share = code.div(count, total);
          share.setLoc(code.named("share"));
          Value squares =
              code.add(sofar[2], loadPart(kernel, number, 1, point));
          Value between =
              code.mul(code.mul(delta, delta), code.mul(sofar[0], share));
          return {total, code.fma(delta, share, sofar[1]),
                  code.add(squares, between)};
        });
    return {merged[1], code.div(merged[2], merged[0])};
  }

  ModelMapping &model;
  BatchSum sum;
  ArrayRef<Value> results;
  std::string name;
  SmallVector<int64_t> outer;
  int64_t inner = 1;
  Value parts;
};

} // namespace

void bn::buildBatchSumKernels(ModelMapping &model, Operation *op,
                              ArrayRef<Value> buffers) {
  BatchSumKernels(model, op, buffers).build();
}
