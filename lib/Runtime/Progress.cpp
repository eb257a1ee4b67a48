//===- Progress.cpp - A bar for long work -----------------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Progress.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

using namespace bn::runtime;

double bn::runtime::monotonicSeconds() {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) +
         1e-9 * static_cast<double>(now.tv_nsec);
}

Progress::Progress(int64_t total, bool wanted)
    : total(total), enabled(wanted && isatty(STDERR_FILENO)),
      // The first update is due half a second from now, the next ones sooner.
      lastDrawn(monotonicSeconds() + 0.4) {}

Progress::~Progress() {
  if (drawn)
    fputs("\r\033[K", stderr);
}

void Progress::update(int64_t done) {
  if (!enabled || monotonicSeconds() - lastDrawn < 0.1)
    return;
  lastDrawn = monotonicSeconds();
  drawn = true;
  constexpr int width = 40;
  int filled = static_cast<int>(done * width / total);
  fprintf(stderr, "\r[%.*s%*s] %lld of %lld", filled,
          "########################################", width - filled, "",
          static_cast<long long>(done), static_cast<long long>(total));
  fflush(stderr);
}
