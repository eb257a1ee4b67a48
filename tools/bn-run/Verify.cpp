//===- Verify.cpp - bn-run verify -----------------------------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Driver/Verify.h"
#include "Commands.h"
#include "ModelOptions.h"

using namespace mlir::bn;
namespace runtime = ::bn::runtime;

int mlir::bn::verifyCommand(int argc, char **argv) {
  VerifyOptions options;
  ModelOptions model;
  std::vector<runtime::Option> table = {
      runtime::listOption("--input", "NAME=FILE",
                          "data for the input of that name (default: random)",
                          options.data.namedInputs),
      runtime::textOption("--normalize", "MEAN,STD",
                          "for byte input, after division by 255",
                          options.data.normalize),
      runtime::realOption("--rtol", "X", "relative tolerance (1e-4)",
                          options.data.rtol, 0),
      runtime::realOption(
          "--atol", "X",
          "absolute tolerance (1e-5; 1e-4 of the largest value, "
          "if that is more, with --winograd=auto)",
          options.data.atol, 0),
      runtime::integerOption("--threads", "N", "threads to use (default: all)",
                             options.data.threads, 1, 1024),
      runtime::integerOption("--batch", "N",
                             "rows of random input (3, or the model's)",
                             options.batch, 1, 1 << 20),
      runtime::integerOption("--seed", "N", "seed of random input (0)",
                             options.seed, 0, INT32_MAX),
      runtime::flagOption("--json", "print the results as JSON",
                          options.data.json)};
  if (auto status =
          model.parse(argc, argv, "bn-run verify MODEL [DATA...] [options]",
                      table, options.data.data))
    return *status;
  CompileOptions &optimized = model.getCompileOptions();
  CompileOptions reference = optimized;
  // What convolutions by few products may add to a model's error.
  if (options.data.atol == VerifyOptions().data.atol &&
      optimized.winograd == Winograd::automatic)
    options.scaledTolerance = 1e-4;
  reference.optimizationLevel = 0;
  // The element type is the reference's; what is verified computes in f32.
  optimized.useF64 = false;

  llvm::StringRef path = model.getModelPath();
  if (path.ends_with(".so") || isCudaText(path))
    return failUsage("verify compiles the model twice: expected .onnx, "
                     ".onnxtxt, .mlir or .mlirbc, got '" +
                     model.getModelPath() + "'");
  CompilerSession session;
  auto loaded = session.load(model.getModelPath(), optimized);
  if (failed(loaded))
    return runtime::ExitFailed;
  auto loadedReference = session.load(model.getModelPath(), reference);
  if (failed(loadedReference))
    return runtime::ExitFailed;
  return verify((*loaded)->getModel(), (*loadedReference)->getModel(), options,
                programName);
}
