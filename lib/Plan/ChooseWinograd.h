//===- ChooseWinograd.h - Which convolutions take few products --*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_LIB_PLAN_CHOOSEWINOGRAD_H
#define BN_LIB_PLAN_CHOOSEWINOGRAD_H

#include "mlir/IR/Block.h"

namespace mlir::bn {

/// Replaces the convolutions of `body` and the gradients of their inputs and
/// filters by Winograd's, where that is faster on vectors of `lanes` rows and a
/// batch of `batch` rows. Returns how many.
int64_t chooseWinograd(Block &body, int64_t lanes, int64_t batch);

} // namespace mlir::bn

#endif // BN_LIB_PLAN_CHOOSEWINOGRAD_H
