//===- StatisticsComparison.h - Running statistics against data -*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_RUNTIME_STATISTICSCOMPARISON_H
#define BN_RUNTIME_STATISTICSCOMPARISON_H

#include "bn/Runtime/Recalibration.h"

namespace bn::runtime {

/// The fields are the options of the same name.
struct ComparisonOptions : EstimationOptions {
  std::string plot;
  bool all = false;  // values, not the first five
  bool json = false; // layers: name, running_mean, running_var, data_mean,
                     // data_var, largest_shift, smallest_ratio,
                     // largest_ratio
};

/// Adds the rows of the option table that fill `options`, but not --all and
/// --json.
void addComparisonOptions(std::vector<Option> &table,
                          ComparisonOptions &options);

/// Wrong usage, whatever the model and the files are.
Error checkUsage(const ComparisonOptions &options);

/// Prints, and draws, the running statistics of each batch norm beside those of
/// its input over the training part of the data, estimated as for
/// recalibration. The shift of a channel is the distance of the means in
/// running standard deviations, the ratio that of the data's deviation to the
/// running one: with shifts far above 1, or ratios far from it, the model sees
/// other data than it was trained on. Returns the exit status.
int runStatisticsComparison(const bn_trainer &trainer,
                            const ComparisonOptions &options,
                            const char *program);

} // namespace bn::runtime

#endif // BN_RUNTIME_STATISTICSCOMPARISON_H
