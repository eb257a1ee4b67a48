//===- ExecutionTest.cpp - Running a model on rows --------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Runtime/Execution.h"
#include "TestModels.h"
#include "bn/Runtime/Bench.h"

#include <gtest/gtest.h>
#include <string.h>

using namespace bn::runtime;

static std::vector<Tensor> rowsOf(int64_t rows) {
  std::vector<Tensor> inputs;
  Expected<Tensor> input = Tensor::create(ElementType::F32, {rows, 1, 4, 4});
  fillRandom(*input, 5);
  inputs.push_back(std::move(*input));
  return inputs;
}

/// Sum of row `k` of picture `i`.
static float sumOf(const Tensor &input, int64_t i, int64_t k) {
  float sum = 0;
  for (int64_t column = 0; column < 4; ++column)
    sum += input.as<float>()[i * 16 + k * 4 + column];
  return sum;
}

static void expectSums(const bn_model &model, int64_t rows, int64_t threads) {
  std::vector<Tensor> inputs = rowsOf(rows);
  Expected<std::vector<Tensor>> outputs = execute(model, inputs, threads);
  ASSERT_TRUE(static_cast<bool>(outputs)) << outputs.takeError().message();
  const Tensor &y = outputs->front();
  EXPECT_EQ(y.name, "y");
  ASSERT_EQ(y.shape, (std::vector<int64_t>{rows, 4}));
  for (int64_t i = 0; i < rows; ++i)
    for (int64_t k = 0; k < 4; ++k)
      ASSERT_EQ(y.as<float>()[i * 4 + k], sumOf(inputs[0], i, k));
}

static std::string failure(const bn_model &model, int64_t rows) {
  Expected<std::vector<Tensor>> outputs = execute(model, rowsOf(rows), 1);
  return outputs ? "" : outputs.takeError().message();
}

TEST(Execution, DynamicBatchRunsInPieces) {
  // The last piece of 1024 rows is full, short, and a single row.
  for (int64_t rows : {1, 7, 1024, 1025, 2500})
    for (int64_t threads : {1, 2})
      expectSums(*row_sums_model(), rows, threads);
}

TEST(Execution, FixedBatchPadsTheLastPiece) {
  for (int64_t rows : {1, 2, 3, 4, 6, 8})
    expectSums(*row_sums_fixed_model(), rows, 2);
}

TEST(Execution, TrainingBatchIsRunWhole) {
  EXPECT_FALSE(batchRuleOf(*row_sums_training_model()).splittable);
  expectSums(*row_sums_training_model(), 2500, 1);
  EXPECT_EQ(failure(*row_sums_training_model(), 1),
            "expected at least 2 rows, got 1: BatchNormalization 'bn1' sees "
            "one value");
}

TEST(Execution, OutputsWithoutBatchAreRunWhole) {
  EXPECT_FALSE(batchRuleOf(*row_sums_total_model()).splittable);
  std::vector<Tensor> inputs = rowsOf(3000);
  Expected<std::vector<Tensor>> outputs =
      execute(*row_sums_total_model(), inputs, 1);
  ASSERT_TRUE(static_cast<bool>(outputs));
  ASSERT_EQ(outputs->size(), 2u);
  EXPECT_TRUE((*outputs)[1].shape.empty());
  double total = 0;
  for (int64_t i = 0; i < inputs[0].elementCount(); ++i)
    total += inputs[0].valueAt(i);
  EXPECT_NEAR((*outputs)[1].valueAt(0), total, 1e-2);
}

TEST(Execution, InputsWithoutBatchAreGivenWhole) {
  EXPECT_TRUE(batchRuleOf(*row_sums_bias_model()).splittable);
  std::vector<Tensor> inputs = rowsOf(2500);
  Expected<Tensor> bias = Tensor::create(ElementType::F32, {4});
  for (int k = 0; k < 4; ++k)
    bias->as<float>()[k] = static_cast<float>(100 * k);
  inputs.push_back(std::move(*bias));
  Expected<std::vector<Tensor>> outputs =
      execute(*row_sums_bias_model(), inputs, 1);
  ASSERT_TRUE(static_cast<bool>(outputs));
  for (int64_t i : {0, 1023, 1024, 2499})
    for (int64_t k = 0; k < 4; ++k)
      EXPECT_NEAR(outputs->front().valueAt(4 * i + k),
                  sumOf(inputs[0], i, k) + static_cast<float>(100 * k), 1e-4);
}

TEST(Execution, StatisticsOfTheBatchForbidPieces) {
  bn_model model = *row_sums_model();
  const bn_property property = {"bn.batch_statistics", "1"};
  model.properties = &property;
  model.property_count = 1;
  EXPECT_TRUE(batchRuleOf(*row_sums_model()).splittable);
  EXPECT_FALSE(batchRuleOf(model).splittable);
}

TEST(Execution, RefusesWhatCannotRun) {
  EXPECT_EQ(failure(*row_sums_model(), 0), "the input has no rows");
  EXPECT_NE(
      failure(*row_sums_rare_model(), 1).find(", which this CPU does not have"),
      std::string::npos);
  bn_model newer = *row_sums_model();
  ++newer.abi_version;
  EXPECT_EQ(failure(newer, 1), "the model was compiled for version 2 of the "
                               "runtime, this is version 1");
  bn_model huge = *row_sums_training_model(); // runs all rows at once
  huge.workspace_bytes_per_row = INT64_MAX / 2 / 64 * 64;
  EXPECT_EQ(failure(huge, 3), "a batch of 3 rows needs too much memory");
}

TEST(Bench, MeasuresPlausibly) {
  BenchOptions options;
  options.minimumSeconds = 0.02;
  options.batch = 5;
  Expected<BenchResult> result = bench(*row_sums_model(), options);
  ASSERT_TRUE(static_cast<bool>(result));
  EXPECT_EQ(result->batch, 5);
  EXPECT_GE(result->calls, 10);
  EXPECT_LE(result->minimumSeconds, result->medianSeconds);
  EXPECT_LE(result->medianSeconds, result->p95Seconds);
  EXPECT_GT(result->peakFlops, result->flops);
  EXPECT_FALSE(static_cast<bool>(bench(*row_sums_fixed_model(), options)));
  EXPECT_FALSE(static_cast<bool>(bench(*row_sums_rare_model(), options)));
  options.batch = 1;
  EXPECT_FALSE(static_cast<bool>(bench(*row_sums_training_model(), options)));
}
