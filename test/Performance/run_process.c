//===- run_process.c - Time and memory of a process -----------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// run_process COMMAND ARGUMENT...: runs it and says on stderr, alone on the last
// line, how many nanoseconds it took and how many kilobytes it had at most.
// Exits with its status. A small program does this because Linux counts what a
// process had before exec as well, which for one that Python starts is Python's.
//
//===----------------------------------------------------------------------===//

#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv) {
  struct timespec start, stop;
  struct rusage usage;
  int status;
  if (argc < 2)
    return 2;
  clock_gettime(CLOCK_MONOTONIC, &start);
  pid_t child = fork();
  if (child < 0)
    return 1;
  if (child == 0) {
    execvp(argv[1], argv + 1);
    perror(argv[1]);
    _exit(127);
  }
  if (wait4(child, &status, 0, &usage) != child)
    return 1;
  clock_gettime(CLOCK_MONOTONIC, &stop);
  long long taken = (stop.tv_sec - start.tv_sec) * 1000000000LL +
                    (stop.tv_nsec - start.tv_nsec);
  fprintf(stderr, "%lld %ld\n", taken, usage.ru_maxrss);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
