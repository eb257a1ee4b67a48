//===- WireFormat.h - ONNX as bytes -----------------------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Protobuf's wire format: a message is a sequence of keys (field number and
// wire type) and values.
//
//===----------------------------------------------------------------------===//

#ifndef BN_LIB_RUNTIME_WIREFORMAT_H
#define BN_LIB_RUNTIME_WIREFORMAT_H

#include <stdint.h>
#include <string_view>

namespace bn::runtime {

enum WireType { Varint = 0, Fixed64 = 1, Bytes = 2, Fixed32 = 5 };

/// Walks over a message. After a failure `failed` is set and all is at an end.
struct WireCursor {
  std::string_view bytes;
  bool failed = false;

  bool done() const { return failed || bytes.empty(); }

  uint64_t varint() {
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && !bytes.empty(); shift += 7) {
      auto byte = static_cast<unsigned char>(bytes.front());
      bytes.remove_prefix(1);
      value |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80)
        return value;
    }
    failed = true;
    return 0;
  }
  std::string_view take(uint64_t size) {
    if (size > bytes.size()) {
      failed = true;
      return {};
    }
    std::string_view taken = bytes.substr(0, size);
    bytes.remove_prefix(size);
    return taken;
  }
  std::string_view value(unsigned wireType) {
    switch (wireType) {
    case Fixed64:
      return take(8);
    case Fixed32:
      return take(4);
    case Bytes:
      return take(varint());
    }
    failed = true;
    return {};
  }
};

/// The fields of TensorProto.
namespace tensor_field {
enum : unsigned {
  Dims = 1,
  DataType = 2,
  Segment = 3,
  FloatData = 4,
  Int32Data = 5,
  StringData = 6,
  Int64Data = 7,
  Name = 8,
  RawData = 9,
  DoubleData = 10,
  Uint64Data = 11,
  ExternalData = 13,
  DataLocation = 14
};
} // namespace tensor_field

} // namespace bn::runtime

#endif // BN_LIB_RUNTIME_WIREFORMAT_H
