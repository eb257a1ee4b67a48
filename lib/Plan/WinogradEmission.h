//===- WinogradEmission.h - Kernels of a Winograd convolution ---*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_LIB_PLAN_WINOGRADEMISSION_H
#define BN_LIB_PLAN_WINOGRADEMISSION_H

#include "bn/Plan/Machine.h"
#include "bn/Plan/ParameterArena.h"
#include "bn/Plan/ProductShape.h"

namespace mlir::bn {

/// What a product's kernel reads and writes besides its weights.
struct ProductOperands {
  Value input, bias, output;
  SmallVector<Value> channels, tensors;
  /// Of the first position: in the input with the convolution's padding.
  SmallVector<int64_t> inputOffset, outputOffset;
};

/// Plans the kernels of `group`, a convolution by few products, on one row of
/// the batch. Blocks of tiles, if there are several, are dealt out to a few
/// tasks, each with memory of its own that stays in cache from block to block.
void emitWinograd(OpBuilder &builder, Location loc, ParameterArena &arena,
                  const FusionGroup &group, ArrayRef<float> weights,
                  const ProductOperands &operands, const Machine &machine);

} // namespace mlir::bn

#endif // BN_LIB_PLAN_WINOGRADEMISSION_H
