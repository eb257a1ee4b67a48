//===- BlockPlanner.cpp - Kernels and buffers for one block of rows -------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Plan/BlockPlanner.h"

#include "bn/Plan/KernelBody.h"
#include "bn/Plan/ParameterArena.h"
#include "bn/Plan/ProductShape.h"
#include "bn/Plan/TileChoice.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::bn;

namespace {

/// Channels and spatial extents of a tensor, without its batch.
struct ImageShape {
  int64_t channels, height, width;
};

/// Zero padding around an image: in front of and behind each spatial dimension.
struct Halo {
  int64_t begin[2] = {0, 0}, end[2] = {0, 0};
  bool isEmpty() const {
    return begin[0] == 0 && begin[1] == 0 && end[0] == 0 && end[1] == 0;
  }
};

} // namespace

static ImageShape getImageShape(Value tensor) {
  ArrayRef<int64_t> shape = getStoredShape(tensor);
  if (shape.size() == 2)
    return {shape[1], 1, 1};
  return {shape[1], shape[2], shape[3]};
}

/// The largest padding that any reader of each stored tensor wants.
static llvm::DenseMap<Value, Halo> collectHalos(ArrayRef<FusionGroup> groups) {
  llvm::DenseMap<Value, Halo> halos;
  for (const FusionGroup &group : groups) {
    auto conv = dyn_cast_if_present<ConvOp>(group.product);
    if (!conv)
      continue;
    Halo &halo = halos[lookThroughReshapes(group.getInput())];
    for (int i = 0; i < 2; ++i) {
      halo.begin[i] = std::max(halo.begin[i], conv.getPadding()[i]);
      halo.end[i] = std::max(halo.end[i], conv.getPadding()[2 + i]);
    }
  }
  return halos;
}

BlockCost bn::estimateBlockCost(ArrayRef<FusionGroup> groups, BlockShape block,
                                const Machine &machine) {
  BlockCost cost = {0.0, 0};
  for (const FusionGroup &group : groups) {
    ImageShape result = getImageShape(group.getResult());
    int64_t values = result.channels * result.height * result.width;
    cost.activationBytes += values * block.rows * sizeof(float);
    if (group.product)
      cost.cyclesPerRow +=
          chooseTile(getProductShape(group), block.lanes, block.rows, machine)
              .cycles /
          block.rows;
    else
      cost.cyclesPerRow += double(values) / machine.vectorLength;
  }
  return cost;
}

//===----------------------------------------------------------------------===//
// BlockPlanner
//===----------------------------------------------------------------------===//

namespace {

/// Where a tensor of the graph is stored in the block.
struct Storage {
  Value buffer;
  /// Position of the image's first value in the padded buffer.
  int64_t offset[2];
};

class BlockPlanner {
public:
  BlockPlanner(func::FuncOp source, func::FuncOp block, BlockShape shape,
               ArrayRef<FusionGroup> groups, const Machine &machine)
      : source(source), block(block), shape(shape), groups(groups),
        machine(machine), halos(collectHalos(groups)), arena(block),
        builder(block.getContext()) {}

  void run();

private:
  void packInput(BlockArgument argument, Value memref);
  void planProduct(const FusionGroup &group);
  void planWindow(const FusionGroup &group);

  /// Allocates the buffer of `tensor`, with room for `channels` channels, and
  /// clears its padding.
  Storage allocate(Value tensor, int64_t channels);

  Value addPerChannel(ArrayRef<float> values, int64_t channels);
  SmallVector<Value> addChannelOperands(const FusionGroup &group,
                                        int64_t channels);
  Value addWeights(const ProductShape &product, ArrayRef<float> weights,
                   const TileChoice &tile, ArrayRef<int64_t> starts);

  const Storage &getStorage(Value tensor) {
    return storages.find(lookThroughReshapes(tensor))->second;
  }

  /// The row of the batch that the block starts with.
  Value getFirstRow() { return block.getArgument(block.getNumArguments() - 3); }

  /// Channels of a buffer, with those that only fill up the last vector.
  int64_t getStoredChannels(Value buffer) {
    auto type = cast<MemRefType>(buffer.getType());
    return type.getDimSize(shape.lanes == Lanes::batch ? 0 : 2);
  }

  func::FuncOp source, block;
  BlockShape shape;
  ArrayRef<FusionGroup> groups;
  const Machine &machine;
  llvm::DenseMap<Value, Halo> halos;
  ParameterArena arena;
  llvm::DenseMap<Value, Storage> storages;
  OpBuilder builder;
  Location loc = block.getLoc();
};

} // namespace

