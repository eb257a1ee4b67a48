//===- LaneWinogradConvolution.cpp - Convolutions by few products ---------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The source is transformed into scratch memory, a few tiles at a time, so that
// they stay in cache; where only columns have tiles, all rows at once, because
// every row is read for each tap of the kernel's rows. For each register tile
// of channels the products of all points go to a second, smaller scratch, and
// from there through the inverse transform to the ends of the body.
//
//===----------------------------------------------------------------------===//

#include "LaneWinograd.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace mlir::bn;

/// How many channels ahead the tiles of a group are fetched.
static constexpr int64_t kChannelsAhead = 3;

namespace {

/// Tiles whose results are computed together: `rows * columns` of them.
struct TileGroup {
  int64_t rows = 1, columns = 1;
  int64_t count() const { return rows * columns; }
};

/// Where a group stands.
struct GroupStart {
  /// Numbers of the group, from the top and from the left.
  LaneIndex row, column;
  /// Whether it is the first one; null if nobody asks.
  Value isFirst;
};

class WinogradGenerator {
public:
  WinogradGenerator(Operation *op, LaneBody &body, LaneEnds &ends,
                    Value scratch);
  void run();

private:
  void take(Value source, Value filter, Value bias, ArrayRef<int64_t> kernel,
            ArrayRef<int64_t> tile, ArrayRef<int64_t> pad);
  void chooseGroup();
  double getGroupCost(int64_t tiles, int64_t &channels) const;
  void transformGroup(const GroupStart &start);
  void transformRows();
  void emitGroup(const GroupStart &start);
  void emitChannels(const GroupStart &start, LaneIndex first, int64_t count);
  void emitProducts(const GroupStart &start, LaneIndex first, int64_t count);
  SmallVector<Value> emitSums(LaneIndex first, int64_t count, Value slot,
                              Value filterPoint, Value point, Value firstTile,
                              SmallVector<Value> sums);
  SmallVector<LanePoint> getOutputs(const GroupStart &start,
                                    const LaneIndex &channel) const;
  void prefetchChannel(const GroupStart &start, LaneIndex first, int64_t count,
                       Value number);
  void emitRow(const GroupStart &start, LaneIndex channel, Value place);
  void emitScatteredRow(const GroupStart &start, LaneIndex channel,
                        Value place);
  void finish(const GroupStart &start, const LaneIndex &channel,
              ArrayRef<LanePoint> points, ArrayRef<Value> values);

  bool hasRowTiles() const { return rows.outputs > 1; }
  int64_t getPoints() const { return rows.getPoints() * columns.getPoints(); }

  Operation *op;
  LaneBody &body;
  LaneEnds &ends;
  LaneBuilder &code;
  /// Results are scattered from tiles of the source, not gathered to tiles of
  /// the result.
  bool scatters;
  WinogradTransform rows{1, 1, {1, 1}, {1, 1}, {1, 1}};
  WinogradTransform columns = rows;
  SmallVector<int64_t> padding, sourceShape, resultShape;
  Value source, filter, bias;
  int64_t tileRows = 0, tileColumns = 0;
  TileGroup group;
  /// Channels of a register tile.
  int64_t channelTile = 1;
  /// rows x points of a row x channels and what lies between two points x
  /// tiles: the transformed source.
  Value transformed;
  /// Points x channels x tiles: the products of a register tile.
  Value products;
};

} // namespace

void WinogradGenerator::take(Value source, Value filter, Value bias,
                             ArrayRef<int64_t> kernel, ArrayRef<int64_t> tile,
                             ArrayRef<int64_t> pad) {
  rows = getWinogradTransform(tile[0], kernel[0]);
  columns = getWinogradTransform(tile[1], kernel[1]);
  padding.assign(pad.begin(), pad.end());
  sourceShape = getRowShape(source);
  resultShape = getRowShape(op->getResult(0));
  this->source = body.getBuffer(source);
  this->filter = body.getBuffer(filter);
  this->bias = bias ? body.getBuffer(bias) : Value();
  ArrayRef<int64_t> tiled = scatters ? sourceShape : resultShape;
  tileRows = tiled[1] / tile[0];
  tileColumns = tiled[2] / tile[1];
}

