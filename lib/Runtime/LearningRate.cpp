//===- LearningRate.cpp - Schedules of the learning rate --------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Runtime/LearningRate.h"

#include <math.h>
#include <stdlib.h>

using namespace bn::runtime;

Expected<LearningRate> LearningRate::parse(const std::string &schedule) {
  LearningRate result;
  if (schedule == "constant")
    return result;
  if (schedule == "cosine") {
    result.kind = Kind::Cosine;
    return result;
  }
  Error unknown = Error::make("--schedule: expected constant, step:EPOCHS,"
                              "FACTOR or cosine, got '%s'",
                              schedule.c_str());
  if (schedule.compare(0, 5, "step:") != 0)
    return unknown;
  result.kind = Kind::Step;
  const char *text = schedule.c_str() + 5;
  char *end;
  result.period = strtoll(text, &end, 10);
  if (end == text || *end != ',' || result.period < 1)
    return unknown;
  text = end + 1;
  result.factor = strtod(text, &end);
  if (end == text || *end || !isfinite(result.factor) || result.factor <= 0)
    return unknown;
  return result;
}

void LearningRate::setRun(double baseRate, int64_t warmupSteps,
                          int64_t stepsPerEpoch, int64_t totalSteps) {
  base = baseRate;
  warmup = warmupSteps;
  epochSteps = stepsPerEpoch;
  total = totalSteps;
}

double LearningRate::at(int64_t step) const {
  double rate = base;
  if (kind == Kind::Step)
    rate *= pow(factor, static_cast<double>((step - 1) / epochSteps / period));
  if (kind == Kind::Cosine && step > warmup) {
    double done = static_cast<double>(step - 1 - warmup);
    double all = static_cast<double>(total - warmup);
    rate *= 0.5 * (1 + cos(M_PI * done / all));
  }
  if (step <= warmup)
    rate *= static_cast<double>(step) / static_cast<double>(warmup);
  return rate;
}
