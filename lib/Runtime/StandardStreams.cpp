//===- StandardStreams.cpp - stdin, stdout and stderr -----------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Runtime/Runner.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

using namespace bn::runtime;

void bn::runtime::guardStandardStreams() {
  signal(SIGPIPE, SIG_IGN);
  // Opened for reading: a write to a stream that was closed still fails.
  for (int descriptor = 0; descriptor <= 2; ++descriptor)
    if (fcntl(descriptor, F_GETFD) == -1 && errno == EBADF)
      if (open("/dev/null", O_RDONLY) != descriptor)
        return;
}

int bn::runtime::finishStandardOutput(const char *program, int status) {
  errno = 0;
  bool failed = fflush(stdout) != 0;
  if (!failed && !ferror(stdout))
    return status;
  printError(program, Error::make("cannot write to standard output: %s",
                                  errno ? strerror(errno) : "write error"));
  return ExitFailed;
}
