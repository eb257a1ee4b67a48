//===- TrainLog.h - Training as lines of JSON -------------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_LIB_RUNTIME_TRAINLOG_H
#define BN_LIB_RUNTIME_TRAINLOG_H

#include "bn/Runtime/Trainer.h"

#include <stdio.h>

namespace bn::runtime {

/// The file of --log. Without a path nothing is written. Writing a step
/// allocates nothing.
class TrainLog {
public:
  TrainLog() = default;
  TrainLog(const TrainLog &) = delete;
  TrainLog &operator=(const TrainLog &) = delete;
  ~TrainLog();

  /// Begins a new file, or goes on after step `step` and epoch `epoch` of an
  /// old one, whose later lines are dropped. Losses get `digits` digits.
  Error open(const std::string &path, int64_t step, int64_t epoch, int digits);

  void addStep(int64_t epoch, int64_t step, double loss);
  /// `extra` are further members, as JSON, each with a comma in front.
  void addEpoch(int64_t epoch, const EpochRecord &record,
                const std::string &extra);

  /// Says whether all could be written so far.
  Error flush();

private:
  std::string path;
  FILE *file = nullptr;
  int digits = 9;
  char buffer[1 << 16];
};

} // namespace bn::runtime

#endif // BN_LIB_RUNTIME_TRAINLOG_H
