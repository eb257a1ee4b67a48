//===- Progress.h - A bar for long work -------------------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_LIB_RUNTIME_PROGRESS_H
#define BN_LIB_RUNTIME_PROGRESS_H

#include <stdint.h>

namespace bn::runtime {

/// Draws on stderr if that is a terminal, from half a second on, and wipes the
/// line at the end.
class Progress {
public:
  Progress(int64_t total, bool wanted);
  Progress(const Progress &) = delete;
  Progress &operator=(const Progress &) = delete;
  ~Progress();
  void update(int64_t done);

private:
  int64_t total;
  bool enabled;
  bool drawn = false;
  double lastDrawn;
};

/// Seconds of a clock that only runs forward.
double monotonicSeconds();

} // namespace bn::runtime

#endif // BN_LIB_RUNTIME_PROGRESS_H
