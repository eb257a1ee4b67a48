//===- CopyKernels.cpp - Copies between rows of a batch and blocks --------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Codegen/CPU/KernelGenerators.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace mlir::bn;

static MemRefType getType(Value memref) {
  return cast<MemRefType>(memref.getType());
}

/// A memref of a batch of rows, each row one run of values.
static Value flattenRows(OpBuilder &builder, Location loc, Value memref) {
  MemRefType type = getType(memref);
  if (type.getRank() == 2)
    return memref;
  SmallVector<ReassociationIndices> groups(2);
  groups[0] = {0};
  for (int64_t i = 1; i < type.getRank(); ++i)
    groups[1].push_back(i);
  return memref::CollapseShapeOp::create(builder, loc, memref, groups);
}

/// Channels and spatial extents of the rows of a model's input or output.
static std::array<int64_t, 3> getImageExtents(Value rows) {
  ArrayRef<int64_t> shape = getType(rows).getShape();
  if (shape.size() == 2)
    return {shape[1], 1, 1};
  return {shape[1], shape[2], shape[3]};
}

//===----------------------------------------------------------------------===//
// Pack
//===----------------------------------------------------------------------===//

namespace {

class PackGenerator {
public:
  PackGenerator(PackKernelOp op, OpBuilder &builder)
      : op(op), code(builder, op.getLoc(),
                     getType(op.getTarget()).getElementType(), op.getLength()) {
  }

  void run();

private:
  void packByVectors(Value source, Value target, int64_t extent);
  bool isInterleaved();
  void packInterleaved();
  void packByValues();
  int64_t getColumnChunk();
  void packColumns(int64_t chunk);
  void emitSquare(Value source, Value target, Value lane, Value first);
  Value getRow(Value offset);

  PackKernelOp op;
  KernelBuilder code;
  Value lastRow;
};

} // namespace

/// The row of the batch at `offset` in the block; the last row stands in for
/// rows behind the end.
Value PackGenerator::getRow(Value offset) {
  Value row = code.add(op.getFirstRow(), offset);
  return arith::MinSIOp::create(code.builder, code.loc, row, lastRow);
}

/// Copies values `first` … of the rows at `lane` …: as many of each as a vector
/// is long.
void PackGenerator::emitSquare(Value source, Value target, Value lane,
                               Value first) {
  SmallVector<Value> rows;
  for (int64_t i = 0, n = op.getLength(); i < n; ++i)
    rows.push_back(code.loadVector(source, {getRow(code.add(lane, i)), first}));
  for (auto [i, vector] : llvm::enumerate(code.transposeSquare(rows)))
    code.storeVector(vector, target, {code.add(first, i), lane});
}

/// Rows without padding in the batch storage: two matrices, one the transpose
/// of the other.
void PackGenerator::packByVectors(Value source, Value target, int64_t extent) {
  int64_t length = op.getLength();
  code.forRange(getType(target).getDimSize(1), length, [&](Value lane) {
    code.forTiles(extent, length, [&](Value first) {
      emitSquare(source, target, lane, first);
    });
  });
}

/// True for an image of so few channels, stored without gaps in the channels
/// storage, that as many vectors hold the channels of some columns.
bool PackGenerator::isInterleaved() {
  auto [channels, height, width] = getImageExtents(op.getSource());
  return op.getLanes() == Lanes::channels &&
         getType(op.getSource()).getRank() == 4 && op.getLength() > 1 &&
         channels <= static_cast<int64_t>(op.getLength()) &&
         width >= static_cast<int64_t>(op.getLength()) &&
         getType(op.getTarget()).getDimSize(2) == channels;
}

