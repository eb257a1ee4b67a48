//===- BlockPlanner.cpp - Kernels and buffers for one block of rows -------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Plan/BlockPlanner.h"

#include "BufferPlan.h"
#include "RowKernels.h"
#include "WeightPacking.h"
#include "WindowShape.h"
#include "WinogradEmission.h"
#include "bn/Plan/KernelBody.h"
#include "bn/Plan/TileChoice.h"
#include "bn/Plan/WinogradTiling.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::bn;

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
        machine(machine), plan(groups, shape.lanes, machine), arena(block),
        builder(block.getContext()) {}

  void run();

private:
  void packInput(BlockArgument argument, Value memref);
  Storage packColumns(BlockArgument argument, const FusionGroup &group);
  void planProduct(const FusionGroup &group);
  void planDot(const FusionGroup &group, const ProductShape &product,
               const TileChoice &tile);
  void planColumns(const FusionGroup &group, const ProductShape &product,
                   const TileChoice &tile);
  ProductOperands addProductOperands(const FusionGroup &group,
                                     const ProductShape &product,
                                     ArrayRef<float> bias);
  void planWindow(const FusionGroup &group);
  void planConcat(const FusionGroup &group);

  Storage allocateRoot(Value root, int64_t channels);
  /// Gives `tensor` a buffer, or its part of one, with the padding cleared.
  const Storage &allocate(Value tensor);

  SmallVector<Value> addChannelOperands(const BodyOperands &operands,
                                        int64_t channels);
  SmallVector<Value> getTensorOperands(const BodyOperands &operands);
  Value createView(Value buffer, ArrayRef<int64_t> offsets,
                   ArrayRef<int64_t> sizes);
  Value sliceChannels(Value buffer, int64_t first, int64_t count);

  const Storage &getStorage(Value tensor) {
    return storages.find(lookThroughReshapes(tensor))->second;
  }

  /// The row of the batch that the block starts with.
  Value getFirstRow() { return block.getArgument(block.getNumArguments() - 3); }

  int64_t getStoredChannels(int64_t channels) {
    return bn::getStoredChannels(channels, shape.lanes, machine);
  }

  func::FuncOp source, block;
  BlockShape shape;
  ArrayRef<FusionGroup> groups;
  const Machine &machine;
  BufferPlan plan;
  ParameterArena arena;
  llvm::DenseMap<Value, Storage> storages;
  OpBuilder builder;
  Location loc = block.getLoc();
};

} // namespace

//===----------------------------------------------------------------------===//
// Buffers
//===----------------------------------------------------------------------===//

Storage BlockPlanner::allocateRoot(Value root, int64_t channels) {
  ImageShape image = getImageShape(root);
  Halo halo = plan.getHalo(root);
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
  return storages[root] = storage;
}

Value BlockPlanner::createView(Value buffer, ArrayRef<int64_t> offsets,
                               ArrayRef<int64_t> sizes) {
  SmallVector<OpFoldResult> steps(sizes.size(), builder.getIndexAttr(1));
  return memref::SubViewOp::create(
      builder, loc, buffer,
      getAsIndexOpFoldResult(builder.getContext(), offsets),
      getAsIndexOpFoldResult(builder.getContext(), sizes), steps);
}

/// A view of some channels of `buffer`.
Value BlockPlanner::sliceChannels(Value buffer, int64_t first, int64_t count) {
  SmallVector<int64_t> sizes(cast<MemRefType>(buffer.getType()).getShape());
  SmallVector<int64_t> offsets(sizes.size(), 0);
  size_t axis = shape.lanes == Lanes::batch ? 0 : 2;
  offsets[axis] = first;
  sizes[axis] = count;
  return createView(buffer, offsets, sizes);
}

const Storage &BlockPlanner::allocate(Value tensor) {
  Value root = plan.getRoot(tensor);
  auto known = storages.find(root);
  Storage storage =
      known != storages.end()
          ? known->second
          : allocateRoot(root, getStoredChannels(getImageShape(root).channels));
  if (root != tensor) {
    storage.buffer = sliceChannels(storage.buffer, plan.getFirstChannel(tensor),
                                   getImageShape(tensor).channels);
    storages[tensor] = storage;
  }
  return storages[tensor];
}

