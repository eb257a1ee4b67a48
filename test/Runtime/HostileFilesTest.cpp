//===- HostileFilesTest.cpp - Readers under damaged bytes -------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Every prefix and every single-bit change of a sample, and seeded random
// changes of several bytes, must give tensors or one message. Build with
// AddressSanitizer to make this sharp.
//
//===----------------------------------------------------------------------===//

#include "Samples.h"
#include "bn/Runtime/Readers.h"

#include <gtest/gtest.h>
#include <string.h>

using namespace bn::runtime;

namespace {

/// The number of tensors read.
using Read = size_t (*)(std::string_view);

template <typename T> size_t countOf(Expected<T> result) {
  if (result)
    return 1;
  EXPECT_FALSE(result.takeError().message().empty());
  return 0;
}

struct Case {
  const char *name;
  Read read;
  std::string sample;
  /// Proper prefixes that are whole files themselves.
  size_t wholePrefixes = 0;
};

std::vector<Case> allCases() {
  std::string four("abcdefgh");
  return {
      {"npy", [](std::string_view b) { return countOf(parseNpy(b)); },
       samples::npy("{'descr': '<f4', 'fortran_order': True, 'shape': (2, 1)}",
                    four)},
      {"deflated npz", [](std::string_view b) { return countOf(parseNpz(b)); },
       samples::deflatedNpz},
      {"stored npz", [](std::string_view b) { return countOf(parseNpz(b)); },
       samples::storedNpz},
      {"raw tensor",
       [](std::string_view b) { return countOf(parseOnnxTensor(b)); },
       samples::rawTensor},
      {"typed tensor",
       [](std::string_view b) { return countOf(parseOnnxTensor(b)); },
       samples::typedTensor, 1}, // without its name, the last field
      {"gzip idx", [](std::string_view b) { return countOf(parseIdx(b)); },
       samples::gzipIdx},
      {"idx", [](std::string_view b) { return countOf(parseIdx(b)); },
       std::string("\0\0\10\2\0\0\0\2\0\0\0\3abcdef", 18)},
      {"png", [](std::string_view b) { return countOf(parsePng(b, 3)); },
       samples::colourPng, 12}, // libpng does not wait for the IEND chunk
      {"pgm", [](std::string_view b) { return countOf(parsePnm(b, 3)); },
       "P5 3 2 255\nabcdef"},
      {"ppm text", [](std::string_view b) { return countOf(parsePnm(b, 1)); },
       "P3\n1 2 255\n1 2 3 40 50 60\n", 2}, // a digit and the newline
      {"cifar", [](std::string_view b) { return countOf(parseCifar(b)); },
       samples::cifarRecord(1, 2, 3, 4)},
  };
}

/// Reads from memory of exactly this size, so that a sanitizer sees every byte
/// too many.
size_t readExactly(Read read, const std::string &bytes) {
  std::vector<char> copy(bytes.begin(), bytes.end());
  copy.shrink_to_fit();
  return read({copy.data(), copy.size()});
}

} // namespace

TEST(HostileFiles, SamplesAreSound) {
  for (const Case &test : allCases())
    EXPECT_EQ(readExactly(test.read, test.sample), 1u) << test.name;
}

TEST(HostileFiles, EveryPrefixIsRefusedOrRead) {
  for (const Case &test : allCases()) {
    size_t accepted = 0;
    for (size_t size = 0; size < test.sample.size(); ++size)
      accepted += readExactly(test.read, test.sample.substr(0, size));
    EXPECT_EQ(accepted, test.wholePrefixes) << test.name;
  }
}

TEST(HostileFiles, EveryBitMayFlip) {
  for (const Case &test : allCases())
    for (size_t bit = 0; bit < 8 * test.sample.size(); ++bit) {
      std::string bytes = test.sample;
      bytes[bit / 8] ^= static_cast<char>(1 << bit % 8);
      EXPECT_LE(readExactly(test.read, bytes), 1u);
    }
}

TEST(HostileFiles, SeveralBytesMayChange) {
  uint64_t state = 1;
  auto random = [&](size_t bound) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return static_cast<size_t>(state >> 33) % bound;
  };
  static const char interesting[] = {0, 1, -1, 127, -128, '9', 'P', 4};
  for (const Case &test : allCases())
    for (int round = 0; round < 2000; ++round) {
      std::string bytes = test.sample;
      for (size_t changes = 1 + random(6); changes-- > 0;)
        bytes[random(bytes.size())] =
            random(2) ? interesting[random(sizeof interesting)]
                      : static_cast<char>(random(256));
      EXPECT_LE(readExactly(test.read, bytes), 1u);
    }
}
