//===- Samples.h - Small files of all kinds ---------------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Files as other programs write them: NumPy 2.4, ONNX 1.23, zlib's gzip.
//
//===----------------------------------------------------------------------===//

#ifndef BN_TEST_RUNTIME_SAMPLES_H
#define BN_TEST_RUNTIME_SAMPLES_H

#include <string>

namespace samples {

inline std::string fromHex(const char *digits) {
  auto value = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  std::string bytes;
  for (; *digits; digits += 2)
    bytes += static_cast<char>(value(digits[0]) * 16 + value(digits[1]));
  return bytes;
}

/// numpy.savez_compressed(FILE, x=A, n=numpy.int64(7)), where A is
/// numpy.arange(6, dtype='f4').reshape(2, 3).
inline const std::string deflatedNpz = fromHex(
    "504b03042d0000000800000021004fe9002affffffffffffffff05001400782e6e707901"
    "001000980000000000000055000000000000009bec17ea1b10c9c850c650ad9e925a9c5c"
    "a46ea5a06e9366a2aea3a09e965f54529498179f5f94920a12774bcc294e058a17672416"
    "a402f91a463a0ac69a3a0ab50a64032e063068b007120e4004c40d40bcc00100504b0304"
    "2d00000008000000210023b8f06cffffffffffffffff050014006e2e6e70790100100088"
    "0000000000000046000000000000009bec17ea1b10c9c850c650ad9e925a9c5ca46ea5a0"
    "6e9369a1aea3a09e965f54529498179f5f94920a12774bcc294e058a17672416a402f91a"
    "9a3a0ab50a14012e7606080000504b01022d032d0000000800000021004fe9002a550000"
    "0098000000050000000000000000000000800100000000782e6e7079504b01022d032d00"
    "000008000000210023b8f06c460000008800000005000000000000000000000080018c00"
    "00006e2e6e7079504b0506000000000200020066000000090100000000");

/// numpy.savez(FILE, x=A)
inline const std::string storedNpz = fromHex(
    "504b03042d0000000000000021004fe9002affffffffffffffff05001400782e6e707901"
    "00100098000000000000009800000000000000934e554d5059010076007b276465736372"
    "273a20273c6634272c2027666f727472616e5f6f72646572273a2046616c73652c202773"
    "68617065273a2028322c2033292c207d2020202020202020202020202020202020202020"
    "202020202020202020202020202020202020202020202020202020202020202020202020"
    "20200a000000000000803f0000004000004040000080400000a040504b01022d032d0000"
    "000000000021004fe9002a98000000980000000500000000000000000000008001000000"
    "00782e6e7079504b0506000000000100010033000000cf0000000000");

/// onnx.numpy_helper.from_array(A, 'x')
inline const std::string rawTensor = fromHex(
    "0802080310014201784a18000000000000803f0000004000004040000080400000a040");

/// onnx.helper.make_tensor('i', INT64, [4], [1, -2, 3, 300])
inline const std::string typedTensor =
    fromHex("080410073a0e01feffffffffffffffff0103ac02420169");

/// 3x2 pixels: red, green, blue; black, grey 128, white
inline const std::string colourPng = fromHex(
    "89504e470d0a1a0a0000000d49484452000000030000000208020000001216f14d000000"
    "1649444154789c63f8cfc0c000c30c0d0d0dffffff07003a61077b004397c30000000049"
    "454e44ae426082");

/// IDX of shape 2x2x3 with the bytes 0 to 11, gzip'ed
inline const std::string gzipIdx = fromHex(
    "1f8b08000000000002036360e0606660606082626606462666165636760e4e2e6e00781e"
    "23841c000000");

/// An .npy file with the given dictionary and elements.
inline std::string npy(const std::string &header, const std::string &elements) {
  std::string bytes("\x93NUMPY\1\0", 8);
  bytes += static_cast<char>(header.size() & 0xff);
  bytes += static_cast<char>(header.size() >> 8);
  return bytes + header + elements;
}

/// A CIFAR-10 record whose channels are constant.
inline std::string cifarRecord(char label, char red, char green, char blue) {
  return label + std::string(1024, red) + std::string(1024, green) +
         std::string(1024, blue);
}

} // namespace samples

#endif // BN_TEST_RUNTIME_SAMPLES_H
