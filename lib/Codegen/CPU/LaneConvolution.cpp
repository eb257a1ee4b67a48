//===- LaneConvolution.cpp - Convolutions on lanes of rows ----------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A convolution and the gradient of its input are the same sum,
//
//   result[c, y, x] = sum_{r, t, u} source[r, y(t), x(u)] * filter[c, r, t, u],
//
// over channels r and taps t, u of the filter. A register tile holds some
// neighbouring x and some c; its data are vectors of lanes, its weights
// broadcast scalars in their natural order. Taps outside of the source are left
// out: by the bounds of the loop over t, and column by column at the edges.
//
//===----------------------------------------------------------------------===//

#include "bn/Codegen/CPU/LaneGenerators.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/Support/MathExtras.h"
#include <numeric>

using namespace mlir;
using namespace mlir::bn;

namespace {

/// How one spatial dimension of the result is computed: result position
/// `i * step + phase`, for i from 0 to count - 1, is the sum over the taps t of
/// source position `i * sourceStep + first + t * tapStep`, where it exists,
/// times filter position `firstTap + t * filterStep`.
struct TapAxis {
  int64_t step, phase, count;
  int64_t taps, firstTap, filterStep;
  int64_t sourceStep, first, tapStep, sourceExtent;

  bool contains(int64_t i, int64_t tap) const {
    int64_t position = i * sourceStep + first + tap * tapStep;
    return position >= 0 && position < sourceExtent;
  }
  bool containsAll(int64_t begin, int64_t end) const {
    for (int64_t i = begin; i < end; ++i)
      for (int64_t tap = 0; tap < taps; ++tap)
        if (!contains(i, tap))
          return false;
    return true;
  }
};

/// The part of a result that a tile computes.
struct TileStart {
  LaneIndex row, column, channel;
  /// The group, and the tile's first channel in it.
  LaneIndex group;
  int64_t columns, channels;
  /// The bounds of the loop over taps of the rows.
  Value firstTap, lastTap;
  /// Whether no tap of a column is outside.
  bool isInterior;
  /// Whether the tile is the first of its channels.
  Value isFirst;
};

class ConvolutionGenerator {
public:
  ConvolutionGenerator(Operation *op, LaneBody &body, LaneEnds &ends)
      : op(op), body(body), ends(ends), code(body.getCode()),
        forward(isa<ConvOp>(op)) {}

  void run();

private:
  TapAxis getAxis(int64_t dim, int64_t phase) const;
  void emitRows(int64_t columnPhases, bool isFirstPhase);
  void emitColumns(TileStart start);
  void emitChannels(TileStart start);
  void emitTile(const TileStart &start);
  LaneIndex getChannel(const TileStart &start, const LaneIndex &channel) const;
  SmallVector<LanePoint> getPoints(const TileStart &start,
                                   ArrayRef<LaneIndex> channels) const;
  void finish(const TileStart &start, ArrayRef<LaneIndex> channels,
              ArrayRef<Value> values);
  SmallVector<Value> emitTaps(const TileStart &start,
                              SmallVector<Value> accumulators);
  std::pair<int64_t, int64_t> getCommonTaps(const TileStart &start) const;
  void emitStep(const TileStart &start, Value reduced, Value rowTap,
                Value sourceRow, const LaneIndex &columnTap, bool isCommon,
                MutableArrayRef<Value> accumulators);

  Operation *op;
  LaneBody &body;
  LaneEnds &ends;
  LaneBuilder &code;
  bool forward;
  ArrayRef<int64_t> strides, padding, dilations;
  SmallVector<int64_t> sourceShape, resultShape, filterShape;
  Value source, filter, bias;
  int64_t groups = 1, channelsPerGroup = 1, reducedPerGroup = 1;
  TapAxis rows, columns;
  LaneTile tile;
};

} // namespace

