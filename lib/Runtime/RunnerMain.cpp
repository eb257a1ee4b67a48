//===- RunnerMain.cpp - The main of executables -----------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Runtime/Runner.h"

int main(int argc, char **argv) {
  return bn::runtime::runCommandLine(*bn_get_model(), argc, argv);
}
