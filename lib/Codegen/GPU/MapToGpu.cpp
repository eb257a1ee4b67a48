//===- MapToGpu.cpp - Models as kernels of the gpu dialect ----------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ModelMapping.h"
#include "bn/Codegen/GPU/Passes.h"
#include "bn/Dialect/BN/IR/Parameters.h"
#include "bn/Plan/EntrySignature.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/ADT/StringSwitch.h"

namespace mlir::bn {
#define GEN_PASS_DEF_MAPTOGPU
#include "bn/Codegen/GPU/Passes.h.inc"
} // namespace mlir::bn

using namespace mlir;
using namespace mlir::bn;

/// The bytes of all constants of `func`.
static int64_t countParameterBytes(func::FuncOp func) {
  int64_t bytes = 0;
  func.walk([&](arith::ConstantOp constant) {
    if (auto type = dyn_cast<RankedTensorType>(constant.getType()))
      bytes += type.getNumElements() * (type.getElementTypeBitWidth() / 8);
  });
  return bytes;
}

/// Gives a linear layer a row of weights for each term: neighbouring threads
/// compute neighbouring features, and read what lies side by side.
static void transposeWeight(LinearOp linear) {
  Value weight = linear.getWeight();
  ElementsAttr elements = getConstantElements(weight);
  if (!linear.getTransposeWeight() || !elements)
    return;
  // A splat is printed as a number, and read nowhere.
  if (auto dense = dyn_cast<DenseElementsAttr>(elements);
      dense && dense.isSplat())
    return;
  FailureOr<std::vector<double>> values = readParameter(elements);
  if (failed(values))
    return;
  auto type = cast<RankedTensorType>(weight.getType());
  int64_t features = type.getDimSize(0), terms = type.getDimSize(1);
  std::vector<double> transposed(values->size());
  for (int64_t i = 0; i < features; ++i)
    for (int64_t k = 0; k < terms; ++k)
      transposed[k * features + i] = (*values)[i * terms + k];
  OpBuilder builder(linear);
  ElementsAttr other = makeParameter(
      RankedTensorType::get({terms, features}, type.getElementType()),
      transposed, elements);
  linear.getWeightMutable().assign(
      createConstant(builder, weight.getLoc(), other));
  linear.setTransposeWeight(false);
  eraseDeadConstant(weight);
}

namespace {

struct MapToGpu : public bn::impl::MapToGpuBase<MapToGpu> {
  using MapToGpuBase::MapToGpuBase;

  void runOnOperation() override {
    if (failed(readOptions()))
      return signalPassFailure();
    for (func::FuncOp func :
         llvm::make_early_inc_range(getOperation().getOps<func::FuncOp>()))
      if (func.isPublic() && !func.isExternal() && failed(map(func)))
        return signalPassFailure();
  }

private:
  LogicalResult readOptions() {
    auto chosenProducts =
        llvm::StringSwitch<std::optional<ProductKernels>>(products)
            .Case("auto", ProductKernels::automatic)
            .Case("direct", ProductKernels::direct)
            .Case("tiled", ProductKernels::tiled)
            .Default(std::nullopt);
    if (!chosenProducts)
      return getOperation().emitError(
                 "products: expected auto, direct or tiled, got '")
             << products << "'";
    auto chosenNetwork =
        llvm::StringSwitch<std::optional<NetworkKernels>>(network)
            .Case("auto", NetworkKernels::automatic)
            .Case("several", NetworkKernels::several)
            .Case("single", NetworkKernels::single)
            .Default(std::nullopt);
    if (!chosenNetwork)
      return getOperation().emitError(
                 "network: expected auto, several or single, got '")
             << network << "'";
    options.products = *chosenProducts;
    options.network = *chosenNetwork;
    return success();
  }

  LogicalResult map(func::FuncOp func) {
    if (!func.getBody().hasOneBlock())
      return func.emitError("expected a model's body to be one block");
    FailureOr<EntrySignature> signature = getEntrySignature(func);
    if (failed(signature))
      return failure();
    func.walk([](LinearOp linear) { transposeWeight(linear); });
    auto planned = planStorage(func);
    if (auto *obstacle = std::get_if<StorageObstacle>(&planned))
      return obstacle->op->emitError("cannot be computed on a GPU: ")
             << obstacle->reason;

    OpBuilder builder(func);
    auto device = gpu::GPUModuleOp::create(builder, func.getLoc(),
                                           (func.getName() + "_kernels").str());
    getOperation()->setAttr(gpu::GPUDialect::getContainerModuleAttrName(),
                            builder.getUnitAttr());
    Block *body = new Block;
    addArguments(*body, func, *signature);
    options.embedded = countParameterBytes(func) <= embeddedBytes;
    ModelMapping mapping(func, device, options);
    numKernels +=
        mapping.build(*body, std::get<std::vector<StoredTensor>>(planned));

    setEntrySignature(func, *signature);
    func->setAttr("comment", builder.getStrArrayAttr(
                                 {"Launches the kernels. All tensors "
                                  "are in the memory of the device."}));
    func.getBody().front().dropAllReferences();
    func.getBody().front().erase();
    func.getBody().push_back(body);
    return success();
  }

  MappingOptions options;

  /// Gives `body` the arguments of generated code, with names.
  static void addArguments(Block &body, func::FuncOp func,
                           const EntrySignature &signature) {
    Builder builder(func.getContext());
    size_t inputs = func.getNumArguments();
    size_t tensors = inputs + func.getNumResults();
    for (auto [i, type] : llvm::enumerate(signature.types)) {
      std::string name = i < inputs     ? "input" + std::to_string(i)
                         : i < tensors  ? "output" + std::to_string(i - inputs)
                         : i == tensors ? "workspace"
                                        : "stream";
      if (auto given = dyn_cast_if_present<StringAttr>(
              signature.attributes[i].get(BNDialect::kNameAttr)))
        name = given.str();
      body.addArgument(type, NameLoc::get(builder.getStringAttr(name)));
    }
  }
};

} // namespace
