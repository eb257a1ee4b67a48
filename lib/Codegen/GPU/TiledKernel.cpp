//===- TiledKernel.cpp - Convolutions and linear layers in tiles ----------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TiledKernel.h"

#include "bn/Plan/StoredTensors.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::bn;

static SmallVector<Operation *> getOps(ModelMapping &model, Value tensor) {
  return getExpressionOps(tensor, [&](Value operand) -> bool {
    return model.getBuffer(operand) != nullptr;
  });
}

static SmallVector<std::string> describe(ModelMapping &model, Value tensor,
                                         const ProductTile &tile, bool isConv) {
  SmallVector<std::string> lines = describeOps(getOps(model, tensor));
  auto text = [](int64_t number) { return std::to_string(number); };
  StringRef points = isConv ? "pixels" : "rows";
  lines.push_back("In tiles of " + text(tile.channels) + " channels x " +
                  text(tile.points) + " " + points.str() + ", " +
                  text(tile.threadChannels) + " x " + text(tile.threadPoints) +
                  " for each thread,");
  lines.push_back("with " + text(tile.depth) + " terms of the sums at a time.");
  return lines;
}

TiledKernel::TiledKernel(ModelMapping &model, const TiledProduct &product,
                         const ProductTile &tile, Value tensor, Value buffer)
    : model(model), product(product), tile(tile), tensor(tensor),
      buffer(buffer), pointShape(getShape(product.op->getResult(0))),
      conv(dyn_cast<ConvOp>(product.op)),
      linear(dyn_cast<LinearOp>(product.op)),
      kernel(model, getKernelName(getOps(model, tensor)),
             tensor.getDefiningOp()->getLoc(),
             describe(model, tensor, tile, conv != nullptr), tile.getThreads()),
      code(kernel.code), b(code.builder), loc(code.getLoc()) {
  pointShape.erase(pointShape.begin() + 1);
  chooseFetch();
}

//===----------------------------------------------------------------------===//
// Loops, branches and arrays
//===----------------------------------------------------------------------===//

/// `body` for 0 to `count`, without a loop when it runs.
void TiledKernel::repeat(int64_t count, StringRef name, Body body) {
  if (count == 1)
    return body(code.index(0));
  auto loop = scf::ForOp::create(b, loc, code.index(0), code.index(count),
                                 code.index(1));
  loop->setAttr("unroll", b.getUnitAttr());
  loop.getInductionVar().setLoc(code.named(name));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  body(loop.getInductionVar());
}

void TiledKernel::when(Value condition, llvm::function_ref<void()> body) {
  if (!condition)
    return body();
  auto branch = scf::IfOp::create(b, loc, condition, /*withElseRegion=*/false);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(branch.thenBlock());
  body();
}

Value TiledKernel::isBelow(Value position, Value end) {
  return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, position,
                               end);
}

/// Registers of the thread: all loops over them are unrolled.
Value TiledKernel::addArray(ArrayRef<int64_t> shape, StringRef name) {
  return memref::AllocaOp::create(b, code.named(name),
                                  MemRefType::get(shape, b.getF32Type()),
                                  b.getI64IntegerAttr(16));
}

void TiledKernel::copyFour(Value from, ArrayRef<Value> fromPlace, Value to,
                           ArrayRef<Value> toPlace) {
  auto type = VectorType::get(kFour, b.getF32Type());
  Value four = vector::LoadOp::create(b, loc, type, from, fromPlace);
  vector::StoreOp::create(b, loc, four, to, toPlace);
}

Value TiledKernel::placeGroup(Value threadPart, Value group, int64_t extent,
                              int64_t threadExtent) {
  Value begin = code.mulIndex(group, extent / (threadExtent / kFour));
  return code.addIndex(begin, code.mulIndex(threadPart, kFour));
}

Value TiledKernel::getChannel(Place i) {
  Value begin =
      placeGroup(threadRow, i.group, tile.channels, tile.threadChannels);
  return code.addIndex(code.addIndex(firstChannel, begin), i.lane);
}

Value TiledKernel::getPoint(Place j) {
  Value begin =
      placeGroup(threadColumn, j.group, tile.points, tile.threadPoints);
  return code.addIndex(code.addIndex(firstPoint, begin), j.lane);
}

void TiledKernel::repeatPlaces(int64_t extent, StringRef group, StringRef lane,
                               llvm::function_ref<void(Place)> body) {
  repeat(extent / kFour, group, [&](Value i) {
    repeat(kFour, lane, [&](Value k) { body({i, k}); });
  });
}

Point TiledKernel::getPosition(Value point, Value channel) {
  SmallVector<StringRef> names = getAxisNames(product.op->getResult(0));
  names.erase(names.begin() + 1);
  Point position = code.split(point, pointShape, names);
  position.insert(position.begin() + 1, channel);
  return position;
}

/// Whether `point` is one of the result's; null if all of the tiles are.
Value TiledKernel::isPoint(Value point) {
  if (product.points % tile.points == 0)
    return {};
  return isBelow(point, pointCount);
}