/// Loads a vector of columns of each channel and stores the values column by
/// column.
void PackGenerator::packInterleaved() {
  auto [channels, height, width] = getImageExtents(op.getSource());
  int64_t length = op.getLength();
  Value target = memref::CollapseShapeOp::create(
      code.builder, code.loc, op.getTarget(),
      SmallVector<ReassociationIndices>{{0}, {1, 2}});
  Value row = getRow(code.index(0));
  auto pack = [&, channels = channels](Value y, Value x) {
    SmallVector<Value> planes;
    for (int64_t c = 0; c < channels; ++c)
      planes.push_back(
          code.loadVector(op.getSource(), {row, code.index(c), y, x}));
    Value first = code.mul(code.add(x, op.getOffset()[1]), channels);
    for (int64_t part = 0; part < channels; ++part) {
      // Each shuffle puts the values of one more channel in their places.
      Value mixed = planes.front();
      for (int64_t c = 0; c < channels; ++c) {
        SmallVector<int64_t> mask;
        for (int64_t lane = 0; lane < length; ++lane) {
          int64_t value = part * length + lane;
          mask.push_back(value % channels == c ? length + value / channels
                                               : lane);
        }
        mixed = vector::ShuffleOp::create(code.builder, code.loc, mixed,
                                          planes[c], mask);
      }
      code.storeVector(
          mixed, target,
          {code.add(y, op.getOffset()[0]), code.add(first, part * length)});
    }
  };
  code.forRange(height, 1, [&, width = width](Value y) {
    code.forTiles(width, length, [&](Value x) { pack(y, x); });
  });
}

/// Columns of each part that are copied at once into the columns storage: as
/// many as a vector may hold of parts that the width of the image divides into.
/// 0 if it does not.
int64_t PackGenerator::getColumnChunk() {
  int64_t width = getImageExtents(op.getSource())[2];
  int64_t parts = getType(op.getTarget()).getDimSize(2);
  int64_t chunk = op.getLength();
  while (chunk * parts > width)
    chunk /= 2;
  return width % parts == 0 ? chunk : 0;
}

/// Loads vectors of columns, sorts them by parts, and stores `chunk` columns of
/// each.
void PackGenerator::packColumns(int64_t chunk) {
  auto [channels, height, width] = getImageExtents(op.getSource());
  int64_t parts = getType(op.getTarget()).getDimSize(2);
  KernelBuilder part(code.builder, code.loc, code.elementType, chunk);
  Value row = getRow(code.index(0));
  auto pack = [&](Value c, Value y, Value first) {
    // `first` counts columns of a part.
    Value x = code.mul(first, parts);
    Value targetY = code.add(y, op.getOffset()[0]);
    SmallVector<Value> loaded;
    for (int64_t i = 0; i < parts; ++i)
      loaded.push_back(
          part.loadVector(op.getSource(), {row, c, y, code.add(x, i * chunk)}));
    for (int64_t phase = 0; phase < parts; ++phase) {
      // Column j of the phase is j * parts + phase of all that were loaded.
      Value sorted = loaded.front();
      for (int64_t i = 0; i < parts; ++i) {
        SmallVector<int64_t> mask;
        for (int64_t j = 0; j < chunk; ++j) {
          int64_t column = j * parts + phase;
          mask.push_back(column / chunk == i ? chunk + column % chunk : j);
        }
        sorted = vector::ShuffleOp::create(code.builder, code.loc, sorted,
                                           loaded[i], mask);
      }
      int64_t target = phase + op.getOffset()[1];
      part.storeVector(sorted, op.getTarget(),
                       {c, targetY, code.index(target % parts),
                        code.add(first, target / parts)});
    }
  };
  code.forRange(channels, 1, [&, height = height, width = width](Value c) {
    code.forRange(height, 1, [&](Value y) {
      code.forTiles(width / parts, chunk,
                    [&](Value first) { pack(c, y, first); });
    });
  });
}

void PackGenerator::packByValues() {
  bool onBatch = op.getLanes() == Lanes::batch;
  auto [channels, height, width] = getImageExtents(op.getSource());
  int64_t rows = onBatch ? getType(op.getTarget()).getDimSize(3) : 1;
  bool isImage = getType(op.getSource()).getRank() == 4;
  auto copy = [&](Value row, Value c, Value y, Value x) {
    SmallVector<Value> from = {getRow(row), c};
    if (isImage)
      from.append({y, x});
    Value value =
        memref::LoadOp::create(code.builder, code.loc, op.getSource(), from);
    Value targetY = code.add(y, op.getOffset()[0]);
    Value targetX = code.add(x, op.getOffset()[1]);
    SmallVector<Value> to = {targetY, targetX, c};
    if (onBatch)
      to = {c, targetY, targetX, row};
    else if (op.getLanes() == Lanes::columns) {
      Value parts = code.index(getType(op.getTarget()).getDimSize(2));
      to = {c, targetY,
            arith::RemUIOp::create(code.builder, code.loc, targetX, parts),
            arith::DivUIOp::create(code.builder, code.loc, targetX, parts)};
    }
    memref::StoreOp::create(code.builder, code.loc, value, op.getTarget(), to);
  };
  code.forRange(channels, 1, [&, height = height, width = width](Value c) {
    code.forRange(height, 1, [&](Value y) {
      code.forRange(width, 1, [&](Value x) {
        code.forRange(rows, 1, [&](Value row) { copy(row, c, y, x); });
      });
    });
  });
}

