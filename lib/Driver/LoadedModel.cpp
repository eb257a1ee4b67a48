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
#include "bn/Driver/Diagnostics.h"
#include "bn/Target/Object/Codegen.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include "llvm/Support/DynamicLibrary.h"
#include "llvm/Support/FileSystem.h"

using namespace mlir;
using namespace mlir::bn;
using namespace llvm::orc;

static constexpr llvm::StringLiteral entryPointName = "bn_get_model";
using EntryPoint = const bn_model *();

LoadedModel::LoadedModel() = default;
LoadedModel::~LoadedModel() = default;

/// Loads an object file; what it misses (libm, libc) is this program's.
static llvm::Expected<std::unique_ptr<LLJIT>>
loadObject(std::unique_ptr<llvm::MemoryBuffer> object) {
  // There are no static constructors to run, so no platform is needed.
  auto jit = LLJITBuilder().setPlatformSetUp(setUpInactivePlatform).create();
  if (!jit)
    return jit;
  auto symbols = DynamicLibrarySearchGenerator::GetForCurrentProcess(
      (*jit)->getDataLayout().getGlobalPrefix());
  if (!symbols)
    return symbols.takeError();
  (*jit)->getMainJITDylib().addGenerator(std::move(*symbols));
  if (llvm::Error error = (*jit)->addObjectFile(std::move(object)))
    return error;
  return jit;
}

FailureOr<std::unique_ptr<LoadedModel>>
LoadedModel::compile(MLIRContext &context, StringRef input,
                     const CompileOptions &options) {
  Compilation compilation(context, options, "model", /*entryPoint=*/true);
  if (failed(compilation.read(input)) ||
      failed(compilation.runTo(Stage::Codegen)))
    return failure();
  llvm::LLVMContext llvmContext;
  llvm::TargetMachine &machine = compilation.getMachine();
  auto module = translateAndOptimize(compilation.getModule(), llvmContext,
                                     machine, options.optimizationLevel);
  if (failed(module))
    return failure();

  auto fail = [&](llvm::Error error) {
    return emitFileError(&context, input,
                         "cannot load the compiled model: " +
                             llvm::toString(std::move(error)));
  };
  auto jit = loadObject(emitCode(**module, machine, CodeKind::Object));
  if (!jit)
    return fail(jit.takeError());
  auto entryPoint = (*jit)->lookup(entryPointName);
  if (!entryPoint)
    return fail(entryPoint.takeError());
  std::unique_ptr<LoadedModel> loaded(new LoadedModel);
  loaded->model = entryPoint->toPtr<EntryPoint>()();
  loaded->jit = std::move(*jit);
  return loaded;
}

FailureOr<std::unique_ptr<LoadedModel>>
LoadedModel::loadSharedLibrary(MLIRContext &context, StringRef path) {
  // A bare name would be looked for in the system's directories.
  llvm::SmallString<128> absolute(path);
  llvm::sys::fs::make_absolute(absolute);
  std::string problem;
  llvm::sys::DynamicLibrary library =
      llvm::sys::DynamicLibrary::getPermanentLibrary(absolute.c_str(),
                                                     &problem);
  if (!library.isValid())
    return emitFileError(&context, path, "cannot load: " + problem);
  auto *entryPoint = reinterpret_cast<EntryPoint *>(
      library.getAddressOfSymbol(entryPointName.data()));
  if (!entryPoint)
    return emitFileError(&context, path,
                         "expected a library made by bn-opt, with the function "
                         "bn_get_model");
  std::unique_ptr<LoadedModel> loaded(new LoadedModel);
  loaded->model = entryPoint();
  if (loaded->model->abi_version != BN_ABI_VERSION)
    return emitFileError(
        &context, path,
        "was made for version " + Twine(loaded->model->abi_version) +
            " of the interface, this is version " + Twine(BN_ABI_VERSION));
  return loaded;
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
