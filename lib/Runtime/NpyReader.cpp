//===- NpyReader.cpp - NumPy arrays -----------------------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A file is a magic, a version, the length of a header and the header, which
// is a Python dictionary: {'descr': '<f4', 'fortran_order': False,
// 'shape': (3, 4), }. Then come the elements.
//
//===----------------------------------------------------------------------===//

#include "bn/Runtime/Readers.h"

#include <algorithm>
#include <string.h>

using namespace bn::runtime;

namespace {

/// Walks over the header's text.
struct HeaderCursor {
  std::string_view text;

  void skipSpace() {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\n' ||
                             text.front() == '\t'))
      text.remove_prefix(1);
  }
  bool take(std::string_view token) {
    skipSpace();
    if (text.substr(0, token.size()) != token)
      return false;
    text.remove_prefix(token.size());
    return true;
  }
  bool takeString(std::string_view &value) {
    skipSpace();
    if (text.empty() || (text.front() != '\'' && text.front() != '"'))
      return false;
    size_t end = text.find(text.front(), 1);
    if (end == std::string_view::npos)
      return false;
    value = text.substr(1, end - 1);
    text.remove_prefix(end + 1);
    return true;
  }
  bool takeExtent(int64_t &value) {
    skipSpace();
    size_t digits = 0;
    value = 0;
    while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9')
      if (__builtin_mul_overflow(value, 10, &value) ||
          __builtin_add_overflow(value, text[digits++] - '0', &value))
        return false;
    text.remove_prefix(digits);
    return digits > 0;
  }
};

struct Header {
  std::string_view type;
  bool fortranOrder = false;
  std::vector<int64_t> shape;
};

} // namespace

static bool takeShape(HeaderCursor &cursor, std::vector<int64_t> &shape) {
  if (!cursor.take("("))
    return false;
  while (!cursor.take(")")) {
    int64_t extent;
    if (shape.size() == 32 || !cursor.takeExtent(extent))
      return false;
    shape.push_back(extent);
    if (!cursor.take(","))
      return cursor.take(")");
  }
  return true;
}

static bool parseHeader(std::string_view text, Header &header) {
  HeaderCursor cursor{text};
  if (!cursor.take("{"))
    return false;
  unsigned seen = 0; // one bit per key
  while (!cursor.take("}")) {
    std::string_view key;
    if (!cursor.takeString(key) || !cursor.take(":"))
      return false;
    if (key == "descr") {
      // A list here describes records; that is left to the type check.
      if (!cursor.takeString(header.type))
        return false;
      seen |= 1;
    } else if (key == "fortran_order") {
      header.fortranOrder = cursor.take("True");
      if (!header.fortranOrder && !cursor.take("False"))
        return false;
      seen |= 2;
    } else if (key == "shape") {
      header.shape.clear();
      if (!takeShape(cursor, header.shape))
        return false;
      seen |= 4;
    } else {
      return false;
    }
    cursor.take(",");
  }
  return seen == 7;
}

static Expected<ElementType> elementTypeOf(std::string_view name) {
  static const struct {
    char code[3];
    ElementType type;
  } known[] = {{"f4", ElementType::F32}, {"f8", ElementType::F64},
               {"i1", ElementType::I8},  {"i2", ElementType::I16},
               {"i4", ElementType::I32}, {"i8", ElementType::I64},
               {"u1", ElementType::U8},  {"u2", ElementType::U16},
               {"u4", ElementType::U32}, {"u8", ElementType::U64},
               {"b1", ElementType::Bool}};
  if (name.size() == 3)
    for (const auto &candidate : known)
      if (name.substr(1) == candidate.code) {
        if (name[0] == '<' || name[0] == '|' || name[0] == '=' ||
            elementSize(candidate.type) == 1)
          return candidate.type;
        if (name[0] == '>')
          return Error::make("the array is big-endian ('%.*s'); save it with "
                             "astype('<%s')",
                             static_cast<int>(name.size()), name.data(),
                             candidate.code);
      }
  return Error::make("element type '%.*s' is not supported; expected f4, f8, "
                     "i1 to i8, u1 to u8 or b1",
                     static_cast<int>(std::min<size_t>(name.size(), 40)),
                     name.data());
}

/// Copies elements from Fortran order (first axis fastest) to C order.
static void copyTransposed(Tensor &tensor, const char *source) {
  size_t size = elementSize(tensor.type), rank = tensor.shape.size();
  std::vector<int64_t> index(rank, 0), stride(rank, 1);
  for (size_t axis = 1; axis < rank; ++axis)
    stride[axis] = stride[axis - 1] * tensor.shape[axis - 1];
  int64_t from = 0;
  char *target = tensor.data.data();
  for (int64_t i = 0, e = tensor.elementCount(); i < e; ++i, target += size) {
    memcpy(target, source + from * static_cast<int64_t>(size), size);
    for (size_t axis = rank; axis-- > 0;) {
      from += stride[axis];
      if (++index[axis] < tensor.shape[axis])
        break;
      from -= stride[axis] * tensor.shape[axis];
      index[axis] = 0;
    }
  }
}

Expected<Tensor> bn::runtime::parseNpy(std::string_view bytes) {
  constexpr size_t magicSize = 6;
  if (bytes.substr(0, magicSize) != std::string_view("\x93NUMPY", magicSize) ||
      bytes.size() < 12)
    return Error::make("not a NumPy array, or truncated");
  auto byte = [&](size_t i) { return static_cast<unsigned char>(bytes[i]); };
  unsigned version = byte(6);
  if (version < 1 || version > 3)
    return Error::make("expected NumPy format version 1 to 3, got %u", version);
  size_t start = version == 1 ? 10 : 12;
  size_t length = byte(8) | byte(9) << 8;
  if (version > 1)
    length |= static_cast<size_t>(byte(10)) << 16 |
              static_cast<size_t>(byte(11)) << 24;
  if (length > bytes.size() - start)
    return Error::make("truncated in the NumPy header");
  Header header;
  if (!parseHeader(bytes.substr(start, length), header))
    return Error::make("the NumPy header is malformed or describes records");
  Expected<ElementType> type = elementTypeOf(header.type);
  if (!type)
    return type.takeError();

  std::string_view elements = bytes.substr(start + length);
  Expected<int64_t> size = checkedByteCount(*type, header.shape);
  if (!size)
    return size.takeError();
  if (static_cast<uint64_t>(*size) != elements.size())
    return Error::make("expected %lld bytes of %s %s, got %zu",
                       static_cast<long long>(*size), elementName(*type),
                       shapeText(header.shape).c_str(), elements.size());
  Expected<Tensor> tensor = Tensor::create(*type, std::move(header.shape));
  if (!tensor)
    return tensor;
  if (header.fortranOrder && tensor->shape.size() > 1)
    copyTransposed(*tensor, elements.data());
  else
    memcpy(tensor->data.data(), elements.data(), elements.size());
  return tensor;
}