void PackGenerator::run() {
  OpBuilder &builder = code.builder;
  Value batch =
      memref::DimOp::create(builder, code.loc, op.getSource(), code.index(0));
  lastRow = code.add(batch, -1);
  auto [channels, height, width] = getImageExtents(op.getSource());
  int64_t extent = channels * height * width;
  bool onBatch = op.getLanes() == Lanes::batch;
  bool isPadded = onBatch && getType(op.getTarget()).getNumElements() !=
                                 extent * getType(op.getTarget()).getDimSize(3);
  if (onBatch && !isPadded && extent >= static_cast<int64_t>(op.getLength())) {
    Value source = flattenRows(builder, code.loc, op.getSource());
    Value target = memref::CollapseShapeOp::create(
        builder, code.loc, op.getTarget(),
        SmallVector<ReassociationIndices>{{0, 1, 2}, {3}});
    packByVectors(source, target, extent);
    return;
  }
  if (op.getLanes() == Lanes::columns)
    if (int64_t chunk = getColumnChunk(); chunk > 1)
      return packColumns(chunk);
  if (isInterleaved())
    return packInterleaved();
  packByValues();
}

//===----------------------------------------------------------------------===//
// Unpack and padding
//===----------------------------------------------------------------------===//

static void emitUnpack(UnpackKernelOp op, OpBuilder &builder) {
  KernelBuilder code(builder, op.getLoc(),
                     getType(op.getSource()).getElementType(), 1);
  bool onBatch = op.getLanes() == Lanes::batch;
  auto [channels, height, width] = getImageExtents(op.getTarget());
  bool isImage = getType(op.getTarget()).getRank() == 4;
  int64_t rows = onBatch ? getType(op.getSource()).getDimSize(3) : 1;

  // Rows behind the end of the batch are not written.
  Value batch = memref::DimOp::create(builder, op.getLoc(), op.getTarget(),
                                      code.index(0));
  Value left =
      arith::SubIOp::create(builder, op.getLoc(), batch, op.getFirstRow());
  Value count =
      arith::MinSIOp::create(builder, op.getLoc(), left, code.index(rows));
  auto loop = scf::ForOp::create(builder, op.getLoc(), code.index(0), count,
                                 code.index(1));
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(loop.getBody());
  Value row = loop.getInductionVar();
  Value targetRow = code.add(op.getFirstRow(), row);

  auto copy = [&](Value c, Value y, Value x, ArrayRef<Value> to) {
    Value sourceY = code.add(y, op.getOffset()[0]);
    Value sourceX = code.add(x, op.getOffset()[1]);
    SmallVector<Value> from = {sourceY, sourceX, c};
    if (onBatch)
      from = {c, sourceY, sourceX, row};
    Value value =
        memref::LoadOp::create(builder, op.getLoc(), op.getSource(), from);
    memref::StoreOp::create(builder, op.getLoc(), value, op.getTarget(), to);
  };
  // A row of features may be an image that was flattened.
  if (!isImage) {
    height = op.getExtents()[0];
    width = op.getExtents()[1];
    channels /= height * width;
  }
  code.forRange(channels, 1, [&, height = height, width = width](Value c) {
    code.forRange(height, 1, [&](Value y) {
      code.forRange(width, 1, [&](Value x) {
        if (isImage)
          return copy(c, y, x, {targetRow, c, y, x});
        Value feature =
            code.add(code.mul(code.add(code.mul(c, height), y), width), x);
        copy(c, y, x, {targetRow, feature});
      });
    });
  });
}

