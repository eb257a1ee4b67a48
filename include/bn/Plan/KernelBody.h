//===- KernelBody.h - The scalar expression inside a kernel -----*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_PLAN_KERNELBODY_H
#define BN_PLAN_KERNELBODY_H

#include "bn/Dialect/BN/IR/BN.h"

namespace mlir::bn {

/// Builds the body of a kernel into the empty `region`: the elementwise `ops`
/// applied one after the other to the first block argument, as arith and math
/// ops on scalars of `elementType`. Each `bn.scale_shift` among them takes two
/// more block arguments, its scale and its shift.
void buildKernelBody(Region &region, ArrayRef<Operation *> ops,
                     Type elementType);

} // namespace mlir::bn

#endif // BN_PLAN_KERNELBODY_H
