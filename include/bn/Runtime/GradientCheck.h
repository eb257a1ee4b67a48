//===- GradientCheck.h - Gradients against differences ----------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_RUNTIME_GRADIENTCHECK_H
#define BN_RUNTIME_GRADIENTCHECK_H

#include "bn/Runtime/Abi.h"
#include "bn/Runtime/Options.h"

namespace bn::runtime {

struct GradientCheckOptions {
  std::string data; // a directory as for training; random data without one
  int64_t batch = 8;
  int64_t seed = 0;
  int64_t threads = 0; // all
  /// Entries of each tensor that are compared; 0 stands for all.
  int64_t samples = 200;
  double tolerance = 1e-4;
  std::string normalize;
  std::string init = "file";
};

/// Adds the rows of the option table that fill `options`.
void addGradientCheckOptions(std::vector<Option> &table,
                             GradientCheckOptions &options);

/// Wrong usage, whatever the model and the files are.
Error checkUsage(const GradientCheckOptions &options);

/// Compares the gradients of a trainer in double precision with central
/// differences of its loss. The error of a tensor is its largest
///
///     |analytic - numeric| / (largest |numeric| of the tensor
///                             + 1e-6 * largest |numeric| of all)
///
/// Where the loss has a kink (ReLU, max pooling) nearby, differences from the
/// left and from the right disagree: another entry is drawn, and counted.
/// Prints a line for each tensor and the largest error. Returns the exit
/// status: ExitDone if that is at most the tolerance.
int runGradientCheck(const bn_trainer &trainer,
                     const GradientCheckOptions &options, const char *program);

} // namespace bn::runtime

#endif // BN_RUNTIME_GRADIENTCHECK_H
