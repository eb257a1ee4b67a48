//===- LaneBuilder.cpp - Shorthands for lane kernels ----------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Codegen/CPU/LaneBuilder.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::bn;

bool bn::hasBatch(Value tensor) {
  auto type = cast<RankedTensorType>(tensor.getType());
  return type.getRank() > 0 && type.isDynamicDim(0);
}

SmallVector<int64_t> bn::getRowShape(Value tensor) {
  ArrayRef<int64_t> shape = cast<RankedTensorType>(tensor.getType()).getShape();
  return SmallVector<int64_t>(shape.drop_front(hasBatch(tensor) ? 1 : 0));
}

//===----------------------------------------------------------------------===//
// Coordinates
//===----------------------------------------------------------------------===//

LaneIndex LaneIndex::affine(int64_t factor, int64_t addend) const {
  LaneIndex result = *this;
  result.scale *= factor;
  result.offset = offset * factor + addend;
  return result;
}

std::optional<LaneIndex> LaneIndex::dividedBy(int64_t divisor) const {
  if (base && scale % divisor != 0)
    return std::nullopt;
  LaneIndex result = *this;
  result.scale = scale / divisor;
  result.offset = llvm::divideFloorSigned(offset, divisor);
  return result;
}

bool LaneIndex::operator<(const LaneIndex &other) const {
  auto key = [](const LaneIndex &index) {
    return std::tuple(index.base.getAsOpaquePointer(),
                      index.base ? index.scale : 1, index.offset);
  };
  return key(*this) < key(other);
}

Value LaneBuilder::materialize(const LaneIndex &index) {
  if (!index.base)
    return this->index(index.offset);
  return add(mul(index.base, index.scale), index.offset);
}