/// The buffer in the columns storage that the kernel of `group` reads
/// `argument` from.
Storage BlockPlanner::packColumns(BlockArgument argument,
                                  const FusionGroup &group) {
  auto [channels, height, width] = getImageShape(argument);
  Halo halo = plan.getHalo(argument);
  ColumnStorage columns = getColumnStorage(
      getProductShape(group), chooseRowKernel(group, groups, machine).second,
      halo.begin[1] + width + halo.end[1]);
  Value buffer = memref::AllocOp::create(
      builder, loc,
      MemRefType::get({channels, halo.begin[0] + height + halo.end[0],
                       columns.parts, columns.columns},
                      builder.getF32Type()),
      builder.getI64IntegerAttr(64));
  Storage storage = {buffer, {halo.begin[0], halo.begin[1]}};
  if (!halo.isEmpty())
    ClearHaloOp::create(builder, loc, buffer, Lanes::columns, storage.offset,
                        ArrayRef<int64_t>{height, width});
  return storages[argument] = storage;
}

void BlockPlanner::packInput(BlockArgument argument, Value memref) {
  for (const FusionGroup &group : groups)
    if (shape.lanes == Lanes::channels && group.product &&
        lookThroughReshapes(group.getInput()) == argument &&
        chooseRowKernel(group, groups, machine).first == RowKernel::column) {
      Storage storage = packColumns(argument, group);
      PackKernelOp::create(builder, loc, memref, getFirstRow(), storage.buffer,
                           Lanes::columns, machine.vectorLength,
                           storage.offset);
      return;
    }
  auto [channels, height, width] = getImageShape(argument);
  // Only a product reads single values in the channels storage.
  bool readByVectors = llvm::any_of(groups, [&](const FusionGroup &group) {
    bool readsValues = group.product && !getProductShape(group).isDepthwise;
    return llvm::any_of(
        ArrayRef(group.getInputs()).drop_front(readsValues ? 1 : 0),
        [&](Value input) { return lookThroughReshapes(input) == argument; });
  });
  if (readByVectors)
    channels = getStoredChannels(channels);
  // Few channels are interleaved by vectors of columns.
  bool byVectors = shape.lanes == Lanes::batch ||
                   (channels <= 4 && width >= machine.vectorLength);
  int64_t length = byVectors ? machine.vectorLength : 1;
  Storage storage = allocateRoot(argument, channels);
  PackKernelOp::create(builder, loc, memref, getFirstRow(), storage.buffer,
                       shape.lanes, length, storage.offset);
}

//===----------------------------------------------------------------------===//
// Operands of kernels' bodies
//===----------------------------------------------------------------------===//

SmallVector<Value>
BlockPlanner::addChannelOperands(const BodyOperands &operands,
                                 int64_t channels) {
  SmallVector<Value> memrefs;
  for (Value vector : operands.channels)
    memrefs.push_back(
        arena.addPerChannel(builder, loc, getConstantValues(vector), channels));
  return memrefs;
}

/// Views of the tensors without their padding.
SmallVector<Value>
BlockPlanner::getTensorOperands(const BodyOperands &operands) {
  SmallVector<Value> memrefs;
  for (Value tensor : operands.tensors) {
    const Storage &storage = getStorage(tensor);
    ImageShape image = getImageShape(tensor);
    SmallVector<int64_t> sizes(
        cast<MemRefType>(storage.buffer.getType()).getShape());
    size_t axis = shape.lanes == Lanes::batch ? 1 : 0;
    if (sizes[axis] == image.height && sizes[axis + 1] == image.width) {
      memrefs.push_back(storage.buffer);
      continue;
    }
    SmallVector<int64_t> offsets(sizes.size(), 0);
    offsets[axis] = storage.offset[0];
    offsets[axis + 1] = storage.offset[1];
    sizes[axis] = image.height;
    sizes[axis + 1] = image.width;
    memrefs.push_back(createView(storage.buffer, offsets, sizes));
  }
  return memrefs;
}

