//===- Compilation.cpp - A model on its way through the stages ------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Driver/Compilation.h"
#include "TrainingSource.h"
#include "bn/Dialect/BN/IR/BN.h"
#include "bn/Dialect/BN/IR/LayerCounts.h"
#include "bn/Dialect/BN/Transforms/Passes.h"
#include "bn/Driver/Diagnostics.h"
#include "bn/Driver/OutputFile.h"
#include "bn/Pipelines/Pipelines.h"
#include "bn/Target/Object/Machine.h"
#include "bn/Target/Object/Passes.h"

#include "mlir/Bytecode/BytecodeReader.h"
#include "mlir/Parser/Parser.h"
#include "llvm/ADT/StringExtras.h"
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

/// True if `buffer`, which came without a name, holds ONNX rather than MLIR.
static bool holdsOnnx(llvm::MemoryBufferRef buffer) {
  if (isBytecode(buffer))
    return false;
  // Protobuf's wire format has bytes of control already in its first fields.
  StringRef text = buffer.getBuffer();
  if (llvm::any_of(text.take_front(1024), [](unsigned char c) {
        return c < 0x20 && !llvm::isSpace(c);
      }))
    return true;
  // ONNX's text starts with versions in angle brackets, after comments. (What
  // looks like a comment in MLIR is the name of an attribute.)
  for (text = text.ltrim(); text.starts_with("#"); text = text.ltrim())
    text = text.drop_until([](char c) { return c == '\n'; });
  return text.starts_with("<");
}

/// The momentum of a trained model's batch norms, in ONNX's convention.
static std::optional<float> getSourceMomentum(const TrainingOptions &options) {
  if (!options.momentum)
    return std::nullopt;
  return options.momentumConvention == "onnx" ? *options.momentum
                                              : 1.0 - *options.momentum;
}

LogicalResult
Compilation::takeImported(FailureOr<OwningOpRef<ModuleOp>> imported) {
  if (failed(imported))
    return failure();
  module = std::move(*imported);
  return saveStage(Stage::Import);
}

ImportOptions Compilation::getImportOptions() const {
  ImportOptions importOptions;
  importOptions.shapes = options.shapes;
  importOptions.batchNormMode = options.batchNormMode;
  importOptions.freeBatch = options.train;
  importOptions.keepSource = options.train;
  if (options.train)
    importOptions.sourceMomentum = getSourceMomentum(options.training);
  return importOptions;
}

LogicalResult Compilation::readOnnx(llvm::MemoryBufferRef buffer) {
  return takeImported(importOnnx(buffer, context, getImportOptions()));
}

