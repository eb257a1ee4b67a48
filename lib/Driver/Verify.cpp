//===- Verify.cpp - Two compilations of one model, compared ---------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Driver/Verify.h"
#include "bn/Runtime/Bench.h"
#include "bn/Runtime/Compare.h"
#include "bn/Runtime/Execution.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>

using namespace bn::runtime;
using mlir::bn::VerifyOptions;

/// A copy of `tensor` in which f32 is widened to `type`, if that is f64.
static Expected<Tensor> widen(const Tensor &tensor, ElementType type) {
  bool isWider = tensor.type == ElementType::F32 && type == ElementType::F64;
  auto result = Tensor::create(isWider ? type : tensor.type, tensor.shape);
  if (!result)
    return result;
  result->name = tensor.name;
  if (isWider)
    for (int64_t i = 0, e = tensor.elementCount(); i < e; ++i)
      result->as<double>()[i] = tensor.valueAt(i);
  else
    std::memcpy(result->data.data(), tensor.data.data(), tensor.data.size());
  return result;
}

static Expected<std::vector<Tensor>>
widenAll(const std::vector<Tensor> &tensors, const bn_tensor_spec *specs) {
  std::vector<Tensor> result;
  for (size_t i = 0; i < tensors.size(); ++i) {
    auto wide =
        widen(tensors[i], static_cast<ElementType>(specs[i].element_type));
    if (!wide)
      return wide.takeError();
    result.push_back(std::move(*wide));
  }
  return result;
}

static Expected<std::vector<Tensor>> makeInputs(const bn_model &model,
                                                const VerifyOptions &options) {
  if (!options.data.data.empty() || !options.data.namedInputs.empty()) {
    Expected<RunData> data = loadRunData(model, options.data);
    if (!data)
      return data.takeError();
    return std::move(data->inputs);
  }
  BatchRule rule = batchRuleOf(model);
  int64_t batch = options.batch;
  if (!batch)
    batch = rule.dynamic ? 3 : rule.fixed;
  return randomInputs(model, batch, options.seed);
}

static void printText(const std::string &name, const Comparison &result) {
  if (!result.mismatch.empty())
    std::printf("%s: %s\n", name.c_str(), result.mismatch.c_str());
  else
    std::printf("%s: %s, largest difference %.3g absolute, %.3g relative\n",
                name.c_str(), result.equal ? "equal" : "different",
                result.maxAbs, result.maxRel);
}

/// A number as JSON, which has no infinity and no NaN.
static std::string jsonNumber(double value) {
  if (!std::isfinite(value))
    return "null";
  char text[32];
  std::snprintf(text, sizeof text, "%.9g", value);
  return text;
}

static double getLargest(const Tensor &tensor) {
  double largest = 0;
  for (int64_t i = 0, e = tensor.elementCount(); i < e; ++i)
    if (double value = std::fabs(tensor.valueAt(i)); std::isfinite(value))
      largest = std::max(largest, value);
  return largest;
}

static Expected<int> compare(const bn_model &model, const bn_model &reference,
                             const VerifyOptions &options) {
  for (const bn_model *one : {&model, &reference})
    if (Error error = checkRunnable(*one))
      return error;
  auto inputs = makeInputs(model, options);
  if (!inputs)
    return inputs.takeError();
  auto referenceInputs = widenAll(*inputs, reference.inputs);
  if (!referenceInputs)
    return referenceInputs.takeError();
  auto got = execute(model, *inputs, options.data.threads);
  if (!got)
    return got.takeError();
  auto want = execute(reference, *referenceInputs, options.data.threads);
  if (!want)
    return want.takeError();
  auto wide = widenAll(*got, reference.outputs);
  if (!wide)
    return wide.takeError();

  bool allEqual = true;
  double maxAbs = 0, maxRel = 0;
  for (size_t i = 0; i < want->size(); ++i) {
    double atol = std::max(options.data.atol,
                           options.scaledTolerance * getLargest((*want)[i]));
    Comparison result =
        compareTensors((*wide)[i], (*want)[i], options.data.rtol, atol);
    allEqual &= result.equal;
    // Written so that a NaN stays.
    maxAbs = result.maxAbs <= maxAbs ? maxAbs : result.maxAbs;
    maxRel = result.maxRel <= maxRel ? maxRel : result.maxRel;
    if (!options.data.json)
      printText((*want)[i].name, result);
  }
  if (options.data.json)
    std::printf("{\"equal\":%s,\"max_abs\":%s,\"max_rel\":%s}\n",
                allEqual ? "true" : "false", jsonNumber(maxAbs).c_str(),
                jsonNumber(maxRel).c_str());
  return allEqual ? ExitDone : ExitFailed;
}

int mlir::bn::verify(const bn_model &model, const bn_model &reference,
                     const VerifyOptions &options, const char *program) {
  ::bn::runtime::Expected<int> status = compare(model, reference, options);
  if (status)
    return *status;
  printError(program, status.takeError());
  return ExitFailed;
}