//===----------------------------------------------------------------------===//
// Kernels
//===----------------------------------------------------------------------===//

static PoolKind getPoolKind(const FusionGroup &group) {
  if (!group.pool)
    return PoolKind::none;
  return isa<MaxPoolOp>(group.pool) ? PoolKind::max : PoolKind::average;
}

ProductOperands BlockPlanner::addProductOperands(const FusionGroup &group,
                                                 const ProductShape &product,
                                                 ArrayRef<float> bias) {
  int64_t channels = getStoredChannels(product.outputChannels);
  ProductOperands operands;
  if (!bias.empty())
    operands.bias = arena.addPerChannel(builder, loc, bias, channels);
  BodyOperands bodyOperands = getBodyOperands(group);
  operands.channels = addChannelOperands(bodyOperands, channels);
  operands.tensors = getTensorOperands(bodyOperands);
  Storage input = getStorage(group.getInput());
  Storage output = allocate(group.getResult());
  operands.input = input.buffer;
  operands.output = output.buffer;
  for (int i = 0; i < 2; ++i) {
    operands.inputOffset.push_back(input.offset[i] - product.padding[i]);
    operands.outputOffset.push_back(output.offset[i]);
  }
  return operands;
}

/// Positions of `product` without those behind the last whole window.
static std::array<int64_t, 2> getWholeExtents(const ProductShape &product) {
  std::array<int64_t, 2> extents;
  for (int i = 0; i < 2; ++i)
    extents[i] = product.extents[i] / product.window[i] * product.window[i];
  return extents;
}

void BlockPlanner::planDot(const FusionGroup &group,
                           const ProductShape &product,
                           const TileChoice &tile) {
  ProductParameters parameters = getProductParameters(group);
  Value weights = arena.add(
      builder, loc, packDotWeights(product, parameters.weights, tile.length),
      {product.getReductionSize() / tile.length, product.outputChannels,
       tile.length});
  ProductOperands operands =
      addProductOperands(group, product, parameters.bias);
  auto kernel = DotKernelOp::create(
      builder, loc, operands.input, weights, operands.bias, operands.channels,
      operands.tensors, operands.output, tile.length);
  buildKernelBody(kernel.getBody(), group, builder.getF32Type());
}

void BlockPlanner::planColumns(const FusionGroup &group,
                               const ProductShape &product,
                               const TileChoice &tile) {
  ProductParameters parameters = getProductParameters(group);
  Value weights =
      arena.add(builder, loc, packColumnWeights(product, parameters.weights),
                {product.inputChannels, product.kernel[0], product.kernel[1],
                 product.outputChannels});
  ProductOperands operands =
      addProductOperands(group, product, parameters.bias);
  auto kernel = ColumnKernelOp::create(
      builder, loc, operands.input, weights, operands.bias, operands.channels,
      operands.output, tile.length, tile.rows, getWholeExtents(product),
      product.strides, product.dilations, operands.inputOffset,
      operands.outputOffset, getPoolKind(group), product.window);
  buildKernelBody(kernel.getBody(), group, builder.getF32Type());
}

