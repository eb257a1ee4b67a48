//===- RunFunction.cpp - The entry point of a lowered function ------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RunFunction.h"
#include "bn/Runtime/Abi.h"

#include "mlir/Conversion/LLVMCommon/MemRefBuilder.h"
#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace mlir;
using namespace mlir::bn;

namespace {

/// Builds one entry point.
class RunFunctionBuilder {
public:
  RunFunctionBuilder(ImplicitLocOpBuilder &builder,
                     const ModelSignature &signature)
      : builder(builder), signature(signature), converter(builder.getContext()),
        pointer(LLVM::LLVMPointerType::get(builder.getContext())) {}

  void build(StringRef name) {
    Type i64 = builder.getI64Type();
    auto function = LLVM::LLVMFuncOp::create(
        builder, name,
        LLVM::LLVMFunctionType::get(builder.getI32Type(),
                                    {pointer, pointer, i64, pointer, pointer}));
    OpBuilder::InsertionGuard guard(builder);
    Block *entry = function.addEntryBlock(builder);
    Block *run = builder.createBlock(&function.getBody());
    Block *bad = builder.createBlock(&function.getBody());

    batch = entry->getArgument(2);
    builder.setInsertionPointToEnd(entry);
    LLVM::CondBrOp::create(builder, checkBatch(), run, bad);

    builder.setInsertionPointToEnd(bad);
    returnStatus(BN_BAD_BATCH);

    builder.setInsertionPointToEnd(run);
    Value inputs = entry->getArgument(0), outputs = entry->getArgument(1);
    SmallVector<Value> arguments;
    for (auto [i, tensor] : llvm::enumerate(signature.inputs))
      arguments.push_back(buildTensor(tensor.type, loadPointer(inputs, i)));
    for (auto [i, tensor] : llvm::enumerate(signature.outputs))
      arguments.push_back(buildTensor(tensor.type, loadPointer(outputs, i)));
    Value workspace = entry->getArgument(3), options = entry->getArgument(4);
    arguments.push_back(buildWorkspace(workspace, options));
    arguments.push_back(options);
    func::CallOp::create(builder, signature.function, arguments);
    returnStatus(BN_OK);
  }

private:
  Value constant(int64_t value) {
    return LLVM::ConstantOp::create(builder, builder.getI64Type(), value);
  }

  void returnStatus(int32_t status) {
    Value value =
        LLVM::ConstantOp::create(builder, builder.getI32Type(), status);
    LLVM::ReturnOp::create(builder, value);
  }

  Value checkBatch() {
    if (signature.hasDynamicBatch())
      return LLVM::ICmpOp::create(builder, LLVM::ICmpPredicate::sge, batch,
                                  constant(signature.minimumBatch));
    return LLVM::ICmpOp::create(builder, LLVM::ICmpPredicate::eq, batch,
                                constant(signature.getFixedBatch()));
  }

  Value loadPointer(Value table, size_t index) {
    Value slot = LLVM::GEPOp::create(
        builder, pointer, pointer, table,
        ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(index)});
    return LLVM::LoadOp::create(builder, pointer, slot);
  }

  /// A memref of `type` over the caller's memory. Only extent 0 is dynamic, so
  /// all strides are constants.
  Value buildTensor(MemRefType type, Value memory) {
    SmallVector<Value> dynamicExtents(type.getNumDynamicDims(), batch);
    return buildMemRef(type, memory, dynamicExtents);
  }

  Value buildMemRef(MemRefType type, Value memory, ValueRange dynamicExtents) {
    Location loc = builder.getLoc();
    auto descriptor =
        MemRefDescriptor::poison(builder, loc, converter.convertType(type));
    descriptor.setAllocatedPtr(builder, loc, memory);
    descriptor.setAlignedPtr(builder, loc, memory);
    descriptor.setConstantOffset(builder, loc, 0);
    int64_t stride = 1;
    for (int64_t axis = type.getRank() - 1; axis >= 0; --axis) {
      descriptor.setConstantStride(builder, loc, axis, stride);
      if (type.isDynamicDim(axis)) {
        descriptor.setSize(builder, loc, axis, dynamicExtents.front());
        continue;
      }
      descriptor.setConstantSize(builder, loc, axis, type.getDimSize(axis));
      stride *= type.getDimSize(axis);
    }
    return UnrealizedConversionCastOp::create(builder, type, Value(descriptor))
        .getResult(0);
  }

  /// The workspace, as large as Abi.h says the caller has made it.
  Value buildWorkspace(Value memory, Value options) {
    Value size = constant(signature.workspaceBytes);
    auto add = [&](int64_t bytes, Value count) {
      Value product = LLVM::MulOp::create(builder, constant(bytes), count);
      size = LLVM::AddOp::create(builder, size, product);
    };
    if (signature.workspaceBytesPerRow)
      add(signature.workspaceBytesPerRow, batch);
    if (signature.workspaceBytesPerThread)
      add(signature.workspaceBytesPerThread, loadThreads(options));
    auto type = MemRefType::get(ShapedType::kDynamic, builder.getI8Type());
    return buildMemRef(type, memory, size);
  }

  /// `options->threads`, at least 1; 1 without options.
  Value loadThreads(Value options) {
    static_assert(offsetof(bn_run_options, threads) == 0);
    Block *current = builder.getInsertionBlock();
    Region *body = current->getParent();
    Block *load = builder.createBlock(body);
    Block *join = builder.createBlock(body, body->end(), builder.getI64Type(),
                                      builder.getLoc());
    builder.setInsertionPointToEnd(current);
    Value null = LLVM::ZeroOp::create(builder, pointer);
    Value given =
        LLVM::ICmpOp::create(builder, LLVM::ICmpPredicate::ne, options, null);
    LLVM::CondBrOp::create(builder, given, load, ValueRange(), join,
                           constant(1));
    builder.setInsertionPointToEnd(load);
    Value threads =
        LLVM::LoadOp::create(builder, builder.getI64Type(), options);
    threads = LLVM::SMaxOp::create(builder, threads, constant(1));
    LLVM::BrOp::create(builder, threads, join);
    builder.setInsertionPointToEnd(join);
    return join->getArgument(0);
  }

  ImplicitLocOpBuilder &builder;
  const ModelSignature &signature;
  LLVMTypeConverter converter;
  Type pointer;
  Value batch;
};

} // namespace

void mlir::bn::buildRunFunction(ImplicitLocOpBuilder &builder,
                                const ModelSignature &signature,
                                StringRef name) {
  RunFunctionBuilder(builder, signature).build(name);
}
