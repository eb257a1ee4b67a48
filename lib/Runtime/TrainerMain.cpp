//===- TrainerMain.cpp - The main of trainers -----------------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Runtime/Trainer.h"

/// What `main` is linked to in an executable that trains.
// NOLINTNEXTLINE(readability-identifier-naming): a name of the C interface.
extern "C" int bn_trainer_main(int argc, char **argv) {
  return bn::runtime::runTrainerCommandLine(*bn_get_trainer(), argc, argv);
}
