//===- PnmReader.cpp - PGM and PPM pictures ---------------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// "P5" or "P6" (binary), "P2" or "P3" (text), then width, height and the
// largest value, then the samples. '#' starts a comment.
//
//===----------------------------------------------------------------------===//

#include "Pixels.h"
#include "bn/Runtime/Readers.h"

using namespace bn::runtime;

namespace {

struct TokenCursor {
  std::string_view text;

  static bool isSpace(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
  }
  bool number(unsigned &value) {
    while (!text.empty() && (isSpace(text.front()) || text.front() == '#')) {
      if (text.front() == '#')
        while (!text.empty() && text.front() != '\n')
          text.remove_prefix(1);
      else
        text.remove_prefix(1);
    }
    size_t digits = 0;
    value = 0;
    while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9') {
      value = value * 10 + static_cast<unsigned>(text[digits++] - '0');
      if (value > 1000000)
        return false;
    }
    text.remove_prefix(digits);
    return digits > 0;
  }
};

} // namespace

Expected<Tensor> bn::runtime::parsePnm(std::string_view bytes, int channels) {
  char kind = bytes.size() > 2 && bytes[0] == 'P' ? bytes[1] : 0;
  bool isText = kind == '2' || kind == '3';
  if (!isText && kind != '5' && kind != '6')
    return Error::make("not a PGM or PPM picture");
  int from = kind == '3' || kind == '6' ? 3 : 1;
  TokenCursor cursor{bytes.substr(2)};
  unsigned width, height, largest;
  if (!cursor.number(width) || !cursor.number(height) ||
      !cursor.number(largest) || cursor.text.empty() ||
      !TokenCursor::isSpace(cursor.text.front()))
    return Error::make("the picture's header is malformed or truncated");
  if (width == 0 || height == 0 || largest == 0 || largest > 65535)
    return Error::make("the picture is %ux%u with values up to %u; expected "
                       "at least 1x1 and 1 to 65535",
                       width, height, largest);
  cursor.text.remove_prefix(1);

  // At most 3·10¹² samples: the product cannot overflow.
  uint64_t samples = static_cast<uint64_t>(width) * height * from;
  unsigned sampleSize = isText ? 1 : largest > 255 ? 2 : 1;
  if (samples * sampleSize > cursor.text.size())
    return Error::make("truncated: expected %llu bytes of pixels, got %zu",
                       static_cast<unsigned long long>(samples * sampleSize),
                       cursor.text.size());
  Expected<Buffer> buffer = Buffer::allocate(samples);
  if (!buffer)
    return buffer.takeError();
  auto *pixels = reinterpret_cast<uint8_t *>(buffer->data());
  for (uint64_t i = 0; i < samples; ++i) {
    unsigned value;
    if (isText) {
      if (!cursor.number(value))
        return Error::make("truncated: expected %llu samples, got %llu",
                           static_cast<unsigned long long>(samples),
                           static_cast<unsigned long long>(i));
    } else {
      value = static_cast<unsigned char>(cursor.text.front());
      if (sampleSize == 2)
        value = value << 8 | static_cast<unsigned char>(cursor.text[1]);
      cursor.text.remove_prefix(sampleSize);
    }
    if (value > largest)
      return Error::make("a sample is %u, above the announced largest %u",
                         value, largest);
    pixels[i] = static_cast<uint8_t>((value * 255 + largest / 2) / largest);
  }
  return planesFromInterleaved(pixels, from, channels ? channels : from, height,
                               width);
}
