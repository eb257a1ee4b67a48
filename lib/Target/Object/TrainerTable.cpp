//===- TrainerTable.cpp - Builds the C interface of a trainer -------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Exports.h"
#include "ModelTableBuilder.h"
#include "RunFunction.h"
#include "TrainerTableBuilder.h"
#include "bn/Dialect/BN/IR/BN.h"
#include "bn/Runtime/Abi.h"
#include "bn/Target/Object/Passes.h"

#include "mlir/IR/DialectResourceBlobManager.h"
#include "llvm/ADT/StringSwitch.h"

namespace mlir::bn {
#define GEN_PASS_DEF_EMITTRAINERTABLE
#include "bn/Target/Object/Passes.h.inc"
} // namespace mlir::bn

using namespace mlir;
using namespace mlir::bn;

static std::optional<int32_t> getRole(StringRef name) {
  return llvm::StringSwitch<std::optional<int32_t>>(name)
      .Case("weight", BN_WEIGHT)
      .Case("bias", BN_BIAS)
      .Case("scale", BN_SCALE)
      .Case("offset", BN_OFFSET)
      .Case("running_mean", BN_RUNNING_MEAN)
      .Case("running_variance", BN_RUNNING_VARIANCE)
      .Case("batches_tracked", BN_BATCHES_TRACKED)
      .Default(std::nullopt);
}

namespace {

class EmitTrainerTable
    : public bn::impl::EmitTrainerTableBase<EmitTrainerTable> {
public:
  using EmitTrainerTableBase::EmitTrainerTableBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    TrainerSignature trainer;
    SmallVector<ModelSignature> models;
    constexpr StringLiteral names[] = {"gradients", "predict", "update"};
    for (StringRef name : names) {
      FailureOr<ModelSignature> signature = getFunction(name);
      if (failed(signature))
        return signalPassFailure();
      // People know the model by the name it has in its file.
      if (std::optional<StringRef> source = module.getSymName())
        signature->name = source->str();
      models.push_back(std::move(*signature));
    }
    if (failed(collect(models[0], models[1], trainer)) ||
        failed(checkSymbol(module, symbol)) ||
        failed(makeInternal(module, symbol)))
      return signalPassFailure();

    ImplicitLocOpBuilder builder(module.getLoc(), module.getBodyRegion());
    builder.setInsertionPointToEnd(module.getBody());
    std::string tables[3];
    for (auto [model, name, table] : llvm::zip_equal(models, names, tables)) {
      std::string run = symbol + "_" + name.str() + "_run";
      buildRunFunction(builder, model, run);
      // The entry points are in the table alone.
      module.lookupSymbol<LLVM::LLVMFuncOp>(run).setLinkage(
          LLVM::Linkage::Internal);
      table = symbol + "_" + name.str() + "_table";
      ModelTableBuilder(builder, table)
          .build(model, getProperties(), cpuFeatures, run);
    }
    std::tie(trainer.gradients, trainer.predict, trainer.update) =
        std::tie(tables[0], tables[1], tables[2]);
    trainer.loss = loss;
    trainer.optimizer = optimizer;
    trainer.labelSmoothing = labelSmoothing;
    trainer.source = getSource();
    std::string table = symbol + "_trainer_table";
    TrainerTableBuilder(builder, table).build(trainer);
    buildGetter(builder, symbol + "_trainer", table);
    if (entryPoint)
      buildGetter(builder, "bn_get_trainer", table);
    dropFacts(module);
  }

private:
  FailureOr<ModelSignature> getFunction(StringRef name) {
    auto function = getOperation().lookupSymbol<func::FuncOp>(name);
    if (!function)
      return getOperation().emitError("expected a lowered function '")
             << name << "'";
    return getModelSignature(function);
  }

  DictionaryAttr getProperties() {
    auto properties = getOperation()->getAttrOfType<DictionaryAttr>(
        BNDialect::kPropertiesAttr);
    return properties ? properties : DictionaryAttr::get(&getContext());
  }

  /// The parameters of `gradients`, and the classes that `predict` tells apart.
  LogicalResult collect(const ModelSignature &gradients,
                        const ModelSignature &predict,
                        TrainerSignature &trainer) {
    func::FuncOp function = gradients.function;
    for (auto [i, input] : llvm::enumerate(gradients.inputs)) {
      auto roleName =
          function.getArgAttrOfType<StringAttr>(i, BNDialect::kParameterAttr);
      if (!roleName)
        continue;
      std::optional<int32_t> role = getRole(roleName);
      if (!role)
        return function.emitError("argument #")
               << i << ": unknown parameter '" << roleName.getValue() << "'";
      auto layer =
          function.getArgAttrOfType<StringAttr>(i, BNDialect::kLayerAttr);
      auto fanIn =
          function.getArgAttrOfType<IntegerAttr>(i, BNDialect::kFanInAttr);
      trainer.parameters.push_back({input.name, layer ? layer.str() : "",
                                    input.type, *role,
                                    fanIn ? fanIn.getInt() : 0});
      if (*role < BN_RUNNING_MEAN)
        ++trainer.trainedCount;
    }
    if (predict.outputs.size() != 1 ||
        predict.outputs.front().type.getRank() != 2)
      return function.emitError(
          "expected one output of rank 2: the batch and the classes");
    trainer.classCount = predict.outputs.front().type.getDimSize(1);
    return success();
  }

  StringRef getSource() {
    auto source =
        getOperation()->getAttrOfType<ElementsAttr>(BNDialect::kSourceAttr);
    if (auto resource = dyn_cast_or_null<DenseResourceElementsAttr>(source))
      if (AsmResourceBlob *blob = resource.getRawHandle().getBlob())
        return StringRef(blob->getData().data(), blob->getData().size());
    return "";
  }
};

} // namespace
