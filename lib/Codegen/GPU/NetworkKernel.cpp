//===- NetworkKernel.cpp - A model as one kernel --------------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NetworkKernel.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace mlir::bn;

static ArrayRef<int64_t> getShape(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

namespace {

class NetworkKernel {
public:
  NetworkKernel(ModelMapping &model, const NetworkPlan &plan,
                const llvm::DenseMap<Value, Value> &results)
      : model(model), plan(plan), results(results),
        kernel(model, "network", model.getFunction().getLoc(), describe(plan)),
        code(kernel.code), b(code.builder), loc(code.getLoc()) {}

  void build();

private:
  static SmallVector<std::string> describe(const NetworkPlan &plan);
  Value addRow(Value tensor, StringRef name);
  void buildStep(Value tensor, Value target);
  void buildLongSums(LinearOp linear);
  void loop(Value begin, int64_t end, int64_t step, bool unroll, StringRef name,
            llvm::function_ref<void(Value)> body);

  ModelMapping &model;
  const NetworkPlan &plan;
  const llvm::DenseMap<Value, Value> &results;
  KernelBuilder kernel;
  ElementBuilder &code;
  OpBuilder &b;
  Location loc;
  Value row, thread, scratch;
};

} // namespace

SmallVector<std::string> NetworkKernel::describe(const NetworkPlan &plan) {
  llvm::SmallDenseSet<Value> tensors;
  for (const NetworkStep &step : plan.steps)
    tensors.insert(step.tensor);
  SmallVector<std::string> lines = {"The whole model: a block computes a row "
                                    "of the batch, tensor by tensor."};
  for (const NetworkStep &step : plan.steps) {
    auto isStored = [&](Value operand) {
      return operand != step.tensor && tensors.contains(operand);
    };
    lines.append(describeOps(getExpressionOps(step.tensor, isStored)));
  }
  return lines;
}

void NetworkKernel::loop(Value begin, int64_t end, int64_t step, bool unroll,
                         StringRef name, llvm::function_ref<void(Value)> body) {
  auto loop =
      scf::ForOp::create(b, loc, begin, code.index(end), code.index(step));
  if (unroll)
    loop->setAttr("unroll", b.getUnitAttr());
  loop.getInductionVar().setLoc(code.named(name));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  body(loop.getInductionVar());
}

/// Shared memory for a row of `tensor`.
Value NetworkKernel::addRow(Value tensor, StringRef name) {
  SmallVector<int64_t> shape(getShape(tensor));
  shape.front() = 1;
  return kernel.addShared(shape, name);
}

/// All threads compute the values of `tensor` and store them.
void NetworkKernel::buildStep(Value tensor, Value target) {
  ArrayRef<int64_t> shape = getShape(tensor);
  auto names = getAxisNames(tensor);
  loop(thread, countValues(shape.drop_front()).first, kBlockSize,
       /*unroll=*/false, "i", [&](Value i) {
         Point point = {row};
         point.append(code.split(i, shape.drop_front(),
                                 ArrayRef<StringRef>(names).drop_front()));
         Value value = code.evaluate(tensor, point);
         if (ElementBuilder::isShared(target))
           point[0] = code.index(0);
         memref::StoreOp::create(b, loc, value, target, point);
       });
  kernel.locals[tensor] = target;
}

/// Each thread takes some terms of all sums of `linear`.
void NetworkKernel::buildLongSums(LinearOp linear) {
  int64_t terms = getShape(linear.getInput())[1];
  int64_t features = getShape(linear.getResult())[1];
  if (!scratch)
    scratch = kernel.addScratch();
  auto type = MemRefType::get(features, b.getF32Type());
  Value sums = memref::AllocaOp::create(b, code.named("sums"), type);
  Value zero = code.index(0);
  loop(zero, features, 1, /*unroll=*/true, "j", [&](Value j) {
    memref::StoreOp::create(b, loc, code.number(0.0), sums, j);
  });
  loop(thread, terms, kBlockSize, /*unroll=*/false, "k", [&](Value k) {
    Value x = code.evaluate(linear.getInput(), {row, k});
    loop(zero, features, 1, /*unroll=*/true, "j", [&](Value j) {
      Point place = {k, j};
      if (linear.getTransposeWeight())
        std::swap(place[0], place[1]);
      Value weight = code.evaluate(linear.getWeight(), place);
      Value sum = code.fma(x, weight, code.load(sums, j));
      memref::StoreOp::create(b, loc, sum, sums, j);
    });
  });
  std::string name = (getNodeName(linear) + "_sums").str();
  Value totals = addRow(linear.getResult(), name);
  loop(zero, features, 1, /*unroll=*/true, "j", [&](Value j) {
    Value total = kernel.sumOverBlock(code.load(sums, j), scratch);
    Value isFirst =
        arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, thread, zero);
    auto branch = scf::IfOp::create(b, loc, isFirst, /*withElseRegion=*/false);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(branch.thenBlock());
    memref::StoreOp::create(b, loc, total, totals, ValueRange{zero, j});
  });
  gpu::BarrierOp::create(b, loc);
  Value product = linear.getResult();
  kernel.computed = [this, linear, product,
                     totals](Value tensor, ArrayRef<Value> point) -> Value {
    if (tensor != product)
      return {};
    Value sum = code.load(totals, {code.index(0), point[1]});
    return code.finishProduct(linear, sum, point[1]);
  };
}

void NetworkKernel::build() {
  row = gpu::BlockIdOp::create(b, code.named("row"), gpu::Dimension::x);
  thread = kernel.getThread();
  for (Value input : plan.copies) {
    StringRef name = "input";
    if (auto named = dyn_cast<NameLoc>(model.getBuffer(input).getLoc()))
      name = named.getName();
    buildStep(input, addRow(input, name));
    gpu::BarrierOp::create(b, loc);
  }
  for (const NetworkStep &step : plan.steps) {
    if (step.longSums)
      buildLongSums(step.longSums);
    Value output = results.lookup(step.tensor);
    buildStep(
        step.tensor,
        output ? kernel.getArgument(output)
               : addRow(step.tensor, getNodeName(step.tensor.getDefiningOp())));
    kernel.computed = nullptr;
    if (&step != &plan.steps.back())
      gpu::BarrierOp::create(b, loc);
  }
  kernel.launch(model.getCount(getShape(plan.steps.back().tensor).front()));
}

void bn::buildNetworkKernel(ModelMapping &model, const NetworkPlan &plan,
                            const llvm::DenseMap<Value, Value> &results) {
  NetworkKernel(model, plan, results).build();
}
