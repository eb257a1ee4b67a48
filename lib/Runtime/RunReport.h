//===- RunReport.h - The results of a run -----------------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_LIB_RUNTIME_RUNREPORT_H
#define BN_LIB_RUNTIME_RUNREPORT_H

#include "bn/Runtime/Compare.h"

namespace bn::runtime {

/// What a run found, to be printed as text or as JSON.
struct RunReport {
  const std::vector<Tensor> &outputs;
  int64_t rows;
  int64_t top; // classes per row to print; 0 for none
  /// One for each output that was compared.
  struct Compared {
    std::string output;
    Comparison result;
  };
  std::vector<Compared> comparisons;
  /// Rows whose class was read right; -1 without labels.
  int64_t hits = -1;
};

bool allEqual(const RunReport &report);

/// Accuracy, comparisons and best classes; the outputs' values if nothing else
/// was asked for and `showValues`.
void printReport(const RunReport &report, bool showValues);

/// Members of a JSON object, without braces.
std::string reportJson(const RunReport &report);

} // namespace bn::runtime

#endif // BN_LIB_RUNTIME_RUNREPORT_H
