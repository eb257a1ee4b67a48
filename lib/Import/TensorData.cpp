//===- TensorData.cpp - Tensors of an ONNX file ---------------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TensorData.h"

#include "mlir/IR/AsmState.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/Endian.h"

using namespace mlir;
using namespace mlir::bn;
using onnx::TensorProto;

/// Alignment of parameters in bytes: a cache line, and the widest vector.
static constexpr size_t kAlignment = 64;

/// More integers than this are data, not shapes.
static constexpr int64_t kMostIntegers = 1 << 16;

std::optional<int64_t> bn::countElements(ArrayRef<int64_t> shape) {
  int64_t count = 1;
  for (int64_t extent : shape) {
    if (extent < 0 || extent > kMostElements)
      return std::nullopt;
    // Both factors are at most 2^40, but their product may not fit.
    if (extent != 0 && count > kMostElements / extent)
      return std::nullopt;
    count *= extent;
  }
  return count;
}

FloatType bn::getFloatType(int32_t onnxType, MLIRContext *context) {
  switch (onnxType) {
  case TensorProto::FLOAT:
    return Float32Type::get(context);
  case TensorProto::DOUBLE:
    return Float64Type::get(context);
  default:
    return {};
  }
}

bool bn::isIntegerType(int32_t onnxType) {
  return onnxType == TensorProto::INT64 || onnxType == TensorProto::INT32 ||
         onnxType == TensorProto::BOOL;
}

std::string bn::getElementTypeName(int32_t onnxType) {
  if (!onnx::TensorProto_DataType_IsValid(onnxType))
    return ("type " + Twine(onnxType)).str();
  return StringRef(onnx::TensorProto_DataType_Name(
                       static_cast<onnx::TensorProto_DataType>(onnxType)))
      .lower();
}

static size_t getElementSize(int32_t onnxType) {
  switch (onnxType) {
  case TensorProto::BOOL:
    return 1;
  case TensorProto::FLOAT:
  case TensorProto::INT32:
    return 4;
  default:
    return 8;
  }
}

/// The number of values in the typed field that holds `tensor`'s data.
static int64_t countTypedValues(const TensorProto &tensor) {
  switch (tensor.data_type()) {
  case TensorProto::FLOAT:
    return tensor.float_data_size();
  case TensorProto::DOUBLE:
    return tensor.double_data_size();
  case TensorProto::INT64:
    return tensor.int64_data_size();
  default:
    return tensor.int32_data_size();
  }
}

std::optional<std::string> bn::findFault(const TensorProto &tensor) {
  bool isInteger = isIntegerType(tensor.data_type());
  if (!isInteger && tensor.data_type() != TensorProto::FLOAT &&
      tensor.data_type() != TensorProto::DOUBLE)
    return std::nullopt;

  std::optional<int64_t> count =
      countElements({tensor.dims().data(), size_t(tensor.dims_size())});
  if (!count)
    return "expected extents from 0 up and at most 2^40 values";
  if (isInteger && *count > kMostIntegers)
    return ("expected at most " + Twine(kMostIntegers) + " integers, got " +
            Twine(*count))
        .str();
  if (!isInteger && *count == 0)
    return "expected at least one value, got none";
  if (tensor.has_segment())
    return "segmented tensors are not supported";
  if (tensor.has_raw_data()) {
    size_t bytes = *count * getElementSize(tensor.data_type());
    if (tensor.raw_data().size() != bytes)
      return ("expected " + Twine(bytes) +
              " bytes of data for its shape, got " +
              Twine(tensor.raw_data().size()))
          .str();
  } else if (countTypedValues(tensor) != *count) {
    return ("expected " + Twine(*count) + " values for its shape, got " +
            Twine(countTypedValues(tensor)))
        .str();
  }
  return std::nullopt;
}

IntegerTensor bn::readIntegers(const TensorProto &tensor) {
  IntegerTensor result;
  result.shape.assign(tensor.dims().begin(), tensor.dims().end());
  auto append = [&](int64_t value) { result.values.push_back({value, 0}); };
  if (!tensor.has_raw_data()) {
    if (tensor.data_type() == TensorProto::INT64)
      llvm::for_each(tensor.int64_data(), append);
    else
      llvm::for_each(tensor.int32_data(), append);
    return result;
  }
  size_t size = getElementSize(tensor.data_type());
  const char *data = tensor.raw_data().data();
  for (size_t offset = 0; offset < tensor.raw_data().size(); offset += size) {
    using namespace llvm::support::endian;
    if (size == 8)
      append(read<int64_t>(data + offset, llvm::endianness::little));
    else if (size == 4)
      append(read<int32_t>(data + offset, llvm::endianness::little));
    else
      append(data[offset] != 0);
  }
  return result;
}

ElementsAttr bn::takeFloats(TensorProto &tensor, StringRef name,
                            MLIRContext *context) {
  static_assert(llvm::endianness::native == llvm::endianness::little,
                "ONNX keeps raw data in little-endian order");
  auto type =
      RankedTensorType::get({tensor.dims().data(), size_t(tensor.dims_size())},
                            getFloatType(tensor.data_type(), context));
  ArrayRef<char> bytes;
  if (tensor.has_raw_data())
    bytes = {tensor.raw_data().data(), tensor.raw_data().size()};
  else if (tensor.data_type() == TensorProto::FLOAT)
    bytes = {reinterpret_cast<const char *>(tensor.float_data().data()),
             tensor.float_data_size() * sizeof(float)};
  else
    bytes = {reinterpret_cast<const char *>(tensor.double_data().data()),
             tensor.double_data_size() * sizeof(double)};
  auto attribute = DenseResourceElementsAttr::get(
      type, name,
      HeapAsmResourceBlob::allocateAndCopyWithAlign(bytes, kAlignment,
                                                    /*dataIsMutable=*/false));
  // A cleared string keeps its memory; a swapped one frees it.
  if (tensor.has_raw_data())
    std::string().swap(*tensor.mutable_raw_data());
  tensor.Clear();
  return attribute;
}
