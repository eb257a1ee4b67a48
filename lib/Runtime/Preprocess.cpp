//===- Preprocess.cpp - From data to inputs ---------------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Runtime/Preprocess.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

using namespace bn::runtime;

const char *bn::runtime::findProperty(const bn_model &model,
                                      std::string_view key) {
  for (int32_t i = 0; i < model.property_count; ++i)
    if (key == model.properties[i].key)
      return model.properties[i].value;
  return nullptr;
}

/// Numbers separated by commas.
static bool parseNumbers(const char *text, std::vector<double> &numbers) {
  numbers.clear();
  for (;;) {
    char *end;
    double value = strtod(text, &end);
    if (end == text || !isfinite(value))
      return false;
    numbers.push_back(value);
    while (*end == ' ')
      ++end;
    if (*end == 0)
      return true;
    if (*end != ',')
      return false;
    text = end + 1;
  }
}

/// Both lists as long as the longer one.
static Error unify(Normalization &normalization) {
  std::vector<double> &mean = normalization.mean;
  std::vector<double> &deviation = normalization.deviation;
  if (mean.size() == 1)
    mean.resize(deviation.size(), mean[0]);
  if (deviation.size() == 1)
    deviation.resize(mean.size(), deviation[0]);
  if (mean.size() != deviation.size())
    return Error::make("%zu means but %zu standard deviations", mean.size(),
                       deviation.size());
  for (double value : deviation)
    if (value <= 0)
      return Error::make("expected standard deviations above 0, got %g", value);
  return Error::success();
}

Expected<Normalization> bn::runtime::modelNormalization(const bn_model &model) {
  Normalization result;
  const char *mean = findProperty(model, "bn.input_mean");
  const char *deviation = findProperty(model, "bn.input_std");
  if (mean && !parseNumbers(mean, result.mean))
    return Error::make("the model's bn.input_mean is '%s'; expected numbers "
                       "separated by commas",
                       mean);
  if (deviation && !parseNumbers(deviation, result.deviation))
    return Error::make("the model's bn.input_std is '%s'; expected numbers "
                       "separated by commas",
                       deviation);
  if (Error error = unify(result))
    return Error::make("the model's normalization: %s",
                       error.message().c_str());
  return result;
}

Expected<Normalization>
bn::runtime::parseNormalization(const std::string &text) {
  std::vector<double> numbers;
  if (!parseNumbers(text.c_str(), numbers) || numbers.size() % 2 != 0)
    return Error::make("--normalize: expected MEAN,STD or all means and then "
                       "all deviations, got '%s'",
                       text.c_str());
  auto middle = numbers.begin() + static_cast<ptrdiff_t>(numbers.size() / 2);
  Normalization result;
  result.mean.assign(numbers.begin(), middle);
  result.deviation.assign(middle, numbers.end());
  if (Error error = unify(result))
    return Error::make("--normalize: %s", error.message().c_str());
  return result;
}

/// True if both say the same; one number stands for all channels.
static bool agree(const std::vector<double> &a, const std::vector<double> &b) {
  size_t count = a.size() > b.size() ? a.size() : b.size();
  if ((a.size() != count && a.size() != 1) ||
      (b.size() != count && b.size() != 1))
    return false;
  for (size_t i = 0; i < count; ++i)
    if (fabs(a[a.size() == 1 ? 0 : i] - b[b.size() == 1 ? 0 : i]) > 1e-6)
      return false;
  return true;
}

Expected<Normalization> bn::runtime::chooseNormalization(
    const bn_model &model, const std::string &option, std::string &warning) {
  if (option.empty())
    return modelNormalization(model);
  Expected<Normalization> chosen = parseNormalization(option);
  const char *mean = findProperty(model, "bn.input_mean");
  const char *deviation = findProperty(model, "bn.input_std");
  if (!chosen || (!mean && !deviation))
    return chosen;
  Expected<Normalization> own = modelNormalization(model);
  if (!own || !agree(own->mean, chosen->mean) ||
      !agree(own->deviation, chosen->deviation))
    warning = "--normalize " + option +
              " contradicts the model (bn.input_mean " + (mean ? mean : "0") +
              ", bn.input_std " + (deviation ? deviation : "1") +
              "); --normalize is used";
  return chosen;
}