WinogradGenerator::WinogradGenerator(Operation *op, LaneBody &body,
                                     LaneEnds &ends, Value scratch)
    : op(op), body(body), ends(ends), code(body.getCode()),
      scatters(isa<WinogradConvInputGradientOp>(op)) {
  if (auto conv = dyn_cast<WinogradConvOp>(op)) {
    take(conv.getInput(), conv.getFilter(), conv.getBias(), conv.getKernel(),
         conv.getOutputTile(), conv.getPadding());
  } else {
    auto gradient = cast<WinogradConvInputGradientOp>(op);
    take(gradient.getGradient(), gradient.getFilter(), Value(),
         gradient.getKernel(), gradient.getOutputTile(), gradient.getPadding());
  }
  chooseGroup();
  ScratchArena arena(code, scratch);
  int64_t points = columns.getPoints();
  transformed = arena.take({hasRowTiles() ? rows.getPoints() : sourceShape[1],
                            points, getWinogradPlane(sourceShape[0]),
                            hasRowTiles() ? group.count() : tileColumns});
  products = arena.take({hasRowTiles() ? getPoints() : points, channelTile,
                         scatters ? tileColumns : group.count()});
}

/// Channels of a register tile at most: the filters of channels are often a
/// power of two apart, hence in one set of the first-level cache.
static constexpr int64_t kCacheWays = 8;

/// What a tile costs if `tiles` of them are one side of the register tiles;
/// `channels` becomes the best other side.
double WinogradGenerator::getGroupCost(int64_t tiles, int64_t &channels) const {
  double best = std::numeric_limits<double>::infinity();
  int64_t all = resultShape[0];
  for (int64_t c = 1;
       c <= std::min(all, kCacheWays) && tiles * c <= kMostWinogradSums; ++c) {
    if (tiles * c + std::min(tiles, c) + 1 > code.registers && tiles * c > 1)
      break;
    // A broadcast scalar takes half a load of a vector of 64 bytes.
    auto getStep = [&](int64_t c) {
      return estimateLaneStep(tiles * c, tiles + 0.5 * c);
    };
    double cost = all / c * getStep(c) + (all % c ? getStep(all % c) : 0);
    if (cost < best) {
      best = cost;
      channels = c;
    }
  }
  return best / tiles;
}

/// Groups are parts of a row of tiles, or some whole rows of them.
void WinogradGenerator::chooseGroup() {
  double best = std::numeric_limits<double>::infinity();
  auto consider = [&](int64_t groupRows, int64_t groupColumns) {
    int64_t channels = 1;
    double cost = getGroupCost(groupRows * groupColumns, channels);
    if (groupRows * groupColumns <= kMostWinogradTiles && cost < best) {
      best = cost;
      group = {groupRows, groupColumns};
      channelTile = channels;
    }
  };
  for (int64_t c = 1; c <= tileColumns; ++c)
    if (tileColumns % c == 0)
      consider(1, c);
  if (hasRowTiles())
    for (int64_t r = 2; r <= tileRows; ++r)
      if (tileRows % r == 0)
        consider(r, tileColumns);
}

void WinogradGenerator::run() {
  int64_t count = scatters ? resultShape[1] : tileRows / group.rows;
  if (!hasRowTiles())
    transformRows();
  code.forEach(count, [&](LaneIndex i) {
    GroupStart start;
    start.row = i;
    // Statistics take their shift from the middle, where no padding takes part.
    if (ends.haveStatistics() && i.base) {
      AffineExpr d0 = getAffineDimExpr(0, code.builder.getContext());
      start.row =
          LaneIndex(code.apply((d0 + count / 2) % count, i.base), count);
    }
    auto emit = [&](LaneIndex column) {
      start.column = column;
      if (ends.haveStatistics()) {
        auto isZero = [&](const LaneIndex &index) -> Value {
          return arith::CmpIOp::create(code.builder, code.loc,
                                       arith::CmpIPredicate::eq,
                                       code.materialize(index), code.index(0));
        };
        start.isFirst = arith::AndIOp::create(code.builder, code.loc, isZero(i),
                                              isZero(column));
      }
      emitGroup(start);
    };
    // What overlaps is added up over a whole row.
    if (scatters)
      emit(LaneIndex(0));
    else
      code.forEach(tileColumns / group.columns, emit);
  });
  if (ends.haveStatistics())
    code.forEach(resultShape[0],
                 [&](LaneIndex channel) { ends.leaveChannel(channel); });
}

