//===- StopRequest.h - Stopping at a signal ---------------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_LIB_RUNTIME_STOPREQUEST_H
#define BN_LIB_RUNTIME_STOPREQUEST_H

#include <signal.h>

namespace bn::runtime {

/// The handler of a StopRequest: takes note of a signal.
void noteStopRequest(int signal);

/// While one is there, the first SIGINT or SIGTERM is taken note of only. The
/// second one ends the process as usual.
class StopRequest {
public:
  StopRequest();
  StopRequest(const StopRequest &) = delete;
  StopRequest &operator=(const StopRequest &) = delete;
  ~StopRequest();

  bool isMade() const;

private:
  struct sigaction previous[2];
};

} // namespace bn::runtime

#endif // BN_LIB_RUNTIME_STOPREQUEST_H