Value TiledKernel::isChannel(Value channel) {
  if (product.channels % tile.channels == 0)
    return {};
  return isBelow(channel, code.index(product.channels));
}

void TiledKernel::declare() {
  ElementsAttr packed = packWeights();
  std::string name = (getNodeName(product.op) + "_packed").str();
  weights = kernel.getGlobal(
      model.getParameter(packed, name, product.op->getOperand(1).getLoc()),
      cast<RankedTensorType>(packed.getType()));
  weightTile = kernel.addShared({2, tile.depth, tile.channels}, "weight_tile");
  // What is fetched along the terms is stored across them, so that rows begin
  // in different banks.
  int64_t width = tile.points + (inputs.alongDepth ? kFour : 0);
  inputTile = kernel.addShared({2, tile.depth, width}, "input_tile");
  int64_t fours = tile.depth * tile.channels / kFour / tile.getThreads();
  nextWeights = addArray({fours, kFour}, "next_weights");
  nextInputs = addArray({inputs.count, inputs.width}, "next_inputs");
  left = addArray(tile.threadChannels, "left");
  right = addArray(tile.threadPoints, "right");
  sums = addArray({tile.threadChannels, tile.threadPoints}, "sums");

  thread = kernel.getThread();
  int64_t columns = tile.points / tile.threadPoints;
  threadRow = arith::DivUIOp::create(b, code.named("thread_row"), thread,
                                     code.index(columns));
  threadColumn = arith::RemUIOp::create(b, code.named("thread_column"), thread,
                                        code.index(columns));
  Value block = gpu::BlockIdOp::create(b, loc, gpu::Dimension::x);
  firstPoint = arith::MulIOp::create(b, code.named("first_point"), block,
                                     code.index(tile.points));
  firstChannel = code.index(0);
  if (product.channels > tile.channels) {
    Value layer = gpu::BlockIdOp::create(b, loc, gpu::Dimension::y);
    firstChannel = arith::MulIOp::create(b, code.named("first_channel"), layer,
                                         code.index(tile.channels));
  }
  pointCount = product.overBatch
                   ? code.mulIndex(kernel.getBatch(), product.points)
                   : code.index(product.points);
}

//===----------------------------------------------------------------------===//
// In registers
//===----------------------------------------------------------------------===//

void TiledKernel::multiply(Value half) {
  auto readFours = [&](Value from, Value k, Value to, Value threadPart,
                       int64_t extent, int64_t threadExtent) {
    repeat(threadExtent / kFour, "i", [&](Value i) {
      Value at = placeGroup(threadPart, i, extent, threadExtent);
      copyFour(from, {half, k, at}, to, code.mulIndex(i, kFour));
    });
  };
  repeat(tile.depth, "k", [&](Value k) {
    readFours(weightTile, k, left, threadRow, tile.channels,
              tile.threadChannels);
    readFours(inputTile, k, right, threadColumn, tile.points,
              tile.threadPoints);
    repeat(tile.threadChannels, "i", [&](Value i) {
      repeat(tile.threadPoints, "j", [&](Value j) {
        Value sum = code.fma(read(left, i), read(right, j), read(sums, {i, j}));
        write(sum, sums, {i, j});
      });
    });
  });
}

//===----------------------------------------------------------------------===//
// The kernel
//===----------------------------------------------------------------------===//

void TiledKernel::build() {
  declare();
  repeat(tile.threadChannels, "i", [&](Value i) {
    repeat(tile.threadPoints, "j", [&](Value j) {
      write(code.number(0.0), sums, {i, j});
    });
  });
  int64_t steps = llvm::divideCeil(product.depth, tile.depth);
  Value zero = code.index(0);
  fetch(zero);
  put(zero);
  gpu::BarrierOp::create(b, loc);
  if (steps > 1) {
    auto loop = scf::ForOp::create(b, loc, code.index(1), code.index(steps),
                                   code.index(1));
    loop.getInductionVar().setLoc(code.named("step"));
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    Value step = loop.getInductionVar();
    fetch(step);
    Value half =
        arith::RemUIOp::create(b, code.named("half"), step, code.index(2));
    multiply(arith::SubIOp::create(b, code.named("previous_half"),
                                   code.index(1), half));
    put(half);
    gpu::BarrierOp::create(b, loc);
  }
  multiply(code.index((steps - 1) % 2));
  store();
  launch();
}

void TiledKernel::launch() {
  OpBuilder &host = model.getBuilder();
  Location hostLoc = getUnnamed(model.getFunction().getLoc());
  Value size = arith::ConstantIndexOp::create(host, hostLoc, tile.points);
  kernel.launch(host.createOrFold<arith::CeilDivUIOp>(
                    hostLoc, model.getCount(pointShape), size),
                llvm::divideCeil(product.channels, tile.channels));
}

void bn::buildTiledKernel(ModelMapping &model, const TiledProduct &product,
                          const ProductTile &tile, Value tensor, Value buffer) {
  TiledKernel(model, product, tile, tensor, buffer).build();
}
