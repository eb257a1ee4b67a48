//===- TiledFetch.cpp - Factors of products to shared memory --------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TiledKernel.h"

#include "bn/Dialect/BN/IR/Parameters.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::bn;

void TiledKernel::chooseFetch() {
  bool inMemory = code.isContiguous(product.op->getOperand(0));
  if (linear) {
    inputs.alongDepth = true;
    inputs.width = inMemory && product.depth % kFour == 0 ? kFour : 1;
  } else {
    // The points of a filter of one pixel lie in the input as in the result.
    bool isSame = llvm::all_of(getShape(conv.getFilter()).drop_front(2),
                               [](int64_t extent) { return extent == 1; }) &&
                  llvm::all_of(conv.getStrides(),
                               [](int64_t stride) { return stride == 1; }) &&
                  llvm::all_of(conv.getPadding(),
                               [](int64_t padding) { return padding == 0; });
    int64_t pixels = countValues(ArrayRef(pointShape).drop_front()).first;
    inputs.width = inMemory && isSame && pixels % kFour == 0 ? kFour : 1;
  }
  int64_t along = inputs.alongDepth ? tile.depth : tile.points;
  int64_t across = inputs.alongDepth ? tile.points : tile.depth;
  inputs.groups = along / inputs.width;
  inputs.stride = tile.getThreads() / inputs.groups;
  inputs.count = across / inputs.stride;
}

/// The weights with a row for each term and a column for each channel.
ElementsAttr TiledKernel::packWeights() {
  Value filter = product.op->getOperand(1);
  FailureOr<std::vector<double>> values = readParameter(filter);
  assert(succeeded(values) && "tiled products have constant weights");
  int64_t rows = llvm::alignTo(product.depth, tile.depth);
  int64_t columns = llvm::alignTo(product.channels, tile.channels);
  std::vector<double> packed(rows * columns, 0.0);
  bool channelsFirst = conv || linear.getTransposeWeight();
  int64_t inner = conv ? getShape(filter)[1] : product.depth;
  int64_t taps = product.depth / inner;
  for (int64_t o = 0; o < product.channels; ++o)
    for (int64_t c = 0; c < inner; ++c)
      for (int64_t tap = 0; tap < taps; ++tap)
        packed[(tap * inner + c) * columns + o] =
            channelsFirst ? (*values)[(o * inner + c) * taps + tap]
                          : (*values)[c * product.channels + o];
  return makeParameter(RankedTensorType::get({rows, columns}, b.getF32Type()),
                       packed, getConstantElements(filter));
}

void TiledKernel::fetch(Value step) {
  fetchWeights(step);
  fetchInputs(step);
}

void TiledKernel::fetchWeights(Value step) {
  auto type = cast<MemRefType>(nextWeights.getType());
  repeat(type.getDimSize(0), "i", [&](Value i) {
    Value number = code.addIndex(code.mulIndex(i, tile.getThreads()), thread);
    Point at =
        code.split(number, {tile.depth, tile.channels / kFour}, {"k", "four"});
    Value term = code.addIndex(code.mulIndex(step, tile.depth), at[0]);
    Value channel = code.addIndex(firstChannel, code.mulIndex(at[1], kFour));
    copyFour(weights, {term, channel}, nextWeights, {i, code.index(0)});
  });
}

/// The input for `term`, one of those of `step`, at `point`.
Value TiledKernel::fetchTerm(Value term, Value step, Value point) {
  Value isTerm;
  Value all = code.addIndex(code.mulIndex(step, tile.depth), term);
  if (product.depth % tile.depth != 0)
    isTerm = isBelow(all, code.index(product.depth));
  Value condition = code.both(isPoint(point), isTerm);
  if (linear) {
    Point place = {point, all};
    if (inputs.width == kFour)
      return code.evaluateFour(linear.getInput(), place, condition);
    return code.choose(condition, code.number(0.0),
                       [&] { return code.evaluate(linear.getInput(), place); });
  }
  ArrayRef<int64_t> filter = getShape(conv.getFilter());
  SmallVector<int64_t> extents(filter.drop_front(2));
  extents.push_back(filter[1]);
  static constexpr StringLiteral names[] = {"kz", "ky", "kx", "c"};
  // The terms of a step that have one position of the filter differ in their
  // channels alone.
  bool isUniform = filter[1] % tile.depth == 0;
  Point taps = code.split(
      isUniform ? code.mulIndex(step, tile.depth) : all, extents,
      SmallVector<StringRef>(ArrayRef(names).take_back(extents.size())));
  Value channel = taps.pop_back_val();
  if (isUniform)
    channel = code.addIndex(channel, term);
  Point position = getPosition(point, channel);
  if (inputs.width == kFour)
    return code.evaluateFour(conv.getInput(), position, condition);
  taps.insert(taps.begin(), channel);
  return code.evaluateTap(conv, position, taps, condition);
}

void TiledKernel::fetchInputs(Value step) {
  Value fixed =
      code.mulIndex(code.remIndex(thread, inputs.groups), inputs.width);
  Value first = code.divIndex(thread, inputs.groups);
  repeat(inputs.count, "i", [&](Value i) {
    Value moving = code.addIndex(code.mulIndex(i, inputs.stride), first);
    Value term = inputs.alongDepth ? fixed : moving;
    Value point = inputs.alongDepth ? moving : fixed;
    Value value = fetchTerm(
        term, step,
        arith::AddIOp::create(b, code.named("point"), firstPoint, point));
    if (inputs.width == kFour)
      vector::StoreOp::create(b, loc, value, nextInputs,
                              ValueRange{i, code.index(0)});
    else
      write(value, nextInputs, {i, code.index(0)});
  });
}

/// Stores what was fetched to a half of shared memory.
void TiledKernel::put(Value half) {
  auto type = cast<MemRefType>(nextWeights.getType());
  Value zero = code.index(0);
  repeat(type.getDimSize(0), "i", [&](Value i) {
    Value number = code.addIndex(code.mulIndex(i, tile.getThreads()), thread);
    Point at =
        code.split(number, {tile.depth, tile.channels / kFour}, {"k", "four"});
    copyFour(nextWeights, {i, zero}, weightTile,
             {half, at[0], code.mulIndex(at[1], kFour)});
  });
  Value fixed =
      code.mulIndex(code.remIndex(thread, inputs.groups), inputs.width);
  Value first = code.divIndex(thread, inputs.groups);
  repeat(inputs.count, "i", [&](Value i) {
    Value moving = code.addIndex(code.mulIndex(i, inputs.stride), first);
    if (!inputs.alongDepth && inputs.width == kFour)
      return copyFour(nextInputs, {i, zero}, inputTile, {half, moving, fixed});
    repeat(inputs.width, "j", [&](Value j) {
      Value value = read(nextInputs, {i, j});
      if (inputs.alongDepth)
        write(value, inputTile, {half, code.addIndex(fixed, j), moving});
      else
        write(value, inputTile, {half, moving, fixed});
    });
  });
}
