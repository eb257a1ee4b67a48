//===- RowSource.cpp - Rows of data into batches ----------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RowSource.h"

#include <string.h>

using namespace bn::runtime;

Expected<RowSource> RowSource::create(const bn_tensor_spec &spec,
                                      const LabeledData &data,
                                      const Normalization &normalization) {
  Expected<std::vector<int64_t>> shape =
      inputShape(spec, data.images, normalization, /*rowsMayDiffer=*/true);
  if (!shape)
    return shape.takeError().inFile(data.imagesPath);
  RowSource source;
  source.data = &data;
  source.isDouble = spec.element_type == BN_F64;
  for (size_t axis = 2; axis < shape->size(); ++axis)
    source.plane *= static_cast<size_t>((*shape)[axis]);
  source.elements = static_cast<size_t>(data.images.elementCount()) /
                    static_cast<size_t>(data.rows());
  if (data.images.isPixels)
    source.values = pixelValues(normalization);
  return source;
}

template <typename T> void RowSource::copyRow(int64_t row, T *target) const {
  size_t begin = static_cast<size_t>(row) * elements;
  if (values.empty()) {
    const Tensor &images = data->images;
    if (images.type == (sizeof(T) == 8 ? ElementType::F64 : ElementType::F32))
      memcpy(target, images.as<T>() + begin, elements * sizeof(T));
    else // f32 is widened
      for (size_t i = 0; i < elements; ++i)
        target[i] = static_cast<T>(images.as<float>()[begin + i]);
    return;
  }
  const uint8_t *pixels = data->images.as<uint8_t>() + begin;
  size_t channels = values.size() / 256;
  for (size_t i = 0, channel = 0; i < elements; i += plane, ++channel) {
    const float *table = values.data() + channel % channels * 256;
    for (size_t j = i; j < i + plane; ++j)
      target[j] = static_cast<T>(table[pixels[j]]);
  }
}

void RowSource::copy(const int64_t *rows, int64_t count, void *target,
                     int64_t *labels) const {
  for (int64_t i = 0; i < count; ++i) {
    char *row =
        static_cast<char *>(target) + static_cast<size_t>(i) * rowBytes();
    if (isDouble)
      copyRow(rows[i], reinterpret_cast<double *>(row));
    else
      copyRow(rows[i], reinterpret_cast<float *>(row));
    labels[i] = data->labels[static_cast<size_t>(rows[i])];
  }
}
