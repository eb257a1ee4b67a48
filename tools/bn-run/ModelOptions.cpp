//===- ModelOptions.cpp - How bn-run compiles a model ---------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ModelOptions.h"
#include "bn/Driver/Compilation.h"
#include "bn/Driver/Compile.h"
#include "bn/Target/Object/Linker.h"
#include "bn/Target/Object/Machine.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"

#include <cstdio>

using namespace mlir;
using namespace mlir::bn;
namespace runtime = ::bn::runtime;

void ModelOptions::addCommonTo(std::vector<runtime::Option> &table) {
  const runtime::Option rows[] = {
      runtime::integerOption("-O", "0..3",
                             "how much to optimize (3); 0: plain loops", level,
                             0, 3),
      runtime::textOption("--mcpu", "NAME", "CPU to compile for (native)", cpu),
      runtime::textOption("--element-type", "f32|f64",
                          "compute in this precision (f32)", elementType),
      runtime::textOption(
          "--winograd", "auto|f2|off",
          "convolutions by few products: where faster, as exact as "
          "direct sums, none (auto)",
          winograd),
      runtime::flagOption("--help", "print this text", help)};
  table.insert(table.end(), std::begin(rows), std::end(rows));
}

void ModelOptions::addTo(std::vector<runtime::Option> &table) {
  const runtime::Option rows[] = {
      runtime::listOption("--shape", "NAME=1x3x224x224",
                          "fix the shape of an input", shapes),
      runtime::flagOption("--no-fold", "keep batch norms", noFold),
      runtime::realOption("--fold-tolerance", "X",
                          "largest relative change a fold may make (1e-5)",
                          foldTolerance, 0),
      runtime::textOption("--bn-mode", "as-file|eval|train",
                          "how BatchNormalization nodes are read (as-file)",
                          batchNormMode)};
  table.insert(table.end(), std::begin(rows), std::end(rows));
  addCommonTo(table);
}

llvm::Error ModelOptions::convert() {
  options.optimizationLevel = level;
  if (!cpu.empty())
    options.cpu = cpu;
  options.fold = !noFold;
  options.foldTolerance = foldTolerance;
  for (const std::string &text : shapes) {
    llvm::Expected<ShapeFix> shape = parseShapeFix(text);
    if (!shape)
      return shape.takeError();
    options.shapes.push_back(std::move(*shape));
  }
  if (batchNormMode.empty())
    batchNormMode = options.train ? "train" : "as-file";
  llvm::Expected<BatchNormMode> mode = parseBatchNormMode(batchNormMode);
  if (!mode)
    return mode.takeError();
  options.batchNormMode = *mode;
  llvm::Expected<Winograd> products =
      parseWinograd(winograd.empty() ? "auto" : winograd);
  if (!products)
    return products.takeError();
  options.winograd = *products;
  llvm::Expected<bool> useF64 =
      parseUseF64(elementType.empty() ? "f32" : elementType);
  if (!useF64)
    return useF64.takeError();
  options.useF64 = *useF64;
  llvm::Expected<TrainingOptions> trained = parseTraining(training);
  if (!trained)
    return trained.takeError();
  options.training = std::move(*trained);
  if (llvm::Error error = checkTraining(options))
    return error;
  return createTargetMachine(options.cpu, level).takeError();
}

void ModelOptions::addTrainingTo(std::vector<runtime::Option> &table) {
  options.train = true;
  const runtime::Option rows[] = {
      runtime::textOption("--loss", "cross-entropy|mse",
                          "what training minimizes (cross-entropy)",
                          training.loss),
      runtime::realOption("--label-smoothing", "X",
                          "share of the target that all classes have in common "
                          "(0)",
                          training.labelSmoothing, 0),
      runtime::textOption("--optimizer", "sgd|adam|adamw",
                          "how it does so (sgd)", training.optimizer),
      runtime::listOption("--freeze-bn", "NAME",
                          "batch norm that keeps its running statistics",
                          training.frozen),
      runtime::textOption("--bn-momentum", "M|cumulative",
                          "momentum of all batch norms (the file's), or means "
                          "over all batches",
                          training.momentum),
      runtime::textOption("--momentum-convention", "onnx|torch",
                          "what M multiplies: the running statistic or the "
                          "batch's (onnx)",
                          training.momentumConvention),
      runtime::textOption("--running-var", "biased|unbiased",
                          "which variance is averaged (biased)",
                          training.runningVariance)};
  table.insert(table.end(), std::begin(rows), std::end(rows));
}

void ModelOptions::addPlanTo(std::vector<runtime::Option> &table) {
  const runtime::Option rows[] = {
      runtime::textOption("--memory-budget", "BYTES",
                          "workspace that a step may take: 500000, 64K, 1.5M",
                          training.memoryBudget),
      runtime::flagOption("--no-fusion",
                          "every op of a step by itself, to compare with",
                          training.noFusion)};
  table.insert(table.end(), std::begin(rows), std::end(rows));
}

std::optional<int>
ModelOptions::parseWithoutModel(int argc, char **argv, const char *synopsis,
                                const std::string &description,
                                const std::vector<runtime::Option> &table,
                                std::vector<std::string> &operands) {
  if (runtime::Error error =
          runtime::parseCommandLine(argc, argv, table, operands))
    return failUsage(error.message());
  if (help) {
    std::printf("Usage: %s\n\n%s\nOptions:\n", synopsis, description.c_str());
    runtime::printOptions(table);
    std::printf("\nExit status: 0 done and equal, 1 failed or different, 2 "
                "wrong usage.\n");
    return runtime::ExitDone;
  }
  if (llvm::Error error = convert())
    return failUsage(llvm::toString(std::move(error)));
  return std::nullopt;
}

