//===- LoadedModel.cpp - A compiled model in this program -----------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Driver/LoadedModel.h"
#include "bn/Dialect/BN/IR/BN.h"
#include "bn/Driver/Compilation.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;
using namespace mlir::bn;

static constexpr llvm::StringLiteral modelEntryPoint = "bn_get_model";
static constexpr llvm::StringLiteral trainerEntryPoint = "bn_get_trainer";

FailureOr<std::unique_ptr<LoadedModel>>
LoadedModel::compile(MLIRContext &context, StringRef input,
                     const CompileOptions &options) {
  auto code = LoadedCode::compile(context, input, options, modelEntryPoint);
  if (failed(code))
    return failure();
  return std::unique_ptr<LoadedModel>(new LoadedModel(std::move(*code)));
}

FailureOr<std::unique_ptr<LoadedModel>>
LoadedModel::check(MLIRContext &context, StringRef path,
                   FailureOr<LoadedCode> code) {
  if (failed(code))
    return failure();
  std::unique_ptr<LoadedModel> loaded(new LoadedModel(std::move(*code)));
  if (failed(checkAbiVersion(context, path, loaded->getModel().abi_version)))
    return failure();
  return loaded;
}

FailureOr<std::unique_ptr<LoadedModel>>
LoadedModel::loadSharedLibrary(MLIRContext &context, StringRef path) {
  return check(context, path,
               LoadedCode::loadSharedLibrary(context, path, modelEntryPoint));
}

FailureOr<std::unique_ptr<LoadedModel>>
LoadedModel::compileCuda(MLIRContext &context, StringRef path,
                         const CudaOnCpuOptions &options) {
  return check(
      context, path,
      LoadedCode::compileCuda(context, path, options, modelEntryPoint));
}

FailureOr<std::unique_ptr<LoadedTrainer>>
LoadedTrainer::compile(MLIRContext &context, StringRef input,
                       const CompileOptions &options) {
  auto code = LoadedCode::compile(context, input, options, trainerEntryPoint);
  if (failed(code))
    return failure();
  return std::unique_ptr<LoadedTrainer>(new LoadedTrainer(std::move(*code)));
}

FailureOr<std::unique_ptr<LoadedTrainer>>
LoadedTrainer::compile(MLIRContext &context, llvm::MemoryBufferRef onnx,
                       const CompileOptions &options) {
  auto code = LoadedCode::compile(context, onnx, options, trainerEntryPoint);
  if (failed(code))
    return failure();
  return std::unique_ptr<LoadedTrainer>(new LoadedTrainer(std::move(*code)));
}

FailureOr<std::unique_ptr<LoadedTrainer>>
LoadedTrainer::check(MLIRContext &context, StringRef path,
                     FailureOr<LoadedCode> code) {
  if (failed(code))
    return failure();
  std::unique_ptr<LoadedTrainer> loaded(new LoadedTrainer(std::move(*code)));
  if (failed(checkAbiVersion(context, path, loaded->getTrainer().abi_version)))
    return failure();
  return loaded;
}

FailureOr<std::unique_ptr<LoadedTrainer>>
LoadedTrainer::compileCuda(MLIRContext &context, StringRef path,
                           const CudaOnCpuOptions &options) {
  return check(
      context, path,
      LoadedCode::compileCuda(context, path, options, trainerEntryPoint));
}

FailureOr<std::unique_ptr<LoadedTrainer>>
LoadedTrainer::loadSharedLibrary(MLIRContext &context, StringRef path) {
  return check(context, path,
               LoadedCode::loadSharedLibrary(context, path, trainerEntryPoint));
}

FailureOr<SmallVector<ShapeFix>>
mlir::bn::fixBatch(MLIRContext &context, StringRef input,
                   const CompileOptions &options, int64_t batch) {
  Compilation compilation(context, options, "model", /*entryPoint=*/false);
  if (failed(compilation.read(input)))
    return failure();
  SmallVector<ShapeFix> shapes = options.shapes;
  for (auto function : compilation.getModule().getOps<func::FuncOp>()) {
    if (!function.isPublic())
      continue;
    for (unsigned i = 0; i < function.getNumArguments(); ++i) {
      auto type = dyn_cast<RankedTensorType>(function.getArgumentTypes()[i]);
      auto name =
          function.getArgAttrOfType<StringAttr>(i, BNDialect::kNameAttr);
      if (!type || !name || type.hasStaticShape())
        continue;
      ShapeFix fix{name.str(), llvm::to_vector(type.getShape())};
      fix.shape.front() = batch;
      llvm::erase_if(shapes, [&](const ShapeFix &given) {
        return given.input == fix.input;
      });
      shapes.push_back(std::move(fix));
    }
  }
  return shapes;
}
