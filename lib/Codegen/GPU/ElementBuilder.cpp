//===- ElementBuilder.cpp - Values of tensors as scalar code --------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ElementBuilder.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace mlir::bn;

//===----------------------------------------------------------------------===//
// Indices
//===----------------------------------------------------------------------===//

Value ElementBuilder::index(int64_t value) {
  return arith::ConstantIndexOp::create(builder, loc, value);
}

Value ElementBuilder::addIndex(Value a, Value b) {
  return builder.createOrFold<arith::AddIOp>(loc, a, b);
}

Value ElementBuilder::mulIndex(Value a, int64_t factor) {
  return builder.createOrFold<arith::MulIOp>(loc, a, index(factor));
}

Value ElementBuilder::divIndex(Value a, int64_t divisor) {
  return builder.createOrFold<arith::DivUIOp>(loc, a, index(divisor));
}

Value ElementBuilder::remIndex(Value a, int64_t divisor) {
  return builder.createOrFold<arith::RemUIOp>(loc, a, index(divisor));
}

Point ElementBuilder::split(Value linear, ArrayRef<int64_t> shape,
                            ArrayRef<StringRef> names) {
  // Without axes of extent 1, which canonicalization would drop together with
  // the names.
  SmallVector<int64_t> extents;
  SmallVector<StringRef> usedNames;
  for (auto [extent, name] : llvm::zip(shape, names))
    if (extent != 1) {
      extents.push_back(extent);
      usedNames.push_back(name);
    }
  SmallVector<Value> positions;
  if (extents.size() == 1) {
    positions.push_back(linear);
  } else if (extents.size() > 1) {
    bool isUnbounded = ShapedType::isDynamic(extents.front());
    auto op = affine::AffineDelinearizeIndexOp::create(
        builder, named(llvm::join(usedNames, ",")), linear,
        ArrayRef<int64_t>(extents).drop_front(isUnbounded),
        /*hasOuterBound=*/!isUnbounded);
    positions.append(op.getResults().begin(), op.getResults().end());
  }
  Point point;
  size_t next = 0;
  for (int64_t extent : shape)
    point.push_back(extent == 1 ? index(0) : positions[next++]);
  return point;
}

Value ElementBuilder::join(ArrayRef<Value> point, ArrayRef<int64_t> shape) {
  Value linear = index(0);
  for (auto [position, extent] : llvm::zip(point, shape)) {
    if (extent == 1)
      continue;
    // The first factor meets a zero, so that it need not be known.
    if (!matchPattern(linear, m_Zero()))
      linear = mulIndex(linear, extent);
    linear = addIndex(linear, position);
  }
  return linear;
}

Value ElementBuilder::getExtent(Value tensor, int64_t axis) {
  RankedTensorType type = getTensorType(tensor);
  return type.isDynamicDim(axis) ? source.getBatch()
                                 : index(type.getDimSize(axis));
}

//===----------------------------------------------------------------------===//
// Numbers
//===----------------------------------------------------------------------===//

Value ElementBuilder::number(double value) {
  return arith::ConstantOp::create(builder, loc,
                                   builder.getF32FloatAttr(value));
}

Value ElementBuilder::add(Value a, Value b) {
  return arith::AddFOp::create(builder, loc, a, b);
}

Value ElementBuilder::sub(Value a, Value b) {
  return arith::SubFOp::create(builder, loc, a, b);
}

Value ElementBuilder::mul(Value a, Value b) {
  return arith::MulFOp::create(builder, loc, a, b);
}

Value ElementBuilder::div(Value a, Value b) {
  return arith::DivFOp::create(builder, loc, a, b);
}

Value ElementBuilder::fma(Value a, Value b, Value c) {
  return math::FmaOp::create(builder, loc, a, b, c);
}

Value ElementBuilder::toFloat(Value value) {
  if (std::optional<int64_t> constant = getConstantIntValue(value))
    return number(*constant);
  Value integer =
      arith::IndexCastOp::create(builder, loc, builder.getI32Type(), value);
  return arith::SIToFPOp::create(builder, loc, builder.getF32Type(), integer);
}

