//===- softmax-trainer.c - A trainer written by hand ------------*- C -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Pictures of 4x4 pixels, batch norm of each pixel, linear to 4 classes,
// softmax. It stands for compiled trainers in the runtime's tests. Macros make
// its variants:
//   ELEMENT_F64     computes in double
//   OPTIMIZER       BN_ADAM, say
//   RECTIFIED       a ReLU behind the batch norm: kinks in the loss
//   WRONG_GRADIENT  the gradient of beta is 1 % off
//   FROZEN          the batch norm uses its running statistics
//
//===----------------------------------------------------------------------===//

#include "bn/Runtime/Abi.h"

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifndef OPTIMIZER
#define OPTIMIZER BN_SGD
#endif
#ifdef ELEMENT_F64
typedef double element;
#define TYPE BN_F64
#else
typedef float element;
#define TYPE BN_F32
#endif

enum { pixels = 16, classes = 4, most_rows = 128 };
static const double epsilon = 1e-5;

// The order of the parameters.
enum { bn_scale, bn_offset, weight, bias, mean, variance, parameters };

static element rectify(element z) {
#ifdef RECTIFIED
  return z > 0 ? z : 0;
#else
  return z;
#endif
}

static void compute_logits(const element *const *p, const element *z,
                           element *logits) {
  for (int k = 0; k < classes; ++k) {
    logits[k] = p[bias][k];
    for (int c = 0; c < pixels; ++c)
      logits[k] += p[weight][k * pixels + c] * rectify(z[c]);
  }
}

static int first_largest(const element *values) {
  int best = 0;
  for (int k = 1; k < classes; ++k)
    if (values[k] > values[best])
      best = k;
  return best;
}

static int32_t gradients_run(const void *const *inputs, void *const *outputs,
                             int64_t rows, void *workspace,
                             const bn_run_options *options) {
  if (rows < 2 || rows > most_rows)
    return BN_BAD_BATCH;
  const element *x = inputs[0];
  const int64_t *labels = inputs[1];
  const element *const *p = (const element *const *)inputs + 3;
  element *const *d = (element *const *)outputs + 2;
  (void)options;
  element *normalized = workspace; // rows x pixels
  for (int c = 0; c < pixels; ++c) {
    element sum = 0, squares = 0;
    for (int64_t i = 0; i < rows; ++i)
      sum += x[i * pixels + c];
    element average = sum / (element)rows;
    for (int64_t i = 0; i < rows; ++i)
      squares += (x[i * pixels + c] - average) * (x[i * pixels + c] - average);
    element spread = squares / (element)rows;
#ifdef FROZEN
    d[mean][c] = average = p[mean][c];
    d[variance][c] = spread = p[variance][c];
#else
    const element kept = (element)0.9; // the momentum
    d[mean][c] = kept * p[mean][c] + (1 - kept) * average;
    d[variance][c] = kept * p[variance][c] + (1 - kept) * spread;
#endif
    element scale = 1 / (element)sqrt((double)spread + epsilon);
    for (int64_t i = 0; i < rows; ++i)
      normalized[i * pixels + c] = (x[i * pixels + c] - average) * scale;
  }
  memset(d[bn_scale], 0, pixels * sizeof(element));
  memset(d[bn_offset], 0, pixels * sizeof(element));
  memset(d[weight], 0, classes * pixels * sizeof(element));
  memset(d[bias], 0, classes * sizeof(element));
  element loss = 0;
  int64_t hits = 0;
  for (int64_t i = 0; i < rows; ++i) {
    const element *xhat = normalized + i * pixels;
    element z[pixels], logits[classes], total = 0;
    for (int c = 0; c < pixels; ++c)
      z[c] = p[bn_scale][c] * xhat[c] + p[bn_offset][c];
    compute_logits(p, z, logits);
    int largest = first_largest(logits);
    hits += largest == labels[i];
    element shift = logits[largest];
    for (int k = 0; k < classes; ++k)
      total += (element)exp((double)(logits[k] - shift));
    loss += (element)log((double)total) - (logits[labels[i]] - shift);
    for (int k = 0; k < classes; ++k) {
      element share = (element)exp((double)(logits[k] - shift)) / total;
      element dlogit = (share - (k == labels[i])) / (element)rows;
      d[bias][k] += dlogit;
      for (int c = 0; c < pixels; ++c) {
        d[weight][k * pixels + c] += dlogit * rectify(z[c]);
        element dz = dlogit * p[weight][k * pixels + c];
        if (rectify(z[c]) != z[c])
          dz = 0;
        d[bn_scale][c] += dz * xhat[c];
        d[bn_offset][c] += dz;
      }
    }
  }
#ifdef WRONG_GRADIENT
  for (int c = 0; c < pixels; ++c)
    d[bn_offset][c] *= (element)1.01;
#endif
  *(element *)outputs[0] = loss / (element)rows;
  *(int64_t *)outputs[1] = hits;
  return BN_OK;
}