//===----------------------------------------------------------------------===//
// The source
//===----------------------------------------------------------------------===//

/// The tiles of a group.
void WinogradGenerator::transformGroup(const GroupStart &start) {
  PaddedSource padded(body, source, sourceShape);
  code.forEach(sourceShape[0], [&](LaneIndex channel) {
    Value next = code.add(code.materialize(channel), kChannelsAhead);
    LaneIndex ahead(code.minimum(next, sourceShape[0] - 1), sourceShape[0]);
    for (int64_t r = 0; r < group.rows; ++r) {
      SmallVector<LaneIndex> sourceRows;
      for (int64_t k = 0; k < rows.getPoints(); ++k)
        sourceRows.push_back(start.row.affine(
            group.rows * rows.outputs, r * rows.outputs + k - padding[0]));
      padded.prefetchTiles(ahead, sourceRows,
                           start.column.affine(group.columns), group.columns,
                           columns.outputs);
      transformTiles(code, padded, channel, sourceRows, rows.input,
                     columns.input, start.column.affine(group.columns),
                     group.columns, columns.outputs, padding[1],
                     [&](int64_t y, int64_t x, int64_t tile, Value value) {
                       code.storeLanes(value, transformed,
                                       {LaneIndex(y), LaneIndex(x), channel,
                                        LaneIndex(r * group.columns + tile)});
                     });
    }
  });
}

/// All tiles of all rows, of which only the columns are transformed.
void WinogradGenerator::transformRows() {
  PaddedSource padded(body, source, sourceShape);
  TransformMatrix one = getWinogradTransform(1, 1).output;
  TransformMatrix matrix =
      scatters ? columns.output.transposed() : columns.input;
  int64_t step = columns.outputs;
  code.forShape({sourceShape[1], sourceShape[0], tileColumns / group.columns},
                [&](ArrayRef<LaneIndex> point) {
                  LaneIndex first = point[2].affine(group.columns);
                  transformTiles(
                      code, padded, point[1], point[0], one, matrix, first,
                      group.columns, step, scatters ? 0 : padding[1],
                      [&](int64_t, int64_t x, int64_t tile, Value value) {
                        code.storeLanes(value, transformed,
                                        {point[0], LaneIndex(x), point[1],
                                         first.affine(1, tile)});
                      });
                });
}

//===----------------------------------------------------------------------===//
// The products
//===----------------------------------------------------------------------===//

void WinogradGenerator::emitGroup(const GroupStart &start) {
  if (hasRowTiles())
    transformGroup(start);
  int64_t count = resultShape[0] / channelTile;
  code.forEach(count, [&](LaneIndex i) {
    emitChannels(start, i.affine(channelTile), channelTile);
  });
  if (int64_t rest = resultShape[0] % channelTile)
    emitChannels(start, LaneIndex(count * channelTile), rest);
}

/// The sums over the source's channels for one point.
SmallVector<Value> WinogradGenerator::emitSums(LaneIndex first, int64_t count,
                                               Value slot, Value filterPoint,
                                               Value point, Value firstTile,
                                               SmallVector<Value> sums) {
  int64_t tiles = group.count();
  return code.forCarried(
      sourceShape[0], std::move(sums),
      [&](LaneIndex reduced, SmallVector<Value> values) {
        Value r = code.materialize(reduced);
        auto loadData = [&](int64_t tile) {
          return code.loadVector(
              transformed,
              {slot, point, r, code.add(firstTile, tile), code.index(0)});
        };
        auto loadWeight = [&](int64_t channel) {
          return code.loadBroadcast(
              filter,
              {code.materialize(first.affine(1, channel)), filterPoint, r});
        };
        auto multiply = [&](int64_t tile, int64_t channel, Value data,
                            Value weight) {
          Value &sum = values[channel * tiles + tile];
          sum = code.fma(data, weight, sum);
        };
        // The side with fewer values stays in registers.
        if (tiles <= count) {
          SmallVector<Value> data;
          for (int64_t tile = 0; tile < tiles; ++tile)
            data.push_back(loadData(tile));
          for (int64_t channel = 0; channel < count; ++channel) {
            Value weight = loadWeight(channel);
            for (int64_t tile = 0; tile < tiles; ++tile)
              multiply(tile, channel, data[tile], weight);
          }
          return values;
        }
        SmallVector<Value> weights;
        for (int64_t channel = 0; channel < count; ++channel)
          weights.push_back(loadWeight(channel));
        for (int64_t tile = 0; tile < tiles; ++tile) {
          Value data = loadData(tile);
          for (int64_t channel = 0; channel < count; ++channel)
            multiply(tile, channel, data, weights[channel]);
        }
        return values;
      });
}

