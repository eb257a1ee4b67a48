//===- WritersTest.cpp - Tensors to files -----------------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Runtime/Writers.h"
#include "bn/Runtime/Readers.h"

#include <dirent.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace bn::runtime;

namespace {

class Writers : public testing::Test {
protected:
  void SetUp() override {
    char pattern[] = "/tmp/bn-writers-XXXXXX";
    ASSERT_NE(mkdtemp(pattern), nullptr);
    directory = pattern;
  }
  void TearDown() override {
    for (const std::string &name : files())
      unlink((directory + "/" + name).c_str());
    rmdir(directory.c_str());
  }
  std::vector<std::string> files() {
    std::vector<std::string> names;
    DIR *stream = opendir(directory.c_str());
    while (dirent *entry = readdir(stream))
      if (entry->d_name[0] != '.')
        names.push_back(entry->d_name);
    closedir(stream);
    return names;
  }
  std::string contentOf(const std::string &path) {
    Expected<Buffer> bytes = readFile(path);
    return bytes ? std::string(bytes->data(), bytes->size()) : "unreadable";
  }

  std::string directory;
};

Tensor numbered(const char *name, ElementType type,
                std::vector<int64_t> shape) {
  Expected<Tensor> tensor = Tensor::create(type, std::move(shape));
  memset(tensor->data.data(), 1, tensor->data.size());
  tensor->name = name;
  return std::move(*tensor);
}

} // namespace

TEST_F(Writers, WhatIsWrittenIsReadBack) {
  std::string path = directory + "/a.npy";
  Tensor tensor = numbered("y", ElementType::F64, {2, 1, 3});
  ASSERT_FALSE(static_cast<bool>(writeNpy(path, tensor)));
  Expected<std::vector<Tensor>> read = readTensorFile(path);
  ASSERT_TRUE(static_cast<bool>(read));
  EXPECT_EQ(read->front().describe(), "f64 2x1x3");
  EXPECT_EQ(memcmp(read->front().data.data(), tensor.data.data(), 48), 0);
  EXPECT_EQ(contentOf(path).find('\n'), 127u); // elements lie aligned

  std::vector<Tensor> several;
  several.push_back(numbered("loss", ElementType::F32, {}));
  several.push_back(numbered("classes", ElementType::I64, {3}));
  std::string archive = directory + "/b.npz";
  ASSERT_FALSE(static_cast<bool>(writeNpz(archive, several)));
  read = readTensorFile(archive);
  ASSERT_TRUE(static_cast<bool>(read)) << read.takeError().message();
  ASSERT_EQ(read->size(), 2u);
  EXPECT_EQ((*read)[0].name, "loss");
  EXPECT_EQ((*read)[0].describe(), "f32 scalar");
  EXPECT_EQ((*read)[1].describe(), "i64 3");
}

TEST_F(Writers, KeepsTheModeAndFollowsLinks) {
  std::string file = directory + "/file", link = directory + "/link";
  ASSERT_FALSE(static_cast<bool>(writeFile(file, {"old"})));
  ASSERT_EQ(chmod(file.c_str(), 0600), 0);
  ASSERT_EQ(symlink("file", link.c_str()), 0);
  ASSERT_FALSE(static_cast<bool>(writeFile(link, {"n", "ew"})));
  EXPECT_EQ(contentOf(file), "new");
  struct stat status;
  ASSERT_EQ(lstat(link.c_str(), &status), 0);
  EXPECT_TRUE(S_ISLNK(status.st_mode));
  ASSERT_EQ(stat(file.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0600u);
  EXPECT_EQ(files().size(), 2u);
}

TEST_F(Writers, FailuresLeaveNothing) {
  EXPECT_EQ(writeFile(directory, {"x"}).message(),
            "cannot write: Is a directory");
  Error missing = writeFile(directory + "/none/a", {"x"});
  EXPECT_EQ(missing.message(), "cannot write: No such file or directory");
  EXPECT_EQ(missing.culprit(), directory + "/none/a");
  std::string longName(250, 'n'); // the temporary's name is too long
  EXPECT_EQ(writeFile(directory + "/" + longName, {"x"}).message(),
            "cannot write: File name too long");
  EXPECT_EQ(writeFile("/dev/full", {"x"}).message(),
            "cannot write: No space left on device");
  EXPECT_TRUE(files().empty());
}

TEST_F(Writers, AFullDiskLeavesTheOldFile) {
  std::string path = directory + "/a";
  ASSERT_FALSE(static_cast<bool>(writeFile(path, {"old"})));
  pid_t child = fork();
  if (child == 0) {
    // A limit on the size of files stands for the full disk.
    signal(SIGXFSZ, SIG_IGN);
    struct rlimit limit = {8, 8};
    setrlimit(RLIMIT_FSIZE, &limit);
    _exit(writeFile(path, {"more than eight"}) ? 7 : 0);
  }
  int status;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(WEXITSTATUS(status), 7);
  EXPECT_EQ(contentOf(path), "old");
  EXPECT_EQ(files().size(), 1u);
}

TEST_F(Writers, ASignalRemovesTheTemporary) {
  std::string path = directory + "/a";
  ASSERT_FALSE(static_cast<bool>(writeFile(path, {"old"})));
  pid_t child = fork();
  if (child == 0) {
    // Large enough that the signal arrives while writing.
    std::string_view piece(static_cast<char *>(calloc(1 << 24, 1)), 1 << 24);
    std::vector<std::string_view> pieces(128, piece);
    if (writeFile(path, pieces))
      _exit(3);
    _exit(0);
  }
  for (int wait = 0; files().size() < 2 && wait < 10000; ++wait)
    usleep(1000);
  kill(child, SIGTERM);
  int status;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(files(), std::vector<std::string>{"a"});
  EXPECT_EQ(contentOf(path), "old");
}
