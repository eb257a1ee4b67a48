//===- TrainerSignature.cpp - What a training program says ----------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Target/Object/TrainerSignature.h"
#include "bn/Dialect/BN/IR/BN.h"
#include "bn/Runtime/Abi.h"

#include "mlir/IR/DialectResourceBlobManager.h"
#include "llvm/ADT/StringSwitch.h"

using namespace mlir;
using namespace mlir::bn;

static constexpr llvm::StringLiteral modelNames[] = {"gradients", "predict",
                                                     "update"};

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

static FailureOr<ModelSignature> getModel(ModuleOp module, StringRef name) {
  auto function = module.lookupSymbol<func::FuncOp>(name);
  if (!function)
    return module.emitError("expected a lowered function '") << name << "'";
  FailureOr<ModelSignature> signature = getModelSignature(function);
  // People know the model by the name it has in its file.
  if (std::optional<StringRef> source = module.getSymName();
      source && succeeded(signature))
    signature->name = source->str();
  return signature;
}

/// The parameters of `gradients`.
static LogicalResult collectParameters(const ModelSignature &gradients,
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
  return success();
}

static StringRef getSource(ModuleOp module) {
  auto source = module->getAttrOfType<ElementsAttr>(BNDialect::kSourceAttr);
  if (auto resource = dyn_cast_or_null<DenseResourceElementsAttr>(source))
    if (AsmResourceBlob *blob = resource.getRawHandle().getBlob())
      return StringRef(blob->getData().data(), blob->getData().size());
  return "";
}

bool mlir::bn::isTrainer(ModuleOp module) {
  return llvm::all_of(modelNames, [&](StringRef name) {
    auto function = module.lookupSymbol<func::FuncOp>(name);
    return function && function->hasAttr(BNDialect::kInputCountAttr);
  });
}

FailureOr<TrainerSignature> mlir::bn::getTrainerSignature(ModuleOp module) {
  TrainerSignature trainer;
  for (StringRef name : modelNames) {
    FailureOr<ModelSignature> model = getModel(module, name);
    if (failed(model))
      return failure();
    trainer.models.push_back(std::move(*model));
  }
  if (failed(collectParameters(trainer.models[0], trainer)))
    return failure();
  const ModelSignature &predict = trainer.models[1];
  if (predict.outputs.size() != 1 ||
      predict.outputs.front().type.getRank() != 2) {
    func::FuncOp function = trainer.models[0].function;
    return function.emitError(
        "expected one output of rank 2: the batch and the classes");
  }
  trainer.classCount = predict.outputs.front().type.getDimSize(1);
  trainer.source = getSource(module);
  return trainer;
}
