//===- SourceModelTest.cpp - Splicing ONNX files ----------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Runtime/SourceModel.h"
#include "TestTrainers.h"
#include "TrainingFixture.h"

#include <string.h>

using namespace bn::runtime;

namespace {

class Splicing : public TrainingFixture {
protected:
  static std::string_view sourceOf(const bn_trainer &trainer) {
    return {static_cast<const char *>(trainer.source),
            static_cast<size_t>(trainer.source_bytes)};
  }
  static std::string errorOf(std::string_view bytes,
                             const bn_tensor_spec *spec = nullptr) {
    Expected<SourceModel> model = SourceModel::parse(bytes);
    if (!model)
      return model.takeError().message();
    return spec ? model->check(*spec).message() : "";
  }
};

} // namespace

TEST_F(Splicing, ReadsAllEncodings) {
  const bn_trainer &trainer = *softmax_f64_trainer();
  Expected<SourceModel> model = SourceModel::parse(sourceOf(trainer));
  ASSERT_TRUE(static_cast<bool>(model));
  double gamma[16], beta[16], weight[64];
  const bn_parameter_spec *specs = trainer.parameters;
  for (int i = 0; i < trainer.parameter_count; ++i)
    ASSERT_FALSE(static_cast<bool>(model->check(specs[i].tensor)));
  model->read(specs[0].tensor, gamma);
  model->read(specs[1].tensor, beta);
  model->read(specs[2].tensor, weight);
  EXPECT_EQ(gamma[15], 1);
  EXPECT_EQ(beta[15], 0);
  EXPECT_EQ(weight[1], static_cast<double>(4 / 200.0f));
}

TEST_F(Splicing, ChangesNothingElse) {
  const bn_trainer &trainer = *softmax_trainer();
  std::string before(sourceOf(trainer));
  Expected<SourceModel> model = SourceModel::parse(before);
  ASSERT_TRUE(static_cast<bool>(model));
  ASSERT_FALSE(static_cast<bool>(model->edit()));
  ASSERT_FALSE(static_cast<bool>(model->write("same.onnx")));
  EXPECT_EQ(contentOf("same.onnx"), before);

  // Every tensor, one after another: the same again but for its bytes.
  for (int i = 0; i < trainer.parameter_count; ++i) {
    const bn_tensor_spec &spec = trainer.parameters[i].tensor;
    std::vector<float> values(64);
    for (size_t k = 0; k < 64; ++k)
      values[k] = 3.25f + static_cast<float>(k);
    ASSERT_FALSE(static_cast<bool>(model->edit()));
    model->replace(spec, values.data());
    ASSERT_FALSE(static_cast<bool>(model->write("new.onnx")));
    std::string after = contentOf("new.onnx");
    ASSERT_EQ(after.size(), before.size());
    Expected<SourceModel> again = SourceModel::parse(after);
    ASSERT_TRUE(static_cast<bool>(again));
    std::vector<float> found(64, 0.0f), old(64, 0.0f);
    again->read(spec, found.data());
    model->read(spec, old.data());
    size_t count = i == 2 ? 64 : i == 3 ? 4 : 16;
    EXPECT_TRUE(
        std::equal(found.begin(), found.begin() + count, values.begin()));
    ASSERT_FALSE(static_cast<bool>(again->edit()));
    again->replace(spec, old.data());
    ASSERT_FALSE(static_cast<bool>(again->write("old.onnx")));
    EXPECT_EQ(contentOf("old.onnx"), before) << spec.name;
  }
}

TEST_F(Splicing, ReplacesProperties) {
  std::string before(sourceOf(*softmax_trainer()));
  Expected<SourceModel> model = SourceModel::parse(before);
  ASSERT_TRUE(static_cast<bool>(model));
  ASSERT_FALSE(static_cast<bool>(model->edit()));
  model->setProperty("bn.input_std", "0.25");
  model->setProperty("bn.input_mean", "0.125");
  ASSERT_FALSE(static_cast<bool>(model->write("new.onnx")));
  std::string after = contentOf("new.onnx");
  EXPECT_EQ(after.find("bn.input_mean"), after.rfind("bn.input_mean"));
  EXPECT_NE(after.find("\x0a\x0d"
                       "bn.input_mean\x12\x05"
                       "0.125"),
            std::string::npos);
  EXPECT_NE(after.find("documentation"), std::string::npos);
  EXPECT_TRUE(static_cast<bool>(SourceModel::parse(after)));
}

TEST_F(Splicing, RefusesWhatDoesNotFit) {
  const bn_trainer &trainer = *softmax_trainer();
  std::string source(sourceOf(trainer));
  bn_tensor_spec spec = trainer.parameters[2].tensor;
  int64_t shape[2] = {16, 4};
  spec.shape = shape;
  EXPECT_EQ(errorOf(source, &spec),
            "initializer 'fc.weight': expected shape 16x4, got 4x16");
  spec.name = "fc";
  EXPECT_EQ(errorOf(source, &spec), "the source model has no initializer 'fc'");
  // The element type, in front of the elements: i64.
  std::string other = source;
  size_t type = other.find(std::string("\x08\x04\x08\x10\x10\x01", 6));
  ASSERT_NE(type, std::string::npos);
  other[type + 5] = 7;
  EXPECT_EQ(errorOf(other, &trainer.parameters[2].tensor),
            "initializer 'fc.weight': expected element type f32 or f64, got "
            "ONNX's type 7");
  // Cut anywhere it must not crash, and inside the graph it is noticed.
  for (size_t size = 1; size < source.size(); ++size)
    errorOf(std::string_view(source).substr(0, size));
  EXPECT_EQ(errorOf(std::string_view(source).substr(0, 200)),
            "the source model is not an ONNX file, or damaged");
}
