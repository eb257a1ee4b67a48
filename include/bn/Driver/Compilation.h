//===- Compilation.h - A model on its way through the stages ----*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_DRIVER_COMPILATION_H
#define BN_DRIVER_COMPILATION_H

#include "bn/Driver/CompileOptions.h"
#include "bn/Runtime/Bench.h"
#include "bn/Target/Object/Signature.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Target/TargetMachine.h"

#include <memory>
#include <string>

namespace mlir::bn {

/// A model on its way through the stages. Errors are diagnostics of the
/// context.
class Compilation {
public:
  /// `symbol` is the C identifier that exported names begin with; with
  /// `entryPoint` the model is also what `bn_get_model` returns.
  Compilation(MLIRContext &context, const CompileOptions &options,
              std::string symbol, bool entryPoint);
  ~Compilation();

  /// Reads `input`: `.onnx`, `.onnxtxt`, MLIR as text or bytecode, or `-` for
  /// any of them from stdin. MLIR may be a model after any of the stages
  /// import, optimize and lower; what it has behind it is not done again.
  LogicalResult read(StringRef input);

  /// Reads an ONNX model from memory; the buffer's name stands for the file in
  /// messages.
  LogicalResult readOnnx(llvm::MemoryBufferRef buffer);

  /// Makes batch norms that are written out the ops they are, which stage
  /// `optimize` does too. To look at an imported model.
  LogicalResult raise();

  /// Runs the stages up to `last`, and saves the IR after each if asked to.
  LogicalResult runTo(Stage last);

  ModuleOp getModule() { return *module; }
  /// Set by stage `codegen`: the signature, whose `function` is gone.
  const ModelSignature &getSignature() const { return signature; }
  const std::string &getCpuFeatures() const { return cpuFeatures; }
  llvm::TargetMachine &getMachine() { return *machine; }
  const CompileOptions &getOptions() const { return options; }
  /// Set by stage `codegen`, if the time of layers is counted.
  const std::vector<::bn::runtime::ProfiledLayer> &getProfiledLayers() const {
    return profiledLayers;
  }
  bool isForCuda() const { return options.target == Target::Cuda; }

private:
  ImportOptions getImportOptions() const;
  LogicalResult takeImported(FailureOr<OwningOpRef<ModuleOp>> imported);
  LogicalResult run(Stage stage);
  LogicalResult saveStage(Stage stage);
  LogicalResult optimize();
  LogicalResult optimizeTraining();
  LogicalResult createMachine();
  LogicalResult lower();
  LogicalResult generate();
  LogicalResult generateTrainer();
  LogicalResult runPasses(llvm::function_ref<void(OpPassManager &)> build);

  MLIRContext &context;
  const CompileOptions &options;
  std::string symbol;
  bool entryPoint;
  OwningOpRef<ModuleOp> module;
  Stage next = Stage::Optimize;
  std::unique_ptr<llvm::TargetMachine> machine;
  std::string cpuFeatures;
  ModelSignature signature;
  std::vector<::bn::runtime::ProfiledLayer> profiledLayers;
};

/// Registers what the stages need: dialects and their interfaces.
void registerCompilerDialects(DialectRegistry &registry);

} // namespace mlir::bn

#endif // BN_DRIVER_COMPILATION_H
