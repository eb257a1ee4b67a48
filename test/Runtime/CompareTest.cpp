//===- CompareTest.cpp - Equality within a tolerance ------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Runtime/Compare.h"

#include <gtest/gtest.h>
#include <math.h>

using namespace bn::runtime;

template <typename T>
static Tensor make(ElementType type, std::vector<T> values) {
  Expected<Tensor> tensor =
      Tensor::create(type, {static_cast<int64_t>(values.size())});
  for (size_t i = 0; i < values.size(); ++i)
    tensor->as<T>()[i] = values[i];
  return std::move(*tensor);
}

static Comparison compare(std::vector<float> got, std::vector<float> want,
                          double rtol, double atol) {
  return compareTensors(make(ElementType::F32, got),
                        make(ElementType::F32, want), rtol, atol);
}

TEST(Compare, ToleranceIsAbsolutePlusRelative) {
  // 0.25 is allowed at 1, 10.25 at 100: atol 0.15, rtol 0.1.
  EXPECT_TRUE(compare({1.2f, 110.1f}, {1, 100}, 0.1, 0.15).equal);
  Comparison result = compare({1.3f, 111.f, 0}, {1, 100, 0}, 0.1, 0.15);
  EXPECT_FALSE(result.equal);
  EXPECT_EQ(result.differing, 2);
  EXPECT_EQ(result.firstDiffering, 0);
  EXPECT_NEAR(result.maxAbs, 11, 1e-5);
  EXPECT_NEAR(result.maxRel, 0.3, 1e-5);
  // The tolerance grows with |want|, not with |got|.
  EXPECT_FALSE(compare({100}, {1}, 1, 0).equal);
  EXPECT_TRUE(compare({1}, {100}, 1, 0).equal);
}

TEST(Compare, NaNEqualsNaNAlone) {
  EXPECT_TRUE(compare({NAN, 1}, {NAN, 1}, 0, 0).equal);
  EXPECT_FALSE(compare({NAN, 1}, {1, 1}, 1e9, 1e9).equal);
  Comparison result = compare({1, 5}, {NAN, 1}, 0, 0);
  EXPECT_FALSE(result.equal);
  EXPECT_TRUE(isnan(result.maxAbs));
}

TEST(Compare, InfinityEqualsItselfAlone) {
  EXPECT_TRUE(compare({INFINITY}, {INFINITY}, 0, 0).equal);
  EXPECT_FALSE(compare({1}, {INFINITY}, 1, 1).equal);
  EXPECT_FALSE(compare({-INFINITY}, {INFINITY}, 1, 1).equal);
  EXPECT_EQ(compare({INFINITY}, {1}, 1, 1).maxRel, INFINITY);
}

TEST(Compare, TypesAndShapesMustAgree) {
  Comparison result =
      compareTensors(make(ElementType::F32, std::vector<float>{1}),
                     make(ElementType::F64, std::vector<double>{1}), 1, 1);
  EXPECT_FALSE(result.equal);
  EXPECT_EQ(result.mismatch, "expected f64 1, got f32 1");
  EXPECT_EQ(compare({1, 2}, {1}, 1, 1).mismatch, "expected f32 1, got f32 2");
}

TEST(Compare, LargeIntegersKeepTheirLastBit) {
  Comparison result = compareTensors(
      make(ElementType::I64, std::vector<int64_t>{INT64_MAX}),
      make(ElementType::I64, std::vector<int64_t>{INT64_MAX - 1}), 0, 0);
  EXPECT_FALSE(result.equal);
  EXPECT_EQ(result.maxAbs, 1);
}
