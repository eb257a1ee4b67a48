//===- ParameterStore.cpp - What a training run learns ----------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ParameterStore.h"
#include "CounterRandom.h"

#include <math.h>
#include <string.h>

using namespace bn::runtime;

static constexpr size_t alignment = 64;

static int64_t countElements(const bn_tensor_spec &spec) {
  int64_t count = 1;
  for (int32_t axis = 0; axis < spec.rank; ++axis)
    count *= spec.shape[axis];
  return count;
}

static Expected<Buffer> allocateZeros(size_t size) {
  Expected<Buffer> buffer = Buffer::allocate(size);
  if (buffer)
    memset(buffer->data(), 0, size);
  return buffer;
}

Expected<ParameterStore> ParameterStore::create(const bn_trainer &trainer) {
  ParameterStore store;
  store.trainer = &trainer;
  store.isDouble = trainer.gradients->inputs[0].element_type == BN_F64;
  size_t sizes[2] = {0, 0}; // of trained parameters and statistics
  for (int32_t i = 0; i < trainer.parameter_count; ++i) {
    size_t &end = sizes[store.isTrained(i) ? 0 : 1];
    store.offsets.push_back(end);
    size_t size =
        static_cast<size_t>(store.elementCount(i)) * (store.isDouble ? 8 : 4);
    end += (size + alignment - 1) / alignment * alignment;
  }
  auto allocate = [](Buffer &target, size_t size) -> Error {
    Expected<Buffer> buffer = allocateZeros(size);
    if (!buffer)
      return buffer.takeError();
    target = std::move(*buffer);
    return Error::success();
  };
  size_t second = trainer.optimizer == BN_SGD ? 0 : sizes[0];
  for (auto [buffer, size] :
       {std::pair<Buffer *, size_t>(&store.trained, sizes[0]),
        {&store.gradients, sizes[0]},
        {&store.moments[0], sizes[0]},
        {&store.moments[1], second},
        {&store.statistics, sizes[1]},
        {&store.nextStatistics, sizes[1]}})
    if (Error error = allocate(*buffer, size))
      return error;
  return store;
}

int64_t ParameterStore::elementCount(int32_t index) const {
  return countElements(trainer->parameters[index].tensor);
}

int64_t ParameterStore::trainedElements() const {
  return static_cast<int64_t>(trained.size() / (isDouble ? 8 : 4));
}

char *ParameterStore::parameter(int32_t index) {
  Buffer &buffer = isTrained(index) ? trained : statistics;
  return buffer.data() + offsets[static_cast<size_t>(index)];
}

char *ParameterStore::gradient(int32_t index) {
  return gradients.data() + offsets[static_cast<size_t>(index)];
}

char *ParameterStore::nextStatistic(int32_t index) {
  return nextStatistics.data() + offsets[static_cast<size_t>(index)];
}

static double load(const char *values, bool isDouble, int64_t element) {
  if (isDouble)
    return reinterpret_cast<const double *>(values)[element];
  return reinterpret_cast<const float *>(values)[element];
}

double ParameterStore::value(int32_t index, int64_t element) {
  return load(parameter(index), isDouble, element);
}

double ParameterStore::gradientValue(int32_t index, int64_t element) {
  return load(gradient(index), isDouble, element);
}

double ParameterStore::nextValue(int32_t index, int64_t element) {
  return load(nextStatistic(index), isDouble, element);
}

void ParameterStore::setValue(int32_t index, int64_t element, double value) {
  char *values = parameter(index);
  if (isDouble)
    reinterpret_cast<double *>(values)[element] = value;
  else
    reinterpret_cast<float *>(values)[element] = static_cast<float>(value);
}

Error bn::runtime::checkSource(const bn_trainer &trainer,
                               const SourceModel &source) {
  for (int32_t i = 0; i < trainer.parameter_count; ++i)
    if (trainer.parameters[i].role != BN_BATCHES_TRACKED)
      if (Error error = source.check(trainer.parameters[i].tensor))
        return error;
  return Error::success();
}

void ParameterStore::readFrom(const SourceModel &source) {
  for (int32_t i = 0; i < trainer->parameter_count; ++i)
    if (isInSource(i))
      source.read(trainer->parameters[i].tensor, parameter(i));
}

void ParameterStore::initialize(int64_t seed) {
  for (int32_t i = 0; i < trainer->parameter_count; ++i) {
    const bn_parameter_spec &spec = trainer->parameters[i];
    CounterRandom random(seed, RandomUse::Initialize, i);
    bool isUniform = spec.role == BN_WEIGHT || spec.role == BN_BIAS;
    if (isUniform && spec.fan_in <= 0)
      continue;
    // PyTorch's kaiming_uniform with a = sqrt(5) comes to this bound.
    double bound = isUniform ? 1 / sqrt(static_cast<double>(spec.fan_in)) : 0;
    double constant =
        spec.role == BN_SCALE || spec.role == BN_RUNNING_VARIANCE ? 1 : 0;
    for (int64_t k = 0, e = elementCount(i); k < e; ++k)
      setValue(i, k,
               isUniform ? bound * (2 * random.uniform(k) - 1) : constant);
  }
}

void ParameterStore::scaleWeights(double factor) {
  for (int32_t i = 0; i < trainer->trained_count; ++i)
    if (trainer->parameters[i].role == BN_WEIGHT)
      for (int64_t k = 0, e = elementCount(i); k < e; ++k)
        setValue(i, k, factor * value(i, k));
}
