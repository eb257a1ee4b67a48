//===- BatchRule.cpp - What a signature says about the batch ----*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Runtime/CpuFeatures.h"
#include "bn/Runtime/Execution.h"
#include "bn/Runtime/Preprocess.h"

using namespace bn::runtime;

static bool hasDynamicExtent(const bn_tensor_spec &spec) {
  for (int32_t axis = 0; axis < spec.rank; ++axis)
    if (spec.shape[axis] == BN_DYNAMIC)
      return true;
  return false;
}

BatchRule bn::runtime::batchRuleOf(const bn_model &model) {
  BatchRule rule;
  for (int32_t i = 0; i < model.input_count; ++i)
    rule.dynamic |= hasDynamicExtent(model.inputs[i]);
  if (model.input_count > 0 && model.inputs[0].rank > 0 && !rule.dynamic)
    rule.fixed = model.inputs[0].shape[0];

  int64_t leading = rule.dynamic ? BN_DYNAMIC : rule.fixed;
  auto leads = [&](const bn_tensor_spec &spec) {
    return spec.rank > 0 && spec.shape[0] == leading;
  };
  rule.splittable = model.input_count > 0 && rule.fixed > 0 &&
                    model.minimum_batch <= 1 &&
                    !findProperty(model, "bn.batch_statistics");
  for (int32_t i = 0; i < model.input_count; ++i) {
    const bn_tensor_spec &spec = model.inputs[i];
    // An input without any dynamic extent is given whole to each call.
    rule.splittable &= leads(spec) || (rule.dynamic && !hasDynamicExtent(spec));
  }
  for (int32_t i = 0; i < model.output_count; ++i)
    rule.splittable &= leads(model.outputs[i]);
  return rule;
}

Error bn::runtime::checkRunnable(const bn_model &model) {
  if (model.abi_version != BN_ABI_VERSION)
    return Error::make("the model was compiled for version %d of the runtime, "
                       "this is version %d",
                       model.abi_version, BN_ABI_VERSION);
  return checkCpuFeatures(model.cpu_features);
}

std::vector<int64_t> bn::runtime::shapeForBatch(const bn_tensor_spec &spec,
                                                int64_t batch) {
  std::vector<int64_t> shape(spec.shape, spec.shape + spec.rank);
  for (int64_t &extent : shape)
    if (extent == BN_DYNAMIC)
      extent = batch;
  return shape;
}

Expected<int64_t> bn::runtime::countRows(const bn_model &model,
                                         const std::vector<Tensor> &inputs) {
  BatchRule rule = batchRuleOf(model);
  int64_t rows = -1;
  for (size_t i = 0; i < inputs.size(); ++i) {
    const bn_tensor_spec &spec = model.inputs[i];
    for (size_t axis = 0; axis < inputs[i].shape.size(); ++axis) {
      bool isBatch = rule.dynamic ? spec.shape[axis] == BN_DYNAMIC
                                  : axis == 0 && rule.splittable;
      if (!isBatch)
        continue;
      int64_t extent = inputs[i].shape[axis];
      if (rows >= 0 && extent != rows)
        return Error::make("input '%s': expected %lld rows as in the others, "
                           "got %lld",
                           spec.name, static_cast<long long>(rows),
                           static_cast<long long>(extent));
      rows = extent;
    }
  }
  if (rows < 0)
    rows = rule.fixed;
  if (rows == 0)
    return Error::make("the input has no rows");
  if (rows < model.minimum_batch)
    return Error::make("expected at least %lld rows, got %lld: %s",
                       static_cast<long long>(model.minimum_batch),
                       static_cast<long long>(rows),
                       model.minimum_batch_reason
                           ? model.minimum_batch_reason
                           : "a normalization needs them");
  return rows;
}
