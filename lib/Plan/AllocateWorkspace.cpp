//===- AllocateWorkspace.cpp - Temporaries in the workspace ---------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "WorkspaceLayout.h"

#include "bn/Dialect/BN/IR/BN.h"
#include "bn/Plan/Passes.h"
#include "bn/Runtime/Abi.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Interfaces/DataLayoutInterfaces.h"
#include "mlir/Interfaces/LoopLikeInterface.h"
#include "llvm/Support/MathExtras.h"

namespace mlir::bn {
#define GEN_PASS_DEF_ALLOCATEWORKSPACE
#include "bn/Plan/Passes.h.inc"
} // namespace mlir::bn

using namespace mlir;
using namespace mlir::bn;

namespace {

/// An allocation, and where its bytes go.
struct Buffer : LiveBuffer {
  Operation *alloc;
  MemRefType type;
  /// One row per row of the batch; `bytes` are those of one row.
  bool perRow;
};

/// Collects the buffers of one function and when each is live.
class BufferCollector {
public:
  BufferCollector(func::FuncOp func)
      : body(func.getBody().front()), layout(DataLayout::closest(func)) {
    for (auto [step, op] : llvm::enumerate(body))
      steps[&op] = step;
  }

  /// Reports an error if the workspace cannot hold what `alloc` needs.
  FailureOr<Buffer> collect(Operation *alloc);

private:
  LogicalResult findSize(Buffer &buffer);
  LogicalResult findLife(Buffer &buffer);
  bool isBatch(Value size);
  int64_t getStep(Operation *op) {
    return steps[body.findAncestorOpInBlock(*op)];
  }

  Block &body;
  DataLayout layout;
  llvm::DenseMap<Operation *, int64_t> steps;
};

} // namespace

FailureOr<Buffer> BufferCollector::collect(Operation *alloc) {
  Buffer buffer;
  buffer.alloc = alloc;
  buffer.type = cast<MemRefType>(alloc->getResult(0).getType());
  if (failed(findSize(buffer)) || failed(findLife(buffer)))
    return failure();
  return buffer;
}

/// Whether `size` is the batch: the dynamic extent of an argument, or of a
/// buffer that has it from there.
bool BufferCollector::isBatch(Value size) {
  auto dim = size.getDefiningOp<memref::DimOp>();
  if (!dim || !dim.getConstantIndex())
    return false;
  Value source = dim.getSource();
  while (auto cast = source.getDefiningOp<memref::CastOp>())
    source = cast.getSource();
  auto type = dyn_cast<MemRefType>(source.getType());
  int64_t axis = *dim.getConstantIndex();
  if (!type || axis >= type.getRank() || !type.isDynamicDim(axis))
    return false;
  if (auto argument = dyn_cast<BlockArgument>(source))
    return argument.getOwner() == &body && axis == 0 &&
           argument.getArgNumber() + 2 < body.getNumArguments();
  unsigned index = type.getDynamicDimIndex(axis);
  if (auto alloc = source.getDefiningOp<memref::AllocOp>())
    return isBatch(alloc.getDynamicSizes()[index]);
  if (auto alloca = source.getDefiningOp<memref::AllocaOp>())
    return isBatch(alloca.getDynamicSizes()[index]);
  if (auto expand = source.getDefiningOp<memref::ExpandShapeOp>())
    return isBatch(expand.getOutputShape()[index]);
  return false;
}

LogicalResult BufferCollector::findSize(Buffer &buffer) {
  Operation *alloc = buffer.alloc;
  if (!buffer.type.getLayout().isIdentity() || buffer.type.getMemorySpace())
    return alloc->emitError("expected a row-major buffer in the default memory "
                            "space, got ")
           << buffer.type;
  if (auto alignment = alloc->getAttrOfType<IntegerAttr>("alignment"))
    if (alignment.getInt() > BN_WORKSPACE_ALIGNMENT)
      return alloc->emitError("expected an alignment of at most ")
             << BN_WORKSPACE_ALIGNMENT << ", got " << alignment.getInt();

  buffer.perRow = !buffer.type.hasStaticShape();
  if (buffer.perRow &&
      (buffer.type.getNumDynamicDims() != 1 || !isBatch(alloc->getOperand(0))))
    return alloc->emitError("expected a buffer of fixed size or with one row "
                            "per row of the batch, got ")
           << buffer.type;

  llvm::TypeSize elementSize = layout.getTypeSize(buffer.type.getElementType());
  bool overflow = false;
  buffer.bytes = elementSize.getFixedValue();
  for (int64_t extent : buffer.type.getShape())
    if (!ShapedType::isDynamic(extent))
      overflow |= llvm::MulOverflow(buffer.bytes, extent, buffer.bytes);
  overflow |= llvm::AddOverflow<int64_t>(
      buffer.bytes, BN_WORKSPACE_ALIGNMENT - 1, buffer.bytes);
  if (overflow)
    return alloc->emitError("buffer of type ")
           << buffer.type << " is too large to address";
  buffer.bytes -= buffer.bytes % BN_WORKSPACE_ALIGNMENT;
  return success();
}

