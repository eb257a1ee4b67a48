//===- ScheduleRows.cpp - Block functions over the rows of the batch ------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Plan/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

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
  RowScheduler(func::FuncOp func, ArrayRef<Block> blocks)
      : func(func), blocks(blocks), builder(func.getContext()),
        loc(func.getLoc()) {}

  void run();

private:
  void setSignature();
  void buildBody();
  void call(const Block &block, Value firstRow);
  void forRows(Value lower, Value upper, const Block &block);
  Value constant(int64_t value) {
    return arith::ConstantIndexOp::create(builder, loc, value);
  }

  func::FuncOp func;
  ArrayRef<Block> blocks;
  OpBuilder builder;
  Location loc;
};

struct ScheduleRows : bn::impl::ScheduleRowsBase<ScheduleRows> {
  using ScheduleRowsBase::ScheduleRowsBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    for (auto func : module.getOps<func::FuncOp>()) {
      auto symbols = func->getAttrOfType<ArrayAttr>(BNDialect::kBlocksAttr);
      if (!symbols)
        continue;
      SmallVector<Block> blocks;
      for (auto symbol : symbols.getAsRange<FlatSymbolRefAttr>()) {
        auto block = module.lookupSymbol<func::FuncOp>(symbol.getValue());
        if (!block) {
          func.emitError("unknown block function ") << symbol;
          return signalPassFailure();
        }
        blocks.push_back({block, getInteger(block, BNDialect::kBlockRowsAttr)});
      }
      RowScheduler(func, blocks).run();
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

/// Calls `block` for the rows from `lower` to `upper`, which are whole blocks.
void RowScheduler::forRows(Value lower, Value upper, const Block &block) {
  auto loop =
      scf::ForOp::create(builder, loc, lower, upper, constant(block.rows));
  OpBuilder::InsertionGuard guard(builder);
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
  setSignature();
  buildBody();
  int64_t bytes = 0;
  for (Block block : blocks) {
    bytes =
        std::max(bytes, getInteger(block.func, BNDialect::kWorkspaceBytesAttr));
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
