//===- PngReader.cpp - PNG pictures -----------------------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Pixels.h"
#include "bn/Runtime/Readers.h"

#include <png.h>
#include <string.h>

using namespace bn::runtime;

Expected<Tensor> bn::runtime::parsePng(std::string_view bytes, int channels) {
  png_image image;
  memset(&image, 0, sizeof image);
  image.version = PNG_IMAGE_VERSION;
  if (!png_image_begin_read_from_memory(&image, bytes.data(), bytes.size()))
    return Error::make("PNG: %s", image.message);
  if (channels == 0)
    channels = image.format & PNG_FORMAT_FLAG_COLOR ? 3 : 1;

  // A pixel takes a bit at least before compression, and deflate expands by
  // 1032 at most.
  uint64_t pixels = static_cast<uint64_t>(image.width) * image.height;
  if (pixels / (8 * 1032) > bytes.size()) {
    png_image_free(&image);
    return Error::make("%ux%u pixels announced, only %zu bytes in the file",
                       image.width, image.height, bytes.size());
  }
  // Transparent pixels are laid on black.
  image.format = channels == 3 ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY;
  Expected<Buffer> buffer =
      Buffer::allocate(pixels * static_cast<unsigned>(channels));
  if (!buffer) {
    png_image_free(&image);
    return buffer.takeError();
  }
  png_color black = {0, 0, 0};
  if (!png_image_finish_read(&image, &black, buffer->data(), 0, nullptr))
    return Error::make("PNG: %s", image.message);
  return planesFromInterleaved(
      reinterpret_cast<const uint8_t *>(buffer->data()), channels, channels,
      image.height, image.width);
}
