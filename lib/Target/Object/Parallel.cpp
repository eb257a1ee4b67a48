//===- Parallel.cpp - Calls of the caller's fork-join entry ---------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Dialect/BN/IR/BN.h"
#include "bn/Runtime/Abi.h"
#include "bn/Target/Object/Passes.h"

#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

#include <cstddef>

namespace mlir::bn {
#define GEN_PASS_DEF_LOWERPARALLEL
#include "bn/Target/Object/Passes.h.inc"
} // namespace mlir::bn

using namespace mlir;
using namespace mlir::bn;

namespace {

/// Lowers one `bn.parallel`.
class ParallelLowering {
public:
  ParallelLowering(ParallelOp op, func::FuncOp callee)
      : op(op), callee(callee), builder(op.getLoc(), op),
        converter(op.getContext()),
        pointer(LLVM::LLVMPointerType::get(op.getContext())),
        i64(builder.getI64Type()) {}

  LogicalResult run() {
    SmallVector<Type> fields;
    for (Type type : op.getArguments().getTypes()) {
      Type converted = converter.convertType(type);
      if (!converted)
        return op.emitOpError("cannot pass an argument of type ") << type;
      fields.push_back(converted);
    }
    context = LLVM::LLVMStructType::getLiteral(op.getContext(), fields);

    Value options = op.getOptions();
    Value null = LLVM::ZeroOp::create(builder, pointer);
    Value given =
        LLVM::ICmpOp::create(builder, LLVM::ICmpPredicate::ne, options, null);
    // Options that are not there count as one thread and no entry.
    auto loaded = scf::IfOp::create(
        builder, given,
        [&](OpBuilder &nested, Location loc) {
          ImplicitLocOpBuilder b(loc, nested);
          Value threads =
              loadField(b, i64, options, offsetof(bn_run_options, threads));
          Value entry = loadField(b, pointer, options,
                                  offsetof(bn_run_options, parallel_for));
          scf::YieldOp::create(b, ValueRange{threads, entry});
        },
        [&](OpBuilder &nested, Location loc) {
          ImplicitLocOpBuilder b(loc, nested);
          Value one = LLVM::ConstantOp::create(b, i64, 1);
          scf::YieldOp::create(b, ValueRange{one, null});
        });
    Value threads = loaded.getResult(0), entry = loaded.getResult(1);
    Value one = LLVM::ConstantOp::create(builder, i64, 1);
    Value many =
        LLVM::ICmpOp::create(builder, LLVM::ICmpPredicate::sgt, threads, one);
    Value hasEntry =
        LLVM::ICmpOp::create(builder, LLVM::ICmpPredicate::ne, entry, null);
    Value forks = LLVM::AndOp::create(builder, many, hasEntry);
    LLVM::LLVMFuncOp task = buildTask();
    scf::IfOp::create(
        builder, forks,
        [&](OpBuilder &nested, Location loc) {
          ImplicitLocOpBuilder b(loc, nested);
          callEntry(b, threads, entry, task);
          scf::YieldOp::create(b);
        },
        [&](OpBuilder &nested, Location loc) {
          ImplicitLocOpBuilder b(loc, nested);
          callInOrder(b);
          scf::YieldOp::create(b);
        });
    op.erase();
    return success();
  }

private:
  Value loadField(ImplicitLocOpBuilder &b, Type type, Value base,
                  size_t offset) {
    Value address = LLVM::GEPOp::create(
        b, pointer, b.getI8Type(), base,
        ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(offset)});
    return LLVM::LoadOp::create(b, type, address);
  }

  Value cast(ImplicitLocOpBuilder &b, Type type, Value value) {
    if (value.getType() == type)
      return value;
    return UnrealizedConversionCastOp::create(b, type, value).getResult(0);
  }

