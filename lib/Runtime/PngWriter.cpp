//===- PngWriter.cpp - PNG pictures -----------------------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// By hand: libpng's writer would add 70 KB to each executable.
//
//===----------------------------------------------------------------------===//

#include "PngWriter.h"
#include "bn/Runtime/Writers.h"

#include <string.h>
#include <zlib.h>

using namespace bn::runtime;

static void appendNumber(std::string &bytes, uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8)
    bytes += static_cast<char>(value >> shift & 0xff);
}

/// Length, kind, content, and the checksum of the latter two.
static void appendChunk(std::string &file, const char *kind,
                        std::string_view content) {
  appendNumber(file, static_cast<uint32_t>(content.size()));
  size_t start = file.size();
  file += kind;
  file += content;
  appendNumber(file, static_cast<uint32_t>(crc32_z(
                         0, reinterpret_cast<const Bytef *>(&file[start]),
                         file.size() - start)));
}

Error bn::runtime::writePng(const std::string &path, const Buffer &pixels,
                            uint32_t width, uint32_t height) {
  // Each row begins with the number of its filter: none.
  size_t rowSize = 3 * static_cast<size_t>(width);
  Expected<Buffer> rows = Buffer::allocate((rowSize + 1) * height);
  if (!rows)
    return rows.takeError();
  for (size_t y = 0; y < height; ++y) {
    rows->data()[y * (rowSize + 1)] = 0;
    memcpy(rows->data() + y * (rowSize + 1) + 1, pixels.data() + y * rowSize,
           rowSize);
  }
  uLongf size = compressBound(rows->size());
  Expected<Buffer> compressed = Buffer::allocate(size);
  if (!compressed)
    return compressed.takeError();
  if (compress(reinterpret_cast<Bytef *>(compressed->data()), &size,
               reinterpret_cast<const Bytef *>(rows->data()),
               rows->size()) != Z_OK)
    return Error::make("not enough memory to compress").inFile(path);

  std::string header;
  appendNumber(header, width);
  appendNumber(header, height);
  header += std::string_view("\10\2\0\0\0", 5); // 8 bits, RGB, not interlaced
  std::string file = "\x89PNG\r\n\x1a\n";
  appendChunk(file, "IHDR", header);
  appendChunk(file, "IDAT", {compressed->data(), size});
  appendChunk(file, "IEND", {});
  return writeFile(path, {file});
}