TapAxis ConvolutionGenerator::getAxis(int64_t dim, int64_t phase) const {
  int64_t taps = filterShape[2 + dim], stride = strides[dim],
          dilation = dilations[dim], pad = padding[dim];
  int64_t extent = resultShape[1 + dim], sourceExtent = sourceShape[1 + dim];
  if (forward)
    return {1, 0, extent, taps, 0, 1, stride, -pad, dilation, sourceExtent};
  // Input position p takes part in output position (p + pad - k * dilation) /
  // stride for the k that leave no remainder: every `filterStep`-th.
  TapAxis axis = {
      stride,      phase, llvm::divideCeilSigned(extent - phase, stride),
      0,           0,     stride / std::gcd(stride, dilation),
      1,           0,     0,
      sourceExtent};
  for (int64_t k = taps - 1; k >= 0; --k)
    if ((phase + pad - k * dilation) % stride == 0) {
      ++axis.taps;
      axis.firstTap = k;
    }
  axis.first = (phase + pad - axis.firstTap * dilation) / stride;
  axis.tapStep = -(axis.filterStep * dilation / stride);
  return axis;
}

void ConvolutionGenerator::run() {
  auto take = [&](auto conv) {
    strides = conv.getStrides();
    padding = conv.getPadding();
    dilations = conv.getDilations();
    groups = conv.getGroups();
    filter = body.getBuffer(conv.getFilter());
    filterShape = getRowShape(conv.getFilter());
    resultShape = getRowShape(conv.getResult());
  };
  if (auto conv = dyn_cast<ConvOp>(op)) {
    take(conv);
    source = conv.getInput();
    bias = conv.getBias() ? body.getBuffer(conv.getBias()) : Value();
  } else {
    take(cast<ConvInputGradientOp>(op));
    source = op->getOperand(0);
  }
  sourceShape = getRowShape(source);
  source = body.getBuffer(source);
  channelsPerGroup = resultShape[0] / groups;
  reducedPerGroup = sourceShape[0] / groups;

  int64_t phases[2] = {forward ? 1 : std::min(strides[0], resultShape[1]),
                       forward ? 1 : std::min(strides[1], resultShape[2])};
  for (int64_t y = 0; y < phases[0]; ++y) {
    rows = getAxis(0, y);
    emitRows(phases[1], y == 0);
  }

  if (!ends.haveStatistics())
    return;
  code.forEach(resultShape[0],
               [&](LaneIndex channel) { ends.leaveChannel(channel); });
}

/// The loop over rows begins in the middle, where no padding takes part, if the
/// statistics take their shift from the first row. The phases of the columns
/// share a row, whose values are neighbours in memory.
void ConvolutionGenerator::emitRows(int64_t columnPhases, bool isFirstPhase) {
  code.forEach(rows.count, [&](LaneIndex i) {
    TileStart start;
    start.row = i;
    if (ends.haveStatistics()) {
      if (i.base) {
        AffineExpr d0 = getAffineDimExpr(0, code.builder.getContext());
        Value row = code.apply((d0 + rows.count / 2) % rows.count, i.base);
        start.row = LaneIndex(row, rows.count);
      }
      if (isFirstPhase)
        start.isFirst = arith::CmpIOp::create(
            code.builder, code.loc, arith::CmpIPredicate::eq,
            code.materialize(i), code.index(0));
    }

    // Taps with 0 <= first + row * sourceStep + tap * tapStep < sourceExtent.
    start.firstTap = code.index(0);
    start.lastTap = code.index(rows.taps);
    if (!rows.containsAll(0, rows.count) && rows.taps > 0) {
      AffineExpr d0 = getAffineDimExpr(0, code.builder.getContext());
      AffineExpr position = d0 * rows.sourceStep + rows.first;
      int64_t step = std::abs(rows.tapStep);
      AffineExpr before = -position, last = rows.sourceExtent - 1 - position;
      if (rows.tapStep < 0) {
        before = position - (rows.sourceExtent - 1);
        last = position;
      }
      Value row = code.materialize(start.row);
      start.firstTap = code.maximum(code.apply(before.ceilDiv(step), row), 0);
      start.lastTap =
          code.minimum(code.apply(last.floorDiv(step) + 1, row), rows.taps);
    }
    for (int64_t x = 0; x < columnPhases; ++x) {
      columns = getAxis(1, x);
      // A broadcast scalar takes half a load of a vector of 64 bytes.
      tile = chooseLaneTile(columns.count, channelsPerGroup, 1.0, 0.5,
                            code.registers);
      emitColumns(start);
      start.isFirst = Value();
    }
  });
}

