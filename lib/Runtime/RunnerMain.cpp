//===- RunnerMain.cpp - The main of executables -----------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Runtime/Runner.h"

#include <unistd.h>

namespace __gnu_cxx {

/// Without exceptions, a failed operator new ends in std::terminate. The
/// handler in libstdc++ aborts there, and brings a demangler of 50 KB along to
/// print the exception's name; this one takes its place at link time.
// NOLINTNEXTLINE(readability-identifier-naming): libstdc++'s name.
void __verbose_terminate_handler() {
  static const char message[] = "error: not enough memory\n";
  ssize_t written = write(STDERR_FILENO, message, sizeof message - 1);
  static_cast<void>(written);
  _exit(bn::runtime::ExitFailed);
}

} // namespace __gnu_cxx

int main(int argc, char **argv) {
  return bn::runtime::runCommandLine(*bn_get_model(), argc, argv);
}
