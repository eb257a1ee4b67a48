//===- Options.cpp - The command line of bn-opt ---------------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Options.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FileSystem.h"

using namespace mlir::bn;
namespace cl = llvm::cl;

static cl::OptionCategory category("Options of bn-opt");

namespace {

/// The options, which exist while the command line is parsed.
struct Declarations {
  cl::opt<std::string> input{cl::Positional, cl::desc("INPUT"),
                             cl::cat(category)};
  cl::opt<std::string> output{
      "o", cl::value_desc("OUTPUT"),
      cl::desc("Output; its ending says what is wanted: none (a program), .o, "
               ".a, .so, .s, .ll, .mlir, .mlirbc, .onnx, .onnxtxt, .cu"),
      cl::cat(category)};
  cl::opt<char> level{"O",
                      cl::Prefix,
                      cl::value_desc("0|1|2|3"),
                      cl::desc("0: no graph rewrites, plain loops (default 3)"),
                      cl::init('3'),
                      cl::cat(category)};
  cl::opt<std::string> target{"target", cl::value_desc("cpu|cuda"),
                              cl::desc("Kind of machine (default cpu)"),
                              cl::init("cpu"), cl::cat(category)};
  cl::opt<std::string> cpu{
      "mcpu", cl::value_desc("native|NAME"),
      cl::desc("CPU to compile for (default native: this one)"),
      cl::init("native"), cl::cat(category)};
  cl::opt<std::string> cudaArchitecture{
      "cuda-arch", cl::value_desc("sm_90"),
      cl::desc("GPU to compile for with --target=cuda (default sm_90)"),
      cl::init("sm_90"), cl::cat(category)};
  cl::list<std::string> shapes{
      "shape", cl::value_desc("NAME=1x3x224x224"),
      cl::desc("Fixes the shape of an input; repeatable. '?' on the first axis "
               "makes the batch dynamic"),
      cl::cat(category)};
  cl::opt<bool> noFold{"no-fold", cl::desc("Keep batch norms"),
                       cl::cat(category)};
  cl::opt<double> foldTolerance{
      "fold-tolerance", cl::value_desc("X"),
      cl::desc("Largest measured relative change a fold may make "
               "(default 1e-5)"),
      cl::init(1e-5), cl::cat(category)};
  cl::opt<std::string> batchNormMode{
      "bn-mode", cl::value_desc("as-file|eval|train"),
      cl::desc("How BatchNormalization nodes are read: as the file says, with "
               "running statistics, with those of the batch (default as-file; "
               "train with --train)"),
      cl::cat(category)};
  cl::opt<bool> checkCuda{
      "check-cuda",
      cl::desc(
          "Run an output that ends in .cu on the CPU, with random inputs, "
          "in several orders of its threads: races, bad accesses and other "
          "bits are errors"),
      cl::cat(category)};
  cl::opt<std::string> winograd{
      "winograd", cl::value_desc("auto|f2|off"),
      cl::desc(
          "Convolutions by few products: where they are faster, only those "
          "as exact as the direct sum, none (default auto)"),
      cl::init("auto"), cl::cat(category)};
  cl::opt<std::string> elementType{
      "element-type", cl::value_desc("f32|f64"),
      cl::desc("Compute in this precision (default f32)"), cl::init("f32"),
      cl::cat(category)};
  cl::opt<std::string> report{
      "report", cl::value_desc("FILE"),
      cl::desc("Report on every normalization: .txt, .json or .html"),
      cl::cat(category)};
  cl::opt<Stage> stopAfter{
      "stop-after", cl::desc("Print the IR after a stage"),
      cl::values(
          clEnumValN(Stage::Import, "import", "as read"),
          clEnumValN(Stage::Optimize, "optimize", "after graph rewrites"),
          clEnumValN(Stage::Lower, "lower", "as loops over buffers"),
          clEnumValN(Stage::Codegen, "codegen", "in the llvm dialect")),
      cl::cat(category)};
  cl::opt<std::string> saveStages{
      "save-stages", cl::value_desc("DIR"),
      cl::desc("Write the IR after every stage into DIR"), cl::cat(category)};
  cl::opt<bool> train{"train", cl::desc("Make a training program"),
                      cl::cat(category)};
  cl::opt<std::string> loss{
      "loss", cl::value_desc("cross-entropy|mse"),
      cl::desc("What training minimizes (default cross-entropy)"),
      cl::cat(category)};
  cl::opt<double> labelSmoothing{
      "label-smoothing", cl::value_desc("X"),
      cl::desc("Share of the target that all classes have in common"),
      cl::init(0.0), cl::cat(category)};
  cl::opt<std::string> optimizer{"optimizer", cl::value_desc("sgd|adam|adamw"),
                                 cl::desc("How it does so (default sgd)"),
                                 cl::cat(category)};
  cl::opt<int64_t> batch{
      "batch", cl::value_desc("N"),
      cl::desc("Rows of a step that --memory-budget is for (default 128)"),
      cl::init(128), cl::cat(category)};
  cl::opt<std::string> memoryBudget{
      "memory-budget", cl::value_desc("BYTES"),
      cl::desc("Workspace that a step may take, as 500000, 64K or 1.5M: what "
               "does not fit is computed again"),
      cl::cat(category)};
  cl::opt<bool> noFusion{
      "no-fusion", cl::desc("Every op of a step by itself, to compare with"),
      cl::cat(category)};
  cl::list<std::string> freeze{
      "freeze-bn", cl::value_desc("NAME"),
      cl::desc("A batch norm that trains with its running statistics; "
               "repeatable"),
      cl::cat(category)};
  cl::opt<std::string> momentum{
      "bn-momentum", cl::value_desc("M|cumulative"),
      cl::desc("Momentum of all batch norms (default: the file's), or means "
               "over all batches"),
      cl::cat(category)};
  cl::opt<std::string> momentumConvention{
      "momentum-convention", cl::value_desc("onnx|torch"),
      cl::desc("What M multiplies: the running statistic or that of the batch "
               "(default onnx)"),
      cl::cat(category)};
  cl::opt<std::string> runningVariance{
      "running-var", cl::value_desc("biased|unbiased"),
      cl::desc("Which variance is averaged (default biased)"),
      cl::cat(category)};
};

} // namespace

