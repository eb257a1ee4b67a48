//===- Execution.cpp - Running a model on rows ------------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Runtime/Execution.h"
#include "Progress.h"
#include "bn/Runtime/Parallel.h"

#include <algorithm>
#include <string.h>

using namespace bn::runtime;

/// Rows of one call when the batch is dynamic: enough to keep all threads busy,
/// few enough that the activations stay small beside the data.
static constexpr int64_t largestPiece = 1024;
static constexpr int64_t largestPieceBytes = int64_t(1) << 30;

Expected<Buffer> bn::runtime::allocateWorkspace(const bn_model &model,
                                                int64_t batch,
                                                int64_t threads) {
  int64_t rows, workers, size;
  if (__builtin_mul_overflow(model.workspace_bytes_per_row, batch, &rows) ||
      __builtin_mul_overflow(model.workspace_bytes_per_thread, threads,
                             &workers) ||
      __builtin_add_overflow(model.workspace_bytes, rows, &size) ||
      __builtin_add_overflow(size, workers, &size))
    return Error::make("a batch of %lld rows needs too much memory",
                       static_cast<long long>(batch));
  return Buffer::allocate(static_cast<uint64_t>(size));
}

namespace {

/// The calls that together process all rows.
class Execution {
public:
  Execution(const bn_model &model, const std::vector<Tensor> &inputs,
            int64_t rows, int64_t threads)
      : model(model), inputs(inputs), rule(batchRuleOf(model)), rows(rows),
        options(makeRunOptions(threads)) {}

  Error prepare();
  Error run(bool showProgress);
  std::vector<Tensor> outputs;

private:
  const bn_model &model;
  const std::vector<Tensor> &inputs;
  BatchRule rule;
  int64_t rows;
  bn_run_options options;
  int64_t batch = 0;
  Buffer workspace;
  /// Inputs and outputs of a last piece shorter than a fixed batch.
  std::vector<Tensor> paddedInputs, paddedOutputs;

  bool isSplit(const bn_tensor_spec &spec) const {
    return rule.splittable &&
           (!rule.dynamic || (spec.rank > 0 && spec.shape[0] == BN_DYNAMIC));
  }
  int64_t chooseBatch() const;
  Error makePadding();
  Error runPiece(int64_t first, int64_t count);
};

} // namespace

int64_t Execution::chooseBatch() const {
  if (!rule.dynamic)
    return rule.fixed;
  if (!rule.splittable)
    return rows;
  int64_t perRow = std::max<int64_t>(model.workspace_bytes_per_row, 1);
  int64_t piece =
      std::clamp<int64_t>(largestPieceBytes / perRow, 1, largestPiece);
  return std::min(rows, piece);
}

Error Execution::makePadding() {
  for (const Tensor &input : inputs) {
    std::vector<int64_t> shape = input.shape;
    shape[0] = batch;
    Expected<Tensor> tensor = Tensor::create(input.type, std::move(shape));
    if (!tensor)
      return tensor.takeError();
    paddedInputs.push_back(std::move(*tensor));
  }
  for (const Tensor &output : outputs) {
    std::vector<int64_t> shape = output.shape;
    shape[0] = batch;
    Expected<Tensor> tensor = Tensor::create(output.type, std::move(shape));
    if (!tensor)
      return tensor.takeError();
    paddedOutputs.push_back(std::move(*tensor));
  }
  return Error::success();
}

Error Execution::prepare() {
  batch = chooseBatch();
  for (int32_t i = 0; i < model.output_count; ++i) {
    const bn_tensor_spec &spec = model.outputs[i];
    std::vector<int64_t> shape = shapeForBatch(spec, rows);
    if (isSplit(spec))
      shape[0] = rows;
    Expected<Tensor> tensor = Tensor::create(
        static_cast<ElementType>(spec.element_type), std::move(shape));
    if (!tensor)
      return tensor.takeError();
    tensor->name = spec.name;
    outputs.push_back(std::move(*tensor));
  }
  if (!rule.dynamic && rule.splittable && rows % batch != 0)
    if (Error error = makePadding())
      return error;
  Expected<Buffer> buffer = allocateWorkspace(model, batch, options.threads);
  if (!buffer)
    return buffer.takeError();
  workspace = std::move(*buffer);
  return Error::success();
}

/// Bytes of one row of a tensor whose extent 0 is the batch.
static size_t rowSize(const Tensor &tensor) {
  return tensor.data.size() / static_cast<size_t>(tensor.shape[0]);
}

Error Execution::runPiece(int64_t first, int64_t count) {
  bool padded = !rule.dynamic && count < batch;
  std::vector<const void *> from(inputs.size());
  for (size_t i = 0; i < inputs.size(); ++i) {
    const Tensor &input = inputs[i];
    if (!isSplit(model.inputs[i])) {
      from[i] = input.data.data();
      continue;
    }
    size_t size = rowSize(input);
    const char *source = input.data.data() + static_cast<size_t>(first) * size;
    from[i] = source;
    if (!padded)
      continue;
    // Missing rows repeat the last one: real data, so that nothing overflows.
    char *target = paddedInputs[i].data.data();
    for (int64_t row = 0; row < batch; ++row)
      memcpy(target + static_cast<size_t>(row) * size,
             source + static_cast<size_t>(std::min(row, count - 1)) * size,
             size);
    from[i] = target;
  }
  std::vector<void *> to(outputs.size());
  for (size_t i = 0; i < outputs.size(); ++i) {
    to[i] = padded ? paddedOutputs[i].data.data() : outputs[i].data.data();
    if (!padded && isSplit(model.outputs[i]))
      to[i] = outputs[i].data.data() +
              static_cast<size_t>(first) * rowSize(outputs[i]);
  }
  int64_t callBatch = rule.dynamic ? count : batch;
  int32_t status = model.run(from.data(), to.data(), callBatch,
                             workspace.data(), &options);
  if (status == BN_DEVICE_ERROR)
    return Error::make("the model failed on its device");
  if (status != BN_OK)
    return Error::make("the model refuses a batch of %lld rows",
                       static_cast<long long>(callBatch));
  for (size_t i = 0; padded && i < outputs.size(); ++i) {
    size_t size = rowSize(outputs[i]);
    memcpy(outputs[i].data.data() + static_cast<size_t>(first) * size, to[i],
           static_cast<size_t>(count) * size);
  }
  return Error::success();
}

Error Execution::run(bool showProgress) {
  Progress progress(rows, showProgress);
  if (!rule.splittable)
    return runPiece(0, rule.dynamic ? rows : batch);
  for (int64_t first = 0; first < rows; first += batch) {
    if (Error error = runPiece(first, std::min(batch, rows - first)))
      return error;
    progress.update(std::min(first + batch, rows));
  }
  return Error::success();
}

Expected<std::vector<Tensor>>
bn::runtime::execute(const bn_model &model, const std::vector<Tensor> &inputs,
                     int64_t threads, bool showProgress) {
  if (Error error = checkRunnable(model))
    return error;
  Expected<int64_t> rows = countRows(model, inputs);
  if (!rows)
    return rows.takeError();
  Execution execution(model, inputs, *rows, threads);
  if (Error error = execution.prepare())
    return error;
  if (Error error = execution.run(showProgress))
    return error;
  return std::move(execution.outputs);
}