/// Follows the buffer through everything that may give out a view of it: any op
/// that takes a buffer and returns one, and the ops around a terminator that
/// passes one on.
LogicalResult BufferCollector::findLife(Buffer &buffer) {
  Operation *alloc = buffer.alloc;
  bool inLoop = false;
  for (Operation *parent = alloc->getParentOp(); parent != body.getParentOp();
       parent = parent->getParentOp()) {
    auto loop = dyn_cast<LoopLikeOpInterface>(parent);
    inLoop |= static_cast<bool>(loop);
    if (parent->hasTrait<OpTrait::HasParallelRegion>() ||
        (!loop && !isa<RegionBranchOpInterface>(parent)))
      return alloc->emitError("a buffer inside of '")
             << parent->getName()
             << "' cannot be in the workspace: its executions may overlap";
  }

  buffer.firstStep = buffer.lastStep = getStep(alloc);
  int64_t firstUse = std::numeric_limits<int64_t>::max();
  SmallVector<Value> worklist = {alloc->getResult(0)};
  llvm::DenseSet<Value> seen(worklist.begin(), worklist.end());
  auto follow = [&](ValueRange values) {
    for (Value value : values)
      if (isa<BaseMemRefType>(value.getType()) && seen.insert(value).second)
        worklist.push_back(value);
  };
  while (!worklist.empty()) {
    for (Operation *user : worklist.pop_back_val().getUsers()) {
      // Sizes are known without the contents.
      if (isa<memref::DimOp, memref::DeallocOp>(user))
        continue;
      int64_t step = getStep(user);
      firstUse = std::min(firstUse, step);
      buffer.lastStep = std::max(buffer.lastStep, step);
      follow(user->getResults());
      // A pointer out of the world of buffers may be used until the end.
      if (isa<memref::ExtractAlignedPointerAsIndexOp,
              UnrealizedConversionCastOp>(user))
        buffer.lastStep = getStep(body.getTerminator());
      for (Region &region : user->getRegions())
        follow(region.getArguments());
      if (!user->hasTrait<OpTrait::IsTerminator>())
        continue;
      Operation *parent = user->getParentOp();
      if (isa<func::FuncOp>(parent))
        return alloc->emitError("expected no buffer to be returned; results "
                                "are arguments of the function");
      if (inLoop && isa<LoopLikeOpInterface>(parent))
        return alloc->emitError("a buffer that outlives the iteration that "
                                "allocates it cannot be in the workspace");
      follow(parent->getResults());
      for (Region &region : parent->getRegions())
        follow(region.getArguments());
    }
  }
  // Until its first use the buffer holds nothing. In a loop that is true of
  // every iteration, but the whole loop is one step.
  if (firstUse != std::numeric_limits<int64_t>::max())
    buffer.firstStep = firstUse;
  return success();
}

/// Whether the arguments end with a workspace and the options.
static bool hasWorkspace(func::FuncOp func) {
  if (!func->hasAttr(BNDialect::kInputCountAttr) || func.getNumArguments() < 2)
    return false;
  auto type = dyn_cast<MemRefType>(
      func.getArgument(func.getNumArguments() - 2).getType());
  return type && type.getRank() == 1 && type.isDynamicDim(0) &&
         type.getElementType().isInteger(8) && type.getLayout().isIdentity();
}

/// The batch, at the start of `func`, which has an argument with a dynamic one.
static Value createBatch(OpBuilder &builder, func::FuncOp func) {
  for (BlockArgument argument : func.getArguments().drop_back(2)) {
    auto type = dyn_cast<MemRefType>(argument.getType());
    if (type && type.getRank() > 0 && type.isDynamicDim(0))
      return memref::DimOp::create(builder, func.getLoc(), argument, 0);
  }
  llvm_unreachable("a dynamic size is that of an argument");
}