/// True if `argv` holds an option that is not bn-opt's own.
static bool hasForeignOption(int argc, char **argv) {
  auto &&known = cl::getRegisteredOptions();
  for (llvm::StringRef argument : llvm::ArrayRef(argv, argc).drop_front()) {
    if (argument == "--")
      break;
    if (!argument.consume_front("-") || argument.empty())
      continue;
    argument.consume_front("-");
    // These two everybody has.
    if (argument == "help" || argument == "version")
      continue;
    auto option = known.find(argument.split('=').first);
    if (option != known.end() &&
        !llvm::is_contained(option->second->Categories, &category))
      return true;
  }
  return false;
}

static llvm::Expected<CompileOptions> convert(const Declarations &given) {
  CompileOptions options;
  if (given.level < '0' || given.level > '3')
    return llvm::createStringError("expected -O0, -O1, -O2 or -O3, got -O" +
                                   llvm::Twine(char(given.level)));
  options.optimizationLevel = given.level - '0';
  options.cpu = given.cpu;
  for (const std::string &text : given.shapes) {
    llvm::Expected<ShapeFix> shape = parseShapeFix(text);
    if (!shape)
      return shape.takeError();
    options.shapes.push_back(std::move(*shape));
  }
  options.fold = !given.noFold;
  options.foldTolerance = given.foldTolerance;
  if (!(options.foldTolerance >= 0))
    return llvm::createStringError("--fold-tolerance: expected a number of at "
                                   "least 0");
  options.train = given.train;
  llvm::StringRef mode = given.batchNormMode;
  if (mode.empty())
    mode = options.train ? "train" : "as-file";
  llvm::Expected<BatchNormMode> parsed = parseBatchNormMode(mode);
  if (!parsed)
    return parsed.takeError();
  options.batchNormMode = *parsed;
  llvm::Expected<Winograd> winograd = parseWinograd(given.winograd);
  if (!winograd)
    return winograd.takeError();
  options.winograd = *winograd;
  TrainingTexts texts;
  texts.loss = given.loss;
  texts.optimizer = given.optimizer;
  texts.momentum = given.momentum;
  texts.momentumConvention = given.momentumConvention;
  texts.runningVariance = given.runningVariance;
  texts.memoryBudget = given.memoryBudget;
  texts.noFusion = given.noFusion;
  texts.labelSmoothing = given.labelSmoothing;
  texts.frozen.assign(given.freeze.begin(), given.freeze.end());
  llvm::Expected<TrainingOptions> training = parseTraining(texts);
  if (!training)
    return training.takeError();
  options.training = std::move(*training);
  if (given.batch < 1)
    return llvm::createStringError("--batch: expected a number of at least 1");
  options.training.batch = given.batch;
  llvm::Expected<bool> useF64 = parseUseF64(given.elementType);
  if (!useF64)
    return useF64.takeError();
  options.useF64 = *useF64;
  if (given.stopAfter.getNumOccurrences())
    options.stopAfter = given.stopAfter;
  options.saveStages = given.saveStages;
  options.report = given.report;
  if (given.target != "cpu" && given.target != "cuda")
    return llvm::createStringError("--target: expected cpu or cuda, got '" +
                                   given.target + "'");
  options.target = given.target == "cuda" ? Target::Cuda : Target::Cpu;
  options.checkCuda = given.checkCuda;
  llvm::Expected<std::string> architecture =
      parseCudaArchitecture(given.cudaArchitecture);
  if (!architecture)
    return architecture.takeError();
  options.cudaArchitecture = std::move(*architecture);
  if (llvm::Error error = checkTraining(options))
    return error;
  return options;
}

