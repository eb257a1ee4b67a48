//===- BNKernelOps.cpp - Planned kernels on buffers -----------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Dialect/BN/IR/BN.h"
#include "bn/Dialect/BN/IR/WinogradTransform.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::bn;

using Effects =
    SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>>;

/// A kernel reads all of its buffers but the one it writes.
static void addEffects(Effects &effects, Operation *op, OpOperand &written) {
  for (OpOperand &operand : op->getOpOperands())
    if (&operand != &written && isa<MemRefType>(operand.get().getType()))
      effects.emplace_back(MemoryEffects::Read::get(), &operand);
  effects.emplace_back(MemoryEffects::Write::get(), &written);
}

//===----------------------------------------------------------------------===//
// What the kernels share
//===----------------------------------------------------------------------===//

static LogicalResult verifyPairs(Operation *op,
                                 ArrayRef<ArrayRef<int64_t>> attributes) {
  for (ArrayRef<int64_t> attribute : attributes)
    if (attribute.size() != 2)
      return op->emitOpError("expected one value for each of two spatial "
                             "dimensions in every attribute");
  return success();
}

static LogicalResult verifyStorage(Operation *op, Value buffer, Lanes lanes) {
  auto type = cast<MemRefType>(buffer.getType());
  int64_t rank = lanes == Lanes::channels ? 3 : 4;
  if (type.getRank() != rank || !type.hasStaticShape())
    return op->emitOpError("expected buffers of static shape and rank ")
           << rank << " in the " << stringifyLanes(lanes) << " storage, got "
           << type;
  return success();
}

/// Checks the body: one scalar argument for the value and one for each of
/// `operands`, and one scalar result.
static LogicalResult verifyBody(Operation *op, Block &body, Type elementType,
                                unsigned operands) {
  if (body.getNumArguments() != 1 + operands)
    return op->emitOpError("expected a body of ")
           << 1 + operands << " arguments, got " << body.getNumArguments();
  auto yield = cast<YieldOp>(body.getTerminator());
  if (yield.getValues().size() != 1 ||
      yield.getValues().front().getType() != elementType)
    return op->emitOpError("expected the body to yield one ") << elementType;
  for (BlockArgument argument : body.getArguments())
    if (argument.getType() != elementType)
      return op->emitOpError("expected body arguments of type ") << elementType;
  return success();
}

/// Checks that each of `tensors` has a value for every position of `extents`,
/// or one for all.
static LogicalResult verifyTensorOperands(Operation *op, ValueRange tensors,
                                          ArrayRef<int64_t> extents,
                                          Lanes lanes) {
  for (Value tensor : tensors) {
    if (failed(verifyStorage(op, tensor, lanes)))
      return failure();
    ArrayRef<int64_t> image = cast<MemRefType>(tensor.getType())
                                  .getShape()
                                  .slice(lanes == Lanes::batch ? 1 : 0, 2);
    if (image[0] * image[1] != 1 &&
        (image[0] < extents[0] || image[1] < extents[1]))
      return op->emitOpError("expected tensor operands of one position or of ")
             << extents[0] << " x " << extents[1] << ", got "
             << tensor.getType();
  }
  return success();
}

//===----------------------------------------------------------------------===//
// ProductKernelOp
//===----------------------------------------------------------------------===//

LogicalResult ProductKernelOp::verify() {
  if (failed(verifyPairs(*this,
                         {getExtents(), getStrides(), getDilations(),
                          getInputOffset(), getOutputOffset(), getWindow()})) ||
      failed(verifyStorage(*this, getInput(), getLanes())) ||
      failed(verifyStorage(*this, getOutput(), getLanes())))
    return failure();
  if (getLanes() == Lanes::columns)
    return emitOpError("expected the batch or the channels storage");
  auto weights = cast<MemRefType>(getWeights().getType());
  if (weights.getRank() != 5 || !weights.hasStaticShape())
    return emitOpError("expected packed weights of rank 5 and static shape");
  if (weights.getDimSize(0) != static_cast<int64_t>(getChannelStarts().size()))
    return emitOpError("expected one channel start per tile of the weights");
  int64_t packed = getTile().getChannels() *
                   (getLanes() == Lanes::batch ? 1 : getTile().getLength());
  if (weights.getDimSize(4) != packed)
    return emitOpError("expected weights packed for ")
           << packed << " channels per tile, got " << weights.getDimSize(4);
  for (int64_t i = 0; i < 2; ++i)
    if (getWindow()[i] < 1 || getExtents()[i] < getWindow()[i])
      return emitOpError("expected at least one whole window in the extents");
  if (getGroups() < 1 || weights.getDimSize(0) % getGroups() != 0)
    return emitOpError("expected as many tiles of the weights in each group");
  if (getDepthwise() && (getGroups() != 1 || getInputChannels() != 1))
    return emitOpError("expected a depthwise kernel to read one channel and to "
                       "have no groups");
  if (failed(verifyTensorOperands(*this, getTensorOperands(), getExtents(),
                                  getLanes())))
    return failure();
  return verifyBody(*this, *getBody().begin(), weights.getElementType(),
                    getChannelOperands().size() + getTensorOperands().size());
}

