//===- LaneEnds.cpp - Where the values of a lane kernel go ----------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Codegen/CPU/LaneBody.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace mlir::bn;

/// The rows of a statistics' sums: the value that all are relative to, the sum
/// and the sum of squares.
enum { kShift, kSum, kSquares, kSumRows };

/// The value that is stored for `yielded`, behind reshapes.
static Value lookThroughReshapes(Value yielded) {
  while (auto reshape = yielded.getDefiningOp<ReshapeOp>())
    yielded = reshape.getInput();
  return yielded;
}

/// True for a reduction over the batch.
static bool isReduction(Operation *op) {
  return op && (isa<BatchStatisticsOp, BatchNormParameterGradientOp>(op) ||
                (isa<ReduceSumOp>(op) && !hasBatch(op->getResult(0))));
}

/// The kernel of a pooling whose windows are disjoint and cover the whole
/// input; nothing for other ops.
static ArrayRef<int64_t> getPartition(Operation *op) {
  auto check = [](auto pool) -> ArrayRef<int64_t> {
    SmallVector<int64_t> shape = getRowShape(pool.getInput());
    SmallVector<int64_t> pooled = getRowShape(pool.getResult());
    for (int64_t dim = 0; dim < 2; ++dim)
      if (pool.getKernel()[dim] != pool.getStrides()[dim] ||
          pool.getPadding()[dim] != 0 || pool.getDilations()[dim] != 1 ||
          pooled[1 + dim] * pool.getKernel()[dim] != shape[1 + dim])
        return {};
    return pool.getKernel();
  };
  if (auto pool = dyn_cast_if_present<AveragePoolOp>(op))
    return check(pool);
  if (auto pool = dyn_cast_if_present<MaxPoolOp>(op))
    return check(pool);
  return {};
}

/// The shape on which the yielded value is computed. Pooling joins the other
/// values on the shape of its input, so that these are computed once.
static SmallVector<int64_t> getDomainOf(Value yielded) {
  auto getOwn = [](Value yielded) {
    Value value = lookThroughReshapes(yielded);
    Operation *op = value.getDefiningOp();
    return getRowShape(isReduction(op) ? op->getOperand(0) : value);
  };
  Operation *op = lookThroughReshapes(yielded).getDefiningOp();
  if (!getPartition(op).empty()) {
    SmallVector<int64_t> shape = getRowShape(op->getOperand(0));
    for (Value other : op->getBlock()->getTerminator()->getOperands())
      if (getOwn(other) == shape)
        return shape;
  }
  return getOwn(yielded);
}

SmallVector<SmallVector<int64_t>> LaneEnds::getDomains(Block &block) {
  SmallVector<SmallVector<int64_t>> domains;
  for (Value yielded : block.getTerminator()->getOperands()) {
    SmallVector<int64_t> domain = getDomainOf(yielded);
    if (!llvm::is_contained(domains, domain))
      domains.push_back(domain);
  }
  return domains;
}

LaneEnds::LaneEnds(LaneBody &body, ValueRange outputs, Value rows,
                   ArrayRef<int64_t> domain)
    : body(body), code(body.getCode()), rows(rows), mask(code.getMask(rows)),
      domain(domain) {
  for (auto [yielded, output] :
       llvm::zip_equal(body.getBlock().getTerminator()->getOperands(), outputs))
    if (getDomainOf(yielded) == domain)
      addEnd(yielded, output);
}

void LaneEnds::addEnd(Value yielded, Value output) {
  Value value = lookThroughReshapes(yielded);
  Operation *op = value.getDefiningOp();
  if (!isReduction(op)) {
    SmallVector<int64_t> shape = getRowShape(value);
    shape.push_back(code.length);
    stores.push_back({value, code.view(output, shape)});
    return;
  }
  unsigned number = cast<OpResult>(value).getResultNumber();
  if (isa<BatchStatisticsOp>(op)) {
    auto *end = llvm::find_if(
        statistics, [&](const Statistics &end) { return end.op == op; });
    if (end == statistics.end()) {
      statistics.push_back({op, Value(), Value(), Value()});
      end = std::prev(statistics.end());
      if (domain.size() > 1)
        end->sums = code.allocate({domain.front(), kSumRows, code.length},
                                  code.elementType);
    }
    (number == 0 ? end->mean : end->squares) = output;
    return;
  }
  auto *end = llvm::find_if(sums, [&](const Sum &end) { return end.op == op; });
  if (end == sums.end()) {
    sums.push_back({op, SmallVector<Value>(op->getNumResults())});
    end = std::prev(sums.end());
  }
  SmallVector<int64_t> shape = getRowShape(value);
  shape.push_back(code.length);
  end->buffers[number] = code.view(output, shape);
}

//===----------------------------------------------------------------------===//
// Tiles
//===----------------------------------------------------------------------===//

