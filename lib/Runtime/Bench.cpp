//===- Bench.cpp - Timing a model -------------------------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Runtime/Bench.h"
#include "Json.h"
#include "Progress.h"
#include "bn/Runtime/Execution.h"
#include "bn/Runtime/Parallel.h"
#include "bn/Runtime/Runner.h"

#include <algorithm>
#include <stdio.h>

using namespace bn::runtime;

void bn::runtime::addBenchOptions(std::vector<Option> &table,
                                  BenchOptions &options) {
  constexpr int64_t mostThreads = 1024, largestBatch = 1 << 20;
  table.push_back(integerOption("--threads", "N", "threads to use (default: 1)",
                                options.threads, 1, mostThreads));
  table.push_back(integerOption("--batch", "N",
                                "rows of one call (default: the fixed batch, "
                                "or the smallest)",
                                options.batch, 1, largestBatch));
  table.push_back(realOption("--min-time", "S",
                             "seconds to measure for (default: 1)",
                             options.minimumSeconds, 0));
  table.push_back(
      flagOption("--json", "print the result as JSON", options.json));
}

static Expected<int64_t> chooseBatch(const bn_model &model, int64_t wanted) {
  BatchRule rule = batchRuleOf(model);
  if (!rule.dynamic) {
    if (wanted && wanted != rule.fixed)
      return Error::make("--batch %lld: the model has a fixed batch of %lld",
                         static_cast<long long>(wanted),
                         static_cast<long long>(rule.fixed));
    return rule.fixed;
  }
  if (!wanted)
    return std::max<int64_t>(model.minimum_batch, 1);
  if (wanted < model.minimum_batch)
    return Error::make("--batch %lld: the model needs at least %lld: %s",
                       static_cast<long long>(wanted),
                       static_cast<long long>(model.minimum_batch),
                       model.minimum_batch_reason ? model.minimum_batch_reason
                                                  : "a normalization");
  return wanted;
}

/// The times of single calls, sorted.
static Expected<std::vector<double>>
timeCalls(const bn_model &model, int64_t batch, const BenchOptions &options) {
  Expected<std::vector<Tensor>> inputs = randomInputs(model, batch, 1);
  if (!inputs)
    return inputs.takeError();
  Expected<Buffer> workspace = allocateWorkspace(model, batch, options.threads);
  if (!workspace)
    return workspace.takeError();
  std::vector<Tensor> outputs;
  std::vector<const void *> from;
  std::vector<void *> to;
  for (Tensor &input : *inputs)
    from.push_back(input.data.data());
  for (int32_t i = 0; i < model.output_count; ++i) {
    const bn_tensor_spec &spec = model.outputs[i];
    Expected<Tensor> output =
        Tensor::create(static_cast<ElementType>(spec.element_type),
                       shapeForBatch(spec, batch));
    if (!output)
      return output.takeError();
    outputs.push_back(std::move(*output));
    to.push_back(outputs.back().data.data());
  }

  bn_run_options runOptions = makeRunOptions(options.threads);
  auto call = [&] {
    double start = monotonicSeconds();
    int32_t status = model.run(from.data(), to.data(), batch, workspace->data(),
                               &runOptions);
    double seconds = monotonicSeconds() - start;
    return status == BN_OK ? seconds : -1.0;
  };
  // Caches, pages and the clock rate settle first.
  double warmUp = std::min(0.1 * options.minimumSeconds, 0.5);
  double warmUpEnd = monotonicSeconds() + warmUp;
  int warmUpCalls = 0;
  do
    if (call() < 0)
      return Error::make("the model refuses a batch of %lld rows",
                         static_cast<long long>(batch));
  while (++warmUpCalls < 3 || monotonicSeconds() < warmUpEnd);

  constexpr size_t fewestCalls = 10, mostCalls = 1 << 22;
  std::vector<double> times;
  double end = monotonicSeconds() + options.minimumSeconds;
  while (times.size() < fewestCalls ||
         (times.size() < mostCalls && monotonicSeconds() < end))
    times.push_back(call());
  std::sort(times.begin(), times.end());
  return times;
}

Expected<BenchResult> bn::runtime::bench(const bn_model &model,
                                         const BenchOptions &options) {
  if (Error error = checkRunnable(model))
    return error;
  Expected<int64_t> batch = chooseBatch(model, options.batch);
  if (!batch)
    return batch.takeError();
  Expected<std::vector<double>> times = timeCalls(model, *batch, options);
  if (!times)
    return times.takeError();

  BenchResult result;
  result.batch = *batch;
  result.threads = options.threads;
  result.calls = static_cast<int64_t>(times->size());
  result.minimumSeconds = times->front();
  result.medianSeconds = (*times)[times->size() / 2];
  result.p95Seconds = (*times)[times->size() * 95 / 100];
  // A call may be shorter than the clock's step.
  result.flops = static_cast<double>(model.operations_per_row) *
                 static_cast<double>(*batch) /
                 std::max(result.medianSeconds, 1e-9);
  bool isF64 =
      model.output_count > 0 && model.outputs[0].element_type == BN_F64;
  result.peakFlops = measurePeakFlops(
      isF64 ? ElementType::F64 : ElementType::F32, options.threads);
  return result;
}

int bn::runtime::benchModel(const bn_model &model, const BenchOptions &options,
                            const char *program) {
  Expected<BenchResult> result = bench(model, options);
  if (!result) {
    printError(program, result.takeError());
    return ExitFailed;
  }
  double share = result->flops / result->peakFlops;
  if (options.json) {
    printf("{\"min_us\":%s,\"median_us\":%s,\"p95_us\":%s,\"gflops\":%s,"
           "\"peak_share\":%s,\"threads\":%lld,\"batch\":%lld}\n",
           jsonNumber(1e6 * result->minimumSeconds, 6).c_str(),
           jsonNumber(1e6 * result->medianSeconds, 6).c_str(),
           jsonNumber(1e6 * result->p95Seconds, 6).c_str(),
           jsonNumber(1e-9 * result->flops, 6).c_str(),
           jsonNumber(share, 4).c_str(),
           static_cast<long long>(result->threads),
           static_cast<long long>(result->batch));
    return ExitDone;
  }
  printf("batch %lld, threads %lld, %lld calls\n"
         "minimum %.2f us, median %.2f us, 95th percentile %.2f us\n"
         "%.2f GFLOP/s, %.1f %% of this machine's measured %.1f GFLOP/s\n",
         static_cast<long long>(result->batch),
         static_cast<long long>(result->threads),
         static_cast<long long>(result->calls), 1e6 * result->minimumSeconds,
         1e6 * result->medianSeconds, 1e6 * result->p95Seconds,
         1e-9 * result->flops, 100 * share, 1e-9 * result->peakFlops);
  return ExitDone;
}
