//===- StudyTest.cpp - Training runs side by side ---------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Runtime/Study.h"
#include "TestTrainers.h"
#include "TrainingFixture.h"
#include "bn/Runtime/Plot.h"

#include <math.h>

using namespace bn::runtime;

namespace {

class Studies : public TrainingFixture {
protected:
  static size_t count(const std::string &text, const std::string &part) {
    size_t found = 0;
    for (size_t at = 0; (at = text.find(part, at)) != std::string::npos;
         at += part.size())
      ++found;
    return found;
  }
};

} // namespace

TEST_F(Studies, PutsRunsSideBySide) {
  StudyOptions options = {"learning-rate", "Learning rates", "results"};
  ASSERT_FALSE(static_cast<bool>(makeStudyDirectory(options)));
  ASSERT_FALSE(static_cast<bool>(makeStudyDirectory(options)));
  std::vector<StudyResult> results;
  testing::internal::CaptureStdout();
  for (double rate : {0.01, 1.0}) {
    StudyRun run;
    run.name = "rate " + std::to_string(rate).substr(0, 4);
    run.trainer = softmax_trainer();
    run.options.data = "data";
    run.options.batch = 16;
    run.options.epochs = 3;
    run.options.rate = rate;
    Expected<StudyResult> result = runStudy(run, "study");
    ASSERT_TRUE(static_cast<bool>(result));
    results.push_back(std::move(*result));
  }
  std::string printed = testing::internal::GetCapturedStdout();
  EXPECT_EQ(count(printed, "epoch 3: loss"), 2u) << printed;
  EXPECT_LT(results[1].epochs[2].trainLoss, results[0].epochs[2].trainLoss);
  ASSERT_FALSE(static_cast<bool>(writeStudy(options, results)));
  EXPECT_EQ(count(contentOf("results/learning-rate.jsonl"), "\n"), 6u);
  EXPECT_EQ(count(contentOf("results/learning-rate.jsonl"),
                  "{\"run\":\"rate 1.00\",\"epoch\":3,\"train_loss\":"),
            1u);
  std::string picture = contentOf("results/learning-rate.svg");
  EXPECT_EQ(count(picture, ">rate 0.01</text>"), 3u);

  StudyRun failing;
  failing.name = "batch 1";
  failing.trainer = softmax_trainer();
  failing.options.data = "data";
  failing.options.batch = 1;
  Expected<StudyResult> failed = runStudy(failing, "study");
  ASSERT_FALSE(static_cast<bool>(failed));
  EXPECT_EQ(failed.takeError().message().compare(0, 9, "batch 1: "), 0);
}

TEST_F(Studies, DrawsCurves) {
  Curve whole = {"a & <b>", {1, 2, 3}, {0, 5, 10}};
  Curve broken = {"broken", {1, 2, 3, 4, 5}, {0, 1, NAN, 3, 4}};
  Panel panel = {"Panel", "x", "y", {whole, broken}};
  ASSERT_FALSE(static_cast<bool>(writePlot("plot.svg", "Title", {panel})));
  std::string picture = contentOf("plot.svg");
  EXPECT_NE(picture.find("a &amp; &lt;b>"), std::string::npos);
  // From the lower left corner (58, 284) over (145, 159) to the top.
  EXPECT_NE(picture.find("d=\"M58.0 284.0L145.0 159.0L232.0 34.0\""),
            std::string::npos)
      << picture;
  EXPECT_NE(picture.find("d=\"M58.0 284.0L145.0 259.0M319.0 209.0L406.0 184.0"),
            std::string::npos);
  EXPECT_EQ(count(picture, "<circle"), 3u + 4);
  // Whole numbers at the ticks below: 1 to 5, none between.
  EXPECT_EQ(count(picture, ">1.5</text>"), 0u);
  EXPECT_EQ(count(picture, ">-0</text>"), 0u);

  // Logarithmic: 1, 10, 100 are equally far apart.
  panel.curves = {{"decades", {1, 10, 100}, {1, 1, 1}}};
  panel.logarithmicX = true;
  ASSERT_FALSE(static_cast<bool>(writePlot("plot.svg", "Title", {panel})));
  EXPECT_NE(contentOf("plot.svg").find("M58.0 159.0L232.0 159.0L406.0 159.0"),
            std::string::npos);
}
