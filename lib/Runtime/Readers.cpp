//===- Readers.cpp - Tensors from files -------------------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Runtime/Readers.h"
#include "FileName.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

using namespace bn::runtime;

Expected<Buffer> bn::runtime::readFile(const std::string &path) {
  FILE *file = fopen(path.c_str(), "rb");
  if (!file)
    return Error::make("cannot open: %s", strerror(errno)).inFile(path);
  struct stat status;
  // The size is a hint: pipes have none, and a file may grow meanwhile.
  size_t capacity = 1 << 16;
  if (fstat(fileno(file), &status) == 0 && S_ISREG(status.st_mode))
    capacity = static_cast<size_t>(status.st_size) + 1;
  Expected<Buffer> buffer = Buffer::allocate(capacity);
  size_t size = 0;
  errno = 0;
  while (buffer) {
    size += fread(buffer->data() + size, 1, capacity - size, file);
    if (size < capacity)
      break;
    capacity *= 2;
    Expected<Buffer> larger = Buffer::allocate(capacity);
    if (larger)
      memcpy(larger->data(), buffer->data(), size);
    buffer = std::move(larger);
  }
  bool failed = ferror(file);
  int reason = errno;
  fclose(file);
  if (failed)
    return Error::make("cannot read: %s", strerror(reason)).inFile(path);
  if (!buffer)
    return buffer.takeError().inFile(path);
  buffer->truncate(size);
  return buffer;
}

bool bn::runtime::isDirectory(const std::string &path) {
  struct stat status;
  return stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

static bool startsWith(std::string_view text, std::string_view start) {
  return text.substr(0, start.size()) == start;
}

static Expected<Tensor> imagesOf(Expected<CifarBatch> batch) {
  if (!batch)
    return batch.takeError();
  return std::move(batch->images);
}

/// Parses the formats that hold one tensor. Magic bytes come first, then the
/// ending: the two formats without a magic are told by it.
static Expected<Tensor> parseSingle(const std::string &path,
                                    std::string_view bytes, int channels) {
  if (startsWith(bytes, "\x93NUMPY"))
    return parseNpy(bytes);
  if (startsWith(bytes, "\x89PNG"))
    return parsePng(bytes, channels);
  if (hasEnding(path, ".pb"))
    return parseOnnxTensor(bytes);
  if (hasEnding(path, ".bin"))
    return imagesOf(parseCifar(bytes));
  if (hasEnding(path, ".npy"))
    return parseNpy(bytes);
  if (startsWith(bytes, "\x1f\x8b") ||
      startsWith(bytes, std::string_view("\0\0", 2)))
    return parseIdx(bytes);
  if (bytes.size() > 2 && bytes[0] == 'P' && bytes[1] >= '2' && bytes[1] <= '6')
    return parsePnm(bytes, channels);
  if (bytes.empty())
    return Error::make("the file is empty");
  return Error::make("not a known kind of data; expected .npy, .npz, .pb, IDX, "
                     "CIFAR-10 .bin, PNG, PGM or PPM");
}

Expected<std::vector<Tensor>>
bn::runtime::readTensorFile(const std::string &path, int channels) {
  Expected<Buffer> buffer = readFile(path);
  if (!buffer)
    return buffer.takeError();
  std::string_view bytes(buffer->data(), buffer->size());
  if (startsWith(bytes, "PK") || hasEnding(path, ".npz")) {
    Expected<std::vector<Tensor>> tensors = parseNpz(bytes);
    if (!tensors)
      return tensors.takeError().inFile(path);
    return tensors;
  }
  Expected<Tensor> tensor = parseSingle(path, bytes, channels);
  if (!tensor)
    return tensor.takeError().inFile(path);
  std::vector<Tensor> tensors;
  tensors.push_back(std::move(*tensor));
  return tensors;
}

static Expected<Tensor> parseLabels(const std::string &path,
                                    std::string_view bytes) {
  if (hasEnding(path, ".bin")) {
    Expected<CifarBatch> batch = parseCifar(bytes);
    if (!batch)
      return batch.takeError();
    return std::move(batch->labels);
  }
  Expected<Tensor> tensor = parseSingle(path, bytes, 0);
  if (tensor &&
      (tensor->shape.size() != 1 || tensor->isPixels ||
       tensor->type == ElementType::F32 || tensor->type == ElementType::F64))
    return Error::make("expected labels (integers of rank 1), got %s",
                       tensor->describe().c_str());
  return tensor;
}

Expected<std::vector<int64_t>>
bn::runtime::readLabels(const std::string &path) {
  Expected<Buffer> buffer = readFile(path);
  if (!buffer)
    return buffer.takeError();
  Expected<Tensor> tensor = parseLabels(path, {buffer->data(), buffer->size()});
  if (!tensor)
    return tensor.takeError().inFile(path);
  std::vector<int64_t> labels(static_cast<size_t>(tensor->elementCount()));
  for (size_t i = 0; i < labels.size(); ++i) {
    double value = tensor->valueAt(static_cast<int64_t>(i));
    if (value < 0 || value > INT32_MAX)
      return Error::make("label %zu is %.0f; expected a class number", i, value)
          .inFile(path);
    labels[i] = static_cast<int64_t>(value);
  }
  return labels;
}

Expected<std::vector<Tensor>>
bn::runtime::readTestDirectory(const std::string &path, const char *prefix) {
  std::vector<Tensor> tensors;
  for (;;) {
    std::string file =
        path + "/" + prefix + "_" + std::to_string(tensors.size()) + ".pb";
    struct stat status;
    if (stat(file.c_str(), &status) != 0)
      return tensors;
    Expected<std::vector<Tensor>> read = readTensorFile(file);
    if (!read)
      return read.takeError();
    tensors.push_back(std::move(read->front()));
  }
}
