//===- ScheduleRows.cpp - Block functions over the rows of the batch ------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Dialect/BN/IR/BN.h"
#include "bn/Plan/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

namespace mlir::bn {
#define GEN_PASS_DEF_SCHEDULEROWS
#include "bn/Plan/Passes.h.inc"
} // namespace mlir::bn

using namespace mlir;
using namespace mlir::bn;

static int64_t getInteger(Operation *op, StringRef name) {
  auto attribute = op->getAttrOfType<IntegerAttr>(name);
  return attribute ? attribute.getInt() : 0;
}

namespace {

/// A block function and the rows it computes.
struct Block {
  func::FuncOp func;
  int64_t rows;
};

class RowScheduler {
public:
  RowScheduler(func::FuncOp func, ArrayRef<Block> blocks, SymbolTable &symbols)
      : func(func), blocks(blocks), symbols(symbols),
        builder(func.getContext()), loc(func.getLoc()) {}

  void run();

private:
  void setSignature();
  void buildBody();
  void call(const Block &block, Value firstRow);
  void forRows(Value lower, Value upper, const Block &block);
  func::FuncOp buildTask(const Block &block);
  Value constant(int64_t value) {
    return arith::ConstantIndexOp::create(builder, loc, value);
  }

  func::FuncOp func;
  ArrayRef<Block> blocks;
  SymbolTable &symbols;
  /// Bytes of workspace for one block at a time.
  int64_t bytes = 0;
  OpBuilder builder;
  Location loc;
};

struct ScheduleRows : bn::impl::ScheduleRowsBase<ScheduleRows> {
  using ScheduleRowsBase::ScheduleRowsBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    SymbolTable table(module);
    for (auto func :
         llvm::make_early_inc_range(module.getOps<func::FuncOp>())) {
      auto symbols = func->getAttrOfType<ArrayAttr>(BNDialect::kBlocksAttr);
      if (!symbols)
        continue;
      SmallVector<Block> blocks;
      for (auto symbol : symbols.getAsRange<FlatSymbolRefAttr>()) {
        auto block = table.lookup<func::FuncOp>(symbol.getValue());
        if (!block) {
          func.emitError("unknown block function ") << symbol;
          return signalPassFailure();
        }
        blocks.push_back({block, getInteger(block, BNDialect::kBlockRowsAttr)});
      }
      RowScheduler(func, blocks, table).run();
    }
  }
};

} // namespace

/// Gives the model the signature of its blocks, without the first row.
void RowScheduler::setSignature() {
  unsigned inputs = func.getNumArguments();
  func::FuncOp block = blocks.front().func;
  SmallVector<Type> types(block.getArgumentTypes());
  types.erase(std::prev(types.end(), 3)); // the first row
  SmallVector<DictionaryAttr> attributes;
  for (unsigned i = 0; i < inputs; ++i)
    attributes.push_back(func.getArgAttrDict(i));
  for (unsigned i = 0, results = func.getNumResults(); i < results; ++i)
    attributes.push_back(func.getResultAttrDict(i));
  attributes.resize(types.size());

  func.getBody().getBlocks().clear();
  func.removeResAttrsAttr();
  func.setFunctionType(builder.getFunctionType(types, {}));
  func.setAllArgAttrs(ArrayRef<DictionaryAttr>(attributes));
  func->setAttr(BNDialect::kInputCountAttr, builder.getI64IntegerAttr(inputs));
}

void RowScheduler::call(const Block &block, Value firstRow) {
  SmallVector<Value> operands(func.getArguments());
  operands.insert(std::prev(operands.end(), 2), firstRow);
  func::CallOp::create(builder, loc, block.func, operands);
}

