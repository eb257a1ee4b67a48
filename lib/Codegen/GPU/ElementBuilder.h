//===- ElementBuilder.h - Values of tensors as scalar code ------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_LIB_CODEGEN_GPU_ELEMENTBUILDER_H
#define BN_LIB_CODEGEN_GPU_ELEMENTBUILDER_H

#include "bn/Dialect/BN/IR/BN.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace mlir::bn {

/// A position along each axis of a tensor.
using Point = SmallVector<Value>;

inline RankedTensorType getTensorType(Value tensor) {
  return cast<RankedTensorType>(tensor.getType());
}

/// Where the values come from that an expression reads.
class ElementSource {
public:
  virtual ~ElementSource() = default;
  /// The buffer with the values of `tensor`, or null if they are to be
  /// computed.
  virtual Value getBuffer(Value tensor) = 0;
  /// The buffers that hold, for the norm `op`, the mean (null for none) and the
  /// inverse deviation.
  virtual std::pair<Value, Value> getStatistics(Operation *op) = 0;
  /// The buffers that hold, for the gradient `op` of a norm of samples, the
  /// means of h and of h * x^.
  virtual std::pair<Value, Value> getGradientMeans(Operation *op) = 0;
  /// The number of rows.
  virtual Value getBatch() = 0;
  /// The value of `tensor` at `point` if it is there in a register, else null.
  virtual Value getComputed(Value tensor, ArrayRef<Value> point) { return {}; }
};

/// Builds code that computes single values of tensors: one expression for
/// everything between them and what is stored.
class ElementBuilder {
public:
  ElementBuilder(OpBuilder &builder, ElementSource &source, Location loc)
      : builder(builder), source(source), loc(loc) {}

  /// The value of `tensor` at `point`.
  Value evaluate(Value tensor, ArrayRef<Value> point);

  /// What the filter's position `taps` (channel, then along each spatial axis)
  /// is multiplied with for `point` of the result: 0 beyond the input, and
  /// where `condition` (null for none) does not hold.
  Value evaluateTap(ConvOp conv, ArrayRef<Value> point, ArrayRef<Value> taps,
                    Value condition);

  /// Whether `buffer` is memory of a block, which has one row of a tensor.
  static bool isShared(Value buffer) {
    return cast<MemRefType>(buffer.getType()).getMemorySpace() != nullptr;
  }

  /// The value of the product `op`, a convolution or linear layer, for a sum of
  /// its terms at `channel`: with its factor and its bias.
  Value finishProduct(Operation *op, Value sum, Value channel);

  /// Whether `tensor` is in memory, row by row.
  bool isContiguous(Value tensor);
  /// The four values that begin at `point` in the order of memory, of a
  /// contiguous tensor; zeros where `condition` (null for none) does not hold.
  Value evaluateFour(Value tensor, ArrayRef<Value> point, Value condition);

  /// Both of two conditions, each null for what always holds.
  Value both(Value a, Value b);

  // Indices, folded where they are known.
  Value index(int64_t value);
  Value addIndex(Value a, Value b);
  Value mulIndex(Value a, int64_t factor);
  Value divIndex(Value a, int64_t divisor);
  Value remIndex(Value a, int64_t divisor);
  /// The position of number `linear` among those of `shape`, whose first extent
  /// may be dynamic. Positions are named after `names`, a letter or word each.
  Point split(Value linear, ArrayRef<int64_t> shape, ArrayRef<StringRef> names);
  /// The number of `point` among the positions of `shape`.
  Value join(ArrayRef<Value> point, ArrayRef<int64_t> shape);
  /// The extent of an axis of `tensor`, which is the batch where it is dynamic.
  Value getExtent(Value tensor, int64_t axis);

  // Numbers.
  Value number(double value);
  Value add(Value a, Value b);
  Value sub(Value a, Value b);
  Value mul(Value a, Value b);
  Value div(Value a, Value b);
  Value fma(Value a, Value b, Value c);
  Value toFloat(Value index);
  /// `values`, times the batch if `overBatch`.
  Value count(int64_t values, bool overBatch);
  Value load(Value buffer, ArrayRef<Value> point);

