//===- ReadersTest.cpp - Tensors from files ---------------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Runtime/Readers.h"
#include "Samples.h"

#include <gtest/gtest.h>

using namespace bn::runtime;

using Shape = std::vector<int64_t>;

template <typename T> static std::vector<double> valuesOf(T &tensor) {
  std::vector<double> values;
  for (int64_t i = 0; i < tensor.elementCount(); ++i)
    values.push_back(tensor.valueAt(i));
  return values;
}

static std::vector<double> firstSix() { return {0, 1, 2, 3, 4, 5}; }

/// The message of a failure, or "" for a success.
template <typename T> static std::string failure(Expected<T> result) {
  return result ? "" : result.takeError().message();
}

TEST(NpyReader, ReadsCAndFortranOrder) {
  std::string bytes({0, 1, 2, 3, 4, 5});
  auto c = parseNpy(samples::npy(
      "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3), }\n", bytes));
  ASSERT_TRUE(static_cast<bool>(c));
  EXPECT_EQ(c->shape, (Shape{2, 3}));
  EXPECT_EQ(valuesOf(*c), firstSix());
  EXPECT_FALSE(c->isPixels);
  auto fortran = parseNpy(samples::npy(
      "{'descr': '|u1', 'fortran_order': True, 'shape': (1, 2, 3), }", bytes));
  ASSERT_TRUE(static_cast<bool>(fortran));
  EXPECT_EQ(valuesOf(*fortran), (std::vector<double>{0, 2, 4, 1, 3, 5}));
}

TEST(NpyReader, ReadsScalarsAndEmptyArrays) {
  auto scalar = parseNpy(samples::npy(
      "{'descr': '<i2', 'fortran_order': False, 'shape': ()}", "\x2a\x01"));
  ASSERT_TRUE(static_cast<bool>(scalar));
  EXPECT_TRUE(scalar->shape.empty());
  EXPECT_EQ(scalar->valueAt(0), 298);
  auto empty = parseNpy(samples::npy(
      "{'descr': '<f8', 'fortran_order': False, 'shape': (0, 3)}", ""));
  ASSERT_TRUE(static_cast<bool>(empty));
  EXPECT_EQ(empty->elementCount(), 0);
}

TEST(NpyReader, RefusesWithTheReason) {
  auto refuse = [](const char *type, const char *shape, const char *bytes) {
    return failure(parseNpy(samples::npy(std::string("{'descr': '") + type +
                                             "', 'fortran_order': False, "
                                             "'shape': " +
                                             shape + "}",
                                         bytes)));
  };
  EXPECT_EQ(refuse(">f4", "(1,)", "abcd"),
            "the array is big-endian ('>f4'); save it with astype('<f4')");
  EXPECT_EQ(refuse("|O", "(1,)", "abcd"),
            "element type '|O' is not supported; expected f4, f8, i1 to i8, u1 "
            "to u8 or b1");
  EXPECT_EQ(refuse("<f4", "(2,)", "abcd"), "expected 8 bytes of f32 2, got 4");
  EXPECT_EQ(refuse("<f4", "(1,)", "abcde"), "expected 4 bytes of f32 1, got 5");
  EXPECT_EQ(refuse("<f4", "(4294967296, 4294967296)", "abcd"),
            "the shape 4294967296x4294967296 is too large");
  // An extent of 0 does not excuse the others.
  EXPECT_EQ(refuse("<f4", "(0, 4294967296, 4294967296)", ""),
            "the shape 0x4294967296x4294967296 is too large");
  EXPECT_EQ(refuse("<f4", "(-1,)", "abcd"),
            "the NumPy header is malformed or describes records");
  EXPECT_EQ(failure(parseNpy("")), "not a NumPy array, or truncated");
  EXPECT_EQ(failure(parseNpy(std::string("\x93NUMPY\4\0\0\0\0\0", 12))),
            "expected NumPy format version 1 to 3, got 4");
}

TEST(NpzReader, ReadsWhatNumPyWrites) {
  auto deflated = parseNpz(samples::deflatedNpz);
  ASSERT_TRUE(static_cast<bool>(deflated));
  ASSERT_EQ(deflated->size(), 2u);
  EXPECT_EQ((*deflated)[0].name, "x");
  EXPECT_EQ((*deflated)[0].shape, (Shape{2, 3}));
  EXPECT_EQ(valuesOf((*deflated)[0]), firstSix());
  EXPECT_EQ((*deflated)[1].name, "n");
  EXPECT_EQ((*deflated)[1].as<int64_t>()[0], 7);
  auto stored = parseNpz(samples::storedNpz);
  ASSERT_TRUE(static_cast<bool>(stored));
  EXPECT_EQ(valuesOf(stored->front()), firstSix());
}