/// A function that calls `block` as task `i` of worker `worker`, for the rows
/// that begin i blocks behind `first`, in the worker's part of the workspace:
///
///   @BLOCK.rows(inputs..., outputs..., %workspace, %options, %first, %i,
///   %worker)
func::FuncOp RowScheduler::buildTask(const Block &block) {
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointAfter(func);
  SmallVector<Type> types(func.getArgumentTypes());
  types.append(3, builder.getIndexType());
  auto task = func::FuncOp::create(
      builder, loc, (func::FuncOp(block.func).getName() + ".rows").str(),
      builder.getFunctionType(types, {}));
  task.setPrivate();
  symbols.insert(task);
  mlir::Block *entry = task.addEntryBlock();
  builder.setInsertionPointToStart(entry);
  ArrayRef<BlockArgument> arguments = entry->getArguments();
  Value first = arguments.end()[-3], i = arguments.end()[-2],
        worker = arguments.end()[-1];
  SmallVector<Value> operands(arguments.drop_back(3));
  Value &workspace = operands.end()[-2];
  Value shift = arith::MulIOp::create(builder, loc, worker, constant(bytes));
  Value size = memref::DimOp::create(builder, loc, workspace, constant(0));
  Value left = arith::SubIOp::create(builder, loc, size, shift);
  workspace = memref::ViewOp::create(builder, loc,
                                     cast<MemRefType>(workspace.getType()),
                                     workspace, shift, left);
  Value offset = arith::MulIOp::create(builder, loc, i, constant(block.rows));
  Value row = arith::AddIOp::create(builder, loc, first, offset);
  operands.insert(std::prev(operands.end(), 2), row);
  // Other blocks keep the threads busy, and no task may ask for more.
  operands.back() =
      LLVM::ZeroOp::create(builder, loc, operands.back().getType());
  func::CallOp::create(builder, loc, block.func, operands);
  func::ReturnOp::create(builder, loc);
  return task;
}

/// Calls `block` for the rows from `lower` to `upper`, which are whole blocks:
/// on all threads if there are several, which a block by itself may use.
void RowScheduler::forRows(Value lower, Value upper, const Block &block) {
  Value rows = arith::SubIOp::create(builder, loc, upper, lower);
  Value count =
      arith::DivUIOp::create(builder, loc, rows, constant(block.rows));
  Value many = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ugt,
                                     count, constant(1));
  auto branch = scf::IfOp::create(builder, loc, many, /*withElse=*/true);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(branch.thenBlock());
  SmallVector<Value> arguments(func.getArguments());
  arguments.push_back(lower);
  ParallelOp::create(builder, loc, buildTask(block).getSymName(), arguments,
                     count, func.getArguments().back());
  builder.setInsertionPointToStart(branch.elseBlock());
  auto loop =
      scf::ForOp::create(builder, loc, lower, upper, constant(block.rows));
  builder.setInsertionPointToStart(loop.getBody());
  call(block, loop.getInductionVar());
}

void RowScheduler::buildBody() {
  builder.setInsertionPointToStart(func.addEntryBlock());
  Value batch =
      memref::DimOp::create(builder, loc, func.getArgument(0), constant(0));
  const Block &first = blocks.front();
  Value whole = batch;
  if (first.rows > 1) {
    Value left =
        arith::RemUIOp::create(builder, loc, batch, constant(first.rows));
    whole = arith::SubIOp::create(builder, loc, batch, left);
  }
  forRows(constant(0), whole, first);
  if (first.rows == 1) {
    func::ReturnOp::create(builder, loc);
    return;
  }

  // The rows that are left over.
  if (blocks.size() == 1) {
    auto some = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ult,
                                      whole, batch);
    auto branch = scf::IfOp::create(builder, loc, some, /*withElse=*/false);
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(branch.thenBlock());
    call(first, whole);
  } else {
    Value left = arith::SubIOp::create(builder, loc, batch, whole);
    Value many = arith::CmpIOp::create(
        builder, loc, arith::CmpIPredicate::uge, left,
        constant(getInteger(func, BNDialect::kWorthwhileRowsAttr)));
    auto branch = scf::IfOp::create(builder, loc, many, /*withElse=*/true);
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(branch.thenBlock());
    call(first, whole);
    builder.setInsertionPointToStart(branch.elseBlock());
    forRows(whole, batch, blocks.back());
  }
  func::ReturnOp::create(builder, loc);
}

void RowScheduler::run() {
  for (Block block : blocks)
    bytes =
        std::max(bytes, getInteger(block.func, BNDialect::kWorkspaceBytesAttr));
  setSignature();
  buildBody();
  for (Block block : blocks) {
    // What is left is a helper of the model, no model of its own.
    for (StringRef name :
         {BNDialect::kInputCountAttr, BNDialect::kWorkspaceBytesAttr,
          BNDialect::kWorkspaceBytesPerRowAttr,
          BNDialect::kWorkspaceBytesPerThreadAttr})
      block.func->removeAttr(name);
  }
  func->setAttr(BNDialect::kWorkspaceBytesAttr, builder.getI64IntegerAttr(0));
  func->setAttr(BNDialect::kWorkspaceBytesPerRowAttr,
                builder.getI64IntegerAttr(0));
  func->setAttr(BNDialect::kWorkspaceBytesPerThreadAttr,
                builder.getI64IntegerAttr(bytes));
  func->removeAttr(BNDialect::kBlocksAttr);
  func->removeAttr(BNDialect::kWorthwhileRowsAttr);
}