/// Fills `products` for `count` channels.
void WinogradGenerator::emitProducts(const GroupStart &start, LaneIndex first,
                                     int64_t count) {
  int64_t tiles = group.count(), points = columns.getPoints();
  SmallVector<Value> zeros(tiles * count, code.splat(0.0));
  auto store = [&](ArrayRef<Value> sums, LaneIndex point, LaneIndex firstTile) {
    for (int64_t channel = 0; channel < count; ++channel)
      for (int64_t tile = 0; tile < tiles; ++tile)
        code.storeLanes(sums[channel * tiles + tile], products,
                        {point, LaneIndex(channel), firstTile.affine(1, tile)});
  };
  if (hasRowTiles()) {
    code.forShape({rows.getPoints(), points}, [&](ArrayRef<LaneIndex> p) {
      Value y = code.materialize(p[0]), x = code.materialize(p[1]);
      Value point = code.add(code.mul(y, points), x);
      prefetchChannel(start, first, count, point);
      store(emitSums(first, count, y, point, x, code.index(0), zeros),
            LaneIndex(point, getPoints()), LaneIndex(0));
    });
    return;
  }

  // Source row: y + tap - padding, or, of a gradient, y + padding - tap.
  AffineExpr d0 = getAffineDimExpr(0, code.builder.getContext());
  int64_t extent = sourceShape[1], sign = scatters ? -1 : 1;
  AffineExpr base = scatters ? d0 + padding[0] : d0 - padding[0];
  Value row = code.materialize(start.row);
  AffineExpr firstExpr = scatters ? base - (extent - 1) : -base;
  AffineExpr lastExpr = scatters ? base + 1 : -base + extent;
  Value firstTap = code.maximum(code.apply(firstExpr, row), 0);
  Value lastTap = code.minimum(code.apply(lastExpr, row), rows.taps);
  Value sourceRow = code.apply(base, row);
  auto emitPoint = [&](LaneIndex point, LaneIndex firstTile, LaneIndex place) {
    Value x = code.materialize(point), tile = code.materialize(firstTile);
    store(code.forCarried(firstTap, lastTap, zeros,
                          [&](Value tap, SmallVector<Value> sums) {
                            Value slot =
                                code.add(sourceRow, code.mul(tap, sign));
                            Value filterPoint =
                                code.add(code.mul(tap, points), x);
                            return emitSums(first, count, slot, filterPoint, x,
                                            tile, std::move(sums));
                          }),
          point, place);
  };
  if (scatters)
    code.forShape({points, tileColumns / group.columns},
                  [&](ArrayRef<LaneIndex> p) {
                    LaneIndex tile = p[1].affine(group.columns);
                    emitPoint(p[0], tile, tile);
                  });
  else
    code.forEach(points, [&](LaneIndex point) {
      emitPoint(point, start.column.affine(group.columns), LaneIndex(0));
    });
}

//===----------------------------------------------------------------------===//
// The results
//===----------------------------------------------------------------------===//

void WinogradGenerator::emitChannels(const GroupStart &start, LaneIndex first,
                                     int64_t count) {
  emitProducts(start, first, count);
  code.forEach(count, [&](LaneIndex i) {
    Value place = code.materialize(i);
    LaneIndex channel(code.add(code.materialize(first), place), resultShape[0]);
    if (scatters)
      emitScatteredRow(start, channel, place);
    else
      emitRow(start, channel, place);
  });
}

