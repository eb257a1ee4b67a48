//===- Inflate.cpp - Deflated data with a known size ------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Inflate.h"

#include <algorithm>

using namespace bn::runtime;

static constexpr size_t largestPiece = 1u << 30;

Inflater::Inflater(std::string_view input, Format format)
    : format(format), remaining(input.size()) {
  stream.next_in = reinterpret_cast<Bytef *>(const_cast<char *>(input.data()));
  constexpr int windowBits = 15, gzip = 16;
  ready = inflateInit2(&stream, format == Format::Gzip ? windowBits + gzip
                                                       : -windowBits) == Z_OK;
}

Inflater::~Inflater() {
  if (ready)
    inflateEnd(&stream);
}

int Inflater::step() {
  if (stream.avail_in == 0) {
    stream.avail_in = static_cast<uInt>(std::min(remaining, largestPiece));
    remaining -= stream.avail_in;
  }
  return inflate(&stream, Z_NO_FLUSH);
}

Error Inflater::read(void *target, size_t size) {
  if (!ready)
    return Error::make("not enough memory to decompress");
  stream.next_out = static_cast<Bytef *>(target);
  while (size > 0) {
    if (ended)
      return Error::make("the compressed data end too early");
    stream.avail_out = static_cast<uInt>(std::min(size, largestPiece));
    size_t before = stream.avail_out;
    int result = step();
    size -= before - stream.avail_out;
    if (result == Z_STREAM_END)
      ended = true;
    else if (result == Z_BUF_ERROR && stream.avail_in == 0 && remaining == 0)
      return Error::make("the compressed data are truncated");
    else if (result != Z_OK && result != Z_BUF_ERROR)
      return Error::make("the compressed data are damaged");
  }
  return Error::success();
}

Error Inflater::finish() {
  if (!ready)
    return Error::make("not enough memory to decompress");
  while (!ended) {
    Bytef surplus;
    stream.next_out = &surplus;
    stream.avail_out = 1;
    int result = step();
    if (stream.avail_out == 0)
      return Error::make("there are more data than the header announces");
    if (result == Z_STREAM_END)
      ended = true;
    else if (result == Z_BUF_ERROR && stream.avail_in == 0 && remaining == 0)
      return Error::make("the compressed data are truncated");
    else if (result != Z_OK)
      return Error::make("the compressed data are damaged");
  }
  // gzip allows several members one after another; no writer of our formats
  // makes them, and what follows may as well be garbage.
  if (stream.avail_in + remaining > 0 && format == Format::Gzip)
    return Error::make("there are data after the end of the gzip member");
  return Error::success();
}
