//===- KernelBody.h - The scalar expression inside a kernel -----*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_PLAN_KERNELBODY_H
#define BN_PLAN_KERNELBODY_H

#include "bn/Plan/FusionGroups.h"

namespace mlir::bn {

/// What the body of a kernel takes besides the value it begins with.
struct BodyOperands {
  /// Constants of one value per channel.
  SmallVector<Value> channels;
  /// Tensors that are stored.
  SmallVector<Value> tensors;
};

/// The operands of the body of `group`, in the order in which its ops use them.
BodyOperands getBodyOperands(const FusionGroup &group);

/// Builds the body of the kernel of `group` into the empty `region`, as arith
/// and math ops on scalars of `elementType`. Its arguments are the value it
/// begins with, the channel operands and the tensor operands.
void buildKernelBody(Region &region, const FusionGroup &group,
                     Type elementType);

} // namespace mlir::bn

#endif // BN_PLAN_KERNELBODY_H
