//===- EntryPoint.cpp - The signature of generated code -------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Plan/EntrySignature.h"

#include "bn/Dialect/BN/IR/BN.h"
#include "bn/Plan/Passes.h"

#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

namespace mlir::bn {
#define GEN_PASS_DEF_ENTRYPOINT
#include "bn/Plan/Passes.h.inc"
} // namespace mlir::bn

using namespace mlir;
using namespace mlir::bn;

/// The buffer of a model's input or output of `type`, in row-major order.
/// Reports an error if `type` is none, naming it as `kind` number `index`.
static FailureOr<MemRefType> getBufferType(func::FuncOp func, Type type,
                                           StringRef kind, size_t index) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor)
    return func.emitError("expected ")
           << kind << " " << index << " to be a ranked tensor, got " << type;
  for (int64_t axis = 1; axis < tensor.getRank(); ++axis)
    if (tensor.isDynamicDim(axis))
      return func.emitError("expected only the batch (axis 0) of ")
             << kind << " " << index << " to be dynamic, got " << type;
  return MemRefType::get(tensor.getShape(), tensor.getElementType());
}

FailureOr<EntrySignature> bn::getEntrySignature(func::FuncOp func) {
  size_t inputCount = func.getNumArguments();
  size_t outputCount = func.getNumResults();
  Builder builder(func.getContext());
  EntrySignature signature;
  for (size_t i = 0; i < inputCount + outputCount; ++i) {
    bool isInput = i < inputCount;
    size_t index = isInput ? i : i - inputCount;
    FailureOr<MemRefType> type = getBufferType(
        func,
        isInput ? func.getArgumentTypes()[index] : func.getResultTypes()[index],
        isInput ? "input" : "output", index);
    if (failed(type))
      return failure();
    signature.types.push_back(*type);
    DictionaryAttr dictionary =
        isInput ? func.getArgAttrDict(index) : func.getResultAttrDict(index);
    signature.attributes.push_back(dictionary ? dictionary
                                              : builder.getDictionaryAttr({}));
  }
  signature.types.push_back(
      MemRefType::get({ShapedType::kDynamic}, builder.getI8Type()));
  signature.types.push_back(LLVM::LLVMPointerType::get(func.getContext()));
  signature.attributes.append(2, builder.getDictionaryAttr({}));
  return signature;
}

void bn::setEntrySignature(func::FuncOp func, const EntrySignature &signature) {
  Builder builder(func.getContext());
  func->setAttr(BNDialect::kInputCountAttr,
                builder.getI64IntegerAttr(func.getNumArguments()));
  func.removeResAttrsAttr();
  func.setFunctionType(builder.getFunctionType(signature.types, {}));
  func.setAllArgAttrs(signature.attributes);
}

namespace {

struct EntryPoint : public bn::impl::EntryPointBase<EntryPoint> {
  void runOnOperation() override {
    func::FuncOp func = getOperation();
    if (!func.isPublic() || func.isDeclaration() ||
        func->hasAttr(BNDialect::kInputCountAttr))
      return;
    if (!func.getBody().hasOneBlock()) {
      func.emitError("expected a model's body to be one block");
      return signalPassFailure();
    }
    FailureOr<EntrySignature> signature = getEntrySignature(func);
    if (failed(signature))
      return signalPassFailure();
    rewriteBody(func, signature->types);
    setEntrySignature(func, *signature);
  }

private:
  /// Makes the arguments of `func`'s body those of `types`, reads the inputs as
  /// tensors, and writes what it returns to the outputs.
  static void rewriteBody(func::FuncOp func, ArrayRef<Type> types) {
    Block &body = func.getBody().front();
    size_t inputCount = body.getNumArguments();
    OpBuilder builder = OpBuilder::atBlockBegin(&body);
    for (BlockArgument input : body.getArguments()) {
      Type tensorType = input.getType();
      input.setType(types[input.getArgNumber()]);
      // Nobody writes to an input, so `restrict` holds even if the caller
      // passes one buffer twice.
      auto tensor = bufferization::ToTensorOp::create(
          builder, input.getLoc(), tensorType, input, /*restrict=*/true);
      input.replaceAllUsesExcept(tensor, tensor);
    }
    for (Type type : types.drop_front(inputCount))
      body.addArgument(type, func.getLoc());
    auto terminator = cast<func::ReturnOp>(body.getTerminator());
    builder.setInsertionPoint(terminator);
    for (auto [i, value] : llvm::enumerate(terminator.getOperands()))
      bufferization::MaterializeInDestinationOp::create(
          builder, terminator.getLoc(), /*result=*/Type(), value,
          body.getArgument(inputCount + i), /*restrict=*/true,
          /*writable=*/true);
    terminator->setOperands({});
  }
};

} // namespace