static Error mismatch(const bn_tensor_spec &spec, const Tensor &tensor) {
  return Error::make(
      "input '%s': expected %s %s, got %s", spec.name,
      elementName(static_cast<ElementType>(spec.element_type)),
      shapeText(spec.shape, static_cast<size_t>(spec.rank)).c_str(),
      tensor.describe().c_str());
}

static bool shapeFits(const bn_tensor_spec &spec,
                      const std::vector<int64_t> &shape, bool rowsMayDiffer) {
  if (shape.size() != static_cast<size_t>(spec.rank))
    return false;
  for (size_t axis = 0; axis < shape.size(); ++axis)
    if (spec.shape[axis] != BN_DYNAMIC && spec.shape[axis] != shape[axis] &&
        !(axis == 0 && rowsMayDiffer))
      return false;
  return true;
}

std::vector<float>
bn::runtime::pixelValues(const Normalization &normalization) {
  std::vector<float> values(normalization.mean.size() * 256);
  for (size_t i = 0; i < values.size(); ++i) {
    auto mean = static_cast<float>(normalization.mean[i / 256]);
    auto deviation = static_cast<float>(normalization.deviation[i / 256]);
    float scaled = static_cast<float>(i % 256) / 255.0f;
    values[i] = (scaled - mean) / deviation;
  }
  return values;
}

Expected<std::vector<int64_t>>
bn::runtime::inputShape(const bn_tensor_spec &spec, const Tensor &tensor,
                        const Normalization &normalization,
                        bool rowsMayDiffer) {
  std::vector<int64_t> shape = tensor.shape;
  bool isFloat = spec.element_type == BN_F32 || spec.element_type == BN_F64;
  if (!tensor.isPixels || !isFloat) {
    bool typeFits =
        static_cast<int32_t>(tensor.type) == spec.element_type ||
        (tensor.type == ElementType::F32 && spec.element_type == BN_F64);
    if (!typeFits || !shapeFits(spec, shape, rowsMayDiffer))
      return mismatch(spec, tensor);
    return shape;
  }
  if (shape.size() + 1 == static_cast<size_t>(spec.rank) && spec.rank > 1 &&
      spec.shape[1] == 1)
    shape.insert(shape.begin() + 1, 1);
  if (!shapeFits(spec, shape, rowsMayDiffer))
    return mismatch(spec, tensor);
  size_t channels = normalization.mean.size();
  if (channels != 1 &&
      (spec.rank < 3 || static_cast<int64_t>(channels) != shape[1]))
    return Error::make("input '%s': %zu means and deviations for %s", spec.name,
                       channels, shapeText(shape).c_str());
  return shape;
}

/// Pixels to numbers of type T.
template <typename T>
static void normalizePixels(const Tensor &from, Tensor &to,
                            const Normalization &normalization) {
  size_t channels = normalization.mean.size();
  std::vector<float> table = pixelValues(normalization);
  int64_t plane = 1;
  for (size_t axis = 2; axis < to.shape.size(); ++axis)
    plane *= to.shape[axis];
  const uint8_t *source = from.as<uint8_t>();
  T *target = to.as<T>();
  int64_t planes = plane ? to.elementCount() / plane : 0;
  for (int64_t i = 0; i < planes; ++i) {
    const float *values =
        table.data() + static_cast<size_t>(i) % channels * 256;
    for (int64_t j = 0; j < plane; ++j)
      *target++ = static_cast<T>(values[*source++]);
  }
}

Expected<Tensor> bn::runtime::prepareInput(const bn_tensor_spec &spec,
                                           Tensor tensor,
                                           const Normalization &normalization,
                                           bool rowsMayDiffer) {
  Expected<std::vector<int64_t>> shape =
      inputShape(spec, tensor, normalization, rowsMayDiffer);
  if (!shape)
    return shape.takeError();
  if (static_cast<int32_t>(tensor.type) == spec.element_type)
    return tensor;
  Expected<Tensor> result = Tensor::create(
      static_cast<ElementType>(spec.element_type), std::move(*shape));
  if (!result)
    return result;
  if (!tensor.isPixels)
    for (int64_t i = 0, e = tensor.elementCount(); i < e; ++i)
      result->as<double>()[i] = static_cast<double>(tensor.as<float>()[i]);
  else if (spec.element_type == BN_F64)
    normalizePixels<double>(tensor, *result, normalization);
  else
    normalizePixels<float>(tensor, *result, normalization);
  return result;
}
