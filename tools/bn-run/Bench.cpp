//===- Bench.cpp - bn-run bench -------------------------------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Runtime/Bench.h"
#include "Commands.h"
#include "ModelOptions.h"

using namespace mlir::bn;
namespace runtime = ::bn::runtime;

int mlir::bn::benchCommand(int argc, char **argv) {
  runtime::BenchOptions options;
  ModelOptions model;
  std::vector<runtime::Option> table;
  runtime::addBenchOptions(table, options);
  CompileOptions &compileOptions = model.getCompileOptions();
  table.push_back(runtime::flagOption("--layers", "time each layer too",
                                      compileOptions.profile));
  if (auto status =
          model.parse(argc, argv, "bn-run bench MODEL [options]", table))
    return *status;

  // Kernels share the work in several ways, and the clocks run in each.
  if (compileOptions.profile && options.threads > 1)
    return failUsage("--layers: expected one thread, got --threads " +
                     std::to_string(options.threads));
  CompilerSession session;
  llvm::StringRef path = model.getModelPath();
  // A batch that is known can be compiled for.
  if (options.batch > 0 &&
      (path.ends_with(".onnx") || path.ends_with(".onnxtxt"))) {
    auto shapes =
        fixBatch(session.getContext(), path, compileOptions, options.batch);
    if (failed(shapes))
      return runtime::ExitFailed;
    compileOptions.shapes = std::move(*shapes);
  }
  auto loaded = session.load(model.getModelPath(), compileOptions);
  if (failed(loaded))
    return runtime::ExitFailed;
  const runtime::Profile *profile = (*loaded)->getProfile();
  if (compileOptions.profile && !profile) {
    runtime::printError(
        programName,
        runtime::Error::make("%s: --layers: expected a model that bn-run "
                             "compiles to kernels: no shared library, no CUDA "
                             "text, and not -O0",
                             path.str().c_str()));
    return runtime::ExitFailed;
  }
  return runtime::benchModel((*loaded)->getModel(), options, programName,
                             profile);
}