/// Tiles of whole columns: those in the interior are one loop, those that reach
/// over an edge, or are a rest, stand alone.
void ConvolutionGenerator::emitColumns(TileStart start) {
  int64_t size = tile.rows, count = columns.count / size;
  int64_t begin = 0;
  auto isInterior = [&](int64_t i) {
    return columns.containsAll(i * size, (i + 1) * size);
  };
  Value isFirst = start.isFirst;
  auto emitAt = [&](LaneIndex index, int64_t width, bool interior) {
    start.column = index;
    start.columns = width;
    start.isInterior = interior;
    start.isFirst = Value();
    if (isFirst && index.getMin() == 0) {
      start.isFirst = isFirst;
      if (index.base)
        start.isFirst = arith::AndIOp::create(
            code.builder, code.loc, isFirst,
            arith::CmpIOp::create(code.builder, code.loc,
                                  arith::CmpIPredicate::eq,
                                  code.materialize(index), code.index(0)));
    }
    emitChannels(start);
  };
  while (begin < count) {
    if (!isInterior(begin)) {
      emitAt(LaneIndex(begin * size), size, false);
      ++begin;
      continue;
    }
    int64_t end = begin;
    while (end < count && isInterior(end))
      ++end;
    code.forEach(end - begin, [&](LaneIndex i) {
      emitAt(i.affine(size, begin * size), size, true);
    });
    begin = end;
  }
  if (int64_t rest = columns.count % size)
    emitAt(LaneIndex(count * size), rest,
           columns.containsAll(count * size, columns.count));
}

void ConvolutionGenerator::emitChannels(TileStart start) {
  code.forEach(groups, [&](LaneIndex group) {
    start.group = group;
    int64_t count = channelsPerGroup / tile.columns;
    code.forEach(count, [&](LaneIndex i) {
      start.channel = i.affine(tile.columns);
      start.channels = tile.columns;
      emitTile(start);
    });
    if (int64_t rest = channelsPerGroup % tile.columns) {
      start.channel = LaneIndex(count * tile.columns);
      start.channels = rest;
      emitTile(start);
    }
  });
}