/// Clears the padding of a buffer in the columns storage, which is small, value
/// by value.
static void emitClearColumns(ClearHaloOp op, OpBuilder &builder) {
  ArrayRef<int64_t> shape = getType(op.getBuffer()).getShape();
  KernelBuilder code(builder, op.getLoc(),
                     getType(op.getBuffer()).getElementType(), 1);
  Value zero = arith::ConstantOp::create(
      builder, op.getLoc(), builder.getFloatAttr(code.elementType, 0.0));
  int64_t height = shape[1], width = shape[2] * shape[3], parts = shape[2];
  auto clear = [&](int64_t y0, int64_t y1, int64_t x0, int64_t x1) {
    if (y0 >= y1 || x0 >= x1)
      return;
    code.forRange(shape[0], 1, [&](Value c) {
      code.forRange(y1 - y0, 1, [&](Value y) {
        for (int64_t x = x0; x < x1; ++x)
          memref::StoreOp::create(builder, op.getLoc(), zero, op.getBuffer(),
                                  ValueRange{c, code.add(y, y0),
                                             code.index(x % parts),
                                             code.index(x / parts)});
      });
    });
  };
  int64_t top = op.getOffset()[0], left = op.getOffset()[1];
  int64_t bottom = top + op.getExtents()[0], right = left + op.getExtents()[1];
  clear(0, top, 0, width);
  clear(bottom, height, 0, width);
  clear(top, bottom, 0, left);
  clear(top, bottom, right, width);
}

static void emitClearHalo(ClearHaloOp op, OpBuilder &builder) {
  if (op.getLanes() == Lanes::columns)
    return emitClearColumns(op, builder);
  bool onBatch = op.getLanes() == Lanes::batch;
  ArrayRef<int64_t> shape = getType(op.getBuffer()).getShape();
  // Both storages end in a dimension that lies densely in memory; clear it by
  // vectors of a length that divides it.
  int64_t dense = shape.back(), length = 16;
  while (dense % length != 0)
    length /= 2;
  KernelBuilder code(builder, op.getLoc(),
                     getType(op.getBuffer()).getElementType(), length);
  int64_t channels = onBatch ? shape[0] : 1;
  int64_t height = onBatch ? shape[1] : shape[0];
  int64_t width = onBatch ? shape[2] : shape[1];
  auto clear = [&](int64_t y0, int64_t y1, int64_t x0, int64_t x1) {
    if (y0 >= y1 || x0 >= x1)
      return;
    code.forRange(channels, 1, [&](Value c) {
      code.forRange(y1 - y0, 1, [&](Value y) {
        code.forRange(x1 - x0, 1, [&](Value x) {
          code.forRange(dense, length, [&](Value lane) {
            SmallVector<Value> indices = {code.add(y, y0), code.add(x, x0),
                                          lane};
            if (onBatch)
              indices.insert(indices.begin(), c);
            code.storeVector(code.splat(0.0), op.getBuffer(), indices);
          });
        });
      });
    });
  };
  int64_t top = op.getOffset()[0], left = op.getOffset()[1];
  int64_t bottom = top + op.getExtents()[0], right = left + op.getExtents()[1];
  clear(0, top, 0, width);
  clear(bottom, height, 0, width);
  clear(top, bottom, 0, left);
  clear(top, bottom, right, width);
}

//===----------------------------------------------------------------------===//
// Patterns
//===----------------------------------------------------------------------===//

namespace {

struct LowerUnpackKernel : OpRewritePattern<UnpackKernelOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(UnpackKernelOp op,
                                PatternRewriter &rewriter) const override {
    emitUnpack(op, rewriter);
    rewriter.eraseOp(op);
    return success();
  }
};

struct LowerClearHalo : OpRewritePattern<ClearHaloOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ClearHaloOp op,
                                PatternRewriter &rewriter) const override {
    emitClearHalo(op, rewriter);
    rewriter.eraseOp(op);
    return success();
  }
};

} // namespace

void bn::populateCopyKernelPatterns(RewritePatternSet &patterns) {
  patterns.add<LowerKernel<PackKernelOp, PackGenerator>, LowerUnpackKernel,
               LowerClearHalo>(patterns.getContext());
}
