//===- TestModels.h - The variants of row-sums.c ----------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_TEST_RUNTIME_TESTMODELS_H
#define BN_TEST_RUNTIME_TESTMODELS_H

#include "bn/Runtime/Abi.h"

extern "C" {
const bn_model *row_sums_model(void);
const bn_model *row_sums_fixed_model(void);    // batch 3
const bn_model *row_sums_f64_model(void);      // computes in double
const bn_model *row_sums_training_model(void); // at least 2 rows
const bn_model *row_sums_total_model(void);    // a second output without batch
const bn_model *row_sums_bias_model(void);     // a second input without batch
const bn_model *row_sums_rare_model(void);     // features that no CPU has
}

#endif // BN_TEST_RUNTIME_TESTMODELS_H