void ProductKernelOp::getEffects(Effects &effects) {
  addEffects(effects, *this, getOutputMutable());
}

//===----------------------------------------------------------------------===//
// WindowKernelOp
//===----------------------------------------------------------------------===//

LogicalResult WindowKernelOp::verify() {
  if (failed(verifyPairs(*this, {getExtents(), getStrides(), getInputOffset(),
                                 getOutputOffset(), getWindow()})) ||
      failed(verifyStorage(*this, getInput(), getLanes())) ||
      failed(verifyStorage(*this, getOutput(), getLanes())))
    return failure();
  if (getClip() && getClip()->size() != 4)
    return emitOpError("expected four positions to clip windows at");
  if (!getTensorOperands().empty() && getPool() != PoolKind::none)
    return emitOpError("expected no tensor operands with a pooling");
  if (failed(verifyTensorOperands(*this, getTensorOperands(), getExtents(),
                                  getLanes())))
    return failure();
  auto type = cast<MemRefType>(getInput().getType());
  return verifyBody(*this, *getBody().begin(), type.getElementType(),
                    getChannelOperands().size() + getTensorOperands().size());
}

void WindowKernelOp::getEffects(Effects &effects) {
  addEffects(effects, *this, getOutputMutable());
}

//===----------------------------------------------------------------------===//
// DotKernelOp, ColumnKernelOp
//===----------------------------------------------------------------------===//

/// Checks what both share: an output of one vector of channels, and weights for
/// at most as many, in `weights` at `outputs`.
template <typename Op>
static LogicalResult verifyFewOutputs(Op op, int64_t rank, int64_t outputs,
                                      unsigned operands) {
  auto weights = cast<MemRefType>(op.getWeights().getType());
  if (failed(verifyStorage(op, op.getOutput(), Lanes::channels)))
    return failure();
  if (weights.getRank() != rank || !weights.hasStaticShape())
    return op.emitOpError("expected weights of rank ")
           << rank << " and static shape, got " << weights;
  int64_t length = op.getLength();
  int64_t stored = cast<MemRefType>(op.getOutput().getType()).getDimSize(2);
  if (!llvm::isPowerOf2_64(stored) || stored > length ||
      weights.getDimSize(outputs) > stored)
    return op.emitOpError("expected weights for at most as many channels as "
                          "the output stores, one vector of up to ")
           << length << ", got " << weights << " and "
           << op.getOutput().getType();
  return verifyBody(op, *op.getBody().begin(), weights.getElementType(),
                    operands);
}

LogicalResult DotKernelOp::verify() {
  if (failed(verifyStorage(*this, getInput(), Lanes::channels)) ||
      failed(verifyTensorOperands(*this, getTensorOperands(), {1, 1},
                                  Lanes::channels)) ||
      failed(verifyFewOutputs(*this, /*rank=*/3, /*outputs=*/1,
                              getChannelOperands().size() +
                                  getTensorOperands().size())))
    return failure();
  auto input = cast<MemRefType>(getInput().getType());
  auto weights = cast<MemRefType>(getWeights().getType());
  auto output = cast<MemRefType>(getOutput().getType());
  int64_t length = getLength();
  if (!input.getLayout().isIdentity())
    return emitOpError("expected an input without gaps, got ") << input;
  if (weights.getDimSize(2) != length ||
      weights.getDimSize(0) * length != input.getNumElements())
    return emitOpError("expected weights for ")
           << input.getNumElements() << " inputs in vectors of " << length
           << ", got " << weights;
  if (output.getDimSize(2) != length)
    return emitOpError("expected an output of one vector of ")
           << length << " channels, got " << output;
  return success();
}

void DotKernelOp::getEffects(Effects &effects) {
  addEffects(effects, *this, getOutputMutable());
}

