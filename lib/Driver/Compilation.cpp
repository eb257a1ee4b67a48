//===- Compilation.cpp - A model on its way through the stages ------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Driver/Compilation.h"
#include "bn/Dialect/BN/IR/BN.h"
#include "bn/Dialect/BN/Transforms/Passes.h"
#include "bn/Driver/Diagnostics.h"
#include "bn/Driver/OutputFile.h"
#include "bn/Pipelines/Pipelines.h"
#include "bn/Target/Object/Machine.h"
#include "bn/Target/Object/Passes.h"

#include "mlir/Parser/Parser.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/SourceMgr.h"

using namespace mlir;
using namespace mlir::bn;

Compilation::Compilation(MLIRContext &context, const CompileOptions &options,
                         std::string symbol, bool entryPoint)
    : context(context), options(options), symbol(std::move(symbol)),
      entryPoint(entryPoint) {}

Compilation::~Compilation() = default;

LogicalResult Compilation::read(StringRef input) {
  StringRef ending = llvm::sys::path::extension(input);
  if (ending == ".onnx" || ending == ".onnxtxt") {
    ImportOptions importOptions;
    importOptions.shapes = options.shapes;
    importOptions.batchNormMode = options.batchNormMode;
    auto imported = importOnnxFile(input, context, importOptions);
    if (failed(imported))
      return failure();
    module = std::move(*imported);
    return saveStage(Stage::Import);
  }

  auto buffer = llvm::MemoryBuffer::getFileOrSTDIN(input);
  if (std::error_code error = buffer.getError())
    return emitFileError(&context, input, "cannot read: " + error.message());
  if (input != "-" && ending != ".mlir" && ending != ".mlirbc")
    return emitFileError(&context, input,
                         "expected a model in a file ending in .onnx, "
                         ".onnxtxt, .mlir or .mlirbc");
  if (!options.shapes.empty())
    return emitFileError(&context, input,
                         "the shape of an input can be fixed in an ONNX model "
                         "only");
  if (options.batchNormMode != BatchNormMode::AsFile)
    return emitFileError(&context, input,
                         "how batch norms are read can be chosen for an ONNX "
                         "model only");
  llvm::SourceMgr sources;
  sources.AddNewSourceBuffer(std::move(*buffer), llvm::SMLoc());
  module = parseSourceFile<ModuleOp>(sources, ParserConfig(&context));
  if (!module)
    return failure();
  if (isLowered(*module))
    next = Stage::Codegen;
  return next == Stage::Optimize ? saveStage(Stage::Import) : success();
}

LogicalResult Compilation::raise() {
  return runPasses(
      [](OpPassManager &passes) { passes.addPass(createRaiseBatchNorm()); });
}

LogicalResult Compilation::runTo(Stage last) {
  for (; next <= last; next = Stage(int(next) + 1)) {
    if (failed(run(next)) || failed(saveStage(next)))
      return failure();
    if (next == Stage::Codegen)
      break;
  }
  return success();
}

LogicalResult Compilation::run(Stage stage) {
  switch (stage) {
  case Stage::Import:
    return success();
  case Stage::Optimize:
    return optimize();
  case Stage::Lower:
    return lower();
  case Stage::Codegen:
    return generate();
  }
  llvm_unreachable("all stages are run");
}

LogicalResult
Compilation::runPasses(llvm::function_ref<void(OpPassManager &)> build) {
  PassManager passes(&context);
  build(passes);
  return passes.run(*module);
}

LogicalResult Compilation::optimize() {
  return runPasses([&](OpPassManager &passes) {
    GraphOptions graph;
    graph.optimizationLevel = options.optimizationLevel;
    graph.fold = options.fold;
    graph.foldTolerance = options.foldTolerance;
    graph.useF64 = options.useF64;
    buildGraphPipeline(passes, graph);
  });
}

LogicalResult Compilation::createMachine() {
  // A module that was read lowered comes without one.
  if (machine)
    return success();
  llvm::Expected<std::unique_ptr<llvm::TargetMachine>> found =
      createTargetMachine(options.cpu, options.optimizationLevel);
  if (!found)
    return emitFileError(&context, "", llvm::toString(found.takeError()));
  machine = std::move(*found);
  cpuFeatures = getRequiredCpuFeatures(*machine);
  return success();
}

LogicalResult Compilation::lower() {
  if (failed(createMachine()))
    return failure();
  // The plain way alone is the reference, and computes in double precision.
  bool plain = options.optimizationLevel == 0 || options.useF64;
  return runPasses([&](OpPassManager &passes) {
    if (plain)
      return buildPlainLoweringPipeline(passes);
    VectorUnit unit = getVectorUnit(*machine);
    buildFastLoweringPipeline(passes, {unit.length, unit.registers});
  });
}

LogicalResult Compilation::generate() {
  if (failed(createMachine()))
    return failure();
  FailureOr<ModelSignature> lowered = getModelSignature(*module);
  if (failed(lowered))
    return failure();
  signature = std::move(*lowered);
  signature.function = nullptr;
  return runPasses([&](OpPassManager &passes) {
    EmitModelTableOptions table;
    table.symbol = symbol;
    table.entryPoint = entryPoint;
    table.cpuFeatures = cpuFeatures;
    passes.addPass(createEmitModelTable(table));
    buildLLVMPipeline(passes);
  });
}

LogicalResult Compilation::saveStage(Stage stage) {
  if (options.saveStages.empty())
    return success();
  if (std::error_code error =
          llvm::sys::fs::create_directories(options.saveStages))
    return emitFileError(&context, options.saveStages,
                         "cannot create the directory: " + error.message());
  SmallString<128> path(options.saveStages);
  llvm::sys::path::append(path, Twine(int(stage) + 1) + "-" +
                                    getStageName(stage) + ".mlir");
  llvm::Expected<OutputFile> file = OutputFile::create(path);
  if (!file)
    return emitFileError(&context, path, llvm::toString(file.takeError()));
  std::string text;
  llvm::raw_string_ostream stream(text);
  // To be read by people: parameters would drown the rest.
  module->print(
      stream,
      OpPrintingFlags().elideLargeResourceString().elideLargeElementsAttrs());
  llvm::Error error = file->write(text);
  if (!error)
    error = file->commit();
  if (error)
    return emitFileError(&context, path, llvm::toString(std::move(error)));
  return success();
}
