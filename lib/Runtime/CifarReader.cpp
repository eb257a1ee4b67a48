//===- CifarReader.cpp - CIFAR-10's binary batches --------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Records of one label and 3·32·32 pixels, channel by channel.
//
//===----------------------------------------------------------------------===//

#include "bn/Runtime/Readers.h"

#include <string.h>

using namespace bn::runtime;

Expected<CifarBatch> bn::runtime::parseCifar(std::string_view bytes) {
  constexpr int64_t side = 32, pixels = 3 * side * side;
  constexpr size_t recordSize = 1 + pixels;
  if (bytes.empty() || bytes.size() % recordSize != 0)
    return Error::make("expected CIFAR-10 records of %zu bytes, got %zu bytes",
                       recordSize, bytes.size());
  int64_t count = static_cast<int64_t>(bytes.size() / recordSize);
  Expected<Tensor> images =
      Tensor::create(ElementType::U8, {count, 3, side, side});
  if (!images)
    return images.takeError();
  Expected<Tensor> labels = Tensor::create(ElementType::U8, {count});
  if (!labels)
    return labels.takeError();
  for (int64_t i = 0; i < count; ++i) {
    const char *record = bytes.data() + i * static_cast<int64_t>(recordSize);
    constexpr unsigned classes = 10;
    auto label = static_cast<uint8_t>(*record);
    if (label >= classes)
      return Error::make("record %lld: expected a label below %u, got %u",
                         static_cast<long long>(i), classes, label);
    labels->as<uint8_t>()[i] = label;
    memcpy(images->data.data() + i * pixels, record + 1, pixels);
  }
  CifarBatch batch;
  batch.images = std::move(*images);
  batch.images.isPixels = true;
  batch.labels = std::move(*labels);
  return batch;
}