Value ElementBuilder::count(int64_t values, bool overBatch) {
  return toFloat(overBatch ? mulIndex(source.getBatch(), values)
                           : index(values));
}

Value ElementBuilder::load(Value buffer, ArrayRef<Value> point) {
  return memref::LoadOp::create(builder, loc, buffer, point);
}

Value ElementBuilder::invertDeviation(Value variance, const APFloat &epsilon) {
  Value sum = add(variance, number(epsilon.convertToDouble()));
  Value deviation = math::SqrtOp::create(builder, loc, sum);
  return div(number(1.0), deviation);
}

//===----------------------------------------------------------------------===//
// Loops and branches
//===----------------------------------------------------------------------===//

Value ElementBuilder::reduce(
    ArrayRef<Value> extents, ArrayRef<StringRef> names, Value init,
    StringRef name, llvm::function_ref<Value(ArrayRef<Value>, Value)> body) {
  SmallVector<Value> positions;
  // Recursive, as the loops are.
  auto build = [&](auto &&self, Value value) -> Value {
    size_t depth = positions.size();
    if (depth == extents.size())
      return body(positions, value);
    Value extent = extents[depth];
    if (getConstantIntValue(extent) == 1) {
      positions.push_back(index(0));
      value = self(self, value);
      positions.pop_back();
      return value;
    }
    auto loop =
        scf::ForOp::create(builder, loc, index(0), extent, index(1), value);
    loop.getInductionVar().setLoc(named(names[depth]));
    loop.getRegionIterArg(0).setLoc(named(name));
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(loop.getBody());
    positions.push_back(loop.getInductionVar());
    Value next = self(self, loop.getRegionIterArg(0));
    positions.pop_back();
    scf::YieldOp::create(builder, loc, next);
    return loop.getResult(0);
  };
  return build(build, init);
}

