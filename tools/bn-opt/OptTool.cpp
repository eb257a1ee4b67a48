//===- OptTool.cpp - bn-opt as a tool of mlir-opt's kind ------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OptTool.h"
#include "bn/Codegen/CPU/Passes.h"
#include "bn/Codegen/GPU/Passes.h"
#include "bn/Conversion/BNToLinalg/Passes.h"
#include "bn/Dialect/BN/Transforms/Passes.h"
#include "bn/Driver/Compilation.h"
#include "bn/Driver/OutputFile.h"
#include "bn/Pipelines/Pipelines.h"
#include "bn/Plan/Passes.h"
#include "bn/Target/Cuda/Passes.h"
#include "bn/Target/Object/Passes.h"

#include "mlir/IR/AsmState.h"
#include "mlir/InitAllPasses.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "llvm/Support/MemoryBuffer.h"

using namespace mlir;
using namespace mlir::bn;

void mlir::bn::registerOptTool(DialectRegistry &registry) {
  registerCompilerDialects(registry);
  registerAllPasses();
  registerBNCodegenCPUPasses();
  registerBNCodegenGPUPasses();
  registerBNTransformsPasses();
  registerBNToLinalgPasses();
  registerBNPlanPasses();
  registerBNTargetCudaPasses();
  registerBNTargetObjectPasses();
  registerLoweringPipelines();
  registerAsmPrinterCLOptions();
  registerMLIRContextCLOptions();
  registerPassManagerCLOptions();
  registerDefaultTimingManagerCLOptions();
  MlirOptMainConfig::registerCLOptions(registry);
}

LogicalResult mlir::bn::runOptTool(const CompileRequest &request,
                                   DialectRegistry &registry) {
  auto fail = [](const Twine &path, const Twine &message) {
    llvm::errs() << path << ": error: " << message << "\n";
    return failure();
  };
  auto input = llvm::MemoryBuffer::getFileOrSTDIN(request.input);
  if (std::error_code error = input.getError())
    return fail(request.input, "cannot read: " + error.message());
  MlirOptMainConfig config = MlirOptMainConfig::createFromCLOptions();
  if (request.output.empty() || request.output == "-")
    return MlirOptMain(llvm::outs(), std::move(*input), registry, config);

  llvm::Expected<OutputFile> output = OutputFile::create(request.output);
  if (!output)
    return fail(request.output, llvm::toString(output.takeError()));
  std::string text;
  llvm::raw_string_ostream stream(text);
  if (failed(MlirOptMain(stream, std::move(*input), registry, config)))
    return failure();
  llvm::Error error = output->write(text);
  if (!error)
    error = output->commit();
  return error ? fail(request.output, llvm::toString(std::move(error)))
               : success();
}
