//===- LaneBody.h - What a lane kernel computes -----------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_CODEGEN_CPU_LANEBODY_H
#define BN_CODEGEN_CPU_LANEBODY_H

#include "bn/Codegen/CPU/LaneBuilder.h"

#include "llvm/ADT/DenseMap.h"

namespace mlir::bn {

/// A coordinate made one of a tensor's, for taps of windows that reach over the
/// edge.
struct ClampedIndex {
  LaneIndex index;
  /// An i1, whether the index was inside; null if it always is.
  Value inside;
  /// Never inside: there is nothing to load.
  bool outside = false;
};

/// The body of a kernel as an expression: gives the value of any tensor of the
/// body at a point, in all lanes, by code that computes it from the inputs.
class LaneBody {
public:
  /// `inputs` are the buffers of the arguments of `block`; `batch` is the
  /// number of rows of the whole call.
  LaneBody(LaneBuilder &code, Block &block, ValueRange inputs, Value batch)
      : code(code), block(block), inputs(inputs), batch(batch) {}

  /// The value of `tensor` (a block of rows, or a parameter that is the same
  /// for all rows) at `point`.
  Value evaluate(Value tensor, ArrayRef<LaneIndex> point);

  /// Says that the value at `point` is `vector`, until the next tile.
  void define(Value tensor, ArrayRef<LaneIndex> point, Value vector);
  /// Forgets the values of the points so far, which are computed once.
  void startTile() { values.clear(); }

  /// Says that the block's first row is row `first` of the batch, and computes
  /// here what dropout needs of its rows.
  void enterRows(Value first);

  /// Computes here what the ops of the body need of their parameters in
  /// `channel`; otherwise that is done at every point.
  void enterChannel(const LaneIndex &channel);
  void leaveChannels() { coefficients.clear(); }

  /// The tensors of the shape of the result of `product` that ops behind it
  /// read.
  SmallVector<Value> getReadBehind(Operation *product);
  /// Fetches them at `points`: they are rarely in a cache.
  void prefetch(Operation *product, ArrayRef<LanePoint> points);

  /// What `op`, which has channel vectors, needs of them in `channel`, each in
  /// all lanes. See `computeCoefficients`.
  SmallVector<Value> getCoefficients(Operation *op, const LaneIndex &channel);

  /// The buffer of `tensor`, an argument or a reshape of one.
  Value getBuffer(Value tensor);
  Block &getBlock() { return block; }
  LaneBuilder &getCode() { return code; }
  Value getBatch() { return batch; }

  ClampedIndex clamp(const LaneIndex &index, int64_t extent);

private:
  using Key = std::pair<Value, LanePoint>;

  Value compute(OpResult result, ArrayRef<LaneIndex> point);
  Value computeUnary(Operation *op, Value input);
  Value computeBinary(Operation *op, ArrayRef<LaneIndex> point);
  Value computeNorm(Operation *op, ArrayRef<LaneIndex> point);
  Value computeWindow(Operation *op, ArrayRef<LaneIndex> point);
  Value computeAveragePoolGradient(Operation *op, ArrayRef<LaneIndex> point);
  Value computeMaxPoolGradient(Operation *op, ArrayRef<LaneIndex> point);
  Value computeReduction(Operation *op, ArrayRef<LaneIndex> point);
  Value computeMeanGradient(Operation *op, ArrayRef<LaneIndex> point);
  Value computeDropout(DropoutOp op, ArrayRef<LaneIndex> point);
  /// The operand of an elementwise op, broadcast to the shape of its result.
  Value evaluateBroadcast(Value operand, ArrayRef<LaneIndex> point);
  SmallVector<Value> computeCoefficients(Operation *op,
                                         const LaneIndex &channel);
  Value loadParameter(Value tensor, ArrayRef<LaneIndex> point);

  LaneBuilder &code;
  Block &block;
  ValueRange inputs;
  Value batch;
  /// Of each dropout, what has been hashed of the rows.
  llvm::SmallDenseMap<Operation *, Value> rowHashes;
  /// Values of the points of this tile.
  SmallVector<std::pair<Key, Value>, 0> values;
  /// By op or parameter and channel.
  SmallVector<std::pair<std::pair<void *, LaneIndex>, SmallVector<Value>>, 0>
      coefficients;
};

/// Where the values of a body go: stored, or reduced over the batch. All on
/// tensors of one shape, the domain.
class LaneEnds {
public:
  /// Takes the yielded values of `body` whose domain is that of row shape
  /// `domain`; see `getDomains`.
  LaneEnds(LaneBody &body, ValueRange outputs, Value rows,
           ArrayRef<int64_t> domain);

  /// The shapes on which yielded values of `block` are computed.
  static SmallVector<SmallVector<int64_t>> getDomains(Block &block);

  /// Emits what the ends do with the points of a tile. `isFirst` is true (an
  /// i1) in the first tile of every channel; without it `enterChannel` must
  /// have been called.
  void emitTile(ArrayRef<LanePoint> points, Value isFirst = Value());

  /// Prepares the reductions of one channel with a value of it at hand.
  void enterChannel(const LaneIndex &channel);
  /// Finishes the reductions of a channel.
  void leaveChannel(const LaneIndex &channel);

  /// Fetches what `emitTile` writes at `points`, so that its stores need not
  /// wait for memory.
  void prefetch(ArrayRef<LanePoint> points);

  bool haveStatistics() const { return !statistics.empty(); }
  ArrayRef<int64_t> getDomain() const { return domain; }

private:
  /// A tensor to be stored.
  struct Store {
    Value tensor, buffer;
  };
  /// A sum over the batch and some axes.
  struct Sum {
    Operation *op;
    /// One buffer per result; null for one that is not yielded.
    SmallVector<Value> buffers;
  };
  struct Statistics {
    Operation *op;
    Value mean, squares;
    /// Per channel the shift, the sum and the sum of squares in each lane.
    Value sums;
  };

  void addEnd(Value yielded, Value output);
  void emitWindows(const Store &store, ArrayRef<LanePoint> points);
  void emitSum(const Sum &sum, ArrayRef<LanePoint> points);
  void emitStatistics(const Statistics &end, ArrayRef<LanePoint> points,
                      Value isFirst);
  void emitStatisticsOfFeature(const Statistics &end, const LanePoint &point);
  void accumulate(Value buffer, ArrayRef<LaneIndex> point, Value value,
                  Value mask);

  LaneBody &body;
  LaneBuilder &code;
  Value rows, mask;
  SmallVector<int64_t> domain;
  SmallVector<Store> stores;
  SmallVector<Sum> sums;
  SmallVector<Statistics> statistics;
};

} // namespace mlir::bn

#endif // BN_CODEGEN_CPU_LANEBODY_H
