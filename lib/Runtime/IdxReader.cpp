//===- IdxReader.cpp - IDX files, MNIST's format ----------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Two zero bytes, the element type, the rank, the extents as big-endian 32-bit
// numbers, then the elements.
//
//===----------------------------------------------------------------------===//

#include "Inflate.h"
#include "bn/Runtime/Readers.h"

#include <string.h>

using namespace bn::runtime;

static bool isGzip(std::string_view bytes) {
  return bytes.substr(0, 2) == "\x1f\x8b";
}

static Expected<std::vector<int64_t>> parseShape(const unsigned char *extents,
                                                 unsigned rank) {
  std::vector<int64_t> shape;
  for (unsigned i = 0; i < rank; ++i, extents += 4)
    shape.push_back(static_cast<int64_t>(extents[0]) << 24 | extents[1] << 16 |
                    extents[2] << 8 | extents[3]);
  return shape;
}

Expected<Tensor> bn::runtime::parseIdx(std::string_view bytes) {
  Inflater inflater(bytes, Inflater::Format::Gzip);
  bool compressed = isGzip(bytes);
  std::string_view rest = bytes;
  auto read = [&](void *target, size_t size) -> Error {
    if (compressed)
      return inflater.read(target, size);
    if (size > rest.size())
      return Error::make("the IDX file is truncated");
    memcpy(target, rest.data(), size);
    rest.remove_prefix(size);
    return Error::success();
  };

  unsigned char magic[4], extents[4 * 8];
  if (Error error = read(magic, sizeof magic))
    return error;
  if (magic[0] != 0 || magic[1] != 0)
    return Error::make("not an IDX file");
  constexpr unsigned unsignedByte = 8;
  if (magic[2] != unsignedByte)
    return Error::make("expected IDX with unsigned bytes (type 0x08), got "
                       "type 0x%02x",
                       magic[2]);
  unsigned rank = magic[3];
  if (rank < 1 || rank > 8)
    return Error::make("expected an IDX rank from 1 to 8, got %u", rank);
  if (Error error = read(extents, 4 * rank))
    return error;
  Expected<std::vector<int64_t>> shape = parseShape(extents, rank);

  Expected<int64_t> size = checkedByteCount(ElementType::U8, *shape);
  if (!size)
    return size.takeError();
  uint64_t limit = compressed ? bytes.size() * maximumInflation : rest.size();
  if (static_cast<uint64_t>(*size) > limit)
    return Error::make("truncated: %s announced, only %zu bytes in the file",
                       shapeText(*shape).c_str(), bytes.size());
  Expected<Tensor> tensor = Tensor::create(ElementType::U8, *shape);
  if (!tensor)
    return tensor;
  if (Error error = read(tensor->data.data(), tensor->data.size()))
    return error;
  if (compressed) {
    if (Error error = inflater.finish())
      return error;
  } else if (!rest.empty()) {
    return Error::make("%zu bytes more than the announced %s", rest.size(),
                       shapeText(*shape).c_str());
  }
  tensor->isPixels = rank > 1;
  return tensor;
}
