//===- OnnxTensorReader.cpp - ONNX tensors ----------------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Reads TensorProto. Unknown fields are skipped, as protobuf does.
//
//===----------------------------------------------------------------------===//

#include "WireFormat.h"
#include "bn/Runtime/Readers.h"

#include <string.h>

using namespace bn::runtime;
using namespace bn::runtime::tensor_field;

namespace {

/// A TensorProto whose elements still lie in the message.
struct Message {
  std::vector<int64_t> shape;
  uint64_t type = 0;
  std::string_view name;
  bool hasRaw = false;
  std::string_view raw;
  /// float_data, double_data: pieces of fixed-size elements; int32_data,
  /// int64_data, uint64_data: pieces of varints. Not packed is one per piece.
  std::vector<std::string_view> pieces;
  unsigned piecesField = 0;
};

} // namespace

/// Adds what a repeated field of numbers holds. An unpacked varint is kept as
/// the bytes that encode it.
static bool addPiece(Message &message, unsigned field, std::string_view piece) {
  if (message.piecesField && message.piecesField != field)
    return false;
  message.piecesField = field;
  message.pieces.push_back(piece);
  return true;
}

static Error readField(Message &message, WireCursor &cursor, unsigned field,
                       unsigned wireType) {
  if (wireType == Varint) {
    const char *start = cursor.bytes.data();
    uint64_t value = cursor.varint();
    std::string_view encoded(start, cursor.bytes.data() - start);
    if (cursor.failed)
      return Error::success();
    if (field == Dims)
      message.shape.push_back(static_cast<int64_t>(value));
    else if (field == DataType)
      message.type = value;
    else if (field == DataLocation && value != 0)
      return Error::make("tensors with external data are not supported here");
    else if ((field == Int32Data || field == Int64Data ||
              field == Uint64Data) &&
             !addPiece(message, field, encoded))
      return Error::make("the tensor holds elements of two kinds");
    return Error::success();
  }
  std::string_view value = cursor.value(wireType);
  if (cursor.failed)
    return Error::success();
  switch (field) {
  case Dims:
    for (WireCursor packed{value}; !packed.done();) {
      message.shape.push_back(static_cast<int64_t>(packed.varint()));
      cursor.failed |= packed.failed;
      if (message.shape.size() > 32)
        break;
    }
    break;
  case Name:
    message.name = value;
    break;
  case RawData:
    message.hasRaw = true;
    message.raw = value;
    break;
  case FloatData:
  case Int32Data:
  case Int64Data:
  case DoubleData:
  case Uint64Data:
    if (!addPiece(message, field, value))
      return Error::make("the tensor holds elements of two kinds");
    break;
  case ExternalData:
    return Error::make("tensors with external data are not supported here");
  case Segment:
    return Error::make("tensors in segments are not supported");
  case StringData:
    return Error::make("string tensors are not supported");
  }
  if (message.shape.size() > 32)
    return Error::make("the tensor's rank is above 32");
  return Error::success();
}

/// The field that must hold elements of `type` when there is no raw_data.
static unsigned fieldOf(ElementType type) {
  switch (type) {
  case ElementType::F32:
    return FloatData;
  case ElementType::F64:
    return DoubleData;
  case ElementType::I64:
    return Int64Data;
  case ElementType::U32:
  case ElementType::U64:
    return Uint64Data;
  default:
    return Int32Data;
  }
}

/// Stores elements until `target` is full; fails unless they are exactly as
/// many.
static bool storePieces(const Message &message, Tensor &tensor) {
  char *target = tensor.data.data(), *end = target + tensor.data.size();
  size_t size = elementSize(tensor.type);
  for (std::string_view piece : message.pieces) {
    if (message.piecesField == FloatData || message.piecesField == DoubleData) {
      if (piece.size() > static_cast<size_t>(end - target))
        return false;
      memcpy(target, piece.data(), piece.size());
      target += piece.size();
      continue;
    }
    for (WireCursor cursor{piece}; !cursor.done();) {
      uint64_t value = cursor.varint();
      if (cursor.failed || target == end)
        return false;
      memcpy(target, &value, size); // little-endian: the low bytes
      target += size;
    }
  }
  return target == end;
}

Expected<Tensor> bn::runtime::parseOnnxTensor(std::string_view bytes) {
  Message message;
  for (WireCursor cursor{bytes}; !cursor.bytes.empty();) {
    uint64_t key = cursor.varint();
    if (key >> 3 > UINT32_MAX)
      cursor.failed = true;
    if (!cursor.failed)
      if (Error error = readField(message, cursor,
                                  static_cast<unsigned>(key >> 3), key & 7))
        return error;
    if (cursor.failed)
      return Error::make("not an ONNX tensor, or truncated");
  }
  auto type = static_cast<ElementType>(message.type);
  if (message.type > 13 || elementSize(type) == 0)
    return Error::make("the ONNX element type %llu is not supported",
                       static_cast<unsigned long long>(message.type));

  Expected<int64_t> size = checkedByteCount(type, message.shape);
  if (!size)
    return size.takeError();
  // An element takes a byte in the message at least, so that a shape that the
  // file cannot hold is refused before memory is asked for.
  uint64_t bound = message.hasRaw ? message.raw.size() : 8 * bytes.size();
  if (static_cast<uint64_t>(*size) > bound ||
      (message.hasRaw && static_cast<uint64_t>(*size) != bound))
    return Error::make("expected %lld bytes for %s %s, got %zu",
                       static_cast<long long>(*size), elementName(type),
                       shapeText(message.shape).c_str(),
                       message.hasRaw ? message.raw.size() : bytes.size());
  Expected<Tensor> tensor = Tensor::create(type, std::move(message.shape));
  if (!tensor)
    return tensor;
  tensor->name = std::string(message.name);
  if (message.hasRaw)
    memcpy(tensor->data.data(), message.raw.data(), message.raw.size());
  else if ((message.piecesField && message.piecesField != fieldOf(type)) ||
           !storePieces(message, *tensor))
    return Error::make("the elements do not match %s",
                       tensor->describe().c_str());
  return tensor;
}
