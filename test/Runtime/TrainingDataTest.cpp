//===- TrainingDataTest.cpp - Data sets and learning rates ------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Samples.h"
#include "TrainingFixture.h"
#include "bn/Runtime/DataSet.h"
#include "bn/Runtime/LearningRate.h"

#include <math.h>

using namespace bn::runtime;

namespace {

class DataSets : public TrainingFixture {
protected:
  static std::string errorOf(const std::string &directory) {
    Expected<DataSet> data = readDataSet(directory);
    if (data)
      return "";
    Error error = data.takeError();
    return error.culprit() + ": " + error.message();
  }
};

} // namespace

TEST_F(DataSets, Idx) {
  Expected<DataSet> data = readDataSet("data");
  ASSERT_TRUE(static_cast<bool>(data));
  EXPECT_EQ(data->train.images.describe(), "u8 103x4x4");
  EXPECT_TRUE(data->train.images.isPixels);
  EXPECT_EQ(data->train.labels[10], classOf(10));
  EXPECT_EQ(data->test.rows(), testRows);
  ASSERT_EQ(system("gzip data/train-* && rm data/t10k-*"), 0);
  data = readDataSet("data");
  ASSERT_TRUE(static_cast<bool>(data));
  EXPECT_EQ(data->train.images.describe(), "u8 103x4x4");
  EXPECT_EQ(data->test.rows(), 0);
}

TEST_F(DataSets, Cifar) {
  ASSERT_EQ(system("mkdir cifar"), 0);
  write("cifar/data_batch_1.bin",
        samples::cifarRecord(3, 1, 2, 3) + samples::cifarRecord(4, 4, 5, 6));
  write("cifar/data_batch_2.bin", samples::cifarRecord(5, 7, 8, 9));
  write("cifar/test_batch.bin", samples::cifarRecord(6, 1, 1, 1));
  Expected<DataSet> data = readDataSet("cifar");
  ASSERT_TRUE(static_cast<bool>(data));
  EXPECT_EQ(data->train.labels, (std::vector<int64_t>{3, 4, 5}));
  EXPECT_EQ(data->train.images.describe(), "u8 3x3x32x32");
  EXPECT_EQ(data->train.images.valueAt(2 * 3072 + 1024), 8);
  EXPECT_EQ(data->test.labels, (std::vector<int64_t>{6}));
  write("cifar/data_batch_2.bin", "x");
  EXPECT_EQ(errorOf("cifar"),
            "cifar/data_batch_2.bin: expected CIFAR-10 records of 3073 bytes, "
            "got 1 bytes");
}

TEST_F(DataSets, Npy) {
  ASSERT_EQ(system("mkdir npy"), 0);
  Expected<Tensor> images = Tensor::create(ElementType::F32, {2, 1, 4, 4});
  Expected<Tensor> labels = Tensor::create(ElementType::I64, {2});
  for (int i = 0; i < 32; ++i)
    images->as<float>()[i] = static_cast<float>(i);
  labels->as<int64_t>()[0] = 1;
  labels->as<int64_t>()[1] = 3;
  ASSERT_FALSE(static_cast<bool>(writeNpy("npy/train-images.npy", *images)));
  ASSERT_FALSE(static_cast<bool>(writeNpy("npy/train-labels.npy", *labels)));
  Expected<DataSet> data = readDataSet("npy");
  ASSERT_TRUE(static_cast<bool>(data));
  EXPECT_FALSE(data->train.images.isPixels);
  EXPECT_EQ(data->train.labels, (std::vector<int64_t>{1, 3}));
  EXPECT_EQ(errorOf("npy"), "");
  // They are taken as they are.
  Ended ended =
      run("softmax", "--data npy --epochs 1 --normalize 0,1 --save n");
  EXPECT_EQ(ended.status, 0) << ended.err;
  EXPECT_NE(ended.err.find("--normalize has no effect"), std::string::npos);
  EXPECT_EQ(ended.out.find("Test"), std::string::npos);
  labels->as<int64_t>()[1] = -3;
  ASSERT_FALSE(static_cast<bool>(writeNpy("npy/train-labels.npy", *labels)));
  EXPECT_EQ(errorOf("npy"), "npy/train-labels.npy: label 1 is -3; expected a "
                            "class number");
}

TEST_F(DataSets, SaysWhatIsMissing) {
  EXPECT_EQ(errorOf("nowhere"), "nowhere: not a directory");
  ASSERT_EQ(system("mkdir empty"), 0);
  EXPECT_EQ(errorOf("empty"),
            "empty: no data set: expected train-images-idx3-ubyte (or .gz), "
            "data_batch_1.bin or train-images.npy");
  ASSERT_EQ(system("mv data/train-labels-idx1-ubyte labels"), 0);
  EXPECT_EQ(errorOf("data"), "data/train-labels-idx1-ubyte: no such file, nor "
                             "with .gz");
  ASSERT_EQ(system("cp data/t10k-labels-idx1-ubyte "
                   "data/train-labels-idx1-ubyte"),
            0);
  EXPECT_EQ(errorOf("data"), "data/train-images-idx3-ubyte: expected 20 images "
                             "as there are labels, got u8 103x4x4");
}

TEST(LearningRate, Schedules) {
  auto parse = [](const char *text) {
    Expected<LearningRate> rate = LearningRate::parse(text);
    EXPECT_TRUE(static_cast<bool>(rate)) << text;
    return *rate;
  };
  LearningRate rate = parse("constant");
  rate.setRun(0.5, 4, 10, 100);
  EXPECT_EQ(rate.at(1), 0.125);
  EXPECT_EQ(rate.at(4), 0.5);
  EXPECT_EQ(rate.at(100), 0.5);

  rate = parse("step:2,0.1");
  rate.setRun(1, 0, 10, 100);
  EXPECT_EQ(rate.at(1), 1);
  EXPECT_EQ(rate.at(20), 1);
  EXPECT_DOUBLE_EQ(rate.at(21), 0.1);
  EXPECT_DOUBLE_EQ(rate.at(41), 0.01);

  rate = parse("cosine");
  rate.setRun(1, 0, 10, 100);
  EXPECT_EQ(rate.at(1), 1);
  EXPECT_DOUBLE_EQ(rate.at(51), 0.5);
  EXPECT_NEAR(rate.at(100), 0.5 * (1 + cos(0.99 * M_PI)), 1e-15);
  rate.setRun(1, 20, 10, 100);
  EXPECT_EQ(rate.at(10), 0.5);
  EXPECT_EQ(rate.at(21), 1);
  EXPECT_DOUBLE_EQ(rate.at(61), 0.5);

  for (const char *text : {"", "linear", "step:", "step:2", "step:0,0.1",
                           "step:2,0", "step:2,x", "step:2,0.1,"})
    EXPECT_FALSE(static_cast<bool>(LearningRate::parse(text))) << text;
}
