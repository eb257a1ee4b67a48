//===- GradientCheckTest.cpp - Gradients against differences ----*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Runtime/GradientCheck.h"
#include "TestTrainers.h"
#include "TrainingFixture.h"

#include <stdlib.h>
#include <string.h>

using namespace bn::runtime;

namespace {

class GradientChecks : public TrainingFixture {
protected:
  /// The exit status; what is printed goes to `text`.
  int check(const bn_trainer &trainer, const GradientCheckOptions &options) {
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    int status = runGradientCheck(trainer, options, "check");
    text = testing::internal::GetCapturedStdout() +
           testing::internal::GetCapturedStderr();
    return status;
  }
  double largestError() const {
    const char *label = "largest relative error: ";
    size_t at = text.find(label);
    return at == std::string::npos
               ? -1
               : strtod(text.c_str() + at + strlen(label), nullptr);
  }
  std::string text;
};

} // namespace

TEST_F(GradientChecks, AcceptsRightGradients) {
  GradientCheckOptions options;
  EXPECT_EQ(check(*softmax_f64_trainer(), options), 0) << text;
  EXPECT_GT(largestError(), 0);
  EXPECT_LT(largestError(), 1e-8) << text;
  EXPECT_NE(text.find("fc.weight                           64        64"),
            std::string::npos)
      << text;
  options.data = "data";
  options.samples = 10;
  EXPECT_EQ(check(*softmax_f64_trainer(), options), 0);
  EXPECT_LT(largestError(), 1e-8) << text;
  EXPECT_NE(text.find("fc.weight                           64        10"),
            std::string::npos)
      << text;
}

TEST_F(GradientChecks, FindsWrongOnes) {
  EXPECT_EQ(check(*softmax_wrong_trainer(), {}), 1);
  EXPECT_NEAR(largestError(), 0.01, 1e-6) << text;
  EXPECT_NE(text.find(", of bn.beta"), std::string::npos);
}

TEST_F(GradientChecks, StepsAroundKinks) {

  GradientCheckOptions options;
  options.batch = 7;
  options.data = "middle";
  ASSERT_EQ(system("mkdir middle"), 0);
  writePart("middle/train", 7, 1);
  // Pixel 0 is symmetric around row 3, whose normalized value is 0.
  std::string images = contentOf("middle/train-images-idx3-ubyte");
  for (int row = 0; row < 7; ++row)
    images[16 + static_cast<size_t>(row) * 16] =
        static_cast<char>(100 + 10 * row);
  write("middle/train-images-idx3-ubyte", images);
  EXPECT_EQ(check(*softmax_relu_trainer(), options), 0) << text;
  EXPECT_LT(largestError(), 1e-6) << text;
  // beta[0] is at a kink at any distance, the others are not.
  EXPECT_NE(
      text.find("bn.beta                             16        15         1"),
      std::string::npos)
      << text;
}

TEST_F(GradientChecks, SaysWhatIsMissing) {
  EXPECT_EQ(check(*softmax_trainer(), {}), 1);
  EXPECT_EQ(text, "check: error: gradients are checked in double precision: "
                  "compile with --element-type=f64\n");
  GradientCheckOptions options;
  options.batch = 1;
  EXPECT_EQ(check(*softmax_f64_trainer(), options), 1);
  EXPECT_EQ(text, "check: error: expected --batch of at least 2, got 1: "
                  "BatchNormalization 'bn' sees one value\n");
}