/// LLVM's code generator has a debugging option of the same name as ours, which
/// cannot stay beside it.
static void dropLLVMOption(llvm::StringRef name) {
  auto &&known = cl::getRegisteredOptions();
  if (auto option = known.find(name); option != known.end())
    option->second->removeArgument();
}

/// Prints what LLVM's parser says in the form of our own messages.
static void printParserErrors(llvm::StringRef text) {
  // About the value of an option it has spoken on stderr itself.
  if (text.empty())
    return;
  llvm::StringRef severity = "error";
  for (llvm::StringRef line : llvm::split(text.rtrim(), '\n')) {
    line.consume_front("bn-opt: ");
    llvm::errs() << "bn-opt: " << severity << ": " << line << "\n";
    severity = "note";
  }
}

std::optional<CommandLine> mlir::bn::parseCommandLine(int argc, char **argv) {
  dropLLVMOption("stop-after");
  static Declarations given;
  bool isOptTool = hasForeignOption(argc, argv);
  auto fail = [](llvm::Error error) {
    llvm::errs() << "bn-opt: error: " << llvm::toString(std::move(error))
                 << "\n";
    return std::nullopt;
  };
  if (!isOptTool)
    cl::HideUnrelatedOptions(category);
  std::string errors;
  llvm::raw_string_ostream errorStream(errors);
  if (!cl::ParseCommandLineOptions(
          argc, argv,
          "Compiles a network with normalization layers.\n\n"
          "  INPUT is .onnx, .onnxtxt, .mlir, .mlirbc, or - for any of them "
          "from "
          "stdin. With MLIR\n  and options of mlir-opt (--bn-fold-batch-norm, "
          "--pass-pipeline=..., --list-passes)\n  it behaves as mlir-opt "
          "does.\n",
          &errorStream, /*VFS=*/nullptr, /*EnvVar=*/nullptr,
          /*LongOptionsUseDoubleDash=*/false)) {
    printParserErrors(errors);
    return std::nullopt;
  }

  CommandLine line;
  line.isOptTool = isOptTool;
  line.request.input = given.input;
  line.request.output = given.output;
  static int anchor;
  line.request.programPath = llvm::sys::fs::getMainExecutable(argv[0], &anchor);
  if (line.request.input.empty()) {
    if (!isOptTool)
      return fail(llvm::createStringError("expected an INPUT; see --help"));
    line.request.input = "-";
  }
  llvm::Expected<CompileOptions> options = convert(given);
  if (!options)
    return fail(options.takeError());
  line.options = std::move(*options);
  if (!isOptTool)
    if (llvm::Error error = checkUsage(line.request, line.options))
      return fail(std::move(error));
  return line;
}