LogicalResult Compilation::read(StringRef input) {
  StringRef ending = llvm::sys::path::extension(input);
  if (ending == ".onnx" || ending == ".onnxtxt")
    return takeImported(importOnnxFile(input, context, getImportOptions()));

  auto buffer = llvm::MemoryBuffer::getFileOrSTDIN(input);
  if (std::error_code error = buffer.getError())
    return emitFileError(&context, input, "cannot read: " + error.message());
  if (input == "-" && holdsOnnx(**buffer))
    return readOnnx(**buffer);
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

LogicalResult Compilation::optimizeTraining() {
  if (failed(completeSource(*module, getSourceMomentum(options.training))))
    return failure();
  return runPasses([&](OpPassManager &passes) {
    const TrainingOptions &training = options.training;
    TrainingGraphOptions graph;
    graph.optimizationLevel = options.optimizationLevel;
    graph.useF64 = options.useF64;
    graph.loss = training.loss == Loss::CrossEntropy ? "cross-entropy" : "mse";
    graph.labelSmoothing = training.labelSmoothing;
    graph.optimizer = training.optimizer == Optimizer::Sgd    ? "sgd"
                      : training.optimizer == Optimizer::Adam ? "adam"
                                                              : "adamw";
    graph.batchStatistics = options.batchNormMode == BatchNormMode::Train;
    graph.frozen = training.frozen;
    graph.momentum = training.momentum;
    graph.momentumConvention = training.momentumConvention;
    graph.cumulativeAverage = training.cumulativeAverage;
    graph.runningVariance = training.runningVariance;
    buildTrainingGraphPipeline(passes, graph);
  });
}

LogicalResult Compilation::optimize() {
  if (options.train)
    return optimizeTraining();
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

/// Whether rows of a result depend on other rows of the batch.
static bool needsBatchStatistics(ModuleOp module) {
  return module
      .walk([](BatchNormTrainingOp) { return WalkResult::interrupt(); })
      .wasInterrupted();
}

LogicalResult Compilation::lower() {
  if (isForCuda())
    return runPasses([&](OpPassManager &passes) {
      if (options.train)
        return buildCudaTrainingPipeline(passes);
      buildCudaLoweringPipeline(passes);
    });
  if (failed(createMachine()))
    return failure();
  return runPasses([&](OpPassManager &passes) {
    if (!isPlanned(options))
      return buildPlainLoweringPipeline(passes);
    VectorUnit unit = getVectorUnit(*machine);
    int64_t points = options.winograd == Winograd::automatic ? 6
                     : options.winograd == Winograd::f2      ? 4
                                                             : 0;
    FastLoweringOptions fast = {unit.length, unit.registers, points,
                                options.profile};
    if (options.train || needsBatchStatistics(*module)) {
      const TrainingOptions &training = options.training;
      return buildFastTrainingPipeline(
          passes, {fast, training.fuse, options.winograd != Winograd::off,
                   training.memoryBudget, training.batch});
    }
    buildFastLoweringPipeline(passes, fast);
  });
}

/// The layers whose time the lowered `module` counts, with what is known of
/// each.
static std::vector<::bn::runtime::ProfiledLayer> getLayers(ModuleOp module) {
  llvm::StringMap<LayerCounts> known;
  for (auto func : module.getOps<func::FuncOp>())
    if (Attribute attribute = func->getAttr(kLayersAttr)) {
      std::vector<LayerCounts> layers = *getLayerCounts(attribute);
      for (const LayerCounts &layer : layers)
        known[layer.name] = layer;
    }
  std::vector<::bn::runtime::ProfiledLayer> result;
  if (auto names = module->getAttrOfType<ArrayAttr>(kProfileAttr))
    for (auto name : names.getAsRange<StringAttr>()) {
      LayerCounts layer = known.lookup(name);
      result.push_back({name.str(), layer.operationsPerRow, layer.bytesPerRow,
                        layer.parameterBytes});
    }
  return result;
}

LogicalResult Compilation::generate() {
  if (options.train) {
    if (isForCuda())
      return success();
    if (failed(createMachine()))
      return failure();
    return generateTrainer();
  }
  FailureOr<ModelSignature> lowered = getModelSignature(*module);
  if (failed(lowered))
    return failure();
  profiledLayers = getLayers(*module);
  signature = std::move(*lowered);
  signature.function = nullptr;
  // What is printed is the IR as it is.
  if (isForCuda())
    return success();
  if (failed(createMachine()))
    return failure();
  return runPasses([&](OpPassManager &passes) {
    EmitModelTableOptions table;
    table.symbol = symbol;
    table.entryPoint = entryPoint;
    table.cpuFeatures = cpuFeatures;
    passes.addPass(createLowerParallel());
    passes.addPass(createEmitModelTable(table));
    buildLLVMPipeline(passes);
  });
}

LogicalResult Compilation::generateTrainer() {
  return runPasses([&](OpPassManager &passes) {
    EmitTrainerTableOptions table;
    table.symbol = symbol;
    table.entryPoint = entryPoint;
    table.cpuFeatures = cpuFeatures;
    table.loss = static_cast<int32_t>(options.training.loss);
    table.optimizer = static_cast<int32_t>(options.training.optimizer);
    table.labelSmoothing = options.training.labelSmoothing;
    passes.addPass(createLowerParallel());
    passes.addPass(createEmitTrainerTable(table));
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
