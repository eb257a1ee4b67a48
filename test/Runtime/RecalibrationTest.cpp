//===- RecalibrationTest.cpp - Running statistics of other data -*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Runtime/Recalibration.h"
#include "TestTrainers.h"
#include "TrainingFixture.h"
#include "bn/Runtime/SourceModel.h"
#include "bn/Runtime/StatisticsComparison.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

using namespace bn::runtime;

namespace {

class Recalibration : public TrainingFixture {
protected:
  int recalibrate(const bn_trainer &trainer,
                  const RecalibrationOptions &options) {
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    int status = runRecalibration(trainer, options, "recalibrate");
    text = testing::internal::GetCapturedStdout() +
           testing::internal::GetCapturedStderr();
    return status;
  }
  std::string text;
};

} // namespace

TEST_F(Recalibration, TakesTheStatisticsOfAllRows) {
  RecalibrationOptions options;
  options.data = "data";
  options.output = "new.onnx";
  options.batch = 20; // the last one has 3
  const bn_trainer &trainer = *softmax_f64_trainer();
  ASSERT_EQ(recalibrate(trainer, options), 0) << text;
  EXPECT_EQ(text.compare(0, 14, "test accuracy:"), 0) << text;
  std::string saved = contentOf("new.onnx");
  Expected<SourceModel> model = SourceModel::parse(saved);
  ASSERT_TRUE(static_cast<bool>(model));
  double found[2][16];
  model->read(trainer.parameters[4].tensor, found[0]);
  model->read(trainer.parameters[5].tensor, found[1]);
  for (int place = 0; place < 16; ++place) {
    double mean = 0, square = 0;
    for (int row = 0; row < trainRows; ++row) {
      double x = (pixelOf(row, place, 1) / 255.0 - 0.5) / 0.25;
      mean += x / trainRows;
      square += x * x / trainRows;
    }
    EXPECT_NEAR(found[0][place], mean, 1e-6);
    EXPECT_NEAR(found[1][place], square - mean * mean, 1e-6);
  }
  // Nothing else has changed.
  Expected<SourceModel> source =
      SourceModel::parse({static_cast<const char *>(trainer.source),
                          static_cast<size_t>(trainer.source_bytes)});
  ASSERT_FALSE(static_cast<bool>(source->edit()));
  source->replace(trainer.parameters[4].tensor, found[0]);
  source->replace(trainer.parameters[5].tensor, found[1]);
  ASSERT_FALSE(static_cast<bool>(source->write("expected.onnx")));
  EXPECT_EQ(saved, contentOf("expected.onnx"));
}

TEST_F(Recalibration, NeedsABatchNormInTrainingMode) {
  RecalibrationOptions options;
  EXPECT_TRUE(static_cast<bool>(checkUsage(options)));
  options.data = "data";
  options.output = "new.onnx";
  options.batch = 20;
  EXPECT_FALSE(static_cast<bool>(checkUsage(options)));
  EXPECT_EQ(recalibrate(*softmax_frozen_trainer(), options), 1);
  EXPECT_EQ(text, "recalibrate: error: no batch norm here takes the statistics "
                  "of a batch\n");
  EXPECT_EQ(contentOf("new.onnx"), "");
}

TEST_F(Recalibration, ComparesWithTheData) {
  ComparisonOptions options;
  EXPECT_TRUE(static_cast<bool>(checkUsage(options)));
  options.data = "data";
  options.batch = 20;
  options.plot = "plot.svg";
  options.json = true;
  testing::internal::CaptureStdout();
  ASSERT_EQ(runStatisticsComparison(*softmax_f64_trainer(), options, "inspect"),
            0);
  text = testing::internal::GetCapturedStdout();
  double mean = 0;
  for (int row = 0; row < trainRows; ++row)
    mean += (pixelOf(row, 0, 1) / 255.0 - 0.5) / 0.25 / trainRows;
  const char *label = "\"data_mean\":[";
  size_t at = text.find(label);
  ASSERT_NE(at, std::string::npos) << text;
  EXPECT_NEAR(strtod(text.c_str() + at + strlen(label), nullptr), mean, 1e-6);
  EXPECT_EQ(text.find("{\"layers\":[{\"name\":\"bn\",\"running_mean\":[0,0,0"),
            0u)
      << text;
  EXPECT_NE(contentOf("plot.svg").find("mean of the data"), std::string::npos);

  options.json = false;
  testing::internal::CaptureStdout();
  ASSERT_EQ(runStatisticsComparison(*softmax_f64_trainer(), options, "inspect"),
            0);
  text = testing::internal::GetCapturedStdout();
  EXPECT_EQ(text.find("bn: 16 channels, means up to 0.384 deviations apart "
                      "(channel 13), deviations 0.63 to 0.745 times as large"),
            0u)
      << text;
  EXPECT_NE(text.find("  running var   1 1 1 1 1 ...\n"), std::string::npos);
}
