//===- StopRequest.cpp - Stopping at a signal -------------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "StopRequest.h"

#include <string.h>

using namespace bn::runtime;

static constexpr int handledSignals[] = {SIGINT, SIGTERM};

/// A signal handler can reach globals only.
static volatile sig_atomic_t requested = 0;

void bn::runtime::noteStopRequest(int) { requested = 1; }

StopRequest::StopRequest() {
  requested = 0;
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = noteStopRequest;
  action.sa_flags = static_cast<int>(SA_RESETHAND | SA_RESTART);
  for (int i = 0; i < 2; ++i) {
    sigaction(handledSignals[i], nullptr, &previous[i]);
    // What was ignored, as under nohup, stays ignored.
    if (previous[i].sa_handler != SIG_IGN)
      sigaction(handledSignals[i], &action, nullptr);
  }
}

StopRequest::~StopRequest() {
  for (int i = 0; i < 2; ++i)
    sigaction(handledSignals[i], &previous[i], nullptr);
}

bool StopRequest::isMade() const { return requested; }