LogicalResult ColumnKernelOp::verify() {
  if (failed(verifyPairs(*this,
                         {getExtents(), getStrides(), getDilations(),
                          getInputOffset(), getOutputOffset(), getWindow()})) ||
      failed(verifyStorage(*this, getInput(), Lanes::columns)) ||
      failed(verifyFewOutputs(*this, /*rank=*/4, /*outputs=*/3,
                              getChannelOperands().size())))
    return failure();
  for (int64_t i = 0; i < 2; ++i)
    if (getWindow()[i] < 1 || getStrides()[i] < 1 ||
        getExtents()[i] < getWindow()[i])
      return emitOpError("expected at least one whole window in the extents");
  int64_t rows = getExtents()[0] / getWindow()[0];
  int64_t columns = getExtents()[1] / getWindow()[1], length = getLength();
  if (static_cast<int64_t>(getRows()) < 1 ||
      static_cast<int64_t>(getRows()) > rows)
    return emitOpError("expected tiles of 1 to ") << rows << " rows";
  auto input = cast<MemRefType>(getInput().getType());
  int64_t kernelColumns =
      cast<MemRefType>(getWeights().getType()).getDimSize(2);
  int64_t last = (getWindow()[1] - 1) * getStrides()[1] +
                 (kernelColumns - 1) * getDilations()[1] + getInputOffset()[1];
  int64_t needed =
      std::max<int64_t>(columns - length, 0) + last / getParts() + length;
  if (input.getDimSize(2) != getParts() || input.getDimSize(3) < needed)
    return emitOpError("expected an input in ")
           << getParts() << " parts of at least " << needed << " columns, got "
           << input;
  return success();
}

void ColumnKernelOp::getEffects(Effects &effects) {
  addEffects(effects, *this, getOutputMutable());
}

//===----------------------------------------------------------------------===//
// Winograd's transforms
//===----------------------------------------------------------------------===//

/// Checks what both transforms share; `tiles` is the image with a position for
/// each tile.
template <typename Op>
static LogicalResult verifyTiles(Op op, Value tiles,
                                 ArrayRef<int64_t> imageOffset) {
  if (failed(verifyPairs(op, {op.getKernel(), op.getOutputTile(),
                              op.getExtents(), imageOffset})) ||
      failed(verifyStorage(op, op.getInput(), Lanes::channels)) ||
      failed(verifyStorage(op, op.getOutput(), Lanes::channels)))
    return failure();
  int64_t points = 1;
  for (int64_t dim = 0; dim < 2; ++dim) {
    int64_t outputs = op.getOutputTile()[dim];
    int64_t size = outputs + op.getKernel()[dim] - 1;
    if (outputs < 1 || op.getKernel()[dim] < 1 || size > kMostWinogradPoints)
      return op.emitOpError("expected tiles of at most ")
             << kMostWinogradPoints << " points in each dimension";
    if (op.getExtents()[dim] < outputs)
      return op.emitOpError("expected extents of at least one whole tile");
    points *= size;
  }
  ArrayRef<int64_t> shape = cast<MemRefType>(tiles.getType()).getShape();
  int64_t columns = llvm::divideCeil(op.getExtents()[1], op.getOutputTile()[1]);
  int64_t channels = op.getChannels();
  if (shape[1] != columns || shape[2] < points * channels)
    return op.emitOpError("expected tiles in ")
           << columns << " columns, with " << points << " points of "
           << channels << " channels each, got " << tiles.getType();
  return success();
}

LogicalResult WinogradInputKernelOp::verify() {
  if (getLength() > getChannels())
    return emitOpError("expected vectors of at most ")
           << getChannels() << " channels, got " << getLength();
  return verifyTiles(*this, getOutput(), getInputOffset());
}

void WinogradInputKernelOp::getEffects(Effects &effects) {
  addEffects(effects, *this, getOutputMutable());
}

LogicalResult WinogradOutputKernelOp::verify() {
  if (failed(verifyTiles(*this, getInput(), getOutputOffset())) ||
      failed(verifyTensorOperands(*this, getTensorOperands(), getExtents(),
                                  Lanes::channels)))
    return failure();
  auto type = cast<MemRefType>(getOutput().getType());
  int64_t length = getLength(), channels = getChannels();
  if (type.getDimSize(2) % length != 0 || type.getDimSize(2) > channels)
    return emitOpError("expected outputs of at most ")
           << channels << " channels in whole vectors of " << length << ", got "
           << type;
  return verifyBody(*this, *getBody().begin(), type.getElementType(),
                    getChannelOperands().size() + getTensorOperands().size());
}

void WinogradOutputKernelOp::getEffects(Effects &effects) {
  addEffects(effects, *this, getOutputMutable());
}

//===----------------------------------------------------------------------===//
// Copies
//===----------------------------------------------------------------------===//

void PackKernelOp::getEffects(Effects &effects) {
  effects.emplace_back(MemoryEffects::Read::get(), &getSourceMutable());
  effects.emplace_back(MemoryEffects::Write::get(), &getTargetMutable());
}

void UnpackKernelOp::getEffects(Effects &effects) {
  effects.emplace_back(MemoryEffects::Read::get(), &getSourceMutable());
  effects.emplace_back(MemoryEffects::Write::get(), &getTargetMutable());
}

void ClearHaloOp::getEffects(Effects &effects) {
  effects.emplace_back(MemoryEffects::Write::get(), &getBufferMutable());
}