void LaneEnds::emitTile(ArrayRef<LanePoint> points, Value isFirst) {
  for (const Store &store : stores) {
    if (getRowShape(store.tensor) != domain) {
      emitWindows(store, points);
      continue;
    }
    for (const LanePoint &point : points)
      code.storeLanes(body.evaluate(store.tensor, point), store.buffer, point);
  }
  for (const Sum &sum : sums)
    emitSum(sum, points);
  for (const Statistics &end : statistics) {
    if (end.sums)
      emitStatistics(end, points, isFirst);
    else
      for (const LanePoint &point : points)
        emitStatisticsOfFeature(end, point);
  }
}

void LaneEnds::prefetch(ArrayRef<LanePoint> points) {
  for (const Store &store : stores) {
    if (getRowShape(store.tensor) != domain)
      continue;
    for (const LanePoint &point : points) {
      SmallVector<Value> indices = code.materialize(point);
      indices.push_back(code.index(0));
      memref::PrefetchOp::create(code.builder, code.loc, store.buffer, indices,
                                 /*isWrite=*/true, /*localityHint=*/3,
                                 /*isDataCache=*/true);
    }
  }
}

/// Points that are reduced to the same one, in the order in which they come.
using PointGroups =
    SmallVector<std::pair<LanePoint, SmallVector<LanePoint, 0>>, 0>;

static PointGroups
groupPoints(ArrayRef<LanePoint> points,
            function_ref<LanePoint(const LanePoint &)> reduce) {
  PointGroups groups;
  for (const LanePoint &point : points) {
    LanePoint reduced = reduce(point);
    auto *group = llvm::find_if(
        groups, [&](const auto &group) { return group.first == reduced; });
    if (group == groups.end()) {
      groups.push_back({reduced, {}});
      group = std::prev(groups.end());
    }
    group->second.push_back(point);
  }
  return groups;
}

/// Stores a pooling whose windows the tile consists of.
void LaneEnds::emitWindows(const Store &store, ArrayRef<LanePoint> points) {
  ArrayRef<int64_t> kernel = getPartition(store.tensor.getDefiningOp());
  auto getWindow = [&](const LanePoint &point) -> LanePoint {
    return {point[0], *point[1].dividedBy(kernel[0]),
            *point[2].dividedBy(kernel[1])};
  };
  for (auto &[window, group] : groupPoints(points, getWindow))
    code.storeLanes(body.evaluate(store.tensor, window), store.buffer, window);
}

static LanePoint getChannel(const LanePoint &point) { return {point.front()}; }

void LaneEnds::emitSum(const Sum &sum, ArrayRef<LanePoint> points) {
  if (auto norm = dyn_cast<BatchNormParameterGradientOp>(sum.op)) {
    for (auto &[channel, group] : groupPoints(points, getChannel)) {
      SmallVector<Value> of = body.getCoefficients(norm, channel.front());
      SmallVector<Value> gradients, products;
      for (const LanePoint &point : group) {
        gradients.push_back(body.evaluate(norm.getGradient(), point));
        Value centered =
            code.subF(body.evaluate(norm.getInput(), point), of[0]);
        products.push_back(code.mulF(gradients.back(), centered));
      }
      if (Value scale = sum.buffers[0])
        accumulate(scale, channel, code.mulF(code.sum(products), of[1]), mask);
      if (Value offset = sum.buffers[1])
        accumulate(offset, channel, code.sum(gradients), mask);
    }
    return;
  }

  auto reduce = cast<ReduceSumOp>(sum.op);
  auto keep = [&](const LanePoint &point) {
    LanePoint kept;
    if (reduce.getKeepDims())
      kept.push_back(0);
    for (auto [i, index] : llvm::enumerate(point)) {
      bool isReduced =
          llvm::is_contained(reduce.getAxes(), static_cast<int64_t>(i) + 1);
      if (!isReduced || reduce.getKeepDims())
        kept.push_back(isReduced ? LaneIndex(0) : index);
    }
    return kept;
  };
  for (auto &[kept, group] : groupPoints(points, keep)) {
    SmallVector<Value> terms;
    for (const LanePoint &point : group)
      terms.push_back(body.evaluate(reduce.getInput(), point));
    accumulate(sum.buffers[0], kept, code.sum(terms), mask);
  }
}

void LaneEnds::accumulate(Value buffer, ArrayRef<LaneIndex> point, Value value,
                          Value mask) {
  if (mask)
    value = code.masked(value, mask);
  code.storeLanes(code.addF(code.loadLanes(buffer, point), value), buffer,
                  point);
}

//===----------------------------------------------------------------------===//
// Statistics
//
// Sums of the differences to one of the values itself, lane by lane: they lose
// no digits to a large mean, and the error that remains, relative to the
// variance, is at most that of summation. What the lanes have is merged in
// double precision.
//===----------------------------------------------------------------------===//

static LanePoint getRow(const LaneIndex &channel, int64_t row) {
  return {channel, LaneIndex(row)};
}

