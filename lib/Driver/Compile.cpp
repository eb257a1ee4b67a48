//===- Compile.cpp - From a file to a file --------------------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Driver/Compile.h"
#include "bn/Driver/Compilation.h"
#include "bn/Driver/CudaCheck.h"
#include "bn/Driver/Diagnostics.h"
#include "bn/Driver/OutputFile.h"
#include "bn/Export/ExportOnnx.h"
#include "bn/Pipelines/Ptx.h"
#include "bn/Report/Report.h"
#include "bn/Target/Cuda/PrintCuda.h"
#include "bn/Target/Cuda/PrintPtx.h"
#include "bn/Target/Object/CHeader.h"
#include "bn/Target/Object/Codegen.h"
#include "bn/Target/Object/Linker.h"
#include "bn/Target/Object/Machine.h"

#include "mlir/Bytecode/BytecodeWriter.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using namespace mlir::bn;

static llvm::Error usageError(const Twine &message) {
  return llvm::createStringError(message);
}

/// The output that a request means, spelled out.
static std::string getOutput(const CompileRequest &request,
                             const CompileOptions &options) {
  if (!request.output.empty())
    return request.output;
  if (options.stopAfter)
    return "-";
  return llvm::sys::path::stem(request.input).str();
}

/// What to make of `output`; IR goes to stdout.
static std::optional<OutputKind> getKind(StringRef output) {
  return output == "-" ? OutputKind::MLIR : getOutputKind(output);
}

static bool isIR(OutputKind kind) {
  return kind == OutputKind::MLIR || kind == OutputKind::MLIRBytecode;
}

static bool isOnnx(OutputKind kind) {
  return kind == OutputKind::Onnx || kind == OutputKind::OnnxText;
}

llvm::Error mlir::bn::checkUsage(const CompileRequest &request,
                                 const CompileOptions &options) {
  if (request.input == "-" && request.output.empty() && !options.stopAfter)
    return usageError("expected -o OUTPUT with input from stdin");
  std::string output = getOutput(request, options);
  std::optional<OutputKind> kind = getKind(output);
  if (!kind)
    return usageError(
        "unknown ending of the output '" + output +
        "'; expected none, .o, .a, .so, .s, .ll, .mlir, .mlirbc, .onnx, "
        ".onnxtxt, .cu or .ptx");
  if (options.stopAfter && !isIR(*kind))
    return usageError("--stop-after prints IR: expected an output ending in "
                      ".mlir or .mlirbc, got '" +
                      output + "'");
  if (options.checkCuda && *kind != OutputKind::CudaSource)
    return usageError("--check-cuda: expected an output ending in .cu, got '" +
                      output + "'");
  if (!options.report.empty() && !getReportFormat(options.report))
    return usageError("--report: expected a file ending in .txt, .json or "
                      ".html, got '" +
                      options.report + "'");
  if (!options.report.empty() && options.stopAfter == Stage::Import)
    return usageError("--report is about what stage optimize has done, and "
                      "--stop-after=import stops before it");
  auto machine = createTargetMachine(options.cpu, options.optimizationLevel);
  return machine ? llvm::Error::success() : machine.takeError();
}

namespace {

/// Makes the output of one compilation.
class OutputWriter {
public:
  OutputWriter(MLIRContext &context, Compilation &compilation,
               const CompileRequest &request, StringRef symbol, OutputKind kind)
      : context(context), compilation(compilation), request(request),
        symbol(symbol), kind(kind) {}

  /// Opens the files, so that what cannot be written is found before the work.
  LogicalResult open(StringRef output) {
    if (failed(openFile(output, main)))
      return failure();
    const std::string &reportPath = compilation.getOptions().report;
    if (!reportPath.empty() && failed(openFile(reportPath, report)))
      return failure();
    // A trainer's table has no header of its own.
    if (!isTrainer() &&
        (kind == OutputKind::Object || kind == OutputKind::Archive ||
         kind == OutputKind::SharedLibrary)) {
      SmallString<128> header(output);
      llvm::sys::path::replace_extension(header, "h");
      return openFile(header, this->header);
    }
    return success();
  }

  /// To be called after stage `lower`, which records what its kernels took in.
  LogicalResult writeReport() {
    if (!report)
      return success();
    std::string text;
    llvm::raw_string_ostream stream(text);
    printReport(compilation.getModule(),
                llvm::sys::path::filename(request.input),
                *getReportFormat(report->getPath()), stream);
    return check(*report, report->write(text));
  }

