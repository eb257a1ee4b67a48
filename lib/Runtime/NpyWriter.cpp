//===- NpyWriter.cpp - NumPy arrays and archives ----------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Runtime/Writers.h"

#include <zlib.h>

using namespace bn::runtime;

static const char *typeCode(ElementType type) {
  switch (type) {
  case ElementType::F32:
    return "<f4";
  case ElementType::F64:
    return "<f8";
  case ElementType::I8:
    return "|i1";
  case ElementType::I16:
    return "<i2";
  case ElementType::I32:
    return "<i4";
  case ElementType::I64:
    return "<i8";
  case ElementType::U8:
    return "|u1";
  case ElementType::U16:
    return "<u2";
  case ElementType::U32:
    return "<u4";
  case ElementType::U64:
    return "<u8";
  case ElementType::Bool:
    return "|b1";
  }
  return "";
}

/// Magic, version and dictionary, padded so that the elements lie aligned.
static std::string npyHeader(const Tensor &tensor) {
  std::string text = std::string("{'descr': '") + typeCode(tensor.type) +
                     "', 'fortran_order': False, 'shape': (";
  for (int64_t extent : tensor.shape)
    text += std::to_string(extent) + ",";
  text += "), }";
  constexpr size_t prefixSize = 10, alignment = 64;
  while ((prefixSize + text.size() + 1) % alignment != 0)
    text += ' ';
  text += '\n';
  std::string header("\x93NUMPY\1\0", 8);
  header += static_cast<char>(text.size() & 0xff);
  header += static_cast<char>(text.size() >> 8);
  return header + text;
}

static std::string_view contentOf(const Tensor &tensor) {
  return {tensor.data.data(), tensor.data.size()};
}

Error bn::runtime::writeNpy(const std::string &path, const Tensor &tensor) {
  std::string header = npyHeader(tensor);
  return writeFile(path, {header, contentOf(tensor)});
}

static void append(std::string &bytes, uint64_t value, int size) {
  for (int i = 0; i < size; ++i, value >>= 8)
    bytes += static_cast<char>(value & 0xff);
}

/// The fields that a local header and a directory entry have in common.
static std::string entryFields(size_t nameSize, uint32_t checksum,
                               uint64_t size) {
  std::string fields;
  append(fields, 20, 2);       // version 2.0 can extract it
  append(fields, 0x800, 2);    // the name is UTF-8
  append(fields, 0, 2);        // stored
  append(fields, 0x210000, 4); // 1980-01-01: equal results, equal files
  append(fields, checksum, 4);
  append(fields, size, 4);
  append(fields, size, 4);
  append(fields, nameSize, 2);
  append(fields, 0, 2); // no extra field
  return fields;
}

Error bn::runtime::writeNpz(const std::string &path,
                            const std::vector<Tensor> &tensors) {
  std::vector<std::string> headers(tensors.size());
  std::vector<std::string_view> pieces;
  std::string directory;
  uint64_t offset = 0;
  for (size_t i = 0; i < tensors.size(); ++i) {
    std::string array = npyHeader(tensors[i]);
    std::string_view content = contentOf(tensors[i]);
    std::string name = tensors[i].name + ".npy";
    uint64_t size = array.size() + content.size();
    if (offset + size > UINT32_MAX - (1 << 20))
      return Error::make("the archive would be over 4 GiB").inFile(path);
    uLong checksum =
        crc32_z(0, reinterpret_cast<const Bytef *>(array.data()), array.size());
    checksum =
        crc32_z(checksum, reinterpret_cast<const Bytef *>(content.data()),
                content.size());
    std::string fields =
        entryFields(name.size(), static_cast<uint32_t>(checksum), size);

    directory += std::string("PK\1\2\24\0", 6) + fields;
    append(directory, 0, 2 + 2 + 2 + 4); // comment, disk, attributes
    append(directory, offset, 4);
    directory += name;

    headers[i] = std::string("PK\3\4") + fields + name + array;
    pieces.push_back(headers[i]);
    pieces.push_back(content);
    offset += headers[i].size() + content.size();
  }
  std::string end("PK\5\6\0\0\0\0", 8);
  append(end, tensors.size(), 2);
  append(end, tensors.size(), 2);
  append(end, directory.size(), 4);
  append(end, offset, 4);
  append(end, 0, 2); // no comment
  pieces.push_back(directory);
  pieces.push_back(end);
  return writeFile(path, pieces);
}