Storage BlockPlanner::allocate(Value tensor, int64_t channels) {
  ImageShape image = getImageShape(tensor);
  Halo halo = halos.lookup(tensor);
  int64_t height = halo.begin[0] + image.height + halo.end[0];
  int64_t width = halo.begin[1] + image.width + halo.end[1];
  SmallVector<int64_t> extents = {height, width, channels};
  if (shape.lanes == Lanes::batch)
    extents = {channels, height, width, shape.rows};
  Value buffer = memref::AllocOp::create(
      builder, loc, MemRefType::get(extents, builder.getF32Type()),
      builder.getI64IntegerAttr(64));
  Storage storage = {buffer, {halo.begin[0], halo.begin[1]}};
  if (!halo.isEmpty())
    ClearHaloOp::create(builder, loc, buffer, shape.lanes, storage.offset,
                        ArrayRef<int64_t>{image.height, image.width});
  storages[tensor] = storage;
  return storage;
}

void BlockPlanner::packInput(BlockArgument argument, Value memref) {
  // Products read single values in the channels storage; other kernels read
  // whole vectors.
  ImageShape image = getImageShape(argument);
  int64_t length = shape.lanes == Lanes::batch ? machine.vectorLength : 1;
  int64_t channels = image.channels;
  bool readByVectors = llvm::any_of(groups, [&](const FusionGroup &group) {
    return !group.product && lookThroughReshapes(group.getInput()) == argument;
  });
  if (shape.lanes == Lanes::channels && readByVectors)
    channels = llvm::alignTo(channels, 4);
  Storage storage = allocate(argument, channels);
  PackKernelOp::create(builder, loc, memref, getFirstRow(), storage.buffer,
                       shape.lanes, length, storage.offset);
}

Value BlockPlanner::addPerChannel(ArrayRef<float> values, int64_t channels) {
  SmallVector<float> padded(values);
  padded.resize(channels, 0.0f);
  return arena.add(builder, loc, padded, channels);
}

SmallVector<Value> BlockPlanner::addChannelOperands(const FusionGroup &group,
                                                    int64_t channels) {
  SmallVector<Value> operands;
  for (Operation *op : group.body)
    if (auto scaleShift = dyn_cast<ScaleShiftOp>(op))
      for (Value vector : {scaleShift.getScale(), scaleShift.getShift()})
        operands.push_back(addPerChannel(getConstantValues(vector), channels));
  return operands;
}

/// Packs weights in the order in which the tiles read them.
Value BlockPlanner::addWeights(const ProductShape &product,
                               ArrayRef<float> weights, const TileChoice &tile,
                               ArrayRef<int64_t> starts) {
  int64_t inputs = product.inputChannels;
  int64_t kernelRows = product.kernel[0], kernelColumns = product.kernel[1];
  int64_t unit = shape.lanes == Lanes::batch ? 1 : tile.length;
  int64_t width = tile.channels * unit;
  SmallVector<float> packed;
  packed.reserve(starts.size() * product.getReductionSize() * width);
  auto appendStep = [&](int64_t start, int64_t c, int64_t row, int64_t column) {
    for (int64_t o = start * unit; o < start * unit + width; ++o)
      packed.push_back(
          o < product.outputChannels
              ? weights[((o * inputs + c) * kernelRows + row) * kernelColumns +
                        column]
              : 0.0f);
  };
  SmallVector<int64_t> extents;
  for (int64_t start : starts) {
    if (shape.lanes == Lanes::batch) {
      extents = {int64_t(starts.size()), inputs, kernelRows, kernelColumns,
                 width};
      for (int64_t c = 0; c < inputs; ++c)
        for (int64_t row = 0; row < kernelRows; ++row)
          for (int64_t column = 0; column < kernelColumns; ++column)
            appendStep(start, c, row, column);
    } else {
      extents = {int64_t(starts.size()), kernelRows, kernelColumns, inputs,
                 width};
      for (int64_t row = 0; row < kernelRows; ++row)
        for (int64_t column = 0; column < kernelColumns; ++column)
          for (int64_t c = 0; c < inputs; ++c)
            appendStep(start, c, row, column);
    }
  }
  return arena.add(builder, loc, packed, extents);
}

static PoolKind getPoolKind(const FusionGroup &group) {
  if (!group.pool)
    return PoolKind::none;
  return isa<MaxPoolOp>(group.pool) ? PoolKind::max : PoolKind::average;
}