  /// To be called after the last stage. Puts all files in their places.
  LogicalResult write() {
    if (failed(isIR(kind) || isOnnx(kind) ? writeIR()
               : compilation.isForCuda()  ? writeCuda()
                                          : writeCode()))
      return failure();
    for (std::optional<OutputFile> *file :
         {&report, &header, &parameters, &source, &main})
      if (*file && failed(check(**file, (*file)->commit())))
        return failure();
    return success();
  }

private:
  bool isTrainer() const { return compilation.getOptions().train; }

  LogicalResult openFile(StringRef path, std::optional<OutputFile> &file) {
    llvm::Expected<OutputFile> opened = OutputFile::create(path);
    if (!opened)
      return emitFileError(&context, path, llvm::toString(opened.takeError()));
    file.emplace(std::move(*opened));
    return success();
  }

  LogicalResult check(OutputFile &file, llvm::Error error) {
    if (!error)
      return success();
    StringRef path = file.getPath() == "-" ? "stdout" : file.getPath();
    return emitFileError(&context, path, llvm::toString(std::move(error)));
  }

  LogicalResult writeIR() {
    std::string bytes;
    llvm::raw_string_ostream stream(bytes);
    OpPrintingFlags flags;
    // A terminal is for people; a file must hold everything: parameters, and
    // the names of nodes, which are locations.
    if (main->getPath() == "-")
      flags.elideLargeResourceString().elideLargeElementsAttrs();
    else
      flags.enableDebugInfo();
    ModuleOp module = compilation.getModule();
    if (isOnnx(kind)) {
      if (failed(exportOnnx(module, stream,
                            kind == OutputKind::Onnx ? OnnxEncoding::Binary
                                                     : OnnxEncoding::Text)))
        return failure();
    } else if (kind == OutputKind::MLIR)
      module.print(stream, flags);
    else if (failed(writeBytecodeToFile(module, stream)))
      return module.emitError("cannot be written as bytecode");
    return check(*main, main->write(bytes));
  }

  LogicalResult writeCode() {
    llvm::LLVMContext llvmContext;
    llvm::TargetMachine &machine = compilation.getMachine();
    auto module =
        translateAndOptimize(compilation.getModule(), llvmContext, machine,
                             compilation.getOptions().optimizationLevel);
    if (failed(module))
      return failure();
    if (kind == OutputKind::LLVMIR) {
      std::string text;
      llvm::raw_string_ostream stream(text);
      (*module)->print(stream, nullptr);
      return check(*main, main->write(text));
    }
    auto code = emitCode(**module, machine,
                         kind == OutputKind::Assembly ? CodeKind::Assembly
                                                      : CodeKind::Object);
    if (failed(check(*main, place(*code))))
      return failure();
    return header ? writeHeader() : success();
  }

  /// The parameters of a large model lie beside the text, or what is made of
  /// it.
  LogicalResult writeCuda() {
    if (kind == OutputKind::Ptx)
      return writePtx();
    ModuleOp module = compilation.getModule();
    SmallString<128> path(main->getPath()), sourcePath(path);
    llvm::sys::path::replace_extension(path, "weights");
    llvm::sys::path::replace_extension(sourcePath, "source.onnx");
    const TrainingOptions &training = compilation.getOptions().training;
    CudaTextOptions textOptions = {symbol.str(),
                                   llvm::sys::path::filename(path).str(),
                                   static_cast<int32_t>(training.loss),
                                   static_cast<int32_t>(training.optimizer),
                                   training.labelSmoothing,
                                   llvm::sys::path::filename(sourcePath).str()};
    std::string text;
    llvm::raw_string_ostream stream(text);
    if (failed(printCuda(module, textOptions, stream)))
      return failure();
    if (failed(writeBeside(path, getParameterBytes(module), parameters)) ||
        failed(writeBeside(sourcePath, getSourceBytes(module), source)))
      return failure();
    if (kind == OutputKind::CudaSource)
      return check(*main, main->write(text));
    if (failed(
            check(*main, compileCuda(text, main->getTemporaryPath(),
                                     compilation.getOptions().cudaArchitecture,
                                     kind == OutputKind::SharedLibrary,
                                     {request.programPath, isTrainer()}))))
      return failure();
    return header ? writeHeader() : success();
  }