void WinogradGenerator::finish(const GroupStart &start,
                               const LaneIndex &channel,
                               ArrayRef<LanePoint> points,
                               ArrayRef<Value> values) {
  body.startTile();
  Value added = bias ? code.loadParameter(bias, channel) : Value();
  for (auto [point, value] : llvm::zip_equal(points, values))
    body.define(op->getResult(0), point,
                added ? code.addF(value, added) : value);
  body.enterChannel(channel);
  ends.emitTile(points, start.isFirst);
  body.leaveChannels();
  body.startTile();
}

/// The places of a group's outputs in one channel, tile by tile.
SmallVector<LanePoint>
WinogradGenerator::getOutputs(const GroupStart &start,
                              const LaneIndex &channel) const {
  SmallVector<LanePoint> points;
  for (int64_t tile = 0; tile < group.count(); ++tile) {
    int64_t r = tile / group.columns, c = tile % group.columns;
    for (int64_t y = 0; y < rows.outputs; ++y)
      for (int64_t x = 0; x < columns.outputs; ++x)
        points.push_back(
            {channel,
             start.row.affine(group.rows * rows.outputs, r * rows.outputs + y),
             start.column.affine(group.columns * columns.outputs,
                                 c * columns.outputs + x)});
  }
  return points;
}

/// Fetches what the ends read and write of the channel with that number in a
/// register tile, if there is one: the products of the points hide that, one
/// channel each.
void WinogradGenerator::prefetchChannel(const GroupStart &start,
                                        LaneIndex first, int64_t count,
                                        Value number) {
  Value isHere =
      arith::CmpIOp::create(code.builder, code.loc, arith::CmpIPredicate::slt,
                            number, code.index(count));
  auto branch = scf::IfOp::create(code.builder, code.loc, isHere,
                                  /*withElseRegion=*/false);
  OpBuilder::InsertionGuard guard(code.builder);
  code.builder.setInsertionPointToStart(branch.thenBlock());
  LaneIndex channel(code.add(code.materialize(first), number), resultShape[0]);
  SmallVector<LanePoint> points = getOutputs(start, channel);
  body.prefetch(op, points);
  ends.prefetch(points);
}

/// The outputs of the tiles of a group in one channel.
void WinogradGenerator::emitRow(const GroupStart &start, LaneIndex channel,
                                Value place) {
  SmallVector<Value> values;
  TransformMatrix one = getWinogradTransform(1, 1).output;
  int64_t count = hasRowTiles() ? getPoints() : columns.getPoints();
  for (int64_t tile = 0; tile < group.count(); ++tile) {
    SmallVector<Value> sums;
    for (int64_t point = 0; point < count; ++point)
      sums.push_back(
          code.loadVector(products, {code.index(point), place, code.index(tile),
                                     code.index(0)}));
    llvm::append_range(values,
                       applyTransform(code, hasRowTiles() ? rows.output : one,
                                      columns.output, sums));
  }
  SmallVector<LanePoint> points = getOutputs(start, channel);
  finish(start, channel, points, values);
}

/// A whole row of results in one channel, to which neighbouring tiles add.
void WinogradGenerator::emitScatteredRow(const GroupStart &start,
                                         LaneIndex channel, Value place) {
  SmallVector<Value> values(resultShape[2]);
  TransformMatrix matrix = columns.input.transposed();
  for (int64_t tile = 0; tile < tileColumns; ++tile) {
    SmallVector<Value> sums;
    for (int64_t point = 0; point < columns.getPoints(); ++point)
      sums.push_back(
          code.loadVector(products, {code.index(point), place, code.index(tile),
                                     code.index(0)}));
    for (auto [i, value] :
         llvm::enumerate(applyTransform(code, matrix, sums))) {
      int64_t x = tile * columns.outputs + i - padding[1];
      if (x >= 0 && x < resultShape[2])
        values[x] = values[x] ? code.addF(values[x], value) : value;
    }
  }
  SmallVector<LanePoint> points;
  for (int64_t x = 0; x < resultShape[2]; ++x) {
    points.push_back({channel, start.row, LaneIndex(x)});
    if (!values[x])
      values[x] = code.splat(0.0);
  }
  finish(start, channel, points, values);
}

void bn::generateWinograd(Operation *product, LaneBody &body, LaneEnds &ends,
                          Value scratch) {
  WinogradGenerator(product, body, ends, scratch).run();
}
