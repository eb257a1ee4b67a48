//===- LoadedCode.cpp - Compiled code in this program ---------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Driver/LoadedCode.h"
#include "bn/Codegen/CPU/Profile.h"
#include "bn/Driver/Compilation.h"
#include "bn/Driver/Diagnostics.h"
#include "bn/Runtime/Abi.h"
#include "bn/Target/Object/Codegen.h"
#include "bn/Target/Object/HostTools.h"

#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include "llvm/Support/DynamicLibrary.h"
#include "llvm/Support/FileSystem.h"

using namespace mlir;
using namespace mlir::bn;
using namespace llvm::orc;

LoadedCode::LoadedCode() = default;
LoadedCode::LoadedCode(LoadedCode &&) = default;
LoadedCode &LoadedCode::operator=(LoadedCode &&) = default;
LoadedCode::~LoadedCode() = default;

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

FailureOr<LoadedCode> LoadedCode::compile(MLIRContext &context, StringRef input,
                                          const CompileOptions &options,
                                          StringRef entryPoint) {
  Compilation compilation(context, options, "model", /*entryPoint=*/true);
  if (failed(compilation.read(input)))
    return failure();
  return load(compilation, context, input, entryPoint);
}

FailureOr<LoadedCode> LoadedCode::compile(MLIRContext &context,
                                          llvm::MemoryBufferRef onnx,
                                          const CompileOptions &options,
                                          StringRef entryPoint) {
  Compilation compilation(context, options, "model", /*entryPoint=*/true);
  if (failed(compilation.readOnnx(onnx)))
    return failure();
  return load(compilation, context, onnx.getBufferIdentifier(), entryPoint);
}

FailureOr<LoadedCode> LoadedCode::load(Compilation &compilation,
                                       MLIRContext &context, StringRef input,
                                       StringRef entryPoint) {
  if (failed(compilation.runTo(Stage::Codegen)))
    return failure();
  llvm::LLVMContext llvmContext;
  llvm::TargetMachine &machine = compilation.getMachine();
  auto module =
      translateAndOptimize(compilation.getModule(), llvmContext, machine,
                           compilation.getOptions().optimizationLevel);
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
  auto address = (*jit)->lookup(entryPoint);
  if (!address)
    return fail(address.takeError());
  LoadedCode loaded;
  loaded.entryPoint = address->toPtr<void *>();
  if (std::vector<::bn::runtime::ProfiledLayer> layers =
          compilation.getProfiledLayers();
      !layers.empty()) {
    auto ticks = (*jit)->lookup(kProfileTicks);
    if (!ticks)
      return fail(ticks.takeError());
    loaded.profile = {std::move(layers), ticks->toPtr<int64_t *>()};
  }
  loaded.jit = std::move(*jit);
  return loaded;
}

/// Opens the library at `path` for good. Messages are about the file `source`,
/// which is the library or what it was made of.
static FailureOr<void *> findInLibrary(MLIRContext &context, StringRef path,
                                       StringRef source, StringRef entryPoint,
                                       StringRef expected) {
  // A bare name would be looked for in the system's directories.
  llvm::SmallString<128> absolute(path);
  llvm::sys::fs::make_absolute(absolute);
  std::string problem;
  llvm::sys::DynamicLibrary library =
      llvm::sys::DynamicLibrary::getPermanentLibrary(absolute.c_str(),
                                                     &problem);
  if (!library.isValid())
    return emitFileError(&context, source, "cannot load: " + problem);
  void *address = library.getAddressOfSymbol(entryPoint.str().c_str());
  if (!address)
    return emitFileError(&context, source,
                         "expected " + expected + ", with the function " +
                             entryPoint);
  return address;
}

FailureOr<LoadedCode> LoadedCode::loadSharedLibrary(MLIRContext &context,
                                                    StringRef path,
                                                    StringRef entryPoint) {
  auto address = findInLibrary(context, path, path, entryPoint,
                               "a library made by bn-opt");
  if (failed(address))
    return failure();
  LoadedCode loaded;
  loaded.entryPoint = *address;
  return loaded;
}

FailureOr<LoadedCode> LoadedCode::compileCuda(MLIRContext &context,
                                              StringRef path,
                                              const CudaOnCpuOptions &options,
                                              StringRef entryPoint) {
  auto fail = [&](llvm::Error error) {
    return emitFileError(&context, path, llvm::toString(std::move(error)));
  };
  if (!llvm::sys::fs::exists(path))
    return emitFileError(&context, path, "no such file");
  // It is in memory when it has been loaded, and removed from the disk. It lies
  // alone: a file of parameters beside it would be taken for its own.
  ScratchDirectory directory;
  if (llvm::Error error = directory.create())
    return fail(std::move(error));
  std::string library = (directory.getPath() + "/model.so").str();
  if (llvm::Error error = compileCudaOnCpu(path, library, options))
    return fail(std::move(error));
  auto address = findInLibrary(context, library, path, entryPoint,
                               "CUDA text made by bn-opt");
  if (failed(address))
    return failure();
  LoadedCode loaded;
  loaded.entryPoint = *address;
  return loaded;
}

LogicalResult mlir::bn::checkAbiVersion(MLIRContext &context, StringRef path,
                                        int64_t version) {
  if (version == BN_ABI_VERSION)
    return success();
  return emitFileError(&context, path,
                       "was made for version " + Twine(version) +
                           " of the interface, this is version " +
                           Twine(BN_ABI_VERSION));
}