Value ElementBuilder::choose(Value condition, Value otherwise,
                             llvm::function_ref<Value()> value) {
  if (!condition)
    return value();
  auto branch = scf::IfOp::create(builder, named("chosen"),
                                  TypeRange{builder.getF32Type()}, condition,
                                  /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(branch.thenBlock());
  Value chosen = value();
  scf::YieldOp::create(builder, loc, chosen);
  builder.setInsertionPointToStart(branch.elseBlock());
  scf::YieldOp::create(builder, loc, otherwise);
  return branch.getResult(0);
}

SmallVector<Value> ElementBuilder::loop(
    Value begin, Value end, Value step, StringRef position, ValueRange inits,
    ArrayRef<StringRef> names,
    llvm::function_ref<SmallVector<Value>(Value, ValueRange)> body) {
  auto loop = scf::ForOp::create(builder, loc, begin, end, step, inits);
  loop.getInductionVar().setLoc(named(position));
  for (auto [argument, name] : llvm::zip_equal(loop.getRegionIterArgs(), names))
    argument.setLoc(named(name));
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(loop.getBody());
  SmallVector<Value> next =
      body(loop.getInductionVar(), loop.getRegionIterArgs());
  // A loop without results has its end already.
  if (!inits.empty())
    scf::YieldOp::create(builder, loc, next);
  return SmallVector<Value>(loop.getResults());
}

void ElementBuilder::runIf(Value condition, llvm::function_ref<void()> body) {
  auto branch =
      scf::IfOp::create(builder, loc, condition, /*withElseRegion=*/false);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(branch.thenBlock());
  body();
}

Value ElementBuilder::compare(arith::CmpIPredicate predicate, Value a,
                              Value b) {
  return arith::CmpIOp::create(builder, loc, predicate, a, b);
}

Value ElementBuilder::minimum(Value a, Value b) {
  return builder.createOrFold<arith::MinSIOp>(loc, a, b);
}

void ElementBuilder::store(Value value, Value buffer, ArrayRef<Value> point) {
  memref::StoreOp::create(builder, loc, value, buffer, point);
}

//===----------------------------------------------------------------------===//
// Tensors
//===----------------------------------------------------------------------===//

SmallVector<StringRef> bn::getAxisNames(Value tensor) {
  int64_t rank = getTensorType(tensor).getRank();
  if (rank == 1)
    return {"channel"};
  if (rank == 2)
    return {"row", "feature"};
  static constexpr StringLiteral space[] = {"z", "y", "x"};
  SmallVector<StringRef> names = {"row"};
  if (rank > 5) {
    static constexpr StringLiteral letters[] = {"a", "b", "c", "d",
                                                "e", "f", "g", "h"};
    for (int64_t i = 1; i < rank; ++i)
      names.push_back(letters[(i - 1) % 8]);
    return names;
  }
  for (int64_t i = 5 - rank; i < 3; ++i)
    names.push_back(space[i]);
  Operation *op = tensor.getDefiningOp();
  auto layout = op ? op->getAttrOfType<LayoutAttr>("layout") : LayoutAttr();
  bool channelsLast = layout && layout.getValue() != Layout::NCHW;
  names.insert(channelsLast ? names.end() : names.begin() + 1, "channel");
  return names;
}

Value ElementBuilder::loadConstant(Value tensor, ArrayRef<Value> point) {
  DenseElementsAttr splat;
  if (matchPattern(tensor, m_Constant(&splat)) && splat.isSplat())
    return number(splat.getSplatValue<APFloat>().convertToDouble());
  return {};
}

Value ElementBuilder::evaluate(Value tensor, ArrayRef<Value> point) {
  if (Value constant = loadConstant(tensor, point))
    return constant;
  if (Value computed = source.getComputed(tensor, point))
    return computed;
  if (Value buffer = source.getBuffer(tensor)) {
    Point own(point);
    if (isShared(buffer))
      own[0] = index(0);
    return load(buffer, own);
  }
  return compute(cast<OpResult>(tensor), point);
}

bool ElementBuilder::isContiguous(Value tensor) {
  if (source.getBuffer(tensor))
    return true;
  auto reshape = tensor.getDefiningOp<ReshapeOp>();
  return reshape && isContiguous(reshape.getInput());
}

Value ElementBuilder::evaluateFour(Value tensor, ArrayRef<Value> point,
                                   Value condition) {
  Value buffer = source.getBuffer(tensor);
  if (!buffer) {
    auto reshape = tensor.getDefiningOp<ReshapeOp>();
    return evaluateFour(reshape.getInput(), placeReshaped(reshape, point),
                        condition);
  }
  auto type = VectorType::get(4, builder.getF32Type());
  if (!condition)
    return vector::LoadOp::create(builder, loc, type, buffer, point);
  auto branch =
      scf::IfOp::create(builder, named("chosen"), TypeRange{type}, condition,
                        /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(branch.thenBlock());
  scf::YieldOp::create(
      builder, loc,
      ValueRange{vector::LoadOp::create(builder, loc, type, buffer, point)});
  builder.setInsertionPointToStart(branch.elseBlock());
  scf::YieldOp::create(
      builder, loc,
      ValueRange{vector::BroadcastOp::create(builder, loc, type, number(0.0))});
  return branch.getResult(0);
}

Value ElementBuilder::both(Value a, Value b) {
  return a && b ? arith::AndIOp::create(builder, loc, a, b).getResult()
                : (a ? a : b);
}

Value ElementBuilder::evaluateBroadcast(Value operand, ArrayRef<Value> point) {
  // Shapes are aligned at their last axes.
  ArrayRef<int64_t> shape = getTensorType(operand).getShape();
  Point own;
  for (auto [extent, position] :
       llvm::zip(shape, point.drop_front(point.size() - shape.size())))
    own.push_back(extent == 1 ? index(0) : position);
  return evaluate(operand, own);
}
