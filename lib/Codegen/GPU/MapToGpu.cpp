//===- MapToGpu.cpp - Models as kernels of the gpu dialect ----------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ModelMapping.h"
#include "bn/Codegen/GPU/Passes.h"
#include "bn/Plan/EntrySignature.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

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

namespace {

struct MapToGpu : public bn::impl::MapToGpuBase<MapToGpu> {
  using MapToGpuBase::MapToGpuBase;

  void runOnOperation() override {
    for (func::FuncOp func :
         llvm::make_early_inc_range(getOperation().getOps<func::FuncOp>()))
      if (func.isPublic() && !func.isExternal() && failed(map(func)))
        return signalPassFailure();
  }

private:
  LogicalResult map(func::FuncOp func) {
    if (!func.getBody().hasOneBlock())
      return func.emitError("expected a model's body to be one block");
    FailureOr<EntrySignature> signature = getEntrySignature(func);
    if (failed(signature))
      return failure();
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
    bool embedded = countParameterBytes(func) <= embeddedBytes;
    ModelMapping mapping(func, device, embedded);
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
