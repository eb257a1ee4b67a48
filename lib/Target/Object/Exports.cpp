//===- Exports.cpp - Which names an object exports ------------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Exports.h"
#include "bn/Codegen/CPU/Profile.h"
#include "bn/Dialect/BN/IR/BN.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace mlir::bn;

LogicalResult mlir::bn::checkSymbol(ModuleOp module, StringRef symbol) {
  if (!symbol.empty() && !llvm::isDigit(symbol.front()) &&
      llvm::all_of(symbol, [](char c) { return llvm::isAlnum(c) || c == '_'; }))
    return success();
  return module.emitError("expected the symbol to be a C identifier, got '")
         << symbol << "'";
}

/// The conversion to the llvm dialect takes the value of a scalar out of its
/// attribute, which a resource blob does not let it do.
static void unpackScalar(memref::GlobalOp global) {
  auto resource =
      dyn_cast_or_null<DenseResourceElementsAttr>(global.getInitialValueAttr());
  if (!resource || resource.getType().getRank() != 0 ||
      !resource.getRawHandle().getBlob())
    return;
  ArrayRef<char> bytes = resource.getData();
  bool isSplat;
  if (DenseElementsAttr::isValidRawBuffer(resource.getType(), bytes, isSplat))
    global.setInitialValueAttr(
        DenseElementsAttr::getFromRawBuffer(resource.getType(), bytes));
}

LogicalResult mlir::bn::makeInternal(ModuleOp module, StringRef symbol) {
  MLIRContext *context = module.getContext();
  SymbolTable symbols(module);
  auto internal = LLVM::LinkageAttr::get(context, LLVM::Linkage::Internal);
  for (auto function :
       llvm::make_early_inc_range(module.getOps<func::FuncOp>())) {
    if (function.isExternal())
      continue;
    function.setPrivate();
    function->setAttr("llvm.linkage", internal);
    auto name = StringAttr::get(context, symbol + "." + function.getName());
    if (failed(symbols.rename(function, name)))
      return failure();
  }
  for (auto global : module.getOps<memref::GlobalOp>()) {
    // What is counted is read from outside.
    if (global.getSymName() != kProfileTicks)
      global.setSymVisibility("private");
    unpackScalar(global);
  }
  return success();
}

void mlir::bn::buildGetter(ImplicitLocOpBuilder &builder, StringRef name,
                           StringRef table) {
  auto pointer = LLVM::LLVMPointerType::get(builder.getContext());
  auto function = LLVM::LLVMFuncOp::create(
      builder, name, LLVM::LLVMFunctionType::get(pointer, {}));
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(function.addEntryBlock(builder));
  Value address = LLVM::AddressOfOp::create(builder, pointer, table);
  LLVM::ReturnOp::create(builder, address);
}

static bool isOurs(NamedAttribute attribute) {
  return attribute.getNameDialect() &&
         isa<BNDialect>(attribute.getNameDialect());
}

static void dropOurs(Operation *op) {
  for (NamedAttribute attribute : llvm::to_vector(op->getDiscardableAttrs()))
    if (isOurs(attribute))
      op->removeDiscardableAttr(attribute.getName());
}

void mlir::bn::dropFacts(ModuleOp module) {
  dropOurs(module);
  for (auto function : module.getOps<func::FuncOp>()) {
    dropOurs(function);
    for (unsigned i = 0; i < function.getNumArguments(); ++i)
      if (DictionaryAttr attributes = function.getArgAttrDict(i))
        for (NamedAttribute attribute : attributes)
          if (isOurs(attribute))
            function.removeArgAttr(i, attribute.getName());
  }
}