static int32_t predict_run(const void *const *inputs, void *const *outputs,
                           int64_t rows, void *workspace,
                           const bn_run_options *options) {
  (void)workspace;
  (void)options;
  const element *x = inputs[0];
  const element *const *p = (const element *const *)inputs + 1;
  for (int64_t i = 0; i < rows; ++i) {
    element z[pixels];
    for (int c = 0; c < pixels; ++c)
      z[c] = p[bn_scale][c] * (x[i * pixels + c] - p[mean][c]) /
                 (element)sqrt((double)p[variance][c] + epsilon) +
             p[bn_offset][c];
    compute_logits(p, z, (element *)outputs[0] + i * classes);
  }
  return BN_OK;
}

static int32_t update_run(const void *const *inputs, void *const *outputs,
                          int64_t count, void *workspace,
                          const bn_run_options *options) {
  (void)workspace;
  (void)options;
  const element *g = inputs[1];
  element *p = outputs[0];
  if (OPTIMIZER == BN_SGD) {
    const element *settings = inputs[3];
    element *v = outputs[1];
    for (int64_t i = 0; i < count; ++i) {
      element slope = g[i] + settings[2] * p[i];
      v[i] = settings[1] * v[i] + slope;
      p[i] -= settings[0] * (settings[3] ? slope + settings[1] * v[i] : v[i]);
    }
    return BN_OK;
  }
  const element *settings = inputs[4];
  element *m = outputs[1], *v = outputs[2];
  for (int64_t i = 0; i < count; ++i) {
    element slope = g[i] + settings[4] * p[i];
    m[i] = settings[1] * m[i] + (1 - settings[1]) * slope;
    v[i] = settings[2] * v[i] + (1 - settings[2]) * slope * slope;
    p[i] -= settings[0] / settings[5] * m[i] /
            ((element)sqrt((double)(v[i] / settings[6])) + settings[3]);
  }
  return BN_OK;
}

static const int64_t x_shape[] = {BN_DYNAMIC, 1, 4, 4};
static const int64_t labels_shape[] = {BN_DYNAMIC};
static const int64_t logits_shape[] = {BN_DYNAMIC, classes};
static const int64_t seed_shape[] = {2};
static const int64_t channel_shape[] = {pixels};
static const int64_t weight_shape[] = {classes, pixels};
static const int64_t bias_shape[] = {classes};

#define GAMMA                                                                  \
  { "bn.gamma", TYPE, 1, channel_shape }
#define BETA                                                                   \
  { "bn.beta", TYPE, 1, channel_shape }
#define WEIGHT                                                                 \
  { "fc.weight", TYPE, 2, weight_shape }
#define BIAS                                                                   \
  { "fc.bias", TYPE, 1, bias_shape }
#define MEAN                                                                   \
  { "bn.mean", TYPE, 1, channel_shape }
#define VARIANCE                                                               \
  { "bn.var", TYPE, 1, channel_shape }
#define PARAMETERS GAMMA, BETA, WEIGHT, BIAS, MEAN, VARIANCE

static const bn_parameter_spec parameter_specs[] = {
    {GAMMA, BN_SCALE, "bn", 0},
    {BETA, BN_OFFSET, "bn", 0},
    {WEIGHT, BN_WEIGHT, "fc", pixels},
    {BIAS, BN_BIAS, "fc", pixels},
    {MEAN, BN_RUNNING_MEAN, "bn", 0},
    {VARIANCE, BN_RUNNING_VARIANCE, "bn", 0}};
static const bn_tensor_spec gradients_inputs[] = {
    {"x", TYPE, 4, x_shape},
    {"labels", BN_I64, 1, labels_shape},
    {"seed", BN_I64, 1, seed_shape},
    PARAMETERS};
static const bn_tensor_spec gradients_outputs[] = {
    {"loss", TYPE, 0, seed_shape}, {"hits", BN_I64, 0, seed_shape}, PARAMETERS};
static const bn_tensor_spec predict_inputs[] = {{"x", TYPE, 4, x_shape},
                                                PARAMETERS};
static const bn_tensor_spec predict_outputs[] = {
    {"logits", TYPE, 2, logits_shape}};
