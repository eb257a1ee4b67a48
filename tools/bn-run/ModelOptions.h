//===- ModelOptions.h - How bn-run compiles a model -------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_TOOLS_BN_RUN_MODELOPTIONS_H
#define BN_TOOLS_BN_RUN_MODELOPTIONS_H

#include "bn/Driver/CompileOptions.h"
#include "bn/Driver/Diagnostics.h"
#include "bn/Driver/LoadedModel.h"
#include "bn/Runtime/Options.h"
#include "bn/Runtime/Runner.h"
#include "bn/Target/Object/HostTools.h"

#include "mlir/IR/MLIRContext.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace mlir::bn {

/// The options that all commands share: those of a compilation, named as
/// bn-opt's, and --help.
class ModelOptions {
public:
  void addTo(std::vector<::bn::runtime::Option> &table);

  /// Those that have nothing to do with a model's file.
  void addCommonTo(std::vector<::bn::runtime::Option> &table);

  /// Adds the options of a compilation that is for training, and makes it one.
  void addTrainingTo(std::vector<::bn::runtime::Option> &table);

  /// Adds those that are about how a training step is planned.
  void addPlanTo(std::vector<::bn::runtime::Option> &table);

  /// Parses the command line. The first operand is the model; the others go to
  /// `operands`. Returns the exit status if the command is over: after --help,
  /// or with a message about wrong usage.
  std::optional<int> parse(int argc, char **argv, const char *synopsis,
                           std::vector<::bn::runtime::Option> &table,
                           std::vector<std::string> &operands);

  /// The same for a command that takes a model and nothing else.
  std::optional<int> parse(int argc, char **argv, const char *synopsis,
                           std::vector<::bn::runtime::Option> &table);

  /// The same for a command that makes its models, from a table that is
  /// complete. `description` is a part of --help.
  std::optional<int>
  parseWithoutModel(int argc, char **argv, const char *synopsis,
                    const std::string &description,
                    const std::vector<::bn::runtime::Option> &table,
                    std::vector<std::string> &operands);

  const std::string &getModelPath() const { return modelPath; }
  CompileOptions &getCompileOptions() { return options; }

private:
  llvm::Error convert();

  std::string modelPath;
  int64_t level = 3;
  std::string cpu, batchNormMode, elementType, winograd;
  std::vector<std::string> shapes;
  bool noFold = false;
  bool help = false;
  double foldTolerance = 1e-5;
  TrainingTexts training;
  CompileOptions options;
};

/// What a command needs to compile, with diagnostics on stderr.
class CompilerSession {
public:
  CompilerSession();
  MLIRContext &getContext() { return context; }

  /// Compiles the model in `path`, or loads it if it is a shared library. CUDA
  /// text becomes code for the CPU, with checks if `checkCuda` is set; so does
  /// then what any other model is as CUDA text.
  FailureOr<std::unique_ptr<LoadedModel>> load(const std::string &path,
                                               const CompileOptions &options,
                                               bool checkCuda = false);

  /// The same for the training of the model in `path`.
  FailureOr<std::unique_ptr<LoadedTrainer>>
  loadTrainer(const std::string &path, const CompileOptions &options,
              bool checkCuda = false);

  /// The same for an ONNX model in memory.
  FailureOr<std::unique_ptr<LoadedTrainer>>
  loadTrainer(llvm::MemoryBufferRef onnx, const CompileOptions &options);

private:
  template <typename Loaded>
  FailureOr<std::unique_ptr<Loaded>> loadForCuda(const std::string &path,
                                                 const CompileOptions &options,
                                                 bool checkCuda);
  /// None if the model in `path` is to become code for this computer.
  template <typename Loaded>
  std::optional<FailureOr<std::unique_ptr<Loaded>>>
  tryLoad(const std::string &path, const CompileOptions &options,
          bool checkCuda);

  MLIRContext context;
  DiagnosticPrinter diagnostics;
  /// What was made for CUDA; a large model reads its parameters from there.
  ScratchDirectory scratch;
};

/// True for the path of CUDA text.
bool isCudaText(llvm::StringRef path);

/// Name under which messages are printed.
inline constexpr const char *programName = "bn-run";

/// Prints a message about wrong usage, and returns its exit status.
int failUsage(const std::string &message);

} // namespace mlir::bn

#endif // BN_TOOLS_BN_RUN_MODELOPTIONS_H