std::optional<int> ModelOptions::parse(int argc, char **argv,
                                       const char *synopsis,
                                       std::vector<runtime::Option> &table,
                                       std::vector<std::string> &operands) {
  addTo(table);
  if (auto status = parseWithoutModel(
          argc, argv, synopsis,
          "MODEL is .onnx, .onnxtxt, .mlir or .mlirbc, a .so made by bn-opt, "
          "or CUDA text\n(.cu), which runs on the CPU without "
          "--target=cuda.\n",
          table, operands))
    return status;
  if (operands.empty())
    return failUsage("expected a MODEL; see --help");
  modelPath = operands.front();
  operands.erase(operands.begin());
  return std::nullopt;
}

std::optional<int> ModelOptions::parse(int argc, char **argv,
                                       const char *synopsis,
                                       std::vector<runtime::Option> &table) {
  std::vector<std::string> operands;
  if (auto status = parse(argc, argv, synopsis, table, operands))
    return status;
  if (!operands.empty())
    return failUsage("unexpected operand '" + operands.front() + "'");
  return std::nullopt;
}

static DialectRegistry makeRegistry() {
  DialectRegistry registry;
  registerCompilerDialects(registry);
  return registry;
}

bool mlir::bn::isCudaText(llvm::StringRef path) {
  return path.ends_with(".cu");
}

static CudaOnCpuOptions getCudaOptions(bool check) {
  static int anchor; // an address within this program
  CudaOnCpuOptions options;
  options.mode = check ? CudaOnCpuMode::Check : CudaOnCpuMode::Plain;
  options.programPath = llvm::sys::fs::getMainExecutable("", &anchor);
  return options;
}

CompilerSession::CompilerSession()
    : context(makeRegistry()), diagnostics(&context, programName) {}

FailureOr<std::unique_ptr<LoadedTrainer>>
CompilerSession::loadTrainer(llvm::MemoryBufferRef onnx,
                             const CompileOptions &options) {
  return LoadedTrainer::compile(context, onnx, options);
}

/// Makes a library for the GPU of CUDA text.
static llvm::Error compileText(StringRef path, StringRef output,
                               StringRef architecture, StringRef programPath) {
  auto text = llvm::MemoryBuffer::getFile(path, /*IsText=*/true);
  if (!text)
    return llvm::createStringError(text.getError(), text.getError().message());
  // The text looks for its weights beside itself, wherever it is compiled.
  llvm::SmallString<128> absolute(path);
  llvm::sys::fs::make_absolute(absolute);
  std::string source;
  llvm::raw_string_ostream stream(source);
  stream << "#line 1 \"";
  stream.write_escaped(absolute) << "\"\n" << (*text)->getBuffer();
  return compileCuda(source, output, architecture, /*isShared=*/true,
                     {programPath.str()});
}

/// Makes CUDA text, or with nvcc a library for the GPU.
template <typename Loaded>
FailureOr<std::unique_ptr<Loaded>>
CompilerSession::loadForCuda(const std::string &path,
                             const CompileOptions &options, bool checkCuda) {
  if (llvm::Error error = scratch.create())
    return emitFileError(&context, path, llvm::toString(std::move(error)));
  std::string output =
      (scratch.getPath() + (checkCuda ? "/model.cu" : "/model.so")).str();
  CompileOptions cuda = options;
  cuda.target = Target::Cuda;
  cuda.cudaArchitecture = "native"; // it runs here
  CudaOnCpuOptions onCpu = getCudaOptions(checkCuda);
  if (isCudaText(path)) {
    if (llvm::Error error =
            compileText(path, output, cuda.cudaArchitecture, onCpu.programPath))
      return emitFileError(&context, path, llvm::toString(std::move(error)));
  } else if (failed(
                 compile(context, {path, output, onCpu.programPath}, cuda))) {
    return failure();
  }
  return checkCuda ? Loaded::compileCuda(context, output, onCpu)
                   : Loaded::loadSharedLibrary(context, output);
}

template <typename Loaded>
std::optional<FailureOr<std::unique_ptr<Loaded>>>
CompilerSession::tryLoad(const std::string &path, const CompileOptions &options,
                         bool checkCuda) {
  if (isCudaText(path) && (checkCuda || options.target == Target::Cpu))
    return Loaded::compileCuda(context, path, getCudaOptions(checkCuda));
  if (llvm::StringRef(path).ends_with(".so"))
    return Loaded::loadSharedLibrary(context, path);
  if (checkCuda || options.target == Target::Cuda)
    return loadForCuda<Loaded>(path, options, checkCuda);
  return std::nullopt;
}

FailureOr<std::unique_ptr<LoadedModel>>
CompilerSession::load(const std::string &path, const CompileOptions &options,
                      bool checkCuda) {
  if (auto loaded = tryLoad<LoadedModel>(path, options, checkCuda))
    return std::move(*loaded);
  return LoadedModel::compile(context, path, options);
}

FailureOr<std::unique_ptr<LoadedTrainer>>
CompilerSession::loadTrainer(const std::string &path,
                             const CompileOptions &options, bool checkCuda) {
  if (auto loaded = tryLoad<LoadedTrainer>(path, options, checkCuda))
    return std::move(*loaded);
  return LoadedTrainer::compile(context, path, options);
}

int mlir::bn::failUsage(const std::string &message) {
  llvm::errs() << programName << ": error: " << message << "\n";
  return runtime::ExitUsage;
}
