//===- Signature.cpp - What a lowered model says about itself -------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Target/Object/Signature.h"
#include "bn/Dialect/BN/IR/BN.h"

#include "mlir/Dialect/LLVMIR/LLVMTypes.h"

using namespace mlir;
using namespace mlir::bn;

bool ModelSignature::hasDynamicBatch() const {
  return llvm::any_of(inputs, [](const TensorSignature &input) {
    return !input.type.hasStaticShape();
  });
}

int64_t ModelSignature::getFixedBatch() const {
  if (inputs.empty() || inputs.front().type.getRank() == 0)
    return 1;
  return inputs.front().type.getDimSize(0);
}

static bool isLoweredFunction(func::FuncOp function) {
  return function->hasAttr(BNDialect::kInputCountAttr);
}

bool mlir::bn::isLowered(ModuleOp module) {
  return llvm::any_of(module.getOps<func::FuncOp>(), isLoweredFunction);
}

static FailureOr<func::FuncOp> getLoweredFunction(ModuleOp module) {
  func::FuncOp found;
  for (func::FuncOp function : module.getOps<func::FuncOp>()) {
    if (!isLoweredFunction(function))
      continue;
    if (found) {
      InFlightDiagnostic diagnostic = function.emitError(
          "expected one lowered model in the module, got a second");
      diagnostic.attachNote(found.getLoc()) << "the first is here";
      return diagnostic;
    }
    found = function;
  }
  if (!found)
    return module.emitError("expected a lowered model: a function with '")
           << BNDialect::kInputCountAttr << "'";
  return found;
}

/// The run-time's tensors are dense, of a known element type, and dynamic in
/// the batch alone.
static LogicalResult checkTensor(func::FuncOp function, unsigned index) {
  auto type = dyn_cast<MemRefType>(function.getArgumentTypes()[index]);
  auto fail = [&](const Twine &wanted) {
    return function.emitError("argument #")
           << index << ": expected " << wanted << ", got "
           << function.getArgumentTypes()[index];
  };
  if (!type || !type.getLayout().isIdentity())
    return fail("a memref of identity layout");
  Type element = type.getElementType();
  if (!element.isF32() && !element.isF64() && !element.isInteger(64))
    return fail("elements of f32, f64 or i64");
  if (type.getRank() > 1 &&
      llvm::any_of(type.getShape().drop_front(), ShapedType::isDynamic))
    return fail("a dynamic extent on axis 0 only");
  return success();
}

static int64_t getCount(func::FuncOp function, StringRef name,
                        int64_t otherwise) {
  auto attribute = function->getAttrOfType<IntegerAttr>(name);
  return attribute ? attribute.getInt() : otherwise;
}

FailureOr<ModelSignature> mlir::bn::getModelSignature(ModuleOp module) {
  FailureOr<func::FuncOp> function = getLoweredFunction(module);
  if (failed(function))
    return failure();
  return getModelSignature(*function);
}

FailureOr<ModelSignature> mlir::bn::getModelSignature(func::FuncOp function) {
  int64_t inputCount = getCount(function, BNDialect::kInputCountAttr, 0);
  int64_t tensorCount = int64_t(function.getNumArguments()) - 2;
  if (function.isExternal() || function.getNumResults() != 0 ||
      tensorCount < inputCount)
    return function.emitError("expected a definition without results, whose "
                              "arguments are ")
           << inputCount << " inputs, the outputs, workspace and options";
  auto workspace = dyn_cast<MemRefType>(
      function.getArgumentTypes()[static_cast<size_t>(tensorCount)]);
  if (!workspace || workspace.getRank() != 1 || !workspace.isDynamicDim(0) ||
      !workspace.getElementType().isInteger(8) ||
      !isa<LLVM::LLVMPointerType>(function.getArgumentTypes().back()))
    return function.emitError("expected the last two arguments to be a "
                              "memref<?xi8> and an !llvm.ptr");

  ModelSignature signature;
  signature.function = function;
  signature.name = function.getName().str();
  for (unsigned i = 0; i < tensorCount; ++i) {
    if (failed(checkTensor(function, i)))
      return failure();
    bool isInput = i < inputCount;
    auto name = function.getArgAttrOfType<StringAttr>(i, BNDialect::kNameAttr);
    std::string position =
        isInput ? "input" + std::to_string(i)
                : "output" + std::to_string(i - unsigned(inputCount));
    (isInput ? signature.inputs : signature.outputs)
        .push_back({name ? name.str() : position,
                    cast<MemRefType>(function.getArgumentTypes()[i])});
  }
  auto count = [&](StringRef name, int64_t otherwise = 0) {
    return getCount(function, name, otherwise);
  };
  signature.workspaceBytes = count(BNDialect::kWorkspaceBytesAttr);
  signature.workspaceBytesPerRow = count(BNDialect::kWorkspaceBytesPerRowAttr);
  signature.workspaceBytesPerThread =
      count(BNDialect::kWorkspaceBytesPerThreadAttr);
  signature.minimumBatch = count(BNDialect::kMinimumBatchAttr, 1);
  if (auto reason = function->getAttrOfType<StringAttr>(
          BNDialect::kMinimumBatchReasonAttr))
    signature.minimumBatchReason = reason.str();
  signature.batchStatistics =
      function->hasAttr(BNDialect::kBatchStatisticsAttr);
  signature.parameterCount = count(BNDialect::kParameterCountAttr);
  signature.operationsPerRow = count(BNDialect::kOperationsPerRowAttr);
  return signature;
}

DictionaryAttr
mlir::bn::getModelProperties(ModuleOp module, const ModelSignature &signature) {
  MLIRContext *context = module.getContext();
  NamedAttrList properties(
      module->getAttrOfType<DictionaryAttr>(BNDialect::kPropertiesAttr));
  if (signature.batchStatistics)
    properties.set(BNDialect::kBatchStatisticsAttr,
                   StringAttr::get(context, "1"));
  return properties.getDictionary(context);
}
