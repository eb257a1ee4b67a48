//===- RunnerTest.cpp - Executables from their command line -----*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Samples.h"
#include "bn/Runtime/Bench.h"
#include "bn/Runtime/Readers.h"
#include "bn/Runtime/Writers.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace bn::runtime;

namespace {

/// Exit status (-1 after a signal) and what was printed.
struct Ended {
  int status;
  std::string out;
  std::string err;
};

class Runner : public testing::Test {
protected:
  void SetUp() override {
    char pattern[] = "/tmp/bn-runner-XXXXXX";
    ASSERT_NE(mkdtemp(pattern), nullptr);
    directory = pattern;
    ASSERT_EQ(chdir(pattern), 0);

    // Five pictures as numbers, and their sums.
    Expected<Tensor> x = Tensor::create(ElementType::F32, {5, 1, 4, 4});
    Expected<Tensor> y = Tensor::create(ElementType::F32, {5, 4});
    fillRandom(*x, 3);
    for (int row = 0; row < 20; ++row) {
      float sum = 0;
      for (int i = 0; i < 4; ++i)
        sum += x->as<float>()[row * 4 + i];
      y->as<float>()[row] = sum;
    }
    ASSERT_FALSE(static_cast<bool>(writeNpy("x.npy", *x)));
    ASSERT_FALSE(static_cast<bool>(writeNpy("y.npy", *y)));

    // Four pictures as bytes: row k of picture k is bright. The last label is
    // wrong.
    std::string pixels("\0\0\10\3\0\0\0\4\0\0\0\4\0\0\0\4", 16);
    for (int i = 0; i < 64; ++i)
      pixels += i / 16 == i / 4 % 4 ? '\xff' : '\0';
    write("pixels", pixels);
    write("labels", std::string("\0\0\10\1\0\0\0\4\0\1\2\2", 12));
  }
  void TearDown() override {
    ASSERT_EQ(chdir("/"), 0);
    ASSERT_EQ(system(("rm -r " + directory).c_str()), 0);
  }

  static void write(const char *path, const std::string &bytes) {
    ASSERT_FALSE(static_cast<bool>(writeFile(path, {bytes})));
  }
  static std::string contentOf(const char *path) {
    Expected<Buffer> bytes = readFile(path);
    return bytes ? std::string(bytes->data(), bytes->size()) : "";
  }
  /// Runs a program of the build directory through the shell.
  static Ended run(const std::string &program, const std::string &arguments) {
    std::string command =
        std::string(TEST_PROGRAM_DIRECTORY) + "/" + program + " " + arguments;
    if (arguments.find('>') == std::string::npos)
      command += " >out.txt";
    int status = system((command + " 2>err.txt").c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, contentOf("out.txt"),
            contentOf("err.txt")};
  }
  /// Expects a failure with `message` alone.
  static void refuse(int status, const std::string &program,
                     const std::string &arguments, const std::string &message) {
    Ended ended = run(program, arguments);
    EXPECT_EQ(ended.status, status) << arguments;
    EXPECT_EQ(ended.out, "") << arguments;
    EXPECT_EQ(ended.err, message + "\n") << arguments;
  }

  std::string directory;
};

} // namespace

TEST_F(Runner, WritesAndCompares) {
  EXPECT_EQ(run("row_sums", "x.npy -o got.npy").status, 0);
  EXPECT_EQ(contentOf("got.npy"), contentOf("y.npy"));
  Ended equal = run("row_sums", "x.npy --expect y.npy --threads 2");
  EXPECT_EQ(equal.status, 0);
  EXPECT_EQ(equal.out, "y: equal: largest absolute difference 0, relative 0\n");
  // In batches of 3, the last of them short.
  EXPECT_EQ(run("row_sums_fixed", "--input x=x.npy --expect=y.npy").status, 0);
  EXPECT_EQ(run("row_sums_training", "x.npy --expect y.npy").status, 0);
  Ended wrong = run("row_sums", "x.npy x.npy --expect y.npy --json");
  EXPECT_EQ(wrong.status, 1);
  EXPECT_EQ(wrong.out,
            "{\"outputs\":[{\"name\":\"y\",\"shape\":[10,4]}],\"rows\":10,"
            "\"equal\":false,\"max_abs\":null,\"max_rel\":null}\n");
  EXPECT_EQ(run("row_sums_total", "x.npy -o both.npz").status, 0);
  Expected<std::vector<Tensor>> both = readTensorFile("both.npz");
  ASSERT_TRUE(static_cast<bool>(both));
  ASSERT_EQ(both->size(), 2u);
  EXPECT_EQ((*both)[1].name, "total");
}

