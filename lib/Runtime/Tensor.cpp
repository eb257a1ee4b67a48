//===- Tensor.cpp - Tensors in the caller's memory --------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Runtime/Tensor.h"

#include <stdlib.h>
#include <sys/mman.h>

using namespace bn::runtime;

size_t bn::runtime::elementSize(ElementType type) {
  switch (type) {
  case ElementType::U8:
  case ElementType::I8:
  case ElementType::Bool:
    return 1;
  case ElementType::U16:
  case ElementType::I16:
    return 2;
  case ElementType::F32:
  case ElementType::I32:
  case ElementType::U32:
    return 4;
  case ElementType::I64:
  case ElementType::U64:
  case ElementType::F64:
    return 8;
  }
  return 0;
}

const char *bn::runtime::elementName(ElementType type) {
  static const char *const names[] = {"?",   "f32", "u8",  "i8", "u16",
                                      "i16", "i32", "i64", "?",  "bool",
                                      "?",   "f64", "u32", "u64"};
  auto index = static_cast<size_t>(type);
  return index < sizeof names / sizeof *names ? names[index] : "?";
}

std::string bn::runtime::shapeText(const int64_t *shape, size_t rank) {
  if (rank == 0)
    return "scalar";
  std::string text;
  for (size_t i = 0; i < rank; ++i) {
    if (i)
      text += 'x';
    text += shape[i] < 0 ? "?" : std::to_string(shape[i]);
  }
  return text;
}

std::string bn::runtime::shapeText(const std::vector<int64_t> &shape) {
  return shapeText(shape.data(), shape.size());
}

Expected<int64_t>
bn::runtime::checkedByteCount(ElementType type,
                              const std::vector<int64_t> &shape) {
  int64_t count = static_cast<int64_t>(elementSize(type));
  bool empty = false;
  for (int64_t extent : shape) {
    if (extent < 0)
      return Error::make("the shape has a negative extent, %lld",
                         static_cast<long long>(extent));
    // An extent of 0 must not hide an absurd one beside it.
    if (extent == 0)
      empty = true;
    else if (__builtin_mul_overflow(count, extent, &count))
      return Error::make("the shape %s is too large", shapeText(shape).c_str());
  }
  return empty ? 0 : count;
}

Buffer::~Buffer() { free(bytes); }

Expected<Buffer> Buffer::allocate(uint64_t size) {
  constexpr uint64_t line = 64, hugePage = 2 << 20;
  // At least one line, so that an empty tensor has an address too.
  uint64_t rounded = (size / line + 1) * line;
  uint64_t alignment = size < hugePage ? line : hugePage;
  void *bytes = nullptr;
  if (size > INT64_MAX - line || posix_memalign(&bytes, alignment, rounded))
    return Error::make("not enough memory for %llu bytes",
                       static_cast<unsigned long long>(size));
  // Hardware does not read ahead beyond the end of a page. Where there are no
  // huge pages to be had, small ones do as well.
  if (alignment == hugePage)
    madvise(bytes, size / hugePage * hugePage, MADV_HUGEPAGE);
  Buffer buffer;
  buffer.bytes = static_cast<char *>(bytes);
  buffer.byteCount = size;
  return buffer;
}

Expected<Tensor> Tensor::create(ElementType type, std::vector<int64_t> shape) {
  Expected<int64_t> size = checkedByteCount(type, shape);
  if (!size)
    return size.takeError();
  Expected<Buffer> data = Buffer::allocate(static_cast<uint64_t>(*size));
  if (!data)
    return data.takeError();
  Tensor tensor;
  tensor.type = type;
  tensor.shape = std::move(shape);
  tensor.data = std::move(*data);
  return tensor;
}

double Tensor::valueAt(int64_t i) const {
  switch (type) {
  case ElementType::F32:
    return as<float>()[i];
  case ElementType::F64:
    return as<double>()[i];
  case ElementType::U8:
  case ElementType::Bool:
    return as<uint8_t>()[i];
  case ElementType::I8:
    return as<int8_t>()[i];
  case ElementType::U16:
    return as<uint16_t>()[i];
  case ElementType::I16:
    return as<int16_t>()[i];
  case ElementType::I32:
    return as<int32_t>()[i];
  case ElementType::U32:
    return as<uint32_t>()[i];
  case ElementType::I64:
    return static_cast<double>(as<int64_t>()[i]);
  case ElementType::U64:
    return static_cast<double>(as<uint64_t>()[i]);
  }
  return 0;
}

std::string Tensor::describe() const {
  return std::string(elementName(type)) + " " + shapeText(shape);
}
