//===- CudaCheck.cpp - Emitted CUDA text on the CPU -----------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Driver/CudaCheck.h"

#include "bn/Driver/Diagnostics.h"
#include "bn/Driver/LoadedModel.h"
#include "bn/Driver/ScheduleCheck.h"
#include "bn/Runtime/Bench.h"
#include "bn/Runtime/Execution.h"

#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace mlir::bn;
namespace runtime = ::bn::runtime;

/// Rows of a dynamic batch: more than one, and no multiple of anything.
static constexpr int64_t kRows = 3;

/// Runs `model` on random inputs.
static LogicalResult checkModel(MLIRContext &context, StringRef path,
                                const bn_model &model, StringRef what) {
  ScheduleCheck check(model);
  runtime::BatchRule rule = runtime::batchRuleOf(check.getModel());
  auto inputs =
      runtime::randomInputs(check.getModel(), rule.dynamic ? kRows : rule.fixed,
                            /*seed=*/0);
  if (!inputs)
    return emitFileError(&context, path, inputs.takeError().message());
  auto outputs = runtime::execute(check.getModel(), *inputs, /*threads=*/1);
  if (!outputs)
    return emitFileError(&context, path, outputs.takeError().message());
  if (!check.getDifference().empty())
    return emitFileError(&context, path, check.getDifference());
  llvm::errs() << "CUDA check: " << what << check.describe() << "\n";
  return success();
}

LogicalResult mlir::bn::checkCudaText(MLIRContext &context, StringRef path,
                                      StringRef programPath, bool isTrainer) {
  CudaOnCpuOptions options = {CudaOnCpuMode::Check, programPath.str()};
  if (!isTrainer) {
    auto loaded = LoadedModel::compileCuda(context, path, options);
    return failed(loaded)
               ? failure()
               : checkModel(context, path, (*loaded)->getModel(), "");
  }
  auto loaded = LoadedTrainer::compileCuda(context, path, options);
  if (failed(loaded))
    return failure();
  const bn_trainer &trainer = (*loaded)->getTrainer();
  return success(
      succeeded(checkModel(context, path, *trainer.gradients, "gradients, ")) &&
      succeeded(checkModel(context, path, *trainer.predict, "prediction, ")) &&
      succeeded(checkModel(context, path, *trainer.update, "update, ")));
}