TEST_F(Runner, MatchesDataWithInputs) {
  std::vector<Tensor> arrays;
  Expected<std::vector<Tensor>> x = readTensorFile("x.npy");
  Expected<Tensor> bias = Tensor::create(ElementType::F32, {4});
  memset(bias->data.data(), 0, bias->data.size());
  ASSERT_FALSE(static_cast<bool>(writeNpy("bias.npy", *bias)));
  // The archive holds them in the other order: names decide.
  bias->name = "bias";
  x->front().name = "x";
  arrays.push_back(std::move(*bias));
  arrays.push_back(std::move(x->front()));
  ASSERT_FALSE(static_cast<bool>(writeNpz("both.npz", arrays)));
  arrays[0].name = "other";
  arrays[1].name = "names";
  ASSERT_FALSE(static_cast<bool>(writeNpz("wrong.npz", arrays)));
  for (const char *data :
       {"x.npy bias.npy", "both.npz", "--input bias=bias.npy x.npy",
        "--input bias=bias.npy --input=x=x.npy"})
    EXPECT_EQ(
        run("row_sums_bias", std::string(data) + " --expect y.npy").status, 0)
        << data;
  refuse(1, "row_sums_bias", "x.npy",
         "row_sums_bias: error: input 'bias' has no data");
  refuse(1, "row_sums_bias", "x.npy bias.npy x.npy",
         "x.npy: error: more data than inputs; the model has 2");
  refuse(1, "row_sums_bias", "both.npz --input bias=bias.npy",
         "both.npz: error: input 'bias' has data already");
  refuse(1, "row_sums_bias", "wrong.npz",
         "wrong.npz: error: no array is named as an input; expected 'x', "
         "'bias'");
}

TEST_F(Runner, ToleranceDecides) {
  Expected<std::vector<Tensor>> y = readTensorFile("y.npy");
  y->front().as<float>()[7] += 0.5f;
  ASSERT_FALSE(static_cast<bool>(writeNpy("off.npy", y->front())));
  Ended different = run("row_sums", "x.npy --expect off.npy");
  EXPECT_EQ(different.status, 1);
  EXPECT_NE(different.out.find("1 elements outside the tolerance, the first "
                               "at 7"),
            std::string::npos);
  EXPECT_EQ(run("row_sums", "x.npy --expect off.npy --atol 0.6").status, 0);
}

TEST_F(Runner, ReadsTestDirectories) {
  ASSERT_EQ(mkdir("set", 0777), 0);
  write("set/input_0.pb", "\x08\x01\x08\x01\x08\x04\x08\x04\x10\x01\x4a\x40" +
                              std::string(64, 0));
  write("set/output_0.pb",
        "\x08\x01\x08\x04\x10\x01\x4a\x10" + std::string(16, 0));
  EXPECT_EQ(run("row_sums", "set").status, 0);
  write("set/output_0.pb",
        "\x08\x01\x08\x04\x10\x01\x4a\x10" + std::string(16, 'a'));
  EXPECT_EQ(run("row_sums", "set").status, 1);
  refuse(1, "row_sums", ".",
         ".: error: not an ONNX test directory: no input_0.pb in it");
}

TEST_F(Runner, NormalizesPixelsAndCountsHits) {
  Ended ended = run("row_sums", "pixels --labels labels --mistakes m.png");
  EXPECT_EQ(ended.status, 0) << ended.err;
  EXPECT_EQ(ended.out, "accuracy: 0.7500 (3 of 4)\n");
  Expected<std::vector<Tensor>> sheet = readTensorFile("m.png", 3);
  ASSERT_TRUE(static_cast<bool>(sheet));
  EXPECT_EQ(sheet->front().shape[1], 3);

  // bytes/255, then mean 0.5 and deviation 0.25: 4 * 2 and 4 * -2.
  EXPECT_EQ(run("row_sums", "pixels").out.substr(0, 29),
            "y: f32 4x4\n  8 -8 -8 -8\n  -8 ");
  Ended other = run("row_sums", "pixels --normalize 0,1");
  EXPECT_EQ(other.out.substr(0, 21), "y: f32 4x4\n  4 0 0 0\n");
  EXPECT_EQ(other.err,
            "row-sums: warning: --normalize 0,1 contradicts the model "
            "(bn.input_mean 0.5, bn.input_std 0.25); --normalize is used\n");
  EXPECT_EQ(run("row_sums_f64", "pixels --labels labels --json").out,
            "{\"outputs\":[{\"name\":\"y\",\"shape\":[4,4]}],\"rows\":4,"
            "\"accuracy\":0.75}\n");
  EXPECT_EQ(run("row_sums", "pixels --top 2").out.substr(0, 22),
            "row 0: 0 (8) 1 (-8)\nro");
}

