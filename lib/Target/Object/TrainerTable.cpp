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
#include "bn/Target/Object/Passes.h"

namespace mlir::bn {
#define GEN_PASS_DEF_EMITTRAINERTABLE
#include "bn/Target/Object/Passes.h.inc"
} // namespace mlir::bn

using namespace mlir;
using namespace mlir::bn;

namespace {

class EmitTrainerTable
    : public bn::impl::EmitTrainerTableBase<EmitTrainerTable> {
public:
  using EmitTrainerTableBase::EmitTrainerTableBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    FailureOr<TrainerSignature> trainer = getTrainerSignature(module);
    if (failed(trainer) || failed(checkSymbol(module, symbol)) ||
        failed(makeInternal(module, symbol)))
      return signalPassFailure();

    ImplicitLocOpBuilder builder(module.getLoc(), module.getBodyRegion());
    builder.setInsertionPointToEnd(module.getBody());
    SmallVector<std::string> tables;
    constexpr StringLiteral names[] = {"gradients", "predict", "update"};
    for (auto [model, kind] : llvm::zip_equal(trainer->models, names)) {
      std::string name = symbol + "_" + kind.str();
      std::string run = name + "_run";
      buildRunFunction(builder, model, run);
      // The entry points are in the table alone.
      module.lookupSymbol<LLVM::LLVMFuncOp>(run).setLinkage(
          LLVM::Linkage::Internal);
      tables.push_back(name + "_table");
      ModelTableBuilder(builder, tables.back())
          .build(model, getProperties(), cpuFeatures, run);
    }
    trainer->loss = loss;
    trainer->optimizer = optimizer;
    trainer->labelSmoothing = labelSmoothing;
    std::string table = symbol + "_trainer_table";
    TrainerTableBuilder(builder, table).build(*trainer, tables);
    buildGetter(builder, symbol + "_trainer", table);
    if (entryPoint)
      buildGetter(builder, "bn_get_trainer", table);
    dropFacts(module);
  }

private:
  DictionaryAttr getProperties() {
    auto properties = getOperation()->getAttrOfType<DictionaryAttr>(
        BNDialect::kPropertiesAttr);
    return properties ? properties : DictionaryAttr::get(&getContext());
  }
};

} // namespace