void BlockPlanner::planProduct(const FusionGroup &group) {
  ProductShape product = getProductShape(group);
  TileChoice tile = chooseTile(product, shape.lanes, shape.rows, machine);
  int64_t unit = shape.lanes == Lanes::batch ? 1 : tile.length;
  int64_t units = llvm::divideCeil(product.outputChannels, unit);
  SmallVector<int64_t> starts = getTileStarts(units, tile.channels);

  ProductParameters parameters = getProductParameters(group);
  Value weights = addWeights(product, parameters.weights, tile, starts);
  Value bias;
  if (!parameters.bias.empty())
    bias = addPerChannel(parameters.bias, units * unit);
  SmallVector<Value> channelOperands = addChannelOperands(group, units * unit);

  Storage input = getStorage(group.getInput());
  Storage output = allocate(group.getResult(), units * unit);
  int64_t inputOffset[2] = {input.offset[0] - product.padding[0],
                            input.offset[1] - product.padding[1]};
  // Positions behind the last whole window are not needed.
  int64_t extents[2] = {
      product.extents[0] / product.window[0] * product.window[0],
      product.extents[1] / product.window[1] * product.window[1]};
  auto kernel = ProductKernelOp::create(
      builder, loc, input.buffer, weights, bias, channelOperands, output.buffer,
      shape.lanes,
      TileAttr::get(builder.getContext(), tile.rows, tile.columns, tile.batch,
                    tile.channels, tile.length),
      starts, extents, product.strides, product.dilations, inputOffset,
      output.offset, getPoolKind(group), product.window);
  buildKernelBody(kernel.getBody(), group.body, builder.getF32Type());
}

void BlockPlanner::planWindow(const FusionGroup &group) {
  Storage input = getStorage(group.getInput());
  int64_t channels = getStoredChannels(input.buffer);
  SmallVector<Value> channelOperands = addChannelOperands(group, channels);
  Storage output = allocate(group.getResult(), channels);

  // The largest vector that the channels fill; in the batch storage rows of the
  // batch fill it.
  int64_t length = machine.vectorLength;
  if (shape.lanes == Lanes::channels)
    while (channels % length != 0)
      length /= 2;

  ImageShape image = getImageShape(group.getResult());
  SmallVector<int64_t> window = {1, 1}, strides = {1, 1};
  if (group.pool) {
    window = llvm::to_vector(
        group.pool->getAttrOfType<DenseI64ArrayAttr>("kernel").asArrayRef());
    strides = llvm::to_vector(
        group.pool->getAttrOfType<DenseI64ArrayAttr>("strides").asArrayRef());
  }
  auto kernel = WindowKernelOp::create(
      builder, loc, input.buffer, channelOperands, output.buffer, shape.lanes,
      length, ArrayRef<int64_t>{image.height, image.width}, strides,
      input.offset, output.offset, getPoolKind(group), window);
  buildKernelBody(kernel.getBody(), group.body, builder.getF32Type());
}

void BlockPlanner::run() {
  Block *entry = block.addEntryBlock();
  builder.setInsertionPointToStart(entry);
  unsigned inputs = source.getNumArguments();
  for (BlockArgument argument : source.getArguments())
    if (!argument.use_empty())
      packInput(argument, entry->getArgument(argument.getArgNumber()));
  for (const FusionGroup &group : groups) {
    loc = group.getRoot()->getLoc();
    if (group.product)
      planProduct(group);
    else
      planWindow(group);
  }
  loc = block.getLoc();
  Operation *terminator = source.getBody().front().getTerminator();
  for (OpOperand &result : terminator->getOpOperands()) {
    const Storage &storage = getStorage(result.get());
    ImageShape image = getImageShape(result.get());
    UnpackKernelOp::create(
        builder, loc, storage.buffer,
        entry->getArgument(inputs + result.getOperandNumber()), getFirstRow(),
        shape.lanes, storage.offset,
        ArrayRef<int64_t>{image.height, image.width});
  }
  func::ReturnOp::create(builder, loc);
  arena.finish();
}

func::FuncOp bn::buildBlockFunction(func::FuncOp func,
                                    ArrayRef<FusionGroup> groups,
                                    BlockShape shape, const Machine &machine) {
  OpBuilder builder(func.getContext());
  builder.setInsertionPointAfter(func);
  SmallVector<Type> arguments;
  for (Type type : llvm::concat<const Type>(func.getArgumentTypes(),
                                            func.getResultTypes())) {
    auto tensor = cast<RankedTensorType>(type);
    arguments.push_back(
        MemRefType::get(tensor.getShape(), tensor.getElementType()));
  }
  arguments.push_back(builder.getIndexType());
  arguments.push_back(
      MemRefType::get({ShapedType::kDynamic}, builder.getI8Type()));
  arguments.push_back(LLVM::LLVMPointerType::get(builder.getContext()));
  std::string name =
      (func.getName() + "." + stringifyLanes(shape.lanes) + Twine(shape.rows))
          .str();
  auto block = func::FuncOp::create(builder, func.getLoc(), name,
                                    builder.getFunctionType(arguments, {}));
  block.setPrivate();
  block->setAttr(BNDialect::kInputCountAttr,
                 builder.getI64IntegerAttr(func.getNumArguments()));
  block->setAttr(BNDialect::kBlockRowsAttr,
                 builder.getI64IntegerAttr(shape.rows));
  BlockPlanner(func, block, shape, groups, machine).run();
  return block;
}