/// One tap of all channels of the tile: `columns * channels` multiply-adds.
void ConvolutionGenerator::emitStep(const TileStart &start, Value reduced,
                                    Value rowTap, Value sourceRow,
                                    const LaneIndex &columnTap, bool isCommon,
                                    MutableArrayRef<Value> accumulators) {
  auto inGroup = [&](Value index, int64_t size) {
    return groups == 1
               ? index
               : code.add(code.mul(code.materialize(start.group), size), index);
  };
  Value sourceChannel = inGroup(reduced, reducedPerGroup);
  Value filterRow = code.add(code.mul(rowTap, rows.filterStep), rows.firstTap);
  Value filterColumn =
      code.materialize(columnTap.affine(columns.filterStep, columns.firstTap));

  // Columns whose source is outside take no part: of a tap that is not common,
  // which is known then.
  SmallVector<int64_t> parts;
  for (int64_t j = 0; j < start.columns; ++j)
    if (isCommon || columns.contains(start.column.offset + j, columnTap.offset))
      parts.push_back(j);
  auto loadData = [&](int64_t column) -> Value {
    LaneIndex position = start.column.affine(
        columns.sourceStep, column * columns.sourceStep + columns.first);
    Value x = code.add(code.materialize(position),
                       code.materialize(columnTap.affine(columns.tapStep)));
    return code.loadVector(source,
                           {sourceChannel, sourceRow, x, code.index(0)});
  };
  auto loadWeight = [&](int64_t channel) -> Value {
    Value c = code.materialize(start.channel.affine(1, channel));
    if (forward)
      return code.loadBroadcast(filter, {inGroup(c, channelsPerGroup), reduced,
                                         filterRow, filterColumn});
    return code.loadBroadcast(filter,
                              {sourceChannel, c, filterRow, filterColumn});
  };
  auto multiply = [&](int64_t column, int64_t channel, Value data,
                      Value weight) {
    Value &accumulator = accumulators[column * start.channels + channel];
    accumulator = code.fma(data, weight, accumulator);
  };
  // The side with fewer values stays in registers; the other passes by.
  if (static_cast<int64_t>(parts.size()) <= start.channels) {
    SmallVector<Value> data = llvm::map_to_vector(parts, loadData);
    for (int64_t channel = 0; channel < start.channels; ++channel) {
      Value weight = loadWeight(channel);
      for (auto [column, value] : llvm::zip_equal(parts, data))
        multiply(column, channel, value, weight);
    }
    return;
  }
  SmallVector<Value> weights;
  for (int64_t channel = 0; channel < start.channels; ++channel)
    weights.push_back(loadWeight(channel));
  for (int64_t column : parts) {
    Value data = loadData(column);
    for (int64_t channel = 0; channel < start.channels; ++channel)
      multiply(column, channel, data, weights[channel]);
  }
}

/// The taps, from the first to the last, whose source is inside for all columns
/// of a tile; the others are in front of them and behind.
std::pair<int64_t, int64_t>
ConvolutionGenerator::getCommonTaps(const TileStart &start) const {
  int64_t first = 0, last = columns.taps;
  if (start.isInterior)
    return {first, last};
  auto isCommon = [&](int64_t tap) {
    for (int64_t j = 0; j < start.columns; ++j)
      if (!columns.contains(start.column.offset + j, tap))
        return false;
    return true;
  };
  while (first < last && !isCommon(first))
    ++first;
  while (first < last && !isCommon(last - 1))
    --last;
  return {first, last};
}

SmallVector<Value>
ConvolutionGenerator::emitTaps(const TileStart &start,
                               SmallVector<Value> accumulators) {
  return code.forCarried(
      reducedPerGroup, std::move(accumulators),
      [&](LaneIndex reduced, SmallVector<Value> values) {
        auto emitRow = [&](Value tap, SmallVector<Value> values) {
          Value row =
              code.materialize(start.row.affine(rows.sourceStep, rows.first));
          row = code.add(row, code.mul(tap, rows.tapStep));
          // Neighbouring taps read the same data, which LLVM would keep in
          // registers that there are not: those that all columns have are a
          // loop.
          auto [first, last] = getCommonTaps(start);
          auto emitTap = [&](int64_t column) {
            emitStep(start, code.materialize(reduced), tap, row,
                     LaneIndex(column), /*isCommon=*/false, values);
          };
          for (int64_t column = 0; column < first; ++column)
            emitTap(column);
          if (first < last)
            values = code.forCarried(
                last - first, std::move(values),
                [&](LaneIndex column, SmallVector<Value> values) {
                  emitStep(start, code.materialize(reduced), tap, row,
                           column.affine(1, first), /*isCommon=*/true, values);
                  return values;
                });
          for (int64_t column = last; column < columns.taps; ++column)
            emitTap(column);
          return values;
        };
        if (rows.taps == 1 && rows.containsAll(0, rows.count))
          return emitRow(code.index(0), std::move(values));
        return code.forCarried(start.firstTap, start.lastTap, std::move(values),
                               emitRow);
      });
}

