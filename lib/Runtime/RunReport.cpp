//===- RunReport.cpp - The results of a run ---------------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RunReport.h"
#include "Classes.h"
#include "Json.h"

#include <algorithm>
#include <stdio.h>

using namespace bn::runtime;

bool bn::runtime::allEqual(const RunReport &report) {
  for (const RunReport::Compared &compared : report.comparisons)
    if (!compared.result.equal)
      return false;
  return true;
}

/// Enough digits to give the value back.
static int digitsOf(const Tensor &tensor) {
  return tensor.type == ElementType::F64 ? 17 : 9;
}

/// The first rows of a tensor, a line each.
static void printValues(const Tensor &tensor) {
  constexpr int64_t mostRows = 8, mostColumns = 16;
  int64_t rows = tensor.shape.empty() ? 1 : tensor.shape[0];
  int64_t columns = rows ? tensor.elementCount() / rows : 0;
  for (int64_t row = 0; row < std::min(rows, mostRows); ++row) {
    for (int64_t i = 0; i < std::min(columns, mostColumns); ++i) {
      int64_t at = row * columns + i;
      printf("%s", i ? " " : "  ");
      if (tensor.type == ElementType::I64)
        printf("%lld", static_cast<long long>(tensor.as<int64_t>()[at]));
      else
        printf("%.*g", digitsOf(tensor), tensor.valueAt(at));
    }
    printf(columns > mostColumns ? " ...\n" : "\n");
  }
  if (rows > mostRows)
    printf("  ... %lld more rows\n", static_cast<long long>(rows - mostRows));
}

static void printBest(const RunReport &report) {
  const Tensor &scores = report.outputs[0];
  int64_t columns = scores.elementCount() / report.rows;
  for (int64_t row = 0; row < report.rows; ++row) {
    printf("row %lld:", static_cast<long long>(row));
    for (int64_t best : bestClasses(scores, row, report.top))
      printf(" %lld (%.6g)", static_cast<long long>(best),
             scores.valueAt(row * columns + best));
    printf("\n");
  }
}

static void printComparison(const RunReport::Compared &compared) {
  const Comparison &result = compared.result;
  if (!result.mismatch.empty()) {
    printf("%s: different: %s\n", compared.output.c_str(),
           result.mismatch.c_str());
    return;
  }
  printf("%s: %s: largest absolute difference %.3g, relative %.3g",
         compared.output.c_str(), result.equal ? "equal" : "different",
         result.maxAbs, result.maxRel);
  if (!result.equal)
    printf(", %lld elements outside the tolerance, the first at %lld",
           static_cast<long long>(result.differing),
           static_cast<long long>(result.firstDiffering));
  printf("\n");
}

void bn::runtime::printReport(const RunReport &report, bool showValues) {
  if (report.top)
    printBest(report);
  for (const RunReport::Compared &compared : report.comparisons)
    printComparison(compared);
  if (report.hits >= 0)
    printf("accuracy: %.4f (%lld of %lld)\n",
           static_cast<double>(report.hits) / static_cast<double>(report.rows),
           static_cast<long long>(report.hits),
           static_cast<long long>(report.rows));
  if (!showValues || report.top || report.hits >= 0 ||
      !report.comparisons.empty())
    return;
  for (const Tensor &output : report.outputs) {
    printf("%s: %s\n", output.name.c_str(), output.describe().c_str());
    printValues(output);
  }
}

static std::string bestJson(const RunReport &report) {
  const Tensor &scores = report.outputs[0];
  int64_t columns = scores.elementCount() / report.rows;
  std::string text = ",\"top\":[";
  for (int64_t row = 0; row < report.rows; ++row) {
    text += row ? ",[" : "[";
    const char *separator = "";
    for (int64_t best : bestClasses(scores, row, report.top)) {
      text +=
          std::string(separator) + "{\"class\":" + std::to_string(best) +
          ",\"value\":" +
          jsonNumber(scores.valueAt(row * columns + best), digitsOf(scores)) +
          "}";
      separator = ",";
    }
    text += "]";
  }
  return text + "]";
}

std::string bn::runtime::reportJson(const RunReport &report) {
  std::string text = "\"outputs\":[";
  for (size_t i = 0; i < report.outputs.size(); ++i) {
    const Tensor &output = report.outputs[i];
    text += std::string(i ? "," : "") + "{\"name\":" + jsonString(output.name) +
            ",\"shape\":" + jsonList(output.shape) + "}";
  }
  text += "],\"rows\":" + std::to_string(report.rows);
  if (report.hits >= 0)
    text += ",\"accuracy\":" + jsonNumber(static_cast<double>(report.hits) /
                                          static_cast<double>(report.rows));
  if (!report.comparisons.empty()) {
    double maxAbs = 0, maxRel = 0;
    bool comparable = true;
    // NaN must not lose against a number: the negated comparison keeps it.
    for (const RunReport::Compared &compared : report.comparisons) {
      comparable &= compared.result.mismatch.empty();
      if (!(compared.result.maxAbs <= maxAbs))
        maxAbs = compared.result.maxAbs;
      if (!(compared.result.maxRel <= maxRel))
        maxRel = compared.result.maxRel;
    }
    text += ",\"equal\":" + std::string(allEqual(report) ? "true" : "false") +
            ",\"max_abs\":" + (comparable ? jsonNumber(maxAbs) : "null") +
            ",\"max_rel\":" + (comparable ? jsonNumber(maxRel) : "null");
  }
  if (report.top)
    text += bestJson(report);
  return text;
}
