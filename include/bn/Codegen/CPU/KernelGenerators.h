//===- KernelGenerators.h - Loops on vectors for kernels --------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_CODEGEN_CPU_KERNELGENERATORS_H
#define BN_CODEGEN_CPU_KERNELGENERATORS_H

#include "bn/Dialect/BN/IR/BN.h"

#include "mlir/IR/PatternMatch.h"

namespace mlir::bn {

/// Patterns that replace kernels by loops on vectors.
void populateProductKernelPatterns(RewritePatternSet &patterns);
void populateWindowKernelPatterns(RewritePatternSet &patterns);
void populateDotKernelPatterns(RewritePatternSet &patterns);
void populateColumnKernelPatterns(RewritePatternSet &patterns);
void populateCopyKernelPatterns(RewritePatternSet &patterns);
void populateWinogradKernelPatterns(RewritePatternSet &patterns);

/// Replaces a kernel by what `Generator(kernel, builder).run()` emits.
template <typename KernelOp, typename Generator>
struct LowerKernel : OpRewritePattern<KernelOp> {
  using OpRewritePattern<KernelOp>::OpRewritePattern;

  LogicalResult matchAndRewrite(KernelOp op,
                                PatternRewriter &rewriter) const override {
    Generator(op, rewriter).run();
    rewriter.eraseOp(op);
    return success();
  }
};

/// Shorthands for the code that the generators emit: index arithmetic, loops
/// and vector accesses at one location.
class KernelBuilder {
public:
  KernelBuilder(OpBuilder &builder, Location loc, Type elementType,
                int64_t length)
      : builder(builder), loc(loc), elementType(elementType),
        vectorType(VectorType::get(length, elementType)) {}

  Value index(int64_t value);
  /// `value + offset`, or `value` itself for an offset of 0.
  Value add(Value value, int64_t offset);
  Value add(Value lhs, Value rhs);
  Value mul(Value value, int64_t factor);
  Value splat(double value);

  Value loadVector(Value memref, ValueRange indices);
  /// The element at `indices` in all lanes.
  Value loadBroadcast(Value memref, ValueRange indices);
  void storeVector(Value vector, Value memref, ValueRange indices);
  /// n vectors of n values, a power of two, transposed in log2(n) steps.
  SmallVector<Value> transposeSquare(SmallVector<Value> vectors);

  /// A loop over the starts of tiles of `tile` that cover `extent`, the last
  /// one moved back so that it is whole. `body` gets the start; a single tile
  /// is no loop. Requires tile <= extent.
  void forTiles(int64_t extent, int64_t tile, function_ref<void(Value)> body);

  /// A loop from 0 to `count` whose iterations are independent: parallel, if
  /// all of them together make at least `kParallelWork` vector operations and
  /// it is not in a parallel loop already.
  void forTasks(int64_t count, int64_t work, function_ref<void(Value)> body);
  static constexpr int64_t kParallelWork = 1 << 14;

  /// A loop from 0 to `extent` by `step`.
  void forRange(int64_t extent, int64_t step, function_ref<void(Value)> body);

  /// `for (i = lower; i < upper; ++i) values = body(i, values)`
  SmallVector<Value>
  reduceRange(Value lower, Value upper, ValueRange values,
              function_ref<SmallVector<Value>(Value, ValueRange)> body);

  /// The vector at a row, column and channel (and lane of the batch, in the
  /// batch storage) of a tensor operand: a tensor of one position is the same
  /// at all.
  Value loadTensorOperand(Value memref, bool onBatch, Value row, Value column,
                          Value channel, Value lane);

  /// Applies the scalar `body` of a kernel to vectors, lane by lane.
  Value applyBody(Block &body, ValueRange arguments);

  /// `result` with one more `value` of a pooling window in it; a null `result`
  /// is an empty window. The larger of two is NaN if one is.
  Value addToWindow(Value result, Value value, PoolKind pool);
  /// What pooling makes of a window of `size` values in `result`.
  Value finishWindow(Value result, int64_t size, PoolKind pool);

  OpBuilder &builder;
  Location loc;
  Type elementType;
  VectorType vectorType;
};

} // namespace mlir::bn

#endif // BN_CODEGEN_CPU_KERNELGENERATORS_H
