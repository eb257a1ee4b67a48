//===- WinogradKernels.cpp - Transforms of image tiles --------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Vectors hold neighbouring channels. A tile is transformed in registers, the
// columns first: what a column gives stays until its rows are complete.
//
//===----------------------------------------------------------------------===//

#include "LaneWinograd.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::bn;

namespace {

/// What both transforms share: the loops over tiles, and where tiles stand.
template <typename Op> class TileGenerator {
protected:
  TileGenerator(Op op, Value tiles, OpBuilder &builder)
      : op(op),
        rows(getWinogradTransform(op.getOutputTile()[0], op.getKernel()[0])),
        columns(getWinogradTransform(op.getOutputTile()[1], op.getKernel()[1])),
        tiles(tiles),
        code(builder, op.getLoc(), op.getLength(), /*registers=*/0) {}

  /// Where a tile is, and what the tiles before it compute.
  struct TilePlace {
    /// Its position in the image of tiles.
    Value row, column;
    /// Its first output, and the first that it stores, in both dimensions.
    Value first[2], stored[2];
  };

  /// Calls `body` for each tile of the block, which are independent.
  void forEachTile(int64_t channels,
                   function_ref<void(const TilePlace &)> body);
  bool isWhole(int64_t dim) {
    return op.getExtents()[dim] % op.getOutputTile()[dim] == 0;
  }
  /// The channels of point `p` in the image of tiles, from `channel` on.
  SmallVector<Value> getPoint(const TilePlace &place, int64_t p,
                              Value channel) {
    return {place.row, place.column,
            code.add(channel, p * static_cast<int64_t>(op.getChannels()))};
  }

  Op op;
  WinogradTransform rows, columns;
  /// The image with a position for each tile.
  Value tiles;
  LaneBuilder code;
};

class InputTransform : TileGenerator<WinogradInputKernelOp> {
public:
  InputTransform(WinogradInputKernelOp op, OpBuilder &builder)
      : TileGenerator(op, op.getOutput(), builder) {}
  void run();

private:
  void emitTile(const TilePlace &place, Value channel);
};

class OutputTransform : TileGenerator<WinogradOutputKernelOp> {
public:
  OutputTransform(WinogradOutputKernelOp op, OpBuilder &builder)
      : TileGenerator(op, op.getInput(), builder) {}
  void run();

private:
  void emitTile(const TilePlace &place, Value channel);
  void emitOutput(const TilePlace &place, Value channel, int64_t y, int64_t x,
                  ArrayRef<Value> operands, Value value);
  Value isStored(const TilePlace &place, int64_t y, int64_t x);
};

} // namespace

template <typename Op>
void TileGenerator<Op>::forEachTile(
    int64_t channels, function_ref<void(const TilePlace &)> body) {
  ArrayRef<int64_t> shape = cast<MemRefType>(tiles.getType()).getShape();
  int64_t count = shape[0] * shape[1];
  int64_t work = count * llvm::divideCeil(channels, code.length) *
                 rows.getPoints() * columns.getPoints();
  code.forTasks(count, work, [&](Value tile) {
    OpBuilder &builder = code.builder;
    TilePlace place;
    Value width = code.index(shape[1]);
    place.row = arith::DivUIOp::create(builder, code.loc, tile, width);
    place.column = arith::RemUIOp::create(builder, code.loc, tile, width);
    Value numbers[] = {code.add(place.row, op.getFirstRow()), place.column};
    for (int64_t dim = 0; dim < 2; ++dim) {
      int64_t outputs = op.getOutputTile()[dim];
      place.stored[dim] = place.first[dim] = code.mul(numbers[dim], outputs);
      if (!isWhole(dim))
        place.first[dim] =
            code.minimum(place.stored[dim], op.getExtents()[dim] - outputs);
    }
    body(place);
  });
}

//===----------------------------------------------------------------------===//
// Input
//===----------------------------------------------------------------------===//

