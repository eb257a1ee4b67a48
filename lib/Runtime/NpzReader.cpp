//===- NpzReader.cpp - NumPy archives ---------------------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Reads the central directory of a zip file, which alone is authoritative, and
// the entries it names; zip64 as NumPy writes it for large arrays.
//
//===----------------------------------------------------------------------===//

#include "Inflate.h"
#include "bn/Runtime/Readers.h"

using namespace bn::runtime;

namespace {

struct Entry {
  std::string_view name;
  unsigned method;
  uint32_t checksum;
  uint64_t compressedSize;
  uint64_t size;
  uint64_t offset; // of the local header
};

} // namespace

/// A little-endian number; the caller has checked the bounds.
static uint64_t number(std::string_view bytes, size_t at, size_t size) {
  uint64_t value = 0;
  for (size_t i = size; i-- > 0;)
    value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
  return value;
}

/// The end of the central directory, searched from the end of the file since a
/// comment may follow it.
static size_t findDirectoryEnd(std::string_view bytes) {
  constexpr size_t recordSize = 22, longestComment = 65535;
  if (bytes.size() < recordSize)
    return std::string_view::npos;
  size_t found =
      bytes.rfind(std::string_view("PK\5\6", 4), bytes.size() - recordSize);
  if (found != std::string_view::npos &&
      bytes.size() - found > recordSize + longestComment)
    return std::string_view::npos;
  return found;
}

/// Replaces the sizes that zip64 moved to the extra field `extra`.
static bool readZip64(std::string_view extra, Entry &entry) {
  constexpr uint64_t moved = 0xffffffff;
  while (extra.size() >= 4) {
    uint64_t tag = number(extra, 0, 2), size = number(extra, 2, 2);
    if (size > extra.size() - 4)
      return false;
    std::string_view field = extra.substr(4, size);
    extra.remove_prefix(4 + size);
    if (tag != 1)
      continue;
    for (uint64_t *value : {&entry.size, &entry.compressedSize, &entry.offset})
      if (*value == moved) {
        if (field.size() < 8)
          return false;
        *value = number(field, 0, 8);
        field.remove_prefix(8);
      }
  }
  return true;
}

/// The central directory's start and number of entries.
static bool locateDirectory(std::string_view bytes, uint64_t &start,
                            uint64_t &count) {
  size_t end = findDirectoryEnd(bytes);
  if (end == std::string_view::npos)
    return false;
  count = number(bytes, end + 10, 2);
  start = number(bytes, end + 16, 4);
  constexpr size_t locatorSize = 20, zip64EndSize = 56;
  if (end >= locatorSize &&
      bytes.substr(end - locatorSize, 4) == std::string_view("PK\6\7", 4)) {
    uint64_t zip64End = number(bytes, end - locatorSize + 8, 8);
    if (bytes.size() < zip64EndSize || zip64End > bytes.size() - zip64EndSize)
      return false;
    count = number(bytes, zip64End + 32, 8);
    start = number(bytes, zip64End + 48, 8);
  }
  return start <= bytes.size();
}

static bool readEntry(std::string_view bytes, uint64_t &at, Entry &entry) {
  constexpr size_t fixedSize = 46;
  if (bytes.size() - at < fixedSize ||
      bytes.substr(at, 4) != std::string_view("PK\1\2", 4))
    return false;
  size_t nameSize = number(bytes, at + 28, 2);
  size_t extraSize = number(bytes, at + 30, 2);
  size_t commentSize = number(bytes, at + 32, 2);
  if (bytes.size() - at - fixedSize < nameSize + extraSize + commentSize)
    return false;
  entry.method = static_cast<unsigned>(number(bytes, at + 10, 2));
  entry.checksum = static_cast<uint32_t>(number(bytes, at + 16, 4));
  entry.compressedSize = number(bytes, at + 20, 4);
  entry.size = number(bytes, at + 24, 4);
  entry.offset = number(bytes, at + 42, 4);
  entry.name = bytes.substr(at + fixedSize, nameSize);
  if (!readZip64(bytes.substr(at + fixedSize + nameSize, extraSize), entry))
    return false;
  at += fixedSize + nameSize + extraSize + commentSize;
  return true;
}

static Expected<Tensor> readArray(std::string_view bytes, const Entry &entry) {
  constexpr size_t fixedSize = 30;
  if (bytes.size() < fixedSize || entry.offset > bytes.size() - fixedSize ||
      bytes.substr(entry.offset, 4) != std::string_view("PK\3\4", 4))
    return Error::make("the header is missing");
  if (number(bytes, entry.offset + 6, 2) & 1)
    return Error::make("encrypted");
  uint64_t start = entry.offset + fixedSize +
                   number(bytes, entry.offset + 26, 2) +
                   number(bytes, entry.offset + 28, 2);
  if (start > bytes.size() || entry.compressedSize > bytes.size() - start)
    return Error::make("truncated");
  std::string_view content = bytes.substr(start, entry.compressedSize);

  constexpr unsigned stored = 0, deflated = 8;
  Buffer inflated;
  if (entry.method == deflated) {
    if (entry.size / maximumInflation > content.size())
      return Error::make("%llu bytes announced, more than %zu can expand to",
                         static_cast<unsigned long long>(entry.size),
                         content.size());
    Expected<Buffer> buffer = Buffer::allocate(entry.size);
    if (!buffer)
      return buffer.takeError();
    inflated = std::move(*buffer);
    Inflater inflater(content, Inflater::Format::Raw);
    if (Error error = inflater.read(inflated.data(), inflated.size()))
      return error;
    if (Error error = inflater.finish())
      return error;
    content = {inflated.data(), inflated.size()};
  } else if (entry.method != stored) {
    return Error::make("compression method %u is not supported", entry.method);
  } else if (entry.size != content.size()) {
    return Error::make("stored with two different sizes");
  }
  if (crc32_z(0, reinterpret_cast<const Bytef *>(content.data()),
              content.size()) != entry.checksum)
    return Error::make("the checksum does not match");
  return parseNpy(content);
}

Expected<std::vector<Tensor>> bn::runtime::parseNpz(std::string_view bytes) {
  uint64_t at, count;
  if (!locateDirectory(bytes, at, count))
    return Error::make("not a zip archive, or truncated");
  std::vector<Tensor> tensors;
  uint64_t total = 0;
  for (uint64_t i = 0; i < count; ++i) {
    Entry entry;
    if (!readEntry(bytes, at, entry))
      return Error::make("the zip directory is damaged");
    // Entries that share their bytes would multiply without bound.
    if (__builtin_add_overflow(total, entry.size, &total) ||
        total / maximumInflation > bytes.size())
      return Error::make("the archive announces more than it can hold");
    Expected<Tensor> tensor = readArray(bytes, entry);
    std::string name(entry.name.substr(0, 200));
    if (!tensor)
      return Error::make("entry '%s': %s", name.c_str(),
                         tensor.takeError().message().c_str());
    if (name.size() > 4 && name.compare(name.size() - 4, 4, ".npy") == 0)
      name.resize(name.size() - 4);
    for (const Tensor &other : tensors)
      if (other.name == name)
        return Error::make("two entries are called '%s'", name.c_str());
    tensor->name = std::move(name);
    tensors.push_back(std::move(*tensor));
  }
  return tensors;
}