void BlockPlanner::planProduct(const FusionGroup &group) {
  ProductShape product = getProductShape(group);
  if (shape.lanes == Lanes::channels) {
    auto [kernel, tile] = chooseRowKernel(group, groups, machine);
    if (kernel == RowKernel::dot)
      return planDot(group, product, tile);
    if (kernel == RowKernel::column)
      return planColumns(group, product, tile);
  }
  ProductParameters parameters = getProductParameters(group);
  if (shape.lanes == Lanes::channels && group.winogradOutputs > 0)
    return emitWinograd(builder, loc, arena, group, parameters.weights,
                        addProductOperands(group, product, parameters.bias),
                        machine);

  TileChoice tile = chooseTile(product, shape.lanes, shape.rows, machine);
  int64_t unit = shape.lanes == Lanes::batch ? 1 : tile.length;
  SmallVector<int64_t> starts = getTileStarts(
      llvm::divideCeil(product.outputChannels, unit), tile.channels);
  PackedWeights packed =
      packWeights(product, parameters.weights, shape.lanes, tile, starts);
  Value weights = arena.add(builder, loc, packed.values, packed.extents);
  ProductOperands operands =
      addProductOperands(group, product, parameters.bias);
  auto kernel = ProductKernelOp::create(
      builder, loc, operands.input, weights, operands.bias, operands.channels,
      operands.tensors, operands.output, shape.lanes,
      TileAttr::get(builder.getContext(), tile.rows, tile.columns, tile.batch,
                    tile.channels, tile.length),
      starts, getWholeExtents(product), product.strides, product.dilations,
      operands.inputOffset, operands.outputOffset, getPoolKind(group),
      product.window, product.groups, product.isDepthwise,
      wantsPrefetch(product, tile, shape.lanes, machine));
  buildKernelBody(kernel.getBody(), group, builder.getF32Type());
}

void BlockPlanner::planWindow(const FusionGroup &group) {
  Storage input = getStorage(group.getInput());
  Storage output = allocate(group.getResult());
  ImageShape image = getImageShape(group.getResult());
  int64_t channels = getStoredChannels(image.channels);
  BodyOperands operands = getBodyOperands(group);
  SmallVector<Value> channelOperands = addChannelOperands(operands, channels);
  SmallVector<Value> tensorOperands = getTensorOperands(operands);

  // In the batch storage rows of the batch fill a vector.
  int64_t length = shape.lanes == Lanes::batch
                       ? machine.vectorLength
                       : getChannelVectorLength(image.channels, machine);
  WindowShape window = getWindowShape(group);
  ImageShape source = getImageShape(group.getInput());
  int64_t inputOffset[2], clip[4];
  for (int i = 0; i < 2; ++i) {
    inputOffset[i] = input.offset[i] - window.padding[i];
    clip[i] = input.offset[i];
    clip[2 + i] = input.offset[i] + (i == 0 ? source.height : source.width);
  }
  auto kernel = WindowKernelOp::create(
      builder, loc, input.buffer, channelOperands, tensorOperands,
      output.buffer, shape.lanes, length,
      ArrayRef<int64_t>{image.height, image.width}, window.strides, inputOffset,
      output.offset, getPoolKind(group), window.kernel,
      window.isClipped ? builder.getDenseI64ArrayAttr(clip)
                       : DenseI64ArrayAttr(),
      window.isClipped && window.countPadding);
  buildKernelBody(kernel.getBody(), group, builder.getF32Type());
}

/// Copies the operands that are not stored in their place already.
void BlockPlanner::planConcat(const FusionGroup &group) {
  Value result = group.getResult();
  Storage output = allocate(result);
  ImageShape image = getImageShape(result);
  int64_t channel = 0;
  for (Value operand : group.concat->getOperands()) {
    Value tensor = lookThroughReshapes(operand);
    int64_t first = channel, count = getImageShape(tensor).channels;
    channel += count;
    if (plan.getRoot(tensor) == plan.getRoot(result) &&
        plan.getFirstChannel(tensor) == plan.getFirstChannel(result) + first)
      continue;
    // The longest vectors that end where the operand does.
    int64_t length = machine.vectorLength;
    if (shape.lanes == Lanes::channels)
      while (count % length != 0)
        length /= 2;
    Storage input = getStorage(tensor);
    int64_t one[] = {1, 1};
    auto kernel = WindowKernelOp::create(
        builder, loc, input.buffer, ValueRange(), ValueRange(),
        sliceChannels(output.buffer, first, count), shape.lanes, length,
        ArrayRef<int64_t>{image.height, image.width}, one, input.offset,
        output.offset, PoolKind::none, one, DenseI64ArrayAttr(),
        /*count_clipped=*/false);
    buildKernelBody(kernel.getBody(), group, builder.getF32Type());
  }
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
    else if (group.concat)
      planConcat(group);
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
