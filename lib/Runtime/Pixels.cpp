//===- Pixels.cpp - Pictures as tensors -------------------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Pixels.h"

using namespace bn::runtime;

Expected<Tensor> bn::runtime::planesFromInterleaved(const uint8_t *pixels,
                                                    int from, int to,
                                                    int64_t height,
                                                    int64_t width) {
  Expected<Tensor> tensor =
      Tensor::create(ElementType::U8, {1, to, height, width});
  if (!tensor)
    return tensor;
  tensor->isPixels = true;
  uint8_t *planes = tensor->as<uint8_t>();
  int64_t count = height * width;
  for (int64_t i = 0; i < count; ++i, pixels += from) {
    if (from == 3 && to == 1)
      // The luma weights of ITU-R BT.601, in thousandths.
      planes[i] = static_cast<uint8_t>(
          (299 * pixels[0] + 587 * pixels[1] + 114 * pixels[2] + 500) / 1000);
    else
      for (int c = 0; c < to; ++c)
        planes[c * count + i] = pixels[from == to ? c : 0];
  }
  return tensor;
}
