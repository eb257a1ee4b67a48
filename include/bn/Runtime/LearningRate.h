//===- LearningRate.h - Schedules of the learning rate ----------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_RUNTIME_LEARNINGRATE_H
#define BN_RUNTIME_LEARNINGRATE_H

#include "bn/Runtime/Error.h"

#include <stdint.h>

namespace bn::runtime {

/// The rate of each step:
///
///   constant   the base rate
///   step:E,F   multiplied by F after every E epochs
///   cosine     half a cosine wave from the base rate down to 0, step by step,
///              from the end of the warm-up to the end of the run
///
/// Before that, the first W steps of a warm-up rise in a straight line: step
/// s <= W gets s / W of the scheduled rate.
class LearningRate {
public:
  /// Parses a schedule as the command line gives it.
  static Expected<LearningRate> parse(const std::string &schedule);

  void setRun(double baseRate, int64_t warmupSteps, int64_t stepsPerEpoch,
              int64_t totalSteps);

  /// The rate of `step`, which counts from 1 over the whole run.
  double at(int64_t step) const;

private:
  enum class Kind { Constant, Step, Cosine };
  Kind kind = Kind::Constant;
  int64_t period = 1; // epochs
  double factor = 1;
  double base = 0;
  int64_t warmup = 0, epochSteps = 1, total = 1;
};

} // namespace bn::runtime

#endif // BN_RUNTIME_LEARNINGRATE_H