SmallVector<Value> LaneBuilder::materialize(ArrayRef<LaneIndex> point) {
  return llvm::map_to_vector(
      point, [&](const LaneIndex &index) { return materialize(index); });
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

static VectorType getLanes(Value buffer, int64_t length) {
  return VectorType::get(length,
                         cast<MemRefType>(buffer.getType()).getElementType());
}

Value LaneBuilder::loadLanes(Value buffer, ArrayRef<LaneIndex> point) {
  SmallVector<Value> indices = materialize(point);
  indices.push_back(index(0));
  return vector::LoadOp::create(builder, loc, getLanes(buffer, length), buffer,
                                indices);
}

void LaneBuilder::storeLanes(Value vector, Value buffer,
                             ArrayRef<LaneIndex> point) {
  SmallVector<Value> indices = materialize(point);
  indices.push_back(index(0));
  storeVector(vector, buffer, indices);
}

Value LaneBuilder::loadScalar(Value buffer, ArrayRef<LaneIndex> point) {
  return memref::LoadOp::create(builder, loc, buffer, materialize(point));
}

Value LaneBuilder::loadParameter(Value buffer, ArrayRef<LaneIndex> point) {
  return broadcast(loadScalar(buffer, point));
}

Value LaneBuilder::broadcast(Value scalar) {
  return vector::BroadcastOp::create(
      builder, loc, VectorType::get(length, scalar.getType()), scalar);
}

Value LaneBuilder::allocate(ArrayRef<int64_t> shape, Type elementType) {
  OpBuilder::InsertionGuard guard(builder);
  Operation *parent = builder.getInsertionBlock()->getParentOp();
  auto func = dyn_cast<func::FuncOp>(parent);
  if (!func)
    func = parent->getParentOfType<func::FuncOp>();
  builder.setInsertionPointToStart(&func.getBody().front());
  return memref::AllocaOp::create(builder, loc,
                                  MemRefType::get(shape, elementType),
                                  builder.getI64IntegerAttr(64));
}

Value LaneBuilder::view(Value buffer, ArrayRef<int64_t> shape) {
  auto memref = cast<MemRefType>(buffer.getType());
  if (memref.getShape() == shape)
    return buffer;

  // All coordinates become one, and that the new ones.
  auto all = [](int64_t rank) {
    SmallVector<ReassociationIndices> groups;
    if (rank > 0)
      groups.emplace_back(llvm::to_vector(llvm::seq<int64_t>(0, rank)));
    return groups;
  };
  if (memref.getRank() == 0)
    return memref::ExpandShapeOp::create(builder, loc, shape, buffer, all(0));
  if (memref.getRank() > 1)
    buffer = memref::CollapseShapeOp::create(builder, loc, buffer,
                                             all(memref.getRank()));
  if (shape.empty())
    return memref::CollapseShapeOp::create(builder, loc, buffer, all(0));
  if (shape.size() > 1)
    buffer = memref::ExpandShapeOp::create(builder, loc, shape, buffer,
                                           all(shape.size()));
  return buffer;
}

//===----------------------------------------------------------------------===//
// Arithmetic
//===----------------------------------------------------------------------===//

/// Products and sums may become fused multiply-adds.
static constexpr auto kFastMath = arith::FastMathFlags::contract;

Value LaneBuilder::addF(Value lhs, Value rhs) {
  return arith::AddFOp::create(builder, loc, lhs, rhs, kFastMath);
}

Value LaneBuilder::subF(Value lhs, Value rhs) {
  return arith::SubFOp::create(builder, loc, lhs, rhs, kFastMath);
}

Value LaneBuilder::mulF(Value lhs, Value rhs) {
  return arith::MulFOp::create(builder, loc, lhs, rhs, kFastMath);
}

Value LaneBuilder::divF(Value lhs, Value rhs) {
  return arith::DivFOp::create(builder, loc, lhs, rhs);
}

Value LaneBuilder::fma(Value a, Value b, Value c) {
  return vector::FMAOp::create(builder, loc, a, b, c);
}

Value LaneBuilder::select(Value condition, Value yes, Value no) {
  return arith::SelectOp::create(builder, loc, condition, yes, no);
}

Value LaneBuilder::constantLike(Value like, double value) {
  Type type = like.getType();
  TypedAttr scalar = builder.getFloatAttr(getElementTypeOrSelf(type), value);
  if (auto vector = dyn_cast<VectorType>(type))
    scalar = DenseElementsAttr::get(vector, scalar);
  return arith::ConstantOp::create(builder, loc, scalar);
}

Value LaneBuilder::sum(SmallVector<Value> values) {
  while (values.size() > 1) {
    SmallVector<Value> pairs;
    for (size_t i = 0; i + 1 < values.size(); i += 2)
      pairs.push_back(addF(values[i], values[i + 1]));
    if (values.size() % 2)
      pairs.push_back(values.back());
    values = std::move(pairs);
  }
  return values.front();
}

Value LaneBuilder::addAny(Value lhs, Value rhs) {
  if (isa<FloatType>(getElementTypeOrSelf(lhs)))
    return addF(lhs, rhs);
  return arith::AddIOp::create(builder, loc, lhs, rhs);
}

/// Pairs of vectors become one: the lanes of the first add up in groups of
/// twice as many lanes as before, those of the second in the other half of the
/// groups.
Value LaneBuilder::addLanes(SmallVector<Value> vectors) {
  Value zero = arith::ConstantOp::create(
      builder, loc, builder.getZeroAttr(vectors.front().getType()));
  vectors.resize(length, zero);
  for (int64_t half = 1; half < length; half *= 2) {
    SmallVector<int64_t> first, second;
    for (int64_t lane = 0; lane < length; ++lane) {
      int64_t source = lane / (2 * half) * (2 * half) + lane % half;
      if (lane % (2 * half) >= half)
        source += length;
      first.push_back(source);
      second.push_back(source + half);
    }
    SmallVector<Value> pairs;
    for (size_t i = 0; i < vectors.size(); i += 2) {
      if (vectors[i] == zero) {
        pairs.push_back(zero);
        continue;
      }
      auto shuffle = [&](ArrayRef<int64_t> lanes) -> Value {
        return vector::ShuffleOp::create(builder, loc, vectors[i],
                                         vectors[i + 1], lanes);
      };
      pairs.push_back(addAny(shuffle(first), shuffle(second)));
    }
    vectors = std::move(pairs);
  }
  return vectors.front();
}

Value LaneBuilder::apply(AffineExpr expression, ValueRange operands) {
  auto map = AffineMap::get(operands.size(), 0, expression);
  return affine::AffineApplyOp::create(builder, loc, map, operands);
}

Value LaneBuilder::maximum(Value lhs, int64_t rhs) {
  return arith::MaxSIOp::create(builder, loc, lhs, index(rhs));
}

Value LaneBuilder::minimum(Value lhs, int64_t rhs) {
  return arith::MinSIOp::create(builder, loc, lhs, index(rhs));
}

Value LaneBuilder::getLaneNumbers() {
  SmallVector<int32_t> numbers = llvm::to_vector(llvm::seq<int32_t>(0, length));
  auto type = VectorType::get(length, builder.getI32Type());
  return arith::ConstantOp::create(
      builder, loc, DenseElementsAttr::get(type, ArrayRef<int32_t>(numbers)));
}

Value LaneBuilder::getMask(Value rows) {
  Value count =
      arith::IndexCastOp::create(builder, loc, builder.getI32Type(), rows);
  return arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::slt,
                               getLaneNumbers(), broadcast(count));
}