  /// Stores the arguments and calls `parallel_for`.
  void callEntry(ImplicitLocOpBuilder &b, Value threads, Value entry,
                 LLVM::LLVMFuncOp task) {
    // In front of everything: an alloca within a loop would grow the stack.
    auto function = op->getParentOfType<func::FuncOp>();
    Value memory;
    {
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToStart(&function.getBody().front());
      Value one = LLVM::ConstantOp::create(b, i64, 1);
      memory = LLVM::AllocaOp::create(b, pointer, context, one);
    }
    for (auto [i, argument] : llvm::enumerate(op.getArguments())) {
      Value slot = LLVM::GEPOp::create(
          b, pointer, context, memory,
          ArrayRef<LLVM::GEPArg>{0, static_cast<int32_t>(i)});
      LLVM::StoreOp::create(b, cast(b, context.getBody()[i], argument), slot);
    }
    Value count = arith::IndexCastOp::create(b, i64, op.getCount());
    Value address = LLVM::AddressOfOp::create(b, pointer, task.getSymName());
    auto type = LLVM::LLVMFunctionType::get(
        LLVM::LLVMVoidType::get(op.getContext()), {i64, i64, pointer, pointer});
    LLVM::CallOp::create(b, type,
                         ValueRange{entry, threads, count, address, memory});
  }

  void callInOrder(ImplicitLocOpBuilder &b) {
    Value zero = arith::ConstantIndexOp::create(b, 0);
    Value step = arith::ConstantIndexOp::create(b, 1);
    auto loop = scf::ForOp::create(b, zero, op.getCount(), step);
    b.setInsertionPointToStart(loop.getBody());
    SmallVector<Value> arguments(op.getArguments());
    arguments.append({loop.getInductionVar(), zero});
    func::CallOp::create(b, callee, arguments);
    b.setInsertionPointAfter(loop);
  }

  /// The function `bn_task` that takes the arguments from its context.
  LLVM::LLVMFuncOp buildTask() {
    auto module = op->getParentOfType<ModuleOp>();
    std::string name = (callee.getName() + ".task").str();
    if (auto task = module.lookupSymbol<LLVM::LLVMFuncOp>(name))
      return task;
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointAfter(callee);
    auto type = LLVM::LLVMFunctionType::get(
        LLVM::LLVMVoidType::get(op.getContext()), {pointer, i64, i64});
    auto task =
        LLVM::LLVMFuncOp::create(builder, name, type, LLVM::Linkage::Internal);
    Block *body = task.addEntryBlock(builder);
    builder.setInsertionPointToStart(body);
    SmallVector<Value> arguments;
    for (auto [i, argument] : llvm::enumerate(op.getArguments())) {
      Value slot = LLVM::GEPOp::create(
          builder, pointer, context, body->getArgument(0),
          ArrayRef<LLVM::GEPArg>{0, static_cast<int32_t>(i)});
      Value loaded = LLVM::LoadOp::create(builder, context.getBody()[i], slot);
      arguments.push_back(cast(builder, argument.getType(), loaded));
    }
    Type index = builder.getIndexType();
    for (unsigned i : {1, 2})
      arguments.push_back(
          arith::IndexCastOp::create(builder, index, body->getArgument(i)));
    func::CallOp::create(builder, callee, arguments);
    LLVM::ReturnOp::create(builder, ValueRange());
    return task;
  }

  ParallelOp op;
  func::FuncOp callee;
  ImplicitLocOpBuilder builder;
  LLVMTypeConverter converter;
  Type pointer, i64;
  LLVM::LLVMStructType context;
};

struct LowerParallel : public bn::impl::LowerParallelBase<LowerParallel> {
  void runOnOperation() override {
    SmallVector<ParallelOp> ops;
    getOperation().walk([&](ParallelOp op) { ops.push_back(op); });
    SymbolTable symbols(getOperation());
    for (ParallelOp op : ops)
      if (failed(
              ParallelLowering(op, symbols.lookup<func::FuncOp>(op.getCallee()))
                  .run()))
        return signalPassFailure();
  }
};

} // namespace
