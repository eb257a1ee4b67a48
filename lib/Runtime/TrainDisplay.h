//===- TrainDisplay.h - Training on the terminal ----------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_LIB_RUNTIME_TRAINDISPLAY_H
#define BN_LIB_RUNTIME_TRAINDISPLAY_H

#include "bn/Runtime/Trainer.h"

namespace bn::runtime {

/// Lines on stdout, one for each epoch, and where stderr is a terminal a line
/// there that shows the current one.
class TrainDisplay {
public:
  /// With a `label` the bar begins with it, and is drawn though `quiet`.
  TrainDisplay(bool quiet, std::string label);
  TrainDisplay(const TrainDisplay &) = delete;
  TrainDisplay &operator=(const TrainDisplay &) = delete;
  ~TrainDisplay() { wipe(); }

  /// What is done of an epoch.
  struct State {
    int64_t epoch, epochs;
    int64_t rows, allRows;
    double loss;     // mean so far
    double accuracy; // so far, from 0 to 1
    double seconds;
  };
  void showStep(const State &state);
  void showEpoch(int64_t epoch, const EpochRecord &record);
  /// A line of its own.
  void showLine(const char *format, ...) __attribute__((format(printf, 2, 3)));

private:
  void wipe();

  bool quiet, drawsBar;
  std::string label;
  bool drawn = false;
  double lastDrawn;
};

} // namespace bn::runtime

#endif // BN_LIB_RUNTIME_TRAINDISPLAY_H
