//===- LaneWinograd.h - Parts of Winograd kernels on lanes ------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_LIB_CODEGEN_CPU_LANEWINOGRAD_H
#define BN_LIB_CODEGEN_CPU_LANEWINOGRAD_H

#include "bn/Codegen/CPU/LaneGenerators.h"
#include "bn/Dialect/BN/IR/WinogradTransform.h"

namespace mlir::bn {

/// `matrix` times a vector of `values`, of which null ones are zero; a result
/// that is zero is null. Two rows that differ in the signs of some terms only
/// share what they have in common.
SmallVector<Value> applyTransform(LaneBuilder &code,
                                  const TransformMatrix &matrix,
                                  ArrayRef<Value> values);

/// The same for columns, then rows: `rows * values * columns^T`, row by row.
SmallVector<Value> applyTransform(LaneBuilder &code,
                                  const TransformMatrix &rows,
                                  const TransformMatrix &columns,
                                  ArrayRef<Value> values);

/// Hands out parts of a kernel's scratch memory.
class ScratchArena {
public:
  ScratchArena(LaneBuilder &code, Value scratch)
      : code(code), scratch(scratch) {}

  /// A buffer of `shape` times the lanes.
  Value take(ArrayRef<int64_t> shape);

private:
  LaneBuilder &code;
  Value scratch;
  int64_t offset = 0;
};

/// Loads values of a source whose padding is zero.
class PaddedSource {
public:
  /// `number` is that of the block, if `buffer` holds several.
  PaddedSource(LaneBody &body, Value buffer, ArrayRef<int64_t> shape,
               Value number = Value())
      : body(body), buffer(buffer), shape(shape), number(number) {}

  /// The lanes at a point, null if it is always outside.
  Value load(const LaneIndex &channel, const LaneIndex &row,
             const LaneIndex &column) const;
  /// Fetches what `transformTiles` reads besides the padding: the next channels
  /// are often a power of two apart, so that nothing else does that in time.
  void prefetchTiles(const LaneIndex &channel, ArrayRef<LaneIndex> rows,
                     const LaneIndex &first, int64_t count, int64_t step) const;

private:
  SmallVector<Value> getIndices(const LaneIndex &channel, const LaneIndex &row,
                                const LaneIndex &column) const;

  LaneBody &body;
  Value buffer;
  /// Channels, rows and columns.
  ArrayRef<int64_t> shape;
  Value number;
};

/// Transforms the tiles `first` to `first + count` of a row of tiles of one
/// channel: of the source rows `rows` and the columns from `tile * step -
/// padding` on. `store` gets each result with its row, its column and the
/// number of the tile from `first` on. Neighbouring tiles share columns.
void transformTiles(LaneBuilder &code, const PaddedSource &source,
                    const LaneIndex &channel, ArrayRef<LaneIndex> rows,
                    const TransformMatrix &rowTransform,
                    const TransformMatrix &columnTransform,
                    const LaneIndex &first, int64_t count, int64_t step,
                    int64_t padding,
                    function_ref<void(int64_t, int64_t, int64_t, Value)> store);

} // namespace mlir::bn

#endif // BN_LIB_CODEGEN_CPU_LANEWINOGRAD_H
