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
  OpBuilder &host = model.getBuilder();
  Location hostLoc = getUnnamed(model.getFunction().getLoc());
  Value size = arith::ConstantIndexOp::create(host, hostLoc, kBlockSize);
  kernel.launch(host.createOrFold<arith::CeilDivUIOp>(
      hostLoc, model.getCount(type.getShape()), size));
}
