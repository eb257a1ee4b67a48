//===- WindowKernel.cpp - Pooling and elementwise kernels -----------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Codegen/CPU/KernelGenerators.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include <limits>

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
  /// Where a vector of the output stands.
  struct Place {
    Value row, column, channel, lane;
  };

  void emitVector(const Place &place);
  /// The values that the body takes besides the input's.
  SmallVector<Value> loadOperands(const Place &place);
  Value emitUnrolledWindow(const Place &place, ValueRange operands);
  Value emitWindowLoops(const Place &place, ValueRange operands);
  Value loadBody(Value row, Value column, const Place &place,
                 ValueRange operands);
  /// The first position of the window in dimension `dim`, in the buffer.
  Value getFirst(int dim, Value position) {
    return code.add(code.mul(position, op.getStrides()[dim]),
                    op.getInputOffset()[dim]);
  }
  SmallVector<Value> getIndices(Value row, Value column, const Place &place) {
    if (onBatch)
      return {place.channel, row, column, place.lane};
    return {row, column, place.channel};
  }

  WindowKernelOp op;
  bool onBatch;
  KernelBuilder code;
};

} // namespace

/// Positions of a window that are code without a loop.
static constexpr int64_t kMaxUnrolledWindow = 16;

SmallVector<Value> WindowGenerator::loadOperands(const Place &place) {
  SmallVector<Value> operands;
  for (Value memref : op.getChannelOperands())
    operands.push_back(onBatch ? code.loadBroadcast(memref, place.channel)
                               : code.loadVector(memref, place.channel));
  for (Value memref : op.getTensorOperands())
    operands.push_back(code.loadTensorOperand(
        memref, onBatch, place.row, place.column, place.channel, place.lane));
  return operands;
}

/// The body applied to the input's value at a position of the buffer.
Value WindowGenerator::loadBody(Value row, Value column, const Place &place,
                                ValueRange operands) {
  SmallVector<Value> arguments = {
      code.loadVector(op.getInput(), getIndices(row, column, place))};
  llvm::append_range(arguments, operands);
  return code.applyBody(op.getBody().front(), arguments);
}

Value WindowGenerator::emitUnrolledWindow(const Place &place,
                                          ValueRange operands) {
  ArrayRef<int64_t> window = op.getWindow();
  Value row = getFirst(0, place.row), column = getFirst(1, place.column);
  Value result;
  for (int64_t y = 0; y < window[0]; ++y)
    for (int64_t x = 0; x < window[1]; ++x)
      result = code.addToWindow(
          result,
          loadBody(code.add(row, y), code.add(column, x), place, operands),
          op.getPool());
  return code.finishWindow(result, window[0] * window[1], op.getPool());
}

/// A window that is large or that ends where the input does.
Value WindowGenerator::emitWindowLoops(const Place &place,
                                       ValueRange operands) {
  OpBuilder &builder = code.builder;
  Value position[2] = {place.row, place.column}, lower[2], upper[2];
  for (int dim = 0; dim < 2; ++dim) {
    lower[dim] = getFirst(dim, position[dim]);
    upper[dim] = code.add(lower[dim], op.getWindow()[dim]);
    if (std::optional<ArrayRef<int64_t>> clip = op.getClip()) {
      lower[dim] = arith::MaxSIOp::create(builder, code.loc, lower[dim],
                                          code.index((*clip)[dim]));
      upper[dim] = arith::MinSIOp::create(builder, code.loc, upper[dim],
                                          code.index((*clip)[2 + dim]));
    }
  }
  bool isMax = op.getPool() == PoolKind::max;
  Value empty =
      code.splat(isMax ? -std::numeric_limits<double>::infinity() : 0.0);
  Value result =
      code.reduceRange(lower[0], upper[0], empty,
                       [&](Value row, ValueRange rowValues) {
                         return code.reduceRange(
                             lower[1], upper[1], rowValues,
                             [&](Value column, ValueRange values) {
                               return SmallVector<Value>{code.addToWindow(
                                   values[0],
                                   loadBody(row, column, place, operands),
                                   op.getPool())};
                             });
                       })
          .front();
  if (isMax || !op.getClip() || op.getCountClipped())
    return code.finishWindow(result, op.getWindow()[0] * op.getWindow()[1],
                             op.getPool());
  // The mean of what is left of the window.
  Value extents[2];
  for (int dim = 0; dim < 2; ++dim)
    extents[dim] =
        arith::SubIOp::create(builder, code.loc, upper[dim], lower[dim]);
  Value count =
      arith::MulIOp::create(builder, code.loc, extents[0], extents[1]);
  count = arith::IndexCastOp::create(builder, code.loc, builder.getI32Type(),
                                     count);
  count = arith::SIToFPOp::create(builder, code.loc, code.elementType, count);
  return arith::DivFOp::create(
      builder, code.loc, result,
      vector::BroadcastOp::create(builder, code.loc, code.vectorType, count));
}

void WindowGenerator::emitVector(const Place &place) {
  SmallVector<Value> operands = loadOperands(place);
  ArrayRef<int64_t> window = op.getWindow();
  bool isUnrolled =
      !op.getClip() && window[0] * window[1] <= kMaxUnrolledWindow;
  Value result = isUnrolled ? emitUnrolledWindow(place, operands)
                            : emitWindowLoops(place, operands);
  code.storeVector(result, op.getOutput(),
                   getIndices(code.add(place.row, op.getOutputOffset()[0]),
                              code.add(place.column, op.getOutputOffset()[1]),
                              place));
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
            emitVector({row, column, channel, lane});
          });
        });
      });
    });
    return;
  }
  int64_t work = rows * columns * (shape[2] / op.getLength()) *
                 op.getWindow()[0] * op.getWindow()[1];
  code.forTasks(rows, work, [&](Value row) {
    code.forRange(columns, 1, [&](Value column) {
      code.forRange(shape[2], op.getLength(), [&](Value channel) {
        emitVector({row, column, channel, Value()});
      });
    });
  });
}

void bn::populateWindowKernelPatterns(RewritePatternSet &patterns) {
  patterns.add<LowerKernel<WindowKernelOp, WindowGenerator>>(
      patterns.getContext());
}