void LaneEnds::enterChannel(const LaneIndex &channel) {
  body.enterChannel(channel);
  for (const Statistics &end : statistics) {
    if (!end.sums)
      continue;
    LanePoint middle = {channel};
    for (int64_t extent : ArrayRef(domain).drop_front())
      middle.push_back(extent / 2);
    body.startTile();
    Value shift = body.evaluate(end.op->getOperand(0), middle);
    body.startTile();
    code.storeLanes(shift, end.sums, getRow(channel, kShift));
    code.storeLanes(code.splat(0.0), end.sums, getRow(channel, kSum));
    code.storeLanes(code.splat(0.0), end.sums, getRow(channel, kSquares));
  }
}

void LaneEnds::emitStatistics(const Statistics &end, ArrayRef<LanePoint> points,
                              Value isFirst) {
  for (auto &[channel, group] : groupPoints(points, getChannel)) {
    LaneIndex c = channel.front();
    SmallVector<Value> values;
    for (const LanePoint &point : group)
      values.push_back(body.evaluate(end.op->getOperand(0), point));
    if (isFirst) {
      auto branch = scf::IfOp::create(code.builder, code.loc, isFirst,
                                      /*withElseRegion=*/false);
      OpBuilder::InsertionGuard guard(code.builder);
      code.builder.setInsertionPointToStart(branch.thenBlock());
      code.storeLanes(values.back(), end.sums, getRow(c, kShift));
      code.storeLanes(code.splat(0.0), end.sums, getRow(c, kSum));
      code.storeLanes(code.splat(0.0), end.sums, getRow(c, kSquares));
    }
    Value shift = code.loadLanes(end.sums, getRow(c, kShift));
    SmallVector<Value> differences;
    for (Value value : values)
      differences.push_back(code.subF(value, shift));
    Value squares = code.mulF(differences[0], differences[0]);
    for (Value difference : ArrayRef<Value>(differences).drop_front())
      squares = code.fma(difference, difference, squares);
    accumulate(end.sums, getRow(c, kSum), code.sum(differences), Value());
    accumulate(end.sums, getRow(c, kSquares), squares, Value());
  }
}

static Value addLanes(LaneBuilder &code, Value vector) {
  return vector::ReductionOp::create(code.builder, code.loc,
                                     vector::CombiningKind::ADD, vector,
                                     arith::FastMathFlags::reassoc);
}

static Value toF64(LaneBuilder &code, Value value) {
  Type type = code.builder.getF64Type();
  if (auto vector = dyn_cast<VectorType>(value.getType()))
    type = vector.clone(type);
  return arith::ExtFOp::create(code.builder, code.loc, type, value);
}

static Value countRows(LaneBuilder &code, Value rows) {
  Value count = arith::IndexCastOp::create(code.builder, code.loc,
                                           code.builder.getI32Type(), rows);
  return arith::SIToFPOp::create(code.builder, code.loc,
                                 code.builder.getF64Type(), count);
}

void LaneEnds::leaveChannel(const LaneIndex &channel) {
  for (const Statistics &end : statistics) {
    if (!end.sums)
      continue;
    double positions = 1;
    for (int64_t extent : ArrayRef(domain).drop_front())
      positions *= extent;
    auto load = [&](int64_t row) {
      return toF64(code, code.loadLanes(end.sums, getRow(channel, row)));
    };
    Value sum = load(kSum), squares = load(kSquares);
    Value deviation = code.mulF(sum, code.constantLike(sum, 1 / positions));
    squares = code.subF(squares, code.mulF(deviation, sum));
    Value means = code.addF(load(kShift), deviation);
    Value count = countRows(code, rows);
    Value mean = code.divF(addLanes(code, code.masked(means, mask)), count);
    Value differences = code.subF(means, code.broadcast(mean));
    Value between = code.mulF(code.mulF(differences, differences),
                              code.constantLike(differences, positions));
    Value total =
        addLanes(code, code.masked(code.addF(squares, between), mask));
    if (end.mean)
      memref::StoreOp::create(code.builder, code.loc, mean, end.mean,
                              code.materialize(channel));
    if (end.squares)
      memref::StoreOp::create(code.builder, code.loc, total, end.squares,
                              code.materialize(channel));
  }
}

/// A feature has one value per lane, whose differences to that of the first
/// lane, which always holds a row, are added up at once.
void LaneEnds::emitStatisticsOfFeature(const Statistics &end,
                                       const LanePoint &point) {
  Value value = body.evaluate(end.op->getOperand(0), point);
  Value shift = vector::ExtractOp::create(code.builder, code.loc, value,
                                          ArrayRef<int64_t>{0});
  Value differences =
      code.masked(code.subF(value, code.broadcast(shift)), mask);
  Value sum = toF64(code, addLanes(code, differences));
  Value squares =
      toF64(code, addLanes(code, code.mulF(differences, differences)));
  Value deviation = code.divF(sum, countRows(code, rows));
  Value mean = code.addF(toF64(code, shift), deviation);
  Value total = code.subF(squares, code.mulF(deviation, sum));
  Value channel = code.materialize(point.front());
  if (end.mean)
    memref::StoreOp::create(code.builder, code.loc, mean, end.mean, channel);
  if (end.squares)
    memref::StoreOp::create(code.builder, code.loc, total, end.squares,
                            channel);
}