TEST_F(Runner, FailuresNameTheCulprit) {
  refuse(1, "row_sums", "none.npy",
         "none.npy: error: cannot open: No such file or directory");
  refuse(1, "row_sums", "y.npy",
         "y.npy: error: input 'x': expected f32 ?x1x4x4, got f32 5x4");
  refuse(1, "row_sums", "pixels --labels y.npy",
         "y.npy: error: expected labels (integers of rank 1), got f32 5x4");
  refuse(1, "row_sums", "x.npy --labels labels",
         "labels: error: expected 5 labels, got 4");
  refuse(1, "row_sums", "--input z=x.npy",
         "row_sums: error: --input z=x.npy: no input of that name; expected "
         "'x'");
  refuse(1, "row_sums_total", "x.npy -o a.npy",
         "row_sums_total: error: the model has 2 outputs; give -o an .npz "
         "file");
  refuse(1, "row_sums", "x.npy -o none/a.npy",
         "none/a.npy: error: cannot write: No such file or directory");
  write("one", std::string("\0\0\10\3\0\0\0\1\0\0\0\4\0\0\0\4", 16) +
                   std::string(16, 1));
  refuse(1, "row_sums_training", "one",
         "one: error: expected at least 2 rows, got 1: BatchNormalization "
         "'bn1' sees one value");
  Ended rare = run("row_sums_rare", "x.npy");
  EXPECT_EQ(rare.status, 1);
  EXPECT_NE(rare.err.find(", which this CPU does not have"), std::string::npos);
  EXPECT_EQ(run("row_sums_rare", "--info").status, 0);
}

TEST_F(Runner, WrongUsageIsStatusTwo) {
  refuse(2, "row_sums", "", "row_sums: error: no input; see --help");
  refuse(2, "row_sums", "--bogus x.npy",
         "row_sums: error: unknown option '--bogus'; see --help");
  refuse(2, "row_sums", "x.npy -o a.txt",
         "row_sums: error: -o: expected a file that ends in .npy or .npz, got "
         "'a.txt'");
  refuse(2, "row_sums", "x.npy --normalize 1",
         "row_sums: error: --normalize: expected MEAN,STD or all means and "
         "then all deviations, got '1'");
  refuse(2, "row_sums", "x.npy --mistakes a.png",
         "row_sums: error: --mistakes needs --labels");
}

TEST_F(Runner, ClosedOutputIsAnError) {
  Ended full = run("row_sums", "x.npy >/dev/full");
  EXPECT_EQ(full.status, 1);
  EXPECT_EQ(full.err, "row_sums: error: cannot write to standard output: No "
                      "space left on device\n");
  EXPECT_EQ(run("row_sums", "x.npy >&-").status, 1);
  std::string late = "(sleep 0.1; " TEST_PROGRAM_DIRECTORY
                     "/row_sums x.npy 2>err.txt; echo $? >status) | true";
  ASSERT_EQ(system(late.c_str()), 0);
  EXPECT_EQ(contentOf("status"), "1\n");
  EXPECT_EQ(contentOf("err.txt"),
            "row_sums: error: cannot write to standard output: Broken pipe\n");
}

TEST_F(Runner, TellsAboutItself) {
  Ended help = run("row_sums", "--help");
  EXPECT_EQ(help.status, 0);
  for (const char *option : {"--input", "--expect", "--labels", "--normalize",
                             "--threads", "--top", "--info", "--json"})
    EXPECT_NE(help.out.find(option), std::string::npos) << option;
  EXPECT_EQ(run("row_sums", "--version").out.substr(0, 27),
            "row-sums, compiled by bn-op");
  Ended info = run("row_sums", "--info");
  EXPECT_NE(info.out.find("x: f32 ?x1x4x4"), std::string::npos);
  EXPECT_EQ(
      run("row_sums", "--info --json")
          .out.find(
              "{\"model\":\"row-sums\",\"inputs\":[{\"name\":\"x\",\"type\":"
              "\"f32\",\"shape\":[-1,1,4,4]}],\""),
      0u);
}

#ifdef TEST_STANDALONE
TEST_F(Runner, StandaloneExecutableIsSmallAndNeedsLibcAlone) {
  struct stat status;
  ASSERT_EQ(stat(TEST_PROGRAM_DIRECTORY "/row_sums_standalone", &status), 0);
  EXPECT_LT(status.st_size, 750000);
  ASSERT_EQ(system("readelf -d " TEST_PROGRAM_DIRECTORY
                   "/row_sums_standalone | grep NEEDED | grep -v "
                   "-e '\\[libc.so' -e '\\[libm.so' -e '\\[ld-linux' "
                   ">needed.txt; test $? = 1"),
            0)
      << contentOf("needed.txt");
  EXPECT_EQ(run("row_sums_standalone", "x.npy --expect y.npy").status, 0);
  EXPECT_EQ(run("row_sums_standalone", "pixels --labels labels").out,
            "accuracy: 0.7500 (3 of 4)\n");
}
#endif