TEST(NpzReader, RefusesDamage) {
  std::string damaged = samples::storedNpz;
  damaged[damaged.find("NUMPY") + 130] ^= 1; // in the elements
  EXPECT_EQ(failure(parseNpz(damaged)),
            "entry 'x.npy': the checksum does not match");
  std::string bomb = samples::deflatedNpz;
  size_t directory = bomb.find("PK\1\2");
  bomb.replace(directory + 24, 4, "\xff\xff\xff\x7f");
  EXPECT_EQ(failure(parseNpz(bomb)),
            "the archive announces more than it can hold");
  EXPECT_EQ(failure(parseNpz("PK")), "not a zip archive, or truncated");
}

TEST(OnnxTensorReader, ReadsRawAndTypedData) {
  auto raw = parseOnnxTensor(samples::rawTensor);
  ASSERT_TRUE(static_cast<bool>(raw));
  EXPECT_EQ(raw->name, "x");
  EXPECT_EQ(raw->type, ElementType::F32);
  EXPECT_EQ(raw->shape, (Shape{2, 3}));
  EXPECT_EQ(valuesOf(*raw), firstSix());
  auto typed = parseOnnxTensor(samples::typedTensor);
  ASSERT_TRUE(static_cast<bool>(typed));
  EXPECT_EQ(typed->type, ElementType::I64);
  EXPECT_EQ(valuesOf(*typed), (std::vector<double>{1, -2, 3, 300}));
}

TEST(OnnxTensorReader, RefusesWithTheReason) {
  using namespace std::string_literals;
  EXPECT_EQ(failure(parseOnnxTensor("\x0a"s)),
            "not an ONNX tensor, or truncated");
  EXPECT_EQ(failure(parseOnnxTensor("")),
            "the ONNX element type 0 is not supported");
  // dims 2, type f32, 4 raw bytes.
  EXPECT_EQ(failure(parseOnnxTensor("\x08\x02\x10\x01\x4a\x04"
                                    "abcd"s)),
            "expected 8 bytes for f32 2, got 4");
  // dims -1 as a varint of ten bytes.
  EXPECT_EQ(failure(parseOnnxTensor("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff"
                                    "\x01\x10\x01"s)),
            "the shape has a negative extent, -1");
  // dims 2^40, type f32, nothing else.
  EXPECT_EQ(failure(parseOnnxTensor("\x08\x80\x80\x80\x80\x80\x20\x10\x01"s)),
            "expected 4398046511104 bytes for f32 1099511627776, got 9");
  // data_location = EXTERNAL
  EXPECT_EQ(failure(parseOnnxTensor("\x10\x01\x70\x01"s)),
            "tensors with external data are not supported here");
  // type f32, one int64_data element
  EXPECT_EQ(failure(parseOnnxTensor("\x10\x01\x38\x01"s)),
            "the elements do not match f32 scalar");
}

TEST(IdxReader, ReadsPlainAndGzip) {
  auto compressed = parseIdx(samples::gzipIdx);
  ASSERT_TRUE(static_cast<bool>(compressed));
  EXPECT_EQ(compressed->shape, (Shape{2, 2, 3}));
  EXPECT_TRUE(compressed->isPixels);
  EXPECT_EQ(compressed->valueAt(11), 11);
  auto labels = parseIdx(std::string("\0\0\10\1\0\0\0\3\7\1\2", 11));
  ASSERT_TRUE(static_cast<bool>(labels));
  EXPECT_EQ(valuesOf(*labels), (std::vector<double>{7, 1, 2}));
  EXPECT_FALSE(labels->isPixels);
}

