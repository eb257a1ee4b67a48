//===- ScheduleCheck.cpp - A model on the CPU in several thread orders ----===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Driver/ScheduleCheck.h"
#include "bn/Runtime/Execution.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/Twine.h"

#include <cassert>
#include <cstdlib>
#include <cstring>
#include <vector>

using namespace mlir::bn;
namespace runtime = ::bn::runtime;

/// Read by lib/Runtime/CudaOnCpu at each launch.
static constexpr const char *variable = "BN_CUDA_SCHEDULE";
static constexpr const char *schedules[] = {
    "forward",  "reverse",  "random:1", "random:2", "random:3",
    "random:4", "random:5", "random:6", "random:7", "random:8"};

/// The table of a model has no place for a context.
static ScheduleCheck *current = nullptr;

ScheduleCheck::ScheduleCheck(const bn_model &model)
    : model(model), checked(model) {
  assert(!current && "one model is checked at a time");
  current = this;
  checked.run = run;
  if (const char *value = std::getenv(variable))
    chosen = value;
}

ScheduleCheck::~ScheduleCheck() {
  current = nullptr;
  if (chosen.empty())
    unsetenv(variable);
}

int32_t ScheduleCheck::run(const void *const *inputs, void *const *outputs,
                           int64_t batch, void *workspace,
                           const bn_run_options *options) {
  return current->runAll(inputs, outputs, batch, workspace, options);
}

static size_t getBytes(const bn_tensor_spec &spec, int64_t batch) {
  size_t bytes = spec.element_type == BN_F32 ? 4 : 8;
  for (int64_t extent : runtime::shapeForBatch(spec, batch))
    bytes *= extent;
  return bytes;
}

int32_t ScheduleCheck::runAll(const void *const *inputs, void *const *outputs,
                              int64_t batch, void *workspace,
                              const bn_run_options *options) {
  ++runs;
  if (!chosen.empty())
    return model.run(inputs, outputs, batch, workspace, options);
  setenv(variable, schedules[0], /*overwrite=*/1);
  if (int32_t status = model.run(inputs, outputs, batch, workspace, options))
    return status;
  std::vector<std::vector<char>> again;
  std::vector<void *> pointers;
  for (int32_t i = 0; i < model.output_count; ++i) {
    again.emplace_back(getBytes(model.outputs[i], batch));
    pointers.push_back(again.back().data());
  }
  for (const char *schedule : llvm::ArrayRef(schedules).drop_front()) {
    setenv(variable, schedule, /*overwrite=*/1);
    if (int32_t status =
            model.run(inputs, pointers.data(), batch, workspace, options))
      return status;
    for (int32_t i = 0; i < model.output_count && difference.empty(); ++i)
      if (std::memcmp(outputs[i], pointers[i], again[i].size()) != 0)
        difference = (llvm::Twine("output '") + model.outputs[i].name +
                      "' has other bits with " + variable + "=" + schedule +
                      " than with " + schedules[0])
                         .str();
  }
  return BN_OK;
}

std::string ScheduleCheck::describe() const {
  std::string orders =
      chosen.empty()
          ? "in " + std::to_string(std::size(schedules)) + " orders of threads"
          : "with " + std::string(variable) + "=" + chosen;
  return std::to_string(runs) + (runs == 1 ? " run " : " runs ") + orders +
         ": no fault" + (chosen.empty() ? ", the same bits" : "");
}