namespace {

struct AllocateWorkspace
    : public bn::impl::AllocateWorkspaceBase<AllocateWorkspace> {
  void runOnOperation() override {
    func::FuncOp func = getOperation();
    if (func.isDeclaration())
      return;
    SmallVector<Operation *> allocs, deallocs;
    // What a kernel needs for itself, a few vectors, stays on the stack of its
    // phase.
    bool hasMemory = hasWorkspace(func);
    func.walk([&](Operation *op) {
      if (isa<memref::AllocOp>(op) ||
          (hasMemory && isa<memref::AllocaOp>(op)))
        allocs.push_back(op);
      else if (isa<memref::DeallocOp>(op))
        deallocs.push_back(op);
    });
    if (!hasMemory) {
      if (!allocs.empty()) {
        allocs.front()->emitError("expected no buffer in a function without "
                                  "the workspace of a model's entry point");
        signalPassFailure();
      }
      return;
    }
    if (failed(place(func, allocs)))
      return signalPassFailure();
    for (Operation *dealloc : deallocs)
      dealloc->erase();
  }

private:
  LogicalResult place(func::FuncOp func, ArrayRef<Operation *> allocs) {
    if (!func.getBody().hasOneBlock())
      return func.emitError("expected a model's body to be one block");
    if (allocs.empty() && func->hasAttr(BNDialect::kWorkspaceBytesAttr))
      return success();
    BufferCollector collector(func);
    SmallVector<Buffer> found;
    for (Operation *alloc : allocs) {
      FailureOr<Buffer> buffer = collector.collect(alloc);
      if (failed(buffer))
        return failure();
      found.push_back(*buffer);
    }

    SmallVector<LiveBuffer *> fixed, rows;
    int64_t separateBytes = 0;
    for (Buffer &buffer : found) {
      (buffer.perRow ? rows : fixed).push_back(&buffer);
      separateBytes += buffer.bytes;
    }
    FailureOr<int64_t> fixedBytes = layOutWorkspace(fixed);
    FailureOr<int64_t> rowBytes = layOutWorkspace(rows);
    if (failed(fixedBytes) || failed(rowBytes))
      return func.emitError("the workspace is too large to address");
    buffers += found.size();
    sharedBytes += separateBytes - *fixedBytes - *rowBytes;

    if (func->hasAttr(BNDialect::kWorkspaceBytesAttr)) {
      if (!rows.empty())
        return func.emitError("expected buffers of fixed size only in front of "
                              "a workspace that is already laid out");
      moveWorkspace(func, *fixedBytes);
      createViews(func, found, *fixedBytes);
      return success();
    }
    createViews(func, found, *fixedBytes);
    OpBuilder builder(func);
    auto set = [&](StringRef name, int64_t value) {
      if (!func->hasAttr(name))
        func->setAttr(name, builder.getI64IntegerAttr(value));
    };
    set(BNDialect::kWorkspaceBytesAttr, *fixedBytes);
    set(BNDialect::kWorkspaceBytesPerRowAttr, *rowBytes);
    set(BNDialect::kWorkspaceBytesPerThreadAttr, 0);
    return success();
  }

  /// Makes room for `bytes` in front of the workspace that `func` uses.
  static void moveWorkspace(func::FuncOp func, int64_t bytes) {
    OpBuilder builder = OpBuilder::atBlockBegin(&func.getBody().front());
    Location loc = func.getLoc();
    Value workspace = func.getArgument(func.getNumArguments() - 2);
    Value shift = arith::ConstantIndexOp::create(builder, loc, bytes);
    Value size = memref::DimOp::create(builder, loc, workspace, 0);
    Value left = arith::SubIOp::create(builder, loc, size, shift);
    auto moved = memref::ViewOp::create(builder, loc,
                                        cast<MemRefType>(workspace.getType()),
                                        workspace, shift, left);
    workspace.replaceUsesWithIf(moved, [&](OpOperand &use) {
      return use.getOwner() != moved && use.getOwner() != size.getDefiningOp();
    });
    int64_t before =
        func->getAttrOfType<IntegerAttr>(BNDialect::kWorkspaceBytesAttr)
            .getInt();
    func->setAttr(BNDialect::kWorkspaceBytesAttr,
                  builder.getI64IntegerAttr(before + bytes));
  }

  /// Replaces each of `found` by a view, at the start of `func`.
  static void createViews(func::FuncOp func, ArrayRef<Buffer> found,
                          int64_t fixedBytes) {
    OpBuilder builder = OpBuilder::atBlockBegin(&func.getBody().front());
    Value workspace = func.getArgument(func.getNumArguments() - 2);
    Value batch, start;
    if (llvm::any_of(found, [](const Buffer &b) { return b.perRow; })) {
      batch = createBatch(builder, func);
      start =
          arith::ConstantIndexOp::create(builder, func.getLoc(), fixedBytes);
    }
    for (const Buffer &buffer : found) {
      Location loc = buffer.alloc->getLoc();
      Value shift = arith::ConstantIndexOp::create(builder, loc, buffer.offset);
      SmallVector<Value> sizes;
      if (buffer.perRow) {
        shift = arith::MulIOp::create(builder, loc, batch, shift);
        shift = arith::AddIOp::create(builder, loc, start, shift);
        sizes.push_back(batch);
      }
      auto view = memref::ViewOp::create(builder, loc, buffer.type, workspace,
                                         shift, sizes);
      buffer.alloc->replaceAllUsesWith(view);
    }
    // Only now: the views are inserted in front of what may be an allocation.
    for (const Buffer &buffer : found)
      buffer.alloc->erase();
  }
};

} // namespace