  /// A file beside the output, if there is something to be in it.
  LogicalResult writeBeside(StringRef path, StringRef bytes,
                            std::optional<OutputFile> &file) {
    if (bytes.empty())
      return success();
    if (failed(openFile(path, file)))
      return failure();
    return check(*file, file->write(bytes));
  }

  /// The kernels alone, through LLVM.
  LogicalResult writePtx() {
    OwningOpRef<ModuleOp> kernels = copyKernels(compilation.getModule());
    PassManager passes(&context);
    buildPtxPipeline(passes);
    std::string text;
    llvm::raw_string_ostream stream(text);
    if (failed(passes.run(*kernels)) ||
        failed(printPtx(*kernels, compilation.getOptions().cudaArchitecture,
                        stream)))
      return failure();
    return check(*main, main->write(text));
  }

  /// Puts the code into the output: as it is, archived or linked.
  llvm::Error place(const llvm::MemoryBuffer &code) {
    StringRef name = llvm::sys::path::filename(main->getPath());
    if (kind == OutputKind::Executable)
      return linkProgram(code.getMemBufferRef(), main->getTemporaryPath(),
                         {request.programPath, isTrainer()});
    if (kind == OutputKind::SharedLibrary)
      return linkSharedLibrary(code.getMemBufferRef(), main->getTemporaryPath(),
                               name);
    if (kind != OutputKind::Archive)
      return main->write(code.getBuffer());
    auto archive =
        createArchive((llvm::sys::path::stem(name) + ".o").str(), code);
    if (!archive)
      return archive.takeError();
    return main->write((*archive)->getBuffer());
  }

  LogicalResult writeHeader() {
    std::string text;
    llvm::raw_string_ostream stream(text);
    printCHeader(compilation.getSignature(), symbol,
                 compilation.getCpuFeatures(), compilation.isForCuda(), stream);
    return check(*header, header->write(text));
  }

  MLIRContext &context;
  Compilation &compilation;
  const CompileRequest &request;
  StringRef symbol;
  OutputKind kind;
  /// The output, and what lies beside it.
  std::optional<OutputFile> main, header, report, parameters, source;
};

} // namespace

/// The last stage that an output of `kind` needs.
static Stage getLastStage(OutputKind kind, const CompileOptions &options) {
  if (options.stopAfter)
    return *options.stopAfter;
  return isIR(kind) || isOnnx(kind) ? Stage::Optimize : Stage::Codegen;
}

/// What is asked for and not there, in words; empty if nothing.
static StringRef getUnsupported(OutputKind kind,
                                const CompileOptions &options) {
  bool isForCuda = options.target == Target::Cuda;
  if (options.train && !isIR(kind) && kind != OutputKind::Executable &&
      !isForCuda)
    return "a training program that is no executable";
  if (!isForCuda || isIR(kind) || isOnnx(kind))
    return "";
  if (options.train && kind == OutputKind::Ptx)
    return "PTX of a training program";
  if (options.useF64)
    return "code for CUDA in double precision";
  if (kind != OutputKind::CudaSource && kind != OutputKind::Ptx &&
      kind != OutputKind::Executable && kind != OutputKind::SharedLibrary)
    return "an object or assembly for CUDA";
  return "";
}

LogicalResult mlir::bn::compile(MLIRContext &context,
                                const CompileRequest &request,
                                const CompileOptions &givenOptions) {
  std::string output = getOutput(request, givenOptions);
  OutputKind kind = *getKind(output);
  CompileOptions options = givenOptions;
  if (kind == OutputKind::CudaSource || kind == OutputKind::Ptx)
    options.target = Target::Cuda;
  if (StringRef what = getUnsupported(kind, options); !what.empty())
    return emitFileError(&context, output,
                         what + " is not supported by this version");

  std::string symbol = makeIdentifier(llvm::sys::path::stem(output), "model_");
  bool entryPoint =
      kind == OutputKind::Executable || kind == OutputKind::SharedLibrary;
  Compilation compilation(context, options, symbol, entryPoint);
  OutputWriter writer(context, compilation, request, symbol, kind);
  Stage last = getLastStage(kind, options);
  if (failed(writer.open(output)) || failed(compilation.read(request.input)) ||
      failed(compilation.runTo(std::min(last, Stage::Lower))) ||
      failed(writer.writeReport()) || failed(compilation.runTo(last)) ||
      failed(writer.write()))
    return failure();
  return options.checkCuda ? checkCudaText(context, output, request.programPath,
                                           options.train)
                           : success();
}