Value LaneBuilder::masked(Value vector, Value mask) {
  Value zero = arith::ConstantOp::create(builder, loc,
                                         builder.getZeroAttr(vector.getType()));
  return select(mask, vector, zero);
}

//===----------------------------------------------------------------------===//
// Loops
//===----------------------------------------------------------------------===//

void LaneBuilder::forEach(int64_t extent, function_ref<void(LaneIndex)> body) {
  if (extent == 1)
    return body(0);
  forRange(extent, 1, [&](Value i) { body(LaneIndex(i, extent)); });
}

SmallVector<Value> LaneBuilder::forCarried(
    Value begin, Value end, SmallVector<Value> values,
    function_ref<SmallVector<Value>(Value, SmallVector<Value>)> body) {
  auto loop = scf::ForOp::create(builder, loc, begin, end, index(1), values);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(loop.getBody());
  SmallVector<Value> next = body(loop.getInductionVar(),
                                 SmallVector<Value>(loop.getRegionIterArgs()));
  // A loop that carries nothing has its terminator already.
  if (!next.empty())
    scf::YieldOp::create(builder, loc, next);
  return SmallVector<Value>(loop.getResults());
}

SmallVector<Value> LaneBuilder::forCarried(
    int64_t extent, SmallVector<Value> values,
    function_ref<SmallVector<Value>(LaneIndex, SmallVector<Value>)> body) {
  if (extent == 1)
    return body(0, std::move(values));
  return forCarried(index(0), index(extent), std::move(values),
                    [&](Value i, SmallVector<Value> carried) {
                      return body(LaneIndex(i, extent), std::move(carried));
                    });
}

void LaneBuilder::forShape(ArrayRef<int64_t> shape,
                           function_ref<void(ArrayRef<LaneIndex>)> body) {
  LanePoint point;
  auto nest = [&](auto &self) -> void {
    if (point.size() == shape.size())
      return body(point);
    forEach(shape[point.size()], [&](LaneIndex i) {
      point.push_back(i);
      self(self);
      point.pop_back();
    });
  };
  nest(nest);
}

/// Neighbours whose terms are added up in pairs, before they join the sum: it
/// waits less often, and is more exact.
static constexpr int64_t kPart = 8;

SmallVector<Value> LaneBuilder::sumOver(
    ArrayRef<int64_t> shape, int64_t count,
    function_ref<SmallVector<Value>(ArrayRef<LaneIndex>)> terms) {
  if (shape.empty())
    return terms({});
  LanePoint point;
  auto addPart = [&](LaneIndex part, int64_t size, SmallVector<Value> sums) {
    SmallVector<SmallVector<Value>> columns(count);
    for (int64_t i = 0; i < size; ++i) {
      point.push_back(part.affine(kPart, i));
      for (auto [column, term] : llvm::zip_equal(columns, terms(point)))
        column.push_back(term);
      point.pop_back();
    }
    for (auto [value, column] : llvm::zip_equal(sums, columns))
      value = addF(value, sum(column));
    return sums;
  };
  auto nest = [&](auto &self, SmallVector<Value> sums) -> SmallVector<Value> {
    int64_t extent = shape[point.size()];
    if (point.size() + 1 < shape.size())
      return forCarried(extent, std::move(sums),
                        [&](LaneIndex i, SmallVector<Value> carried) {
                          point.push_back(i);
                          carried = self(self, std::move(carried));
                          point.pop_back();
                          return carried;
                        });
    int64_t parts = extent / kPart;
    if (parts > 0)
      sums = forCarried(parts, std::move(sums),
                        [&](LaneIndex i, SmallVector<Value> carried) {
                          return addPart(i, kPart, std::move(carried));
                        });
    if (extent % kPart)
      sums = addPart(LaneIndex(parts), extent % kPart, std::move(sums));
    return sums;
  };
  return nest(nest, SmallVector<Value>(count, splat(0.0)));
}
