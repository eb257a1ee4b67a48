//===- TiledKernel.h - Convolutions and linear layers in tiles --*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A block computes a tile of channels x points. Step by step it takes some
// terms of all its sums to shared memory, where each value is used by many
// threads; a thread keeps a tile of its own in registers. While it computes one
// step, the loads for the next one are under way: they go to registers, and
// then to the other of two halves of shared memory, so that a step has one
// barrier.
//
// The terms of a convolution are in the order of the filter's positions, and
// for each of them the channels. Weights lie in that order, one row for each
// term, with zeros up to whole tiles, so that four at a time are read without
// guards.
//
//===----------------------------------------------------------------------===//

#ifndef BN_LIB_CODEGEN_GPU_TILEDKERNEL_H
#define BN_LIB_CODEGEN_GPU_TILEDKERNEL_H

#include "TiledProduct.h"

namespace mlir::bn {

/// Values of a float4.
constexpr int64_t kFour = 4;

/// What the threads of a block fetch of the inputs in one step: `width` values
/// each at a time, along the terms or else along the points.
struct InputFetch {
  int64_t width = 1;
  bool alongDepth = false;
  /// Groups of `width` values along that axis, those along the other one that
  /// all threads fetch together, and how often they do.
  int64_t groups, stride, count;
};

/// A channel or point of a thread: a group of four, and which of them.
struct Place {
  Value group, lane;
};

class TiledKernel {
public:
  TiledKernel(ModelMapping &model, const TiledProduct &product,
              const ProductTile &tile, Value tensor, Value buffer);

  void build();

private:
  using Body = llvm::function_ref<void(Value)>;

  void chooseFetch();
  ElementsAttr packWeights();
  void declare();
  void fetch(Value step);
  void fetchWeights(Value step);
  void fetchInputs(Value step);
  Value fetchTerm(Value term, Value step, Value point);
  void put(Value half);
  void multiply(Value half);
  void store();
  void storeFour(Place i, Place j);
  Value evaluate(Place i, Place j);
  void launch();

  void repeat(int64_t count, StringRef name, Body body);
  void when(Value condition, llvm::function_ref<void()> body);
  Value isBelow(Value position, Value end);
  Value addArray(ArrayRef<int64_t> shape, StringRef name);
  void copyFour(Value from, ArrayRef<Value> fromPlace, Value to,
                ArrayRef<Value> toPlace);
  Value read(Value memref, ArrayRef<Value> place) {
    return code.load(memref, place);
  }
  void write(Value value, Value memref, ArrayRef<Value> place) {
    memref::StoreOp::create(b, loc, value, memref, place);
  }
  /// Where in the tile the thread's four of number `group` begin: those of all
  /// threads lie side by side, so that they are read at once.
  Value placeGroup(Value threadPart, Value group, int64_t extent,
                   int64_t threadExtent);
  Value getChannel(Place i);
  Value getPoint(Place j);
  /// `body` for all of the thread's channels or points.
  void repeatPlaces(int64_t extent, StringRef group, StringRef lane,
                    llvm::function_ref<void(Place)> body);
  Value flatten(Place place) {
    return code.addIndex(code.mulIndex(place.group, kFour), place.lane);
  }
  /// Where the result has the value of a channel at a point.
  Point getPosition(Value point, Value channel);
  Value isPoint(Value point);
  Value isChannel(Value channel);

  ModelMapping &model;
  TiledProduct product;
  ProductTile tile;
  Value tensor, buffer;
  SmallVector<int64_t> pointShape;
  ConvOp conv;
  LinearOp linear;
  InputFetch inputs;
  KernelBuilder kernel;
  ElementBuilder &code;
  OpBuilder &b;
  Location loc;
  Value weights, weightTile, inputTile, nextWeights, nextInputs, sums;
  Value left, right, results;
  Value thread, threadRow, threadColumn, firstChannel, firstPoint, pointCount;
};

/// The extents of a tensor.
inline ArrayRef<int64_t> getShape(Value tensor) {
  return cast<RankedTensorType>(tensor.getType()).getShape();
}

} // namespace mlir::bn

#endif // BN_LIB_CODEGEN_GPU_TILEDKERNEL_H
