//===- WindowKernel.cpp - Pooling and elementwise kernels -----------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Codegen/CPU/KernelGenerators.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace mlir::bn;

namespace {

/// Emits pooling and elementwise work: for every vector of the output, the
/// reduction of a window.
class WindowGenerator {
public:
  WindowGenerator(WindowKernelOp op, OpBuilder &builder)
      : op(op), onBatch(op.getLanes() == Lanes::batch),
        code(builder, op.getLoc(),
             cast<MemRefType>(op.getInput().getType()).getElementType(),
             op.getLength()) {}

  void run();

private:
  void emitVector(Value row, Value column, Value channel, Value lane);
  SmallVector<Value> getIndices(Value row, Value column, Value channel,
                                Value lane) {
    if (onBatch)
      return {channel, row, column, lane};
    return {row, column, channel};
  }

  WindowKernelOp op;
  bool onBatch;
  KernelBuilder code;
};

} // namespace

void WindowGenerator::emitVector(Value row, Value column, Value channel,
                                 Value lane) {
  SmallVector<Value> operands;
  for (Value memref : op.getChannelOperands())
    operands.push_back(onBatch ? code.loadBroadcast(memref, channel)
                               : code.loadVector(memref, channel));
  ArrayRef<int64_t> window = op.getWindow();
  Value result;
  for (int64_t y = 0; y < window[0]; ++y)
    for (int64_t x = 0; x < window[1]; ++x) {
      Value inputRow = code.add(code.mul(row, op.getStrides()[0]),
                                y + op.getInputOffset()[0]);
      Value inputColumn = code.add(code.mul(column, op.getStrides()[1]),
                                   x + op.getInputOffset()[1]);
      SmallVector<Value> arguments = {code.loadVector(
          op.getInput(), getIndices(inputRow, inputColumn, channel, lane))};
      arguments.append(operands);
      Value value = code.applyBody(op.getBody().front(), arguments);
      result = code.addToWindow(result, value, op.getPool());
    }
  result = code.finishWindow(result, window[0] * window[1], op.getPool());
  code.storeVector(result, op.getOutput(),
                   getIndices(code.add(row, op.getOutputOffset()[0]),
                              code.add(column, op.getOutputOffset()[1]),
                              channel, lane));
}

void WindowGenerator::run() {
  ArrayRef<int64_t> shape =
      cast<MemRefType>(op.getOutput().getType()).getShape();
  auto [rows, columns] = std::pair(op.getExtents()[0], op.getExtents()[1]);
  if (onBatch) {
    code.forRange(shape[0], 1, [&](Value channel) {
      code.forRange(rows, 1, [&](Value row) {
        code.forRange(columns, 1, [&](Value column) {
          code.forRange(shape[3], op.getLength(), [&](Value lane) {
            emitVector(row, column, channel, lane);
          });
        });
      });
    });
    return;
  }
  code.forRange(rows, 1, [&](Value row) {
    code.forRange(columns, 1, [&](Value column) {
      code.forRange(shape[2], op.getLength(), [&](Value channel) {
        emitVector(row, column, channel, Value());
      });
    });
  });
}

void bn::populateWindowKernelPatterns(RewritePatternSet &patterns) {
  patterns.add<LowerKernel<WindowKernelOp, WindowGenerator>>(
      patterns.getContext());
}
