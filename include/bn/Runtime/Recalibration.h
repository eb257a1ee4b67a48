//===- Recalibration.h - Running statistics of other data -------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_RUNTIME_RECALIBRATION_H
#define BN_RUNTIME_RECALIBRATION_H

#include "bn/Runtime/Abi.h"
#include "bn/Runtime/Options.h"

namespace bn::runtime {

struct TrainOptions;

/// How the statistics of a data set are estimated. The fields are the options
/// of the same name.
struct EstimationOptions {
  std::string data; // a directory as for training
  int64_t batch = 128;
  bool dropLast = false;
  int64_t seed = 0;
  int64_t threads = 0; // all
  std::string normalize;
};

/// Adds the rows of the option table that fill `options`, but not --data, which
/// each command describes in words of its own.
void addEstimationOptions(std::vector<Option> &table,
                          EstimationOptions &options);

/// The same as a training run, without training.
TrainOptions toTrainOptions(const EstimationOptions &options);

struct RecalibrationOptions : EstimationOptions {
  std::string output; // -o
};

/// Adds the rows of the option table that fill `options`.
void addRecalibrationOptions(std::vector<Option> &table,
                             RecalibrationOptions &options);

/// Wrong usage, whatever the model and the files are.
Error checkUsage(const RecalibrationOptions &options);

/// Estimates the running statistics of all batch norms anew from the training
/// part of the data, in batches of random order, and writes the model with them
/// instead of its own. Everything else is as it was. The mean is that of all
/// batches, the variance that within the batches plus that of their means: of
/// all values of a channel as far as earlier layers see whole batches alike.
/// Prints the accuracy on the test part before and after. Returns the exit
/// status.
int runRecalibration(const bn_trainer &trainer,
                     const RecalibrationOptions &options, const char *program);

} // namespace bn::runtime

#endif // BN_RUNTIME_RECALIBRATION_H
