//===- TrainingFixture.h - A small data set on disk -------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_TEST_RUNTIME_TRAININGFIXTURE_H
#define BN_TEST_RUNTIME_TRAININGFIXTURE_H

#include "bn/Runtime/Readers.h"
#include "bn/Runtime/Writers.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/// Works in a directory of its own, where `data` is a data set in IDX: pictures
/// of 4x4 pixels with one bright row, which is their class, and some noise.
class TrainingFixture : public testing::Test {
protected:
  static constexpr int trainRows = 103, testRows = 20;

  void SetUp() override {
    char pattern[] = "/tmp/bn-training-XXXXXX";
    ASSERT_NE(mkdtemp(pattern), nullptr);
    directory = pattern;
    ASSERT_EQ(chdir(pattern), 0);
    ASSERT_EQ(system("mkdir data"), 0);
    writePart("data/train", trainRows, 1);
    writePart("data/t10k", testRows, 1001);
  }
  void TearDown() override {
    ASSERT_EQ(chdir("/"), 0);
    ASSERT_EQ(system(("rm -r " + directory).c_str()), 0);
  }

  static int classOf(int row) { return row * 7 % 11 % 4; }
  static int pixelOf(int row, int place, int salt) {
    int noise = (row * 131 + place * 71 + salt * 17) % 97;
    return (place / 4 == classOf(row) ? 120 : 40) + noise;
  }
  static void writePart(const std::string &stem, int rows, int salt) {
    std::string count = {0, 0, static_cast<char>(rows >> 8),
                         static_cast<char>(rows)};
    std::string images = std::string("\0\0\10\3", 4) + count +
                         std::string("\0\0\0\4\0\0\0\4", 8);
    std::string labels = std::string("\0\0\10\1", 4) + count;
    for (int row = 0; row < rows; ++row) {
      for (int place = 0; place < 16; ++place)
        images += static_cast<char>(pixelOf(row, place, salt));
      labels += static_cast<char>(classOf(row));
    }
    write(stem + "-images-idx3-ubyte", images);
    write(stem + "-labels-idx1-ubyte", labels);
  }
  static void write(const std::string &path, const std::string &bytes) {
    ASSERT_FALSE(static_cast<bool>(bn::runtime::writeFile(path, {bytes})));
  }
  static std::string contentOf(const std::string &path) {
    bn::runtime::Expected<bn::runtime::Buffer> bytes =
        bn::runtime::readFile(path);
    return bytes ? std::string(bytes->data(), bytes->size()) : "";
  }

  /// Exit status (-1 after a signal) and what was printed.
  struct Ended {
    int status;
    std::string out;
    std::string err;
  };
  /// Runs a program of the build directory through the shell; `before` is put
  /// in front of it.
  static Ended run(const std::string &program, const std::string &arguments,
                   const std::string &before = "") {
    std::string command = before + " " + TEST_PROGRAM_DIRECTORY + "/" +
                          program + " " + arguments + " >out.txt 2>err.txt";
    int status = system(command.c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, contentOf("out.txt"),
            contentOf("err.txt")};
  }

private:
  std::string directory;
};

#endif // BN_TEST_RUNTIME_TRAININGFIXTURE_H
