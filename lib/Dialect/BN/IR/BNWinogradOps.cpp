//===- BNWinogradOps.cpp - Verifiers of convolutions by few products ------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Dialect/BN/IR/BN.h"
#include "bn/Dialect/BN/IR/WinogradTransform.h"

using namespace mlir;
using namespace mlir::bn;

static ArrayRef<int64_t> getShape(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

/// Checks the tile and the kernel; on success `points` are the products of a
/// tile.
static LogicalResult verifyTile(Operation *op, ArrayRef<int64_t> kernel,
                                ArrayRef<int64_t> tile, int64_t &points) {
  if (kernel.size() != 2 || tile.size() != 2)
    return op->emitOpError("expected a kernel and an output_tile of two "
                           "extents");
  points = 1;
  for (auto [taps, outputs] : llvm::zip_equal(kernel, tile)) {
    if (taps < 1 || outputs < 1 ||
        (outputs > 1 && outputs + taps - 1 > kMostWinogradPoints))
      return op->emitOpError("expected tiles of at most ")
             << kMostWinogradPoints << " products, got " << outputs
             << " outputs of " << taps << " taps";
    points *= outputs + taps - 1;
  }
  return success();
}

static LogicalResult verifyFilter(Operation *op, ArrayRef<int64_t> expected,
                                  Value filter) {
  if (expected == getShape(filter))
    return success();
  return op->emitOpError("expected a transformed filter of ")
         << expected[0] << " x " << expected[1] << " x " << expected[2]
         << ", got " << filter.getType();
}

template <typename Op>
static LogicalResult verifyTransform(Op op, Value filter, Value transformed,
                                     bool isTransposed) {
  ArrayRef<int64_t> shape = getShape(filter);
  int64_t points = 0;
  if (failed(verifyTile(op, shape.drop_front(2), op.getOutputTile(), points)))
    return failure();
  return verifyFilter(
      op, {shape[isTransposed ? 1 : 0], points, shape[isTransposed ? 0 : 1]},
      transformed);
}

LogicalResult WinogradFilterOp::verify() {
  return verifyTransform(*this, getFilter(), getResult(), getTransposed());
}

LogicalResult WinogradFilterGradientOp::verify() {
  return verifyTransform(*this, getResult(), getGradient(), false);
}

/// Checks a convolution of `input` to `output`; `isTransposed` says that the
/// filter's channels have changed places.
template <typename Op>
static LogicalResult verifyConv(Op op, Value input, Value output, Value filter,
                                bool isTransposed,
                                ArrayRef<int64_t> strides = {1, 1}) {
  int64_t points = 0;
  ArrayRef<int64_t> kernel = op.getKernel(), tile = op.getOutputTile(),
                    padding = op.getPadding();
  if (failed(verifyTile(op, kernel, tile, points)))
    return failure();
  if (padding.size() != 4 ||
      llvm::any_of(padding, [](int64_t p) { return p < 0; }))
    return op.emitOpError("expected a padding of four numbers from 0 up");
  ArrayRef<int64_t> in = getShape(input), out = getShape(output);
  if (in[0] != out[0])
    return op.emitOpError("expected as many rows of the batch, got ")
           << input.getType() << " and " << output.getType();
  for (int64_t dim = 0; dim < 2; ++dim) {
    int64_t span = in[2 + dim] + padding[dim] + padding[2 + dim] - kernel[dim];
    int64_t extent = span / strides[dim] + 1;
    if (ShapedType::isDynamic(in[2 + dim]) || span < 0 ||
        out[2 + dim] != extent || extent % tile[dim] != 0)
      return op.emitOpError("expected an output of whole tiles, got ")
             << output.getType() << " of " << input.getType();
  }
  SmallVector<int64_t> expected = {out[1], points, in[1]};
  if (isTransposed)
    std::swap(expected[0], expected[2]);
  return verifyFilter(op, expected, filter);
}

LogicalResult WinogradConvOp::verify() {
  if (getBias() && getShape(getBias())[0] != getShape(getResult())[1])
    return emitOpError("expected a bias of ")
           << getShape(getResult())[1] << " channels, got "
           << getBias().getType();
  return verifyConv(*this, getInput(), getResult(), getFilter(), false);
}

LogicalResult WinogradConvInputGradientOp::verify() {
  if (getOutputTile().size() == 2 && getOutputTile()[0] != 1)
    return emitOpError("expected rows without tiles, got tiles of ")
           << getOutputTile()[0];
  return verifyConv(*this, getResult(), getGradient(), getFilter(), true);
}

LogicalResult WinogradConvFilterGradientOp::verify() {
  if (getStrides().size() != 2 ||
      llvm::any_of(getStrides(), [](int64_t stride) { return stride < 1; }))
    return emitOpError("expected two strides from 1 up");
  for (auto [stride, outputs] : llvm::zip(getStrides(), getOutputTile()))
    if (stride > 1 && outputs > 1)
      return emitOpError("expected tiles of 1 output with a stride of ")
             << stride << ", got " << outputs;
  return verifyConv(*this, getInput(), getGradient(), getResult(), false,
                    getStrides());
}

//===----------------------------------------------------------------------===//
// FilterKernelOp
//===----------------------------------------------------------------------===//

LogicalResult FilterKernelOp::verify() {
  Block &body = getBody().front();
  auto ops = body.without_terminator();
  auto yield = dyn_cast<YieldOp>(body.back());
  if (!llvm::hasSingleElement(ops) || body.getNumArguments() != 1 || !yield ||
      !isa<WinogradFilterOp, WinogradFilterGradientOp>(*ops.begin()) ||
      yield.getValues() != (*ops.begin()).getResults())
    return emitOpError("expected a body of one transform of a filter");
  if (static_cast<int64_t>(getLanes()) < 1)
    return emitOpError("expected at least one lane");
  auto holds = [](Value buffer, Value tensor) {
    auto type = cast<MemRefType>(buffer.getType());
    return type.hasStaticShape() && type.getShape() == getShape(tensor);
  };
  if (!holds(getInput(), body.getArgument(0)) ||
      !holds(getOutput(), yield.getValues().front()))
    return emitOpError("expected buffers of the shapes of the filters");
  return success();
}

void FilterKernelOp::getEffects(
    SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>>
        &effects) {
  effects.emplace_back(MemoryEffects::Read::get(), &getInputMutable());
  effects.emplace_back(MemoryEffects::Write::get(), &getOutputMutable());
}
