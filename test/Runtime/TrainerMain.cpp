//===- TrainerMain.cpp - The main of the hand-written trainers --*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Runtime/Trainer.h"

int main(int argc, char **argv) {
  return bn::runtime::runTrainerCommandLine(*bn_get_trainer(), argc, argv);
}