/// A channel of a tile, `channel` behind its first one, as one of the result.
LaneIndex ConvolutionGenerator::getChannel(const TileStart &start,
                                           const LaneIndex &channel) const {
  if (groups > 1 && channelsPerGroup == 1)
    return start.group;
  LaneIndex c = start.channel.affine(1, channel.offset);
  if (channel.base)
    c = LaneIndex(code.add(code.materialize(c), channel.base), resultShape[0]);
  if (groups == 1)
    return c;
  Value sum =
      code.add(code.mul(code.materialize(start.group), channelsPerGroup),
               code.materialize(c));
  return LaneIndex(sum, resultShape[0]);
}

/// The places of a tile, column by column, in some channels of the result.
SmallVector<LanePoint>
ConvolutionGenerator::getPoints(const TileStart &start,
                                ArrayRef<LaneIndex> channels) const {
  SmallVector<LanePoint> points;
  for (int64_t column = 0; column < start.columns; ++column)
    for (const LaneIndex &channel : channels)
      points.push_back(
          {channel, start.row.affine(rows.step, rows.phase),
           start.column.affine(1, column).affine(columns.step, columns.phase)});
  return points;
}

/// What the body makes of `values`, those of some channels of the tile.
void ConvolutionGenerator::finish(const TileStart &start,
                                  ArrayRef<LaneIndex> channels,
                                  ArrayRef<Value> values) {
  SmallVector<LanePoint> points = getPoints(start, channels);
  body.startTile();
  for (auto [point, value] : llvm::zip_equal(points, values))
    body.define(op->getResult(0), point, value);
  for (const LaneIndex &channel : channels)
    body.enterChannel(channel);
  ends.emitTile(points, start.isFirst);
  body.leaveChannels();
  body.startTile();
}

void ConvolutionGenerator::emitTile(const TileStart &start) {
  // What reads more tensors is a loop over the channels: the places of all
  // their values at once would be many times what there are registers for.
  bool isLoop = start.channels > 1 && !body.getReadBehind(op).empty();
  auto forChannels = [&](function_ref<void(LaneIndex, LaneIndex)> emit) {
    code.forEach(start.channels, [&](LaneIndex channel) {
      emit(channel, getChannel(start, channel));
    });
  };
  if (isLoop)
    forChannels([&](LaneIndex, LaneIndex channel) {
      SmallVector<LanePoint> points = getPoints(start, channel);
      body.prefetch(op, points);
      ends.prefetch(points);
    });

  SmallVector<LaneIndex> channels;
  for (int64_t channel = 0; channel < start.channels; ++channel)
    channels.push_back(getChannel(start, channel));
  SmallVector<Value> initial;
  for (const LaneIndex &channel : channels)
    initial.push_back(bias ? code.loadParameter(bias, channel)
                           : code.splat(0.0));
  SmallVector<Value> accumulators;
  for (int64_t column = 0; column < start.columns; ++column)
    accumulators.append(initial);
  if (rows.taps > 0 && columns.taps > 0)
    accumulators = emitTaps(start, std::move(accumulators));
  if (!isLoop)
    return finish(start, channels, accumulators);

  Value results = code.allocate({start.channels, start.columns, code.length},
                                code.elementType);
  for (auto [i, value] : llvm::enumerate(accumulators))
    code.storeLanes(value, results,
                    {static_cast<int64_t>(i) % start.channels,
                     static_cast<int64_t>(i) / start.channels});
  forChannels([&](LaneIndex number, LaneIndex channel) {
    SmallVector<Value> values;
    for (int64_t column = 0; column < start.columns; ++column)
      values.push_back(code.loadLanes(results, {number, column}));
    finish(start, channel, values);
  });
}

void bn::generateConvolution(Operation *product, LaneBody &body,
                             LaneEnds &ends) {
  ConvolutionGenerator(product, body, ends).run();
}
