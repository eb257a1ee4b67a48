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

LogicalResult mlir::bn::checkCudaText(MLIRContext &context, StringRef path,
                                StringRef programPath) {
  auto loaded = LoadedModel::compileCuda(
      context, path, {CudaOnCpuMode::Check, programPath.str()});
  if (failed(loaded))
    return failure();
  ScheduleCheck check((*loaded)->getModel());
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
  llvm::errs() << "CUDA check: " << check.describe() << "\n";
  return success();
}
