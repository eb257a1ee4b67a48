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

static StudyRun makeRun(double rate) {
  StudyRun run;
  run.curve = std::to_string(rate).substr(0, 4);
  run.group = "softmax";
  run.name = run.group + ", " + run.curve;
  run.network = "softmax";
  run.factor = rate;
  run.trainer = softmax_trainer();
  run.options.data = "data";
  run.options.batch = 16;
  run.options.epochs = 3;
  run.options.rate = rate;
  return run;
}

TEST_F(Studies, PutsRunsSideBySide) {
  StudyOptions options = {"learning-rate", "Learning rates", "results", "rate",
                          /*measuresSpread=*/true};
  std::vector<StudyRun> runs = {makeRun(0.01), makeRun(1)};
  ASSERT_FALSE(static_cast<bool>(prepareStudy(options, runs)));
  ASSERT_FALSE(static_cast<bool>(prepareStudy(options, runs)));
  std::vector<StudyResult> results;
  testing::internal::CaptureStdout();
  for (const StudyRun &run : runs) {
    Expected<StudyResult> result = runStudy(options, run, "study");
    ASSERT_TRUE(static_cast<bool>(result));
    results.push_back(std::move(*result));
  }
  printStudy(options, results);
  std::string printed = testing::internal::GetCapturedStdout();
  EXPECT_EQ(count(printed, "epoch 3: loss"), 2u) << printed;
  EXPECT_EQ(count(printed, "softmax, 1.00 "), 2u) << printed;
  EXPECT_LT(results[1].epochs[2].trainLoss, results[0].epochs[2].trainLoss);
  ASSERT_FALSE(static_cast<bool>(writeStudy(options, results)));
  // Three epochs and the spread of each.
  std::string lines = contentOf("results/learning-rate.jsonl");
  EXPECT_EQ(count(lines, "\n"), 8u) << lines;
  EXPECT_EQ(count(lines, "{\"run\":\"softmax, 1.00\",\"network\":\"softmax\","
                         "\"batch\":16,\"learning_rate\":1,\"init_scale\":1,"
                         "\"epoch\":3,\"train_loss\":"),
            1u)
      << lines;
  EXPECT_EQ(count(lines, "\"mean_spread\":"), 2u) << lines;
  // Loss and test accuracy; their ends by the rate are of the group.
  std::string picture = contentOf("results/learning-rate.svg");
  EXPECT_EQ(count(picture, ">0.01</text>"), 2u + 3) << picture;
  EXPECT_EQ(count(picture, ">softmax</text>"), 1u);
  EXPECT_FALSE(contentOf("results/learning-rate-softmax-0.01.onnx").empty());
}

TEST_F(Studies, NamesTheRunThatFails) {
  StudyOptions options;
  options.name = "study";
  options.directory = "results";
  StudyRun failing = makeRun(1);
  failing.options.batch = 1;
  ASSERT_FALSE(static_cast<bool>(prepareStudy(options, {failing})));
  Expected<StudyResult> failed = runStudy(options, failing, "study");
  ASSERT_FALSE(static_cast<bool>(failed));
  EXPECT_EQ(failed.takeError().message().compare(0, 15, "softmax, 1.00: "), 0);

  // What cannot be written is found before any run.
  ASSERT_EQ(system("mkdir results/study.svg"), 0);
  Error error = prepareStudy(options, {failing});
  EXPECT_EQ(error.culprit(), "results/study.svg");
}

TEST_F(Studies, BreaksCurvesWhereARunDiverges) {
  StudyOptions options = {"rate", "Rates", "results", "rate", false};
  StudyResult good, bad;
  good.run = makeRun(0.1);
  bad.run = makeRun(3);
  for (int epoch = 1; epoch <= 4; ++epoch) {
    good.epochs.push_back({1.0 / epoch, 0.5, 0.5, 1});
    bad.epochs.push_back({epoch < 3 ? 9.0 : NAN, 0.25, 0.25, 1});
  }
  EXPECT_EQ(good.divergedIn(), 0u);
  EXPECT_EQ(bad.divergedIn(), 3u);
  ASSERT_FALSE(static_cast<bool>(prepareStudy(options, {})));
  ASSERT_FALSE(static_cast<bool>(writeStudy(options, {good, bad})));
  std::string picture = contentOf("results/rate.svg");
  EXPECT_EQ(count(picture, ">3.00 (diverged in epoch 3)</text>"), 2u);
  // Guessing among 4 classes has a loss of 1.4.
  EXPECT_EQ(count(picture, ">mean loss, cut off</text>"), 1u);
  // Four and two points in both panels by epoch; one end.
  EXPECT_EQ(count(picture, "<circle"), 2u * (4 + 2) + 1) << picture;
  testing::internal::CaptureStdout();
  printStudy(options, {good, bad});
  std::string printed = testing::internal::GetCapturedStdout();
  EXPECT_EQ(count(printed, "diverged in epoch 3"), 1u) << printed;
  EXPECT_EQ(count(contentOf("results/rate.jsonl"), "\"train_loss\":null"), 2u);
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

  // Cut off at the ends of an axis that is given.
  EXPECT_EQ(count(picture, "clip-path"), 0u);
  panel.yMaximum = 5;
  ASSERT_FALSE(static_cast<bool>(writePlot("plot.svg", "Title", {panel})));
  EXPECT_EQ(count(contentOf("plot.svg"), "clip-path=\"url(#plot)\""), 2u);
  panel.curves[0].y[2] = 1e30;
  ASSERT_FALSE(static_cast<bool>(writePlot("plot.svg", "Title", {panel})));
  EXPECT_NE(contentOf("plot.svg").find("L145.0 34.0L232.0 -966.0"),
            std::string::npos);
  panel.yMaximum = 0;

  // Dark to light.
  panel.ordered = true;
  ASSERT_FALSE(static_cast<bool>(writePlot("plot.svg", "Title", {panel})));
  picture = contentOf("plot.svg");
  EXPECT_LT(picture.find("#440154"), picture.find("#add228")) << picture;

  // Logarithmic: 1, 10, 100 are equally far apart, and the ticks.
  panel.curves = {{"decades", {1, 10, 100}, {1, 1, 1}}};
  panel.logarithmicX = true;
  ASSERT_FALSE(static_cast<bool>(writePlot("plot.svg", "Title", {panel})));
  EXPECT_NE(contentOf("plot.svg").find("M58.0 159.0L232.0 159.0L406.0 159.0"),
            std::string::npos);
  EXPECT_EQ(count(contentOf("plot.svg"), "y=\"301\" text-anchor=\"middle\">"),
            3u);

  // From 1 to 1000 upwards, and 1, 2, 5 times each power of ten.
  panel.curves = {{"both", {1, 10, 1000}, {1, 10, 1000}}};
  panel.logarithmicY = true;
  ASSERT_FALSE(static_cast<bool>(writePlot("plot.svg", "Title", {panel})));
  picture = contentOf("plot.svg");
  EXPECT_NE(picture.find("M58.0 284.0L174.0 200.7L406.0 34.0"),
            std::string::npos)
      << picture;
  EXPECT_EQ(count(picture, "text-anchor=\"end\">"), 10u);
}
