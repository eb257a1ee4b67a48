//===- Verify.h - Two compilations of one model, compared -------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_DRIVER_VERIFY_H
#define BN_DRIVER_VERIFY_H

#include "bn/Runtime/Abi.h"
#include "bn/Runtime/Runner.h"

namespace mlir::bn {

struct VerifyOptions {
  /// Data and tolerances. Without data the input is random.
  ::bn::runtime::RunOptions data;
  /// Rows of random input; 0 for the fixed batch, or 3.
  int64_t batch = 0;
  int64_t seed = 0;
  /// An absolute tolerance in units of an output's largest value; of this and
  /// the other one the larger counts.
  double scaledTolerance = 0;
};

/// Runs `model` and `reference` on the same input and compares the outputs,
/// with those of the reference as what is wanted. The reference may compute in
/// double precision, on the same values. Prints the result to stdout, and
/// errors to stderr on behalf of `program`; returns the exit status.
int verify(const bn_model &model, const bn_model &reference,
           const VerifyOptions &options, const char *program);

} // namespace mlir::bn

#endif // BN_DRIVER_VERIFY_H
