//===- TrainDisplay.cpp - Training on the terminal --------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TrainDisplay.h"
#include "Progress.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

using namespace bn::runtime;

TrainDisplay::TrainDisplay(bool quiet, std::string label)
    : quiet(quiet),
      drawsBar((!quiet || !label.empty()) && isatty(STDERR_FILENO)),
      label(std::move(label)), lastDrawn(monotonicSeconds()) {}

void TrainDisplay::wipe() {
  if (drawn)
    fputs("\r\033[K", stderr);
  drawn = false;
}

void TrainDisplay::showStep(const State &state) {
  if (!drawsBar || monotonicSeconds() - lastDrawn < 0.1)
    return;
  lastDrawn = monotonicSeconds();
  drawn = true;
  constexpr int width = 24;
  int filled = static_cast<int>(state.rows * width / state.allRows);
  double speed = static_cast<double>(state.rows) / state.seconds;
  auto left = static_cast<double>(state.allRows - state.rows +
                                  (state.epochs - state.epoch) * state.allRows);
  auto seconds = static_cast<long long>(left / speed);
  fprintf(stderr,
          "\r%s%sEpoch %lld/%lld [%.*s%*s] loss %.4f, accuracy %.2f%%, %.0f/s, "
          "%lld:%02lld left\033[K",
          label.c_str(), label.empty() ? "" : ": ",
          static_cast<long long>(state.epoch),
          static_cast<long long>(state.epochs), filled,
          "########################", width - filled, "", state.loss,
          100 * state.accuracy, speed, seconds / 60, seconds % 60);
  fflush(stderr);
}

void TrainDisplay::showEpoch(int64_t epoch, const EpochRecord &record) {
  if (quiet)
    return;
  wipe();
  printf("Epoch %lld: Loss: %.3f, Accuracy: %.2f%%",
         static_cast<long long>(epoch), record.trainLoss,
         100 * record.trainAccuracy);
  if (isfinite(record.testAccuracy))
    printf(", Test: %.2f%%", 100 * record.testAccuracy);
  printf("\n");
  // For those who watch a pipe.
  fflush(stdout);
}

void TrainDisplay::showLine(const char *format, ...) {
  if (quiet)
    return;
  wipe();
  va_list arguments;
  va_start(arguments, format);
  vprintf(format, arguments);
  va_end(arguments);
  putchar('\n');
}