void InputTransform::emitTile(const TilePlace &place, Value channel) {
  SmallVector<Value> values;
  for (int64_t y = 0; y < rows.getPoints(); ++y)
    for (int64_t x = 0; x < columns.getPoints(); ++x)
      values.push_back(code.loadVector(
          op.getInput(),
          {code.add(place.first[0], y + op.getInputOffset()[0]),
           code.add(place.first[1], x + op.getInputOffset()[1]), channel}));
  SmallVector<Value> points =
      applyTransform(code, rows.input, columns.input, values);
  for (auto [p, value] : llvm::enumerate(points))
    code.storeVector(value, tiles, getPoint(place, p, channel));
}

void InputTransform::run() {
  int64_t channels = op.getChannels();
  forEachTile(channels, [&](const TilePlace &place) {
    code.forTiles(channels, code.length,
                  [&](Value channel) { emitTile(place, channel); });
  });
}

//===----------------------------------------------------------------------===//
// Output
//===----------------------------------------------------------------------===//

/// Whether no tile before stores an output, which those of tiles that were
/// moved back may do; null if that is sure.
Value OutputTransform::isStored(const TilePlace &place, int64_t y, int64_t x) {
  Value stored;
  int64_t offsets[] = {y, x};
  for (int64_t dim = 0; dim < 2; ++dim) {
    // The last output of a tile is its own.
    if (isWhole(dim) || offsets[dim] + 1 == op.getOutputTile()[dim])
      continue;
    Value own = arith::CmpIOp::create(
        code.builder, code.loc, arith::CmpIPredicate::sge,
        code.add(place.first[dim], offsets[dim]), place.stored[dim]);
    stored = stored ? arith::AndIOp::create(code.builder, code.loc, stored, own)
                    : own;
  }
  return stored;
}

void OutputTransform::emitOutput(const TilePlace &place, Value channel,
                                 int64_t y, int64_t x, ArrayRef<Value> operands,
                                 Value value) {
  OpBuilder::InsertionGuard guard(code.builder);
  if (Value stored = isStored(place, y, x)) {
    auto branch = scf::IfOp::create(code.builder, code.loc, stored,
                                    /*withElseRegion=*/false);
    code.builder.setInsertionPointToStart(branch.thenBlock());
  }
  Value row = code.add(place.first[0], y), column = code.add(place.first[1], x);
  SmallVector<Value> arguments = {value};
  llvm::append_range(arguments, operands);
  for (Value memref : op.getTensorOperands())
    arguments.push_back(code.loadTensorOperand(
        memref, /*onBatch=*/false, row, column, channel, /*lane=*/Value()));
  code.storeVector(code.applyBody(op.getBody().front(), arguments),
                   op.getOutput(),
                   {code.add(row, op.getOutputOffset()[0]),
                    code.add(column, op.getOutputOffset()[1]), channel});
}

void OutputTransform::emitTile(const TilePlace &place, Value channel) {
  SmallVector<Value> points, operands;
  for (int64_t p = 0; p < rows.getPoints() * columns.getPoints(); ++p)
    points.push_back(code.loadVector(tiles, getPoint(place, p, channel)));
  SmallVector<Value> outputs =
      applyTransform(code, rows.output, columns.output, points);
  for (Value memref : op.getChannelOperands())
    operands.push_back(code.loadVector(memref, channel));
  Value bias = op.getBias() ? code.loadVector(op.getBias(), channel) : Value();
  for (int64_t y = 0; y < rows.outputs; ++y)
    for (int64_t x = 0; x < columns.outputs; ++x) {
      Value value = outputs[y * columns.outputs + x];
      if (bias)
        value = code.addF(value, bias);
      emitOutput(place, channel, y, x, operands, value);
    }
}

void OutputTransform::run() {
  int64_t channels = cast<MemRefType>(op.getOutput().getType()).getDimSize(2);
  forEachTile(channels, [&](const TilePlace &place) {
    code.forTiles(channels, code.length,
                  [&](Value channel) { emitTile(place, channel); });
  });
}

void bn::populateWinogradKernelPatterns(RewritePatternSet &patterns) {
  patterns.add<LowerKernel<WinogradInputKernelOp, InputTransform>,
               LowerKernel<WinogradOutputKernelOp, OutputTransform>>(
      patterns.getContext());
}
