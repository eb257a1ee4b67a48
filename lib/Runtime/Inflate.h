//===- Inflate.h - Deflated data with a known size --------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_LIB_RUNTIME_INFLATE_H
#define BN_LIB_RUNTIME_INFLATE_H

#include "bn/Runtime/Error.h"

#include <stdint.h>
#include <string_view>
#include <zlib.h>

namespace bn::runtime {

/// Deflate cannot expand further than this, so that a larger claim is a lie.
constexpr uint64_t maximumInflation = 1032;

/// Bytes out of deflated ones, piece by piece.
class Inflater {
public:
  enum class Format { Raw, Gzip };
  Inflater(std::string_view input, Format format);
  Inflater(const Inflater &) = delete;
  Inflater &operator=(const Inflater &) = delete;
  ~Inflater();

  /// Fills `size` bytes, or fails when the data are damaged or end before.
  Error read(void *target, size_t size);

  /// Succeeds if the data and their checksum (of gzip) end here.
  Error finish();

private:
  z_stream stream = {};
  Format format;
  size_t remaining; // bytes zlib has not been given yet
  bool ready;
  bool ended = false;

  /// Gives zlib's 32-bit counters the next piece, and calls it.
  int step();
};

} // namespace bn::runtime

#endif // BN_LIB_RUNTIME_INFLATE_H
