//===- row-sums.c - A model written by hand ---------------------*- C -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// "Reads" 4x4 pictures: score k of a picture is the sum of its row k. It stands
// for compiled models in the runner's tests. Macros make its variants:
//   BATCH          a fixed batch instead of a dynamic one
//   ELEMENT_F64    computes in double
//   MINIMUM_BATCH  as of a batch norm in training mode
//   BIAS_INPUT     adds a second input of 4 numbers, which has no batch axis,
//   to
//                  the scores of each picture
//   TWO_OUTPUTS    adds the sum over the whole batch, which has no batch axis
//   CPU_FEATURES   what the CPU must have
//
//===----------------------------------------------------------------------===//

#include "bn/Runtime/Abi.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifndef BATCH
#define BATCH BN_DYNAMIC
#endif
#ifndef MINIMUM_BATCH
#define MINIMUM_BATCH 1
#endif
#ifndef CPU_FEATURES
#define CPU_FEATURES "sse2"
#endif
#ifdef ELEMENT_F64
typedef double element;
#define TYPE BN_F64
#else
typedef float element;
#define TYPE BN_F32
#endif

enum { side = 4, pixels = side * side };

struct call {
  const element *x;
  const element *bias; // or null
  element *y;
  element *workspace;
};

static void sum_picture(void *context, int64_t index, int64_t worker) {
  const struct call *call = context;
  // Through the workspace of this worker, so that two tasks that share one
  // would be noticed.
  element *sums = (element *)((char *)call->workspace + 64 * worker);
  for (int row = 0; row < side; ++row) {
    sums[row] = call->bias ? call->bias[row] : 0;
    for (int column = 0; column < side; ++column)
      sums[row] += call->x[index * pixels + row * side + column];
  }
  memcpy(call->y + index * side, sums, side * sizeof(element));
}

static int32_t run(const void *const *inputs, void *const *outputs,
                   int64_t batch, void *workspace,
                   const bn_run_options *options) {
  if (batch < MINIMUM_BATCH || (BATCH != BN_DYNAMIC && batch != BATCH) ||
      (uintptr_t)workspace % BN_WORKSPACE_ALIGNMENT != 0)
    return BN_BAD_BATCH;
#ifdef BIAS_INPUT
  const element *bias = inputs[1];
#else
  const element *bias = NULL;
#endif
  struct call call = {inputs[0], bias, outputs[0], workspace};
  if (options && options->parallel_for)
    options->parallel_for(options->threads, batch, sum_picture, &call);
  else
    for (int64_t i = 0; i < batch; ++i)
      sum_picture(&call, i, 0);
#ifdef TWO_OUTPUTS
  element *total = outputs[1];
  *total = 0;
  for (int64_t i = 0; i < batch * side; ++i)
    *total += call.y[i];
#endif
  return BN_OK;
}

static const int64_t x_shape[] = {BATCH, 1, side, side};
static const int64_t y_shape[] = {BATCH, side};
static const int64_t bias_shape[] = {side};
static const bn_tensor_spec inputs[] = {{"x", TYPE, 4, x_shape},
                                        {"bias", TYPE, 1, bias_shape}};
static const bn_tensor_spec outputs[] = {{"y", TYPE, 2, y_shape},
                                         {"total", TYPE, 0, y_shape}};
static const bn_property properties[] = {{"bn.input_mean", "0.5"},
                                         {"bn.input_std", "0.25"}};

static const bn_model model = {
    .abi_version = BN_ABI_VERSION,
#ifdef BIAS_INPUT
    .input_count = 2,
#else
    .input_count = 1,
#endif
#ifdef TWO_OUTPUTS
    .output_count = 2,
#else
    .output_count = 1,
#endif
    .property_count = 2,
    .name = "row-sums",
    .cpu_features = CPU_FEATURES,
    .inputs = inputs,
    .outputs = outputs,
    .properties = properties,
    .workspace_bytes_per_thread = 64,
    .minimum_batch = MINIMUM_BATCH,
    .minimum_batch_reason =
        MINIMUM_BATCH > 1 ? "BatchNormalization 'bn1' sees one value" : NULL,
    .operations_per_row = pixels,
    .run = run,
};

const bn_model *bn_get_model(void) { return &model; }
