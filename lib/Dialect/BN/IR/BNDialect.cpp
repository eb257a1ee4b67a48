//===- BNDialect.cpp - The bn dialect -------------------------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Dialect/BN/IR/BN.h"
#include "bn/Dialect/BN/IR/LayerCounts.h"
#include "bn/Dialect/BN/IR/TrainingPlanFacts.h"
#include "bn/Dialect/BN/IR/WinogradFacts.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/DialectImplementation.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::bn;

#include "bn/Dialect/BN/IR/BNDialect.cpp.inc"
#include "bn/Dialect/BN/IR/BNEnums.cpp.inc"
#define GET_ATTRDEF_CLASSES
#include "bn/Dialect/BN/IR/BNAttrs.cpp.inc"

void BNDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "bn/Dialect/BN/IR/BNAttrs.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "bn/Dialect/BN/IR/BNOps.cpp.inc"
      >();
}

Operation *BNDialect::materializeConstant(OpBuilder &builder, Attribute value,
                                          Type type, Location loc) {
  return arith::ConstantOp::materialize(builder, value, type, loc);
}

LogicalResult BNDialect::verifyOperationAttribute(Operation *op,
                                                  NamedAttribute attribute) {
  StringRef name = attribute.getName();
  if (name == kPropertiesAttr) {
    auto properties = dyn_cast<DictionaryAttr>(attribute.getValue());
    if (!properties || !llvm::all_of(properties, [](NamedAttribute property) {
          return isa<StringAttr>(property.getValue());
        }))
      return op->emitError("expected '")
             << name << "' to be a dictionary of strings";
    return success();
  }
  if (name == kNormalizationsAttr) {
    auto facts = dyn_cast<ArrayAttr>(attribute.getValue());
    if (!facts || !llvm::all_of(facts, llvm::IsaPred<NormalizationAttr>))
      return op->emitError("expected '")
             << name << "' to be an array of #bn.normalization";
    return success();
  }
  if (name == kBlocksAttr) {
    auto blocks = dyn_cast<ArrayAttr>(attribute.getValue());
    if (!blocks || blocks.empty() ||
        !llvm::all_of(blocks, llvm::IsaPred<FlatSymbolRefAttr>))
      return op->emitError("expected '")
             << name << "' to be an array of symbols";
    return success();
  }
  if (name == kMomentumAttr) {
    auto momentum = dyn_cast<FloatAttr>(attribute.getValue());
    if (!isa<BatchNormInferenceOp>(op) || !momentum ||
        !momentum.getType().isF64())
      return op->emitError("expected '")
             << name << "' to be an f64 of a 'bn.batch_norm_inference'";
    return success();
  }
  if (name == kMinimumBatchReasonAttr) {
    if (!isa<StringAttr>(attribute.getValue()))
      return op->emitError("expected '") << name << "' to be a string";
    return success();
  }
  if (name == kBatchStatisticsAttr) {
    if (!isa<UnitAttr>(attribute.getValue()))
      return op->emitError("expected '") << name << "' to be a unit attribute";
    return success();
  }
  if (name == kTrainingPlanAttr) {
    if (!TrainingPlanFacts::fromAttribute(attribute.getValue()))
      return op->emitError("expected '")
             << name << "' to be a dictionary as --bn-plan-training writes it";
    return success();
  }
  if (name == kLayersAttr) {
    if (!getLayerCounts(attribute.getValue()))
      return op->emitError("expected '")
             << name << "' to be an array as --bn-count-model writes it";
    return success();
  }
  if (name == kProfileAttr) {
    auto names = dyn_cast<ArrayAttr>(attribute.getValue());
    if (!names || !llvm::all_of(names, llvm::IsaPred<StringAttr>))
      return op->emitError("expected '") << name << "' to be names of layers";
    return success();
  }
  if (name == kWinogradAttr) {
    if (!parseWinogradFacts(attribute.getValue()))
      return op->emitError("expected '")
             << name << "' to be an array as --bn-plan-kernels writes it";
    return success();
  }
  if (name == kSourceAttr) {
    auto bytes = dyn_cast<ElementsAttr>(attribute.getValue());
    if (!bytes || !bytes.getElementType().isInteger(8))
      return op->emitError("expected '") << name << "' to be elements of i8";
    return success();
  }
  if (llvm::is_contained({kInputCountAttr, kWorthwhileRowsAttr, kBlockRowsAttr,
                          kWorkspaceBytesAttr, kWorkspaceBytesPerRowAttr,
                          kWorkspaceBytesPerThreadAttr, kMinimumBatchAttr,
                          kParameterCountAttr, kOperationsPerRowAttr},
                         name)) {
    auto value = dyn_cast<IntegerAttr>(attribute.getValue());
    if (!value || !value.getType().isInteger(64) || value.getInt() < 0)
      return op->emitError("expected '")
             << name << "' to be an i64 of at least 0";
    return success();
  }
  return op->emitError("unknown attribute '") << name << "'";
}
