//===- ModelTable.cpp - Builds the C interface of a lowered model ---------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Exports.h"
#include "ModelTableBuilder.h"
#include "RunFunction.h"
#include "bn/Dialect/BN/IR/BN.h"
#include "bn/Target/Object/Passes.h"

namespace mlir::bn {
#define GEN_PASS_DEF_EMITMODELTABLE
#include "bn/Target/Object/Passes.h.inc"
} // namespace mlir::bn

using namespace mlir;
using namespace mlir::bn;

namespace {

class EmitModelTable : public bn::impl::EmitModelTableBase<EmitModelTable> {
public:
  using EmitModelTableBase::EmitModelTableBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    FailureOr<ModelSignature> signature = getModelSignature(module);
    if (failed(signature) || failed(checkSymbol(module, symbol)) ||
        failed(makeInternal(module, symbol)))
      return signalPassFailure();

    ImplicitLocOpBuilder builder(signature->function.getLoc(),
                                 module.getBodyRegion());
    builder.setInsertionPointToEnd(module.getBody());
    std::string run = symbol + "_run";
    buildRunFunction(builder, *signature, run);
    std::string table = symbol + "_table";
    ModelTableBuilder tables(builder, table);
    tables.build(*signature, getModelProperties(module, *signature),
                 cpuFeatures, run);
    buildGetter(builder, symbol + "_model", table);
    if (entryPoint)
      buildGetter(builder, "bn_get_model", table);
    dropFacts(module);
  }
};

} // namespace
