//===- CompileOptions.cpp - What a compilation is asked for ---------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Driver/CompileOptions.h"

#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/Path.h"

using namespace mlir::bn;

llvm::StringRef mlir::bn::getStageName(Stage stage) {
  switch (stage) {
  case Stage::Import:
    return "import";
  case Stage::Optimize:
    return "optimize";
  case Stage::Lower:
    return "lower";
  case Stage::Codegen:
    return "codegen";
  }
  llvm_unreachable("all stages are named");
}

std::optional<OutputKind> mlir::bn::getOutputKind(llvm::StringRef path) {
  return llvm::StringSwitch<std::optional<OutputKind>>(
             llvm::sys::path::extension(path))
      .Case("", OutputKind::Executable)
      .Case(".o", OutputKind::Object)
      .Case(".a", OutputKind::Archive)
      .Case(".so", OutputKind::SharedLibrary)
      .Case(".s", OutputKind::Assembly)
      .Case(".ll", OutputKind::LLVMIR)
      .Case(".mlir", OutputKind::MLIR)
      .Case(".mlirbc", OutputKind::MLIRBytecode)
      .Case(".onnx", OutputKind::Onnx)
      .Case(".onnxtxt", OutputKind::OnnxText)
      .Case(".cu", OutputKind::CudaSource)
      .Case(".ptx", OutputKind::Ptx)
      .Default(std::nullopt);
}
