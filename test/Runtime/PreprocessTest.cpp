//===- PreprocessTest.cpp - From data to inputs -----------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Runtime/Preprocess.h"

#include <gtest/gtest.h>

using namespace bn::runtime;

static Tensor pixels(std::vector<int64_t> shape, bool isPixels = true) {
  Expected<Tensor> tensor = Tensor::create(ElementType::U8, std::move(shape));
  for (int64_t i = 0; i < tensor->elementCount(); ++i)
    tensor->as<uint8_t>()[i] = static_cast<uint8_t>(17 * i);
  tensor->isPixels = isPixels;
  return std::move(*tensor);
}

static std::string failure(Expected<Tensor> result) {
  return result ? "" : result.takeError().message();
}

static const int64_t colourShape[] = {BN_DYNAMIC, 3, 1, 2};
static const int64_t greyShape[] = {4, 1, 2, 2};
static const bn_tensor_spec colour = {"x", BN_F32, 4, colourShape};
static const bn_tensor_spec colourF64 = {"x", BN_F64, 4, colourShape};
static const bn_tensor_spec grey = {"x", BN_F32, 4, greyShape};

TEST(Preprocess, NormalizesEachChannel) {
  Normalization normalization = {{0, 0.5, 1}, {1, 0.5, 0.25}};
  Expected<Tensor> input =
      prepareInput(colour, pixels({2, 3, 1, 2}), normalization, false);
  ASSERT_TRUE(static_cast<bool>(input));
  EXPECT_EQ(input->type, ElementType::F32);
  EXPECT_EQ(input->shape, (std::vector<int64_t>{2, 3, 1, 2}));
  for (int i = 0; i < 12; ++i) {
    size_t channel = static_cast<size_t>(i) / 2 % 3;
    double want = (17 * i / 255.0 - normalization.mean[channel]) /
                  normalization.deviation[channel];
    EXPECT_NEAR(input->valueAt(i), want, 1e-6) << i;
  }
}

TEST(Preprocess, DoubleSeesTheSameInputAsSingle) {
  Normalization normalization = {{0.1307}, {0.3081}};
  Expected<Tensor> narrow =
      prepareInput(colour, pixels({2, 3, 1, 2}), normalization, false);
  Expected<Tensor> wide =
      prepareInput(colourF64, pixels({2, 3, 1, 2}), normalization, false);
  ASSERT_TRUE(narrow && wide);
  EXPECT_EQ(wide->type, ElementType::F64);
  for (int i = 0; i < 12; ++i)
    EXPECT_EQ(narrow->valueAt(i), wide->valueAt(i));
}

TEST(Preprocess, InsertsAMissingChannelAxis) {
  Expected<Tensor> input =
      prepareInput(grey, pixels({4, 2, 2}), Normalization(), false);
  ASSERT_TRUE(static_cast<bool>(input));
  EXPECT_EQ(input->shape, (std::vector<int64_t>{4, 1, 2, 2}));
  EXPECT_EQ(
      failure(prepareInput(colour, pixels({4, 1, 2}), Normalization(), false)),
      "input 'x': expected f32 ?x3x1x2, got u8 4x1x2");
}

TEST(Preprocess, OtherDataAreTakenAsTheyAre) {
  EXPECT_EQ(failure(prepareInput(colour, pixels({2, 3, 1, 2}, false),
                                 Normalization(), false)),
            "input 'x': expected f32 ?x3x1x2, got u8 2x3x1x2");
  Expected<Tensor> floats = Tensor::create(ElementType::F32, {1, 3, 1, 2});
  for (int i = 0; i < 6; ++i)
    floats->as<float>()[i] = 0.1f * static_cast<float>(i);
  Expected<Tensor> widened =
      prepareInput(colourF64, std::move(*floats), {{0.5}, {0.5}}, false);
  ASSERT_TRUE(static_cast<bool>(widened));
  EXPECT_EQ(widened->as<double>()[3], static_cast<double>(0.1f * 3));
  Expected<Tensor> doubles = Tensor::create(ElementType::F64, {1, 3, 1, 2});
  EXPECT_EQ(failure(prepareInput(colour, std::move(*doubles), Normalization(),
                                 false)),
            "input 'x': expected f32 ?x3x1x2, got f64 1x3x1x2");
}

TEST(Preprocess, RowsOfAFixedBatchMayDifferOnRequest) {
  EXPECT_TRUE(static_cast<bool>(
      prepareInput(grey, pixels({7, 2, 2}), Normalization(), true)));
  EXPECT_EQ(
      failure(prepareInput(grey, pixels({7, 2, 2}), Normalization(), false)),
      "input 'x': expected f32 4x1x2x2, got u8 7x2x2");
  EXPECT_EQ(
      failure(prepareInput(grey, pixels({4, 2, 3}), Normalization(), true)),
      "input 'x': expected f32 4x1x2x2, got u8 4x2x3");
}

TEST(Preprocess, ChannelsMustMatchTheNormalization) {
  EXPECT_EQ(failure(prepareInput(colour, pixels({2, 3, 1, 2}), {{0, 0}, {1, 1}},
                                 false)),
            "input 'x': 2 means and deviations for 2x3x1x2");
}

TEST(Normalization, ParsesPairsAndLists) {
  Expected<Normalization> pair = parseNormalization("0.5,0.25");
  ASSERT_TRUE(static_cast<bool>(pair));
  EXPECT_EQ(pair->mean, std::vector<double>{0.5});
  EXPECT_EQ(pair->deviation, std::vector<double>{0.25});
  Expected<Normalization> lists = parseNormalization("1,2,3,4,5,6");
  ASSERT_TRUE(static_cast<bool>(lists));
  EXPECT_EQ(lists->mean, (std::vector<double>{1, 2, 3}));
  EXPECT_EQ(lists->deviation, (std::vector<double>{4, 5, 6}));
  for (const char *wrong :
       {"", "1", "1,2,3", "a,b", "1,0", "1,-1", "1,2,", "nan,1", "1,inf"})
    EXPECT_FALSE(static_cast<bool>(parseNormalization(wrong))) << wrong;
}

TEST(Normalization, TheOptionWinsWithAWarning) {
  bn_property properties[] = {{"bn.input_mean", "0.5,0.5,0.5"},
                              {"bn.input_std", "0.25"}};
  bn_model model = {};
  model.property_count = 2;
  model.properties = properties;
  std::string warning;
  Expected<Normalization> own = chooseNormalization(model, "", warning);
  ASSERT_TRUE(static_cast<bool>(own));
  EXPECT_EQ(own->deviation, (std::vector<double>{0.25, 0.25, 0.25}));
  // The same, said otherwise.
  ASSERT_TRUE(
      static_cast<bool>(chooseNormalization(model, "0.5,0.25", warning)));
  EXPECT_EQ(warning, "");
  Expected<Normalization> other = chooseNormalization(model, "0,1", warning);
  ASSERT_TRUE(static_cast<bool>(other));
  EXPECT_EQ(other->mean, std::vector<double>{0});
  EXPECT_EQ(warning,
            "--normalize 0,1 contradicts the model (bn.input_mean 0.5,0.5,0.5, "
            "bn.input_std 0.25); --normalize is used");
  properties[1].value = "0.25;0.5";
  EXPECT_FALSE(static_cast<bool>(chooseNormalization(model, "", warning)));
}
