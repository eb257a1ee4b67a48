//===- ElementwiseKernel.cpp - One thread per value -----------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ModelMapping.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace mlir::bn;

void bn::buildElementwiseKernel(ModelMapping &model, Value tensor,
                                Value buffer) {
  SmallVector<Operation *> ops =
      model.getBuffer(tensor)
          ? SmallVector<Operation *>()
          : getExpressionOps(tensor, [&](Value operand) -> bool {
              return model.getBuffer(operand) != nullptr;
            });
  Location loc =
      ops.empty() ? model.getFunction().getLoc() : ops.back()->getLoc();
  SmallVector<std::string> comment = describeOps(ops);
  if (ops.empty())
    comment = {"A copy of values that are there already."};
  KernelBuilder kernel(model, getKernelName(ops), loc, comment);
  ElementBuilder &code = kernel.code;
  OpBuilder &b = code.builder;

  auto type = cast<RankedTensorType>(tensor.getType());
  auto count = countValues(type.getShape());
  Value position = kernel.getPosition();
  Value total = count.second ? code.mulIndex(kernel.getBatch(), count.first)
                             : code.index(count.first);
  Value isInside = arith::CmpIOp::create(
      b, code.getLoc(), arith::CmpIPredicate::slt, position, total);
  auto branch = scf::IfOp::create(b, code.getLoc(), isInside,
                                  /*withElseRegion=*/false);
  b.setInsertionPointToStart(branch.thenBlock());
  Point point = code.split(position, type.getShape(), getAxisNames(tensor));
  Value value = code.evaluate(tensor, point);
  memref::StoreOp::create(b, code.getLoc(), value, kernel.getArgument(buffer),
                          point);
  kernel.launchThreads(model.getCount(type.getShape()));
}

void bn::buildVectorKernel(ModelMapping &model,
                           ArrayRef<std::pair<Value, Value>> vectors) {
  llvm::SmallSetVector<Operation *, 16> ops;
  int64_t longest = 0;
  for (auto [tensor, buffer] : vectors) {
    for (Operation *op : getExpressionOps(tensor, [&](Value operand) -> bool {
           return model.getBuffer(operand) != nullptr;
         }))
      ops.insert(op);
    longest = std::max(
        longest, cast<RankedTensorType>(tensor.getType()).getNumElements());
  }
  SmallVector<std::string> comment = describeOps(ops.getArrayRef());
  comment.push_back("Results that are vectors, and depend on nothing but what "
                    "is there.");
  KernelBuilder kernel(model, "vectors", model.getFunction().getLoc(), comment);
  ElementBuilder &code = kernel.code;
  Value position = kernel.getPosition();
  for (auto [tensor, buffer] : vectors) {
    int64_t count = cast<RankedTensorType>(tensor.getType()).getNumElements();
    // Structured bindings cannot be captured.
    Value source = tensor, target = kernel.getArgument(buffer);
    code.runIf(
        code.compare(arith::CmpIPredicate::slt, position, code.index(count)),
        [&] { code.store(code.evaluate(source, position), target, position); });
  }
  kernel.launchThreads(arith::ConstantIndexOp::create(
      model.getBuilder(), getUnnamed(model.getFunction().getLoc()), longest));
}
