//===- TestTrainers.h - The variants of softmax-trainer.c -------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_TEST_RUNTIME_TESTTRAINERS_H
#define BN_TEST_RUNTIME_TESTTRAINERS_H

#include "bn/Runtime/Abi.h"

extern "C" {
const bn_trainer *softmax_trainer(void);
const bn_trainer *softmax_f64_trainer(void);    // computes in double
const bn_trainer *softmax_adam_trainer(void);   // with Adam
const bn_trainer *softmax_relu_trainer(void);   // in double, with kinks
const bn_trainer *softmax_wrong_trainer(void);  // in double, wrong gradient
const bn_trainer *softmax_frozen_trainer(void); // keeps running statistics
}

#endif // BN_TEST_RUNTIME_TESTTRAINERS_H
