//===- CudaFolding.cpp - What is printed within expressions ---------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CudaFolding.h"
#include "CudaNames.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace mlir::bn;
using namespace mlir::bn::cuda;

//===----------------------------------------------------------------------===//
// Addresses
//===----------------------------------------------------------------------===//

/// The number of indices from `first` on that are the results of `split`, one
/// after the other; 0 if they are not all of them. Extents of 1 do not count.
static size_t matchRun(affine::AffineDelinearizeIndexOp split, MemRefType type,
                       ValueRange indices, size_t first) {
  if (!split.getDynamicBasis().empty())
    return 0;
  ArrayRef<int64_t> basis = split.getStaticBasis();
  size_t count = split.getNumResults();
  bool isBounded = basis.size() == count;
  size_t axis = first;
  for (size_t i = 0; i < count; ++axis) {
    if (axis == indices.size())
      return 0;
    int64_t extent = type.getDimSize(axis);
    if (extent == 1 && matchPattern(indices[axis], m_Zero()))
      continue;
    if (indices[axis] != split.getResult(i))
      return 0;
    // The outermost index of a buffer may have any extent.
    if (i > 0 || axis > 0) {
      if ((i == 0 && !isBounded) || basis[isBounded ? i : i - 1] != extent)
        return 0;
    }
    ++i;
  }
  return axis - first;
}

SmallVector<AddressPart> cuda::getAddress(MemRefType type, ValueRange indices) {
  SmallVector<AddressPart> parts;
  for (size_t axis = 0; axis < indices.size();) {
    auto split =
        indices[axis].getDefiningOp<affine::AffineDelinearizeIndexOp>();
    size_t count = split ? matchRun(split, type, indices, axis) : 0;
    Value index = count ? split.getLinearIndex() : indices[axis];
    int64_t extent = 1;
    // The extent of the outermost part is not needed, and may be dynamic.
    for (size_t i = axis, end = axis + std::max<size_t>(1, count); i < end; ++i)
      extent *= type.isDynamicDim(i) ? 1 : type.getDimSize(i);
    parts.push_back({index, extent});
    axis += std::max<size_t>(1, count);
  }
  return parts;
}

/// The buffer and the indices of an op that reads or writes memory, if it does.
static std::pair<Value, ValueRange> getAccess(Operation *op) {
  if (auto load = dyn_cast<memref::LoadOp>(op))
    return {load.getMemRef(), load.getIndices()};
  if (auto store = dyn_cast<memref::StoreOp>(op))
    return {store.getMemRef(), store.getIndices()};
  if (auto load = dyn_cast<vector::LoadOp>(op))
    return {load.getBase(), load.getIndices()};
  if (auto store = dyn_cast<vector::StoreOp>(op))
    return {store.getBase(), store.getIndices()};
  return {};
}

unsigned Folding::countMentions(OpResult result) {
  unsigned mentions = 0;
  bool isPart = isa<affine::AffineDelinearizeIndexOp>(result.getOwner());
  llvm::SmallPtrSet<Operation *, 4> users;
  for (OpOperand &use : result.getUses()) {
    auto [memref, indices] = getAccess(use.getOwner());
    if (!isPart || !memref || use.get() == memref) {
      ++mentions;
      continue;
    }
    if (!users.insert(use.getOwner()).second)
      continue;
    for (AddressPart part :
         getAddress(cast<MemRefType>(memref.getType()), indices))
      mentions += part.index == result;
  }
  return mentions;
}

//===----------------------------------------------------------------------===//
// Folding
//===----------------------------------------------------------------------===//

bool cuda::isExpression(Operation *op) {
  if (op->getNumRegions() || op->getNumResults() == 0)
    return false;
  return isa<arith::ArithDialect, math::MathDialect>(op->getDialect()) ||
         isa<memref::LoadOp, memref::DimOp, memref::GetGlobalOp, vector::LoadOp,
             vector::ExtractOp, vector::FromElementsOp, vector::BroadcastOp,
             affine::AffineDelinearizeIndexOp, affine::AffineLinearizeIndexOp,
             gpu::ThreadIdOp, gpu::BlockIdOp, gpu::BlockDimOp, gpu::GridDimOp>(
             op);
}

/// Whether the location of `op` is a name for its value. Outside of kernels it
/// is that of the buffer which a size is for.
static bool isNamed(Operation *op) {
  return !getName(op->getLoc()).empty() &&
         (op->getParentOfType<gpu::GPUModuleOp>() ||
          !isa<arith::ArithDialect>(op->getDialect()));
}

/// Ops whose text is the same everywhere.
static bool isAlwaysFolded(Operation *op) {
  return isa<arith::ConstantOp, memref::GetGlobalOp, memref::DimOp>(op);
}

/// Whether `result` gets no variable unless something that it reads may change
/// before it is used.
static bool mayFold(OpResult result) {
  Operation *op = result.getOwner();
  if (!isExpression(op) || isAlwaysFolded(op))
    return isExpression(op);
  return !isNamed(op) && result.hasOneUse() &&
         Folding::countMentions(result) == 1 &&
         !isa<affine::AffineDelinearizeIndexOp>(*result.user_begin());
}

/// Whether `value` may differ where the text mentions it: what it is made of
/// includes memory, or the variables of a loop.
static bool readsVariables(Value value) {
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    auto loop = dyn_cast<scf::ForOp>(argument.getOwner()->getParentOp());
    return loop && argument.getArgNumber() > 0;
  }
  Operation *op = value.getDefiningOp();
  if (isa<memref::LoadOp, vector::LoadOp>(op))
    return true;
  return isExpression(op) && llvm::any_of(op->getOperands(), [](Value operand) {
           auto result = dyn_cast<OpResult>(operand);
           return (!result || mayFold(result)) && readsVariables(operand);
         });
}

/// The op with whose statement the text of `op` stands.
Operation *Folding::getStatement(Operation *op) {
  while (isExpression(op) && op->getNumResults() == 1 &&
         isFolded(op->getResult(0)) && op->hasOneUse())
    op = *op->user_begin();
  return op;
}

bool Folding::isFolded(OpResult result) {
  auto found = decided.find(result);
  if (found != decided.end())
    return found->second;
  bool folded = decide(result);
  decided[result] = folded;
  return folded;
}

bool Folding::decide(OpResult result) {
  if (!mayFold(result))
    return false;
  Operation *op = result.getOwner();
  if (isAlwaysFolded(op))
    return true;
  Operation *user = *result.user_begin();
  Operation *statement = getStatement(user);
  if (isa<gpu::ThreadIdOp, gpu::BlockIdOp>(op))
    // Unsigned numbers are for sums that become variables.
    return isa<arith::AddIOp, arith::MulIOp>(user) &&
           isa<arith::AddIOp, arith::MulIOp>(statement);
  if (!readsVariables(result))
    return true;
  if (statement->getBlock() != op->getBlock())
    return false;
  // A loop or branch mentions its operands before what is in it is done.
  for (Operation *between = op->getNextNode(); between != statement;
       between = between->getNextNode())
    if (!isExpression(between))
      return false;
  return true;
}