TEST(IdxReader, RefusesWithTheReason) {
  auto refuse = [](const char *bytes, size_t size) {
    return failure(parseIdx({bytes, size}));
  };
  EXPECT_EQ(refuse("\0\0\10\1\0\0\0\3\7\1", 10),
            "truncated: 3 announced, only 10 bytes in the file");
  EXPECT_EQ(refuse("\0\0\10\1\0\0\0\1\7\1", 10),
            "1 bytes more than the announced 1");
  EXPECT_EQ(refuse("\0\0\15\1\0\0\0\1\7\1\1\1", 12),
            "expected IDX with unsigned bytes (type 0x08), got type 0x0d");
  EXPECT_EQ(refuse("\0\0\10\0", 4), "expected an IDX rank from 1 to 8, got 0");
  EXPECT_EQ(refuse("\0\0\10\3\377\377\377\377\377\377\377\377\0\0\0\377", 16),
            "the shape 4294967295x4294967295x255 is too large");
  std::string cut = samples::gzipIdx.substr(0, samples::gzipIdx.size() - 9);
  EXPECT_EQ(failure(parseIdx(cut)), "the compressed data are truncated");
  EXPECT_EQ(failure(parseIdx(samples::gzipIdx + "x")),
            "there are data after the end of the gzip member");
}

TEST(CifarReader, SplitsPixelsAndLabels) {
  auto batch = parseCifar(samples::cifarRecord(3, 10, 20, 30) +
                          samples::cifarRecord(9, 1, 2, 3));
  ASSERT_TRUE(static_cast<bool>(batch));
  EXPECT_EQ(batch->images.shape, (Shape{2, 3, 32, 32}));
  EXPECT_EQ(batch->images.valueAt(1024), 20);
  EXPECT_EQ(batch->images.valueAt(5 * 1024), 3);
  EXPECT_EQ(valuesOf(batch->labels), (std::vector<double>{3, 9}));
  EXPECT_EQ(failure(parseCifar("abc")),
            "expected CIFAR-10 records of 3073 bytes, got 3 bytes");
  EXPECT_EQ(failure(parseCifar(samples::cifarRecord(10, 0, 0, 0))),
            "record 0: expected a label below 10, got 10");
}

TEST(PictureReaders, ConvertColours) {
  auto colour = parsePng(samples::colourPng, 0);
  ASSERT_TRUE(static_cast<bool>(colour));
  EXPECT_EQ(colour->shape, (Shape{1, 3, 2, 3}));
  EXPECT_TRUE(colour->isPixels);
  EXPECT_EQ(valuesOf(*colour),
            (std::vector<double>{255, 0, 0, 0, 128, 255, 0, 255, 0, 0, 128, 255,
                                 0, 0, 255, 0, 128, 255}));
  auto grey = parsePng(samples::colourPng, 1);
  ASSERT_TRUE(static_cast<bool>(grey));
  EXPECT_EQ(grey->shape, (Shape{1, 1, 2, 3}));
  EXPECT_EQ(grey->valueAt(3), 0);
  EXPECT_EQ(grey->valueAt(4), 128);
  EXPECT_EQ(grey->valueAt(5), 255);
  EXPECT_NE(failure(parsePng(samples::colourPng.substr(0, 60), 0)), "");
}

TEST(PictureReaders, ReadPnm) {
  auto grey = parsePnm("P5 # comment\n2 1\n255\n\x10\x20", 0);
  ASSERT_TRUE(static_cast<bool>(grey));
  EXPECT_EQ(grey->shape, (Shape{1, 1, 1, 2}));
  EXPECT_EQ(valuesOf(*grey), (std::vector<double>{16, 32}));
  auto scaled = parsePnm("P2\n2 1 15\n15 5", 3);
  ASSERT_TRUE(static_cast<bool>(scaled));
  EXPECT_EQ(valuesOf(*scaled),
            (std::vector<double>{255, 85, 255, 85, 255, 85}));
  auto luma = parsePnm("P3 1 1 255 255 0 0", 1);
  ASSERT_TRUE(static_cast<bool>(luma));
  EXPECT_EQ(luma->valueAt(0), 76);
  EXPECT_EQ(failure(parsePnm("P5 1000000 1000000 65535\nab", 0)),
            "truncated: expected 2000000000000 bytes of pixels, got 2");
  EXPECT_EQ(failure(parsePnm("P2 1 1 9 10", 0)),
            "a sample is 10, above the announced largest 9");
  EXPECT_EQ(failure(parsePnm("P5 0 1 255 ", 0)),
            "the picture is 0x1 with values up to 255; expected at least 1x1 "
            "and 1 to 65535");
}