  /// Nested loops over `extents`: what `body` makes of the positions and the
  /// result so far, from `init` on, which is called `name`.
  Value reduce(ArrayRef<Value> extents, ArrayRef<StringRef> names, Value init,
               StringRef name,
               llvm::function_ref<Value(ArrayRef<Value>, Value)> body);
  /// `value()` where `condition` holds (null for everywhere), else `otherwise`.
  Value choose(Value condition, Value otherwise,
               llvm::function_ref<Value()> value);
  /// Nested loops with several results, from `inits` on; `names` are theirs.
  SmallVector<Value>
  loop(Value begin, Value end, Value step, StringRef position, ValueRange inits,
       ArrayRef<StringRef> names,
       llvm::function_ref<SmallVector<Value>(Value, ValueRange)> body);
  /// Runs `body` where `condition` holds.
  void runIf(Value condition, llvm::function_ref<void()> body);
  Value compare(arith::CmpIPredicate predicate, Value a, Value b);
  Value minimum(Value a, Value b);
  void store(Value value, Value buffer, ArrayRef<Value> point);
  /// 1 / sqrt(variance + epsilon).
  Value invertDeviation(Value variance, const APFloat &epsilon);

  /// The x^ of the value at `point`: of a batch norm with the statistics of
  /// `op`, and of a norm of samples with those that are stored for `op`.
  template <typename Op> Value normalizeChannel(Op op, ArrayRef<Value> point);
  Value normalizeSample(Operation *op, ArrayRef<Value> point);
  /// The h of the gradient `op` of a norm of samples.
  Value scaleGradient(Operation *op, ArrayRef<Value> point);
  /// `sum` with the term of the filter's gradient at `point` that the window at
  /// `place`, a batch row and spatial positions, gives.
  Value addToFilter(ConvFilterGradientOp op, ArrayRef<Value> point,
                    ArrayRef<Value> place, Value sum);

  Location named(StringRef name) {
    return NameLoc::get(builder.getStringAttr(name), loc);
  }

  Location getLoc() const { return loc; }

  OpBuilder &builder;

private:
  struct Window;

  Value compute(OpResult result, ArrayRef<Value> point);
  Value computeUnary(Operation *op, ArrayRef<Value> point);
  Value computeBinary(Operation *op, ArrayRef<Value> point);
  Value computeNorm(Operation *op, ArrayRef<Value> point);
  Value computeBatchNorm(OpResult result, ArrayRef<Value> point);
  template <typename Op>
  Value blendStatistics(Op op, bool isMean, Value batch, Value channel);
  Value computeGradient(OpResult result, ArrayRef<Value> point);
  Value computeInputGradient(BatchNormInputGradientOp op,
                             ArrayRef<Value> point);
  Value computeInputGradient(ConvInputGradientOp op, ArrayRef<Value> point);
  /// A sum over the windows that read `point`: `add` gets the position of one,
  /// the taps that do, and the sum so far.
  Value sumOverWindows(
      const Window &window, ArrayRef<Value> point,
      function_ref<Value(const Point &, ArrayRef<Value>, Value)> add);
  Value computePoolGradient(AveragePoolGradientOp op, ArrayRef<Value> point);
  Value computePoolGradient(MaxPoolGradientOp op, ArrayRef<Value> point);
  Value computeSampleNormGradient(Operation *op, ArrayRef<Value> point);
  Value computeDropout(DropoutOp op, ArrayRef<Value> point);
  Value computeConv(ConvOp conv, ArrayRef<Value> point);
  Value computeLinear(LinearOp linear, ArrayRef<Value> point);
  Value computeReduction(Operation *op, ArrayRef<Value> point);
  Point placeReshaped(ReshapeOp reshape, ArrayRef<Value> point);
  Value computeConcat(ConcatOp concat, ArrayRef<Value> point);
  template <typename PoolOp>
  Value computePool(PoolOp pool, ArrayRef<Value> point);
  Value countTaps(const Window &window, ArrayRef<Value> point,
                  bool countPadding);
  Value placeWindow(const Window &window, Point &position,
                    ArrayRef<Value> taps);
  Value findWindow(const Window &window, Point &position, ArrayRef<Value> steps,
                   SmallVectorImpl<Value> &taps);
  Value findLargestTap(MaxPoolGradientOp op, const Window &window,
                       ArrayRef<Value> point);
  Value evaluateBroadcast(Value operand, ArrayRef<Value> point);
  Value loadConstant(Value tensor, ArrayRef<Value> point);

  ElementSource &source;
  Location loc;
};

/// The number of values of `shape`, the batch not counted, and whether there is
/// one.
std::pair<int64_t, bool> countValues(ArrayRef<int64_t> shape);

/// Names of the axes of `tensor`, for the text.
SmallVector<StringRef> getAxisNames(Value tensor);

} // namespace mlir::bn

#endif // BN_LIB_CODEGEN_GPU_ELEMENTBUILDER_H