static const bn_tensor_spec vector = {"values", TYPE, 1, labels_shape};
static const bn_property properties[] = {{"bn.input_mean", "0.5"},
                                         {"bn.input_std", "0.25"}};

static const bn_model gradients_model = {
    .abi_version = BN_ABI_VERSION,
    .input_count = 3 + parameters,
    .output_count = 2 + parameters,
    .name = "softmax",
    .cpu_features = "sse2",
    .inputs = gradients_inputs,
    .outputs = gradients_outputs,
    .workspace_bytes = 64,
    .workspace_bytes_per_row = pixels * sizeof(element),
    .minimum_batch = 2,
    .minimum_batch_reason = "BatchNormalization 'bn' sees one value",
    .run = gradients_run,
};
static const bn_model predict_model = {
    .abi_version = BN_ABI_VERSION,
    .input_count = 1 + parameters,
    .output_count = 1,
    .property_count = 2,
    .name = "softmax",
    .cpu_features = "sse2",
    .inputs = predict_inputs,
    .outputs = predict_outputs,
    .properties = properties,
    .minimum_batch = 1,
    .run = predict_run,
};
static const bn_model update_model = {
    .abi_version = BN_ABI_VERSION,
    .input_count = 1,
    .output_count = 1,
    .name = "softmax",
    .cpu_features = "sse2",
    .inputs = &vector,
    .outputs = &vector,
    .minimum_batch = 1,
    .run = update_run,
};

// The source model, as far as the runtime looks at it: an unknown field, then
// the graph with a node and the initializers, f32 in raw_data, in packed and in
// unpacked float_data.
static unsigned char source[4096];
static size_t source_size;

static void put(const void *bytes, size_t size) {
  memcpy(source + source_size, bytes, size);
  source_size += size;
}
static void put_byte(unsigned value) {
  unsigned char byte = (unsigned char)value;
  put(&byte, 1);
}
/// A length in two bytes, as protobuf permits for any below 16384.
static void put_field(unsigned number, size_t size) {
  put_byte(number << 3 | 2);
  put_byte((unsigned)(size & 0x7f) | 0x80);
  put_byte((unsigned)(size >> 7));
}
static void put_text(unsigned number, const char *text) {
  put_field(number, strlen(text));
  put(text, strlen(text));
}
/// Fills in the length of a field whose contents have been put since `start`.
static void close_field(size_t start) {
  size_t size = source_size - start;
  source[start - 2] = (unsigned char)(size & 0x7f) | 0x80;
  source[start - 1] = (unsigned char)(size >> 7);
}

static void put_initializer(int index) {
  const bn_tensor_spec *spec = &parameter_specs[index].tensor;
  int64_t count = 1;
  put_field(5, 0);
  size_t start = source_size;
  for (int32_t axis = 0; axis < spec->rank; ++axis) {
    put_byte(1 << 3);
    put_byte((unsigned)spec->shape[axis]);
    count *= spec->shape[axis];
  }
  put_byte(2 << 3);
  put_byte(BN_F32);
  if (index != bn_offset)
    put_field(index == bn_scale ? 4 : 9, (size_t)count * sizeof(float));
  for (int64_t k = 0; k < count; ++k) {
    float value = index == bn_scale || index == variance ? 1.0f : 0.0f;
    if (index == weight)
      value = (float)((k * 7919 + 13) % 101 - 50) / 200;
    if (index == bn_offset)
      put_byte(4 << 3 | 5);
    put(&value, sizeof value);
  }
  put_text(8, spec->name);
  close_field(start);
}

const bn_trainer *bn_get_trainer(void) {
  static bn_trainer trainer = {
      .abi_version = BN_ABI_VERSION,
      .parameter_count = parameters,
      .trained_count = 4,
      .loss = BN_CROSS_ENTROPY,
      .optimizer = OPTIMIZER,
      .class_count = classes,
      .parameters = parameter_specs,
      .gradients = &gradients_model,
      .predict = &predict_model,
      .update = &update_model,
      .source = source,
  };
  if (source_size == 0) {
    put_byte(1 << 3); // ir_version
    put_byte(8);
    put_text(15, "a field of the future");
    put_field(7, 0);
    size_t graph = source_size;
    put_text(2, "graph");
    for (int i = 0; i < parameters; ++i)
      put_initializer(i);
    close_field(graph);
    put_field(14, 0);
    size_t entry = source_size;
    put_text(1, "bn.input_mean");
    put_text(2, "0.5");
    close_field(entry);
    put_text(6, "documentation");
    trainer.source_bytes = (int64_t)source_size;
  }
  return &trainer;
}
