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
#include <numeric>
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
static Expected<std::vector<double>> timeCalls(const bn_model &model,
                                               int64_t batch,
                                               const BenchOptions &options,
                                               const Profile *profile) {
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

  if (profile)
    std::fill_n(profile->ticks, profile->layers.size() + 1, 0);
  constexpr size_t fewestCalls = 10, mostCalls = 1 << 22;
  std::vector<double> times;
  double end = monotonicSeconds() + options.minimumSeconds;
  while (times.size() < fewestCalls ||
         (times.size() < mostCalls && monotonicSeconds() < end))
    times.push_back(call());
  std::sort(times.begin(), times.end());
  return times;
}

/// The clock's rate follows from the calls, which were timed by both clocks.
static std::vector<LayerTime> timeLayers(const Profile &profile,
                                         const BenchResult &result,
                                         double totalSeconds) {
  std::vector<LayerTime> times;
  double rows = static_cast<double>(result.batch);
  double ticks = static_cast<double>(profile.ticks[profile.layers.size()]);
  double secondsPerTick =
      totalSeconds / std::max(ticks, 1.0) / static_cast<double>(result.calls);
  for (size_t i = 0; i < profile.layers.size(); ++i) {
    const ProfiledLayer &layer = profile.layers[i];
    LayerTime time;
    time.layer = layer;
    time.seconds = static_cast<double>(profile.ticks[i]) * secondsPerTick;
    double operations = rows * static_cast<double>(layer.operations);
    time.bytes = rows * static_cast<double>(layer.bytesPerRow) +
                 static_cast<double>(layer.parameterBytes);
    double least =
        std::max(operations / result.peakFlops, time.bytes / result.bandwidth);
    double seconds = std::max(time.seconds, 1e-12);
    time.flops = operations / seconds;
    time.roofline = least / seconds;
    times.push_back(time);
  }
  return times;
}

Expected<BenchResult> bn::runtime::bench(const bn_model &model,
                                         const BenchOptions &options,
                                         const Profile *profile) {
  if (Error error = checkRunnable(model))
    return error;
  Expected<int64_t> batch = chooseBatch(model, options.batch);
  if (!batch)
    return batch.takeError();
  Expected<std::vector<double>> times =
      timeCalls(model, *batch, options, profile);
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
  if (profile) {
    result.bandwidth = measureBandwidth();
    result.layers = timeLayers(
        *profile, result, std::accumulate(times->begin(), times->end(), 0.0));
  }
  return result;
}

static std::string layersAsJson(const BenchResult &result) {
  std::string text = ",\"layers\":[";
  for (const LayerTime &time : result.layers) {
    if (text.back() == '}')
      text += ',';
    text += "{\"name\":" + jsonString(time.layer.name) +
            ",\"us\":" + jsonNumber(1e6 * time.seconds, 6) +
            ",\"gflops\":" + jsonNumber(1e-9 * time.flops, 6) +
            ",\"bytes\":" + jsonNumber(time.bytes, 12) +
            ",\"roofline_share\":" + jsonNumber(time.roofline, 4) + "}";
  }
  return text + "]";
}

static void printLayers(const BenchResult &result) {
  size_t width = 5;
  double total = 0;
  for (const LayerTime &time : result.layers) {
    width = std::max(width, time.layer.name.size());
    total += time.seconds;
  }
  printf("%-*s %12s %7s %9s %9s %9s\n", static_cast<int>(width), "layer", "us",
         "share", "GFLOP/s", "MB", "roofline");
  for (const LayerTime &time : result.layers)
    printf("%-*s %12.2f %5.1f %% %9.2f %9.3f %7.1f %%\n",
           static_cast<int>(width), time.layer.name.c_str(), 1e6 * time.seconds,
           100 * time.seconds / std::max(total, 1e-12), 1e-9 * time.flops,
           1e-6 * time.bytes, 100 * time.roofline);
  printf(
      "%.2f us in layers; roofline: the share of %.1f GFLOP/s or %.1f GB/s\n",
      1e6 * total, 1e-9 * result.peakFlops, 1e-9 * result.bandwidth);
}

int bn::runtime::benchModel(const bn_model &model, const BenchOptions &options,
                            const char *program, const Profile *profile) {
  Expected<BenchResult> result = bench(model, options, profile);
  if (!result) {
    printError(program, result.takeError());
    return ExitFailed;
  }
  double share = result->flops / result->peakFlops;
  if (options.json) {
    printf("{\"min_us\":%s,\"median_us\":%s,\"p95_us\":%s,\"gflops\":%s,"
           "\"peak_share\":%s,\"threads\":%lld,\"batch\":%lld%s}\n",
           jsonNumber(1e6 * result->minimumSeconds, 6).c_str(),
           jsonNumber(1e6 * result->medianSeconds, 6).c_str(),
           jsonNumber(1e6 * result->p95Seconds, 6).c_str(),
           jsonNumber(1e-9 * result->flops, 6).c_str(),
           jsonNumber(share, 4).c_str(),
           static_cast<long long>(result->threads),
           static_cast<long long>(result->batch),
           profile ? layersAsJson(*result).c_str() : "");
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
  if (profile)
    printLayers(*result);
  return ExitDone;
}
