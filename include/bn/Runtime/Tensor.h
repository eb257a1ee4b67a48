//===- Tensor.h - Tensors in the caller's memory ----------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_RUNTIME_TENSOR_H
#define BN_RUNTIME_TENSOR_H

#include "bn/Runtime/Error.h"

#include <stddef.h>
#include <stdint.h>
#include <string_view>
#include <vector>

namespace bn::runtime {

/// Element types a file may hold, numbered as ONNX's TensorProto.DataType.
enum class ElementType : int32_t {
  F32 = 1,
  U8 = 2,
  I8 = 3,
  U16 = 4,
  I16 = 5,
  I32 = 6,
  I64 = 7,
  Bool = 9,
  F64 = 11,
  U32 = 12,
  U64 = 13
};

/// Bytes of one element; 0 for a number that is no ElementType.
size_t elementSize(ElementType type);

/// "f32", "i64", …
const char *elementName(ElementType type);

/// "360x1x28x28"; "?" for a dynamic extent, "scalar" for rank 0.
std::string shapeText(const int64_t *shape, size_t rank);
std::string shapeText(const std::vector<int64_t> &shape);

/// The size in bytes of a dense tensor. Fails for a negative extent and when
/// the product leaves the range of int64_t.
Expected<int64_t> checkedByteCount(ElementType type,
                                   const std::vector<int64_t> &shape);

/// Memory aligned to 64 bytes.
class Buffer {
public:
  Buffer() = default;
  Buffer(Buffer &&other) noexcept { swap(other); }
  Buffer &operator=(Buffer &&other) noexcept {
    swap(other);
    return *this;
  }
  ~Buffer();

  /// Fails with a message when there is not enough memory.
  static Expected<Buffer> allocate(uint64_t size);

  char *data() { return bytes; }
  const char *data() const { return bytes; }
  size_t size() const { return byteCount; }
  /// Forgets what lies behind the first `size` bytes.
  void truncate(size_t size) { byteCount = size; }

private:
  void swap(Buffer &other) noexcept {
    std::swap(bytes, other.bytes);
    std::swap(byteCount, other.byteCount);
  }

  char *bytes = nullptr;
  size_t byteCount = 0;
};

/// A dense row-major tensor.
struct Tensor {
  std::string name;
  ElementType type = ElementType::F32;
  std::vector<int64_t> shape;
  Buffer data;
  /// Pixels as bytes (IDX, CIFAR, pictures): they are normalized on their way
  /// into a floating-point input. Other files are taken as they are.
  bool isPixels = false;

  /// An uninitialised tensor.
  static Expected<Tensor> create(ElementType type, std::vector<int64_t> shape);

  int64_t elementCount() const {
    return static_cast<int64_t>(data.size() / elementSize(type));
  }
  template <typename T> T *as() { return reinterpret_cast<T *>(data.data()); }
  template <typename T> const T *as() const {
    return reinterpret_cast<const T *>(data.data());
  }
  /// Element `index` as a double.
  double valueAt(int64_t index) const;
  std::string describe() const; // "f32 360x1x28x28"
};

} // namespace bn::runtime

#endif // BN_RUNTIME_TENSOR_H
